"""The labs: playbooks that each show one thing, look whether it is so, and take it back.

A lab is ``playbooks/labs/NN-NAME.yml``, NN the number of the experiment it belongs to, with the
testinfra file ``test_NN_NAME.py`` beside it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byhand.engine import play, playbook, run, state, template
from byhand.engine.play import Request
from byhand.engine.playbook import Playbook
from byhand.errors import ByhandError

FOLDER = template.packaged("playbooks") / "labs"
_NAME = re.compile(r"(\d\d)-[a-z0-9]+(-[a-z0-9]+)*\Z", re.ASCII)


@dataclass(frozen=True)
class Seen:
    """What a step showed: its title, where it is written, what came of it and what it printed."""

    title: str
    path: str
    line: int
    word: str
    output: str


@dataclass(frozen=True)
class Run:
    """One run of a lab: its id, exit status and steps."""

    id: str
    status: int
    steps: tuple[Seen, ...]

    @property
    def changed(self) -> list[str]:
        return [step.title for step in self.steps if step.word == "changed"]


def names() -> list[str]:
    """The names of all labs, ``18-overlay`` for instance, in the order of their numbers."""
    return sorted(path.stem for path in FOLDER.glob("*.yml") if _NAME.match(path.stem))


def number(name: str) -> int:
    """The number of the experiment that a lab belongs to."""
    return int(name[:2])


def tests_of(name: str) -> Path:
    """The file of a lab's own tests."""
    return FOLDER / f"test_{name.replace('-', '_')}.py"


def book(name: str) -> Playbook:
    """A lab's playbook. Raises SourceError."""
    return playbook.load(FOLDER / f"{name}.yml", f"labs/{name}")


def play_on_this_machine(name: str, params: Mapping[str, Any] | None = None) -> Run:
    """Run a lab on this machine and leave it as it then is: the caller takes it back, with play.undo.

    What a registered step printed is in its run's folder, and is read from there.
    """
    outcome = play.alone(Request(book(name), params or {}, command=f"playbook.run labs/{name}"), lambda piece, event: None)
    folder = state.root() / "runs" / outcome.id
    steps = []
    for piece, event in outcome.steps:
        if piece is None:
            continue
        kept = [path for kind in ("out", "err") for path in folder.glob(f"*/out/{piece.id}.{kind}")]
        printed = "".join(path.read_text(encoding="utf-8", errors="replace") for path in kept)
        steps.append(Seen(piece.title, piece.path, piece.line, event.word, printed or event.output))
    return Run(outcome.id, outcome.status, tuple(steps))


def verify(name: str) -> list[str]:
    """The names of a lab's own tests, all of which have passed on this machine as it is. Raises ByhandError when one has not."""
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rA",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        str(FOLDER / f"{name}.yml"),
    ]
    done = run.capture(argv, cwd=str(FOLDER.parent.parent), ok=None)
    said = done.stdout.decode(errors="replace")
    if done.status != 0:
        raise ByhandError(f"labs/{name}: its tests do not hold", hint=said)
    return re.findall(rf"^PASSED .*{tests_of(name).name}::(\S+?)\[", said, re.MULTILINE)
