"""A run as one HTML page that needs nothing else: no script, no font, no picture, no network.

Everything of the run is text that Jinja escapes, and the page forbids itself to load or run
anything (Content-Security-Policy), so that no output can do harm in a browser. What a filter
shows is chosen by style sheet rules alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from byhand import __version__
from byhand.engine.report import printable
from byhand.engine.report_results import STATES, Results
from byhand.engine.report_view import spell

if TYPE_CHECKING:
    from byhand.engine.report_results import HostResult, StepResult

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
        matrix=matrix(list(results.hosts.values())), version=__version__,
        when=time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(results.started)), total=len(found),
    )  # fmt: skip


def matrix(hosts: Sequence[HostResult]) -> list[list[tuple[int, StepResult] | None]]:
    """A row a host, a column a step: each host's steps with their numbers, where the same step of the play is one column.

    A step is known by its place in a file and, where a loop makes several of it, by which of them it is; one that was
    left out has only its name.
    """
    keyed = [_keyed(host) for host in hosts]
    order: list[tuple[str, int, int]] = []
    for row in keyed:
        at = -1
        for key in row:
            if at + 1 < len(order) and order[at + 1] == key:
                at += 1
            elif key in order:
                at = order.index(key)
            else:
                at += 1
                order.insert(at, key)
    named: dict[str, tuple[str, int, int]] = {}
    for row in keyed:
        for key, (_, step) in row.items():
            named.setdefault(step.title, key)
    for row, host in zip(keyed, hosts, strict=True):
        for number, step in enumerate(host.steps, 1):
            if not step.file:
                key = named.setdefault(step.title, ("", 0, len(order)))
                if key not in order:
                    order.append(key)
                row.setdefault(key, (number, step))
    return [[row.get(key) for key in order] for row in keyed]


def _keyed(host: HostResult) -> dict[tuple[str, int, int], tuple[int, StepResult]]:
    seen: Counter[tuple[str, int]] = Counter()
    found = {}
    for number, step in enumerate(host.steps, 1):
        if step.file:
            seen[step.file, step.line] += 1
            found[step.file, step.line, seen[step.file, step.line]] = (number, step)
    return found


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
