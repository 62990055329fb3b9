"""A run as one HTML page that needs nothing else: no script, no font, no picture, no network.

Everything of the run is text that Jinja escapes, and the page forbids itself to load or run
anything (Content-Security-Policy), so that no output can do harm in a browser. What a filter
shows is chosen by style sheet rules alone.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from byhand import __version__
from byhand.engine.report import printable
from byhand.engine.report_results import STATES, Results
from byhand.engine.report_view import spell

if TYPE_CHECKING:
    from byhand.engine.report_results import StepResult

# More of one step's output is of no use on a page, and may be of any size.
_TAIL = 200_000


def page(results: Results) -> str:
    """The page's text."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"clean": clean, "spell": spell, "word": word, "kind": kind}
    source = Path(__file__).with_name("report_page.html.j2").read_text(encoding="utf-8")
    found = [step.state for host in results.hosts.values() for step in host.steps]
    return environment.from_string(source).render(
        results=results, hosts=list(results.hosts.values()), states=[(state, found.count(state)) for state in STATES if state in found],
        columns=max((len(host.steps) for host in results.hosts.values()), default=0), version=__version__,
        when=time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(results.started)), total=len(found),
    )  # fmt: skip


def clean(text: str) -> str:
    """``text`` with every character that is not plain text spelled out, the last of it when it is very long."""
    cut = f"[the first {len(text) - _TAIL} characters are left out]\n" if len(text) > _TAIL else ""
    return cut + "".join(c if c == "\t" else printable(c) for c in text[-_TAIL:])


def word(state: str) -> str:
    """A state as the name of a class."""
    return state.replace(" ", "-")


def kind(step: StepResult) -> str:
    """What a step's output is: a diff is coloured line by line."""
    return "diff" if step.state == "drift" and step.output.startswith(("--- ", "diff ")) else "text"
