"""A play as a series of programs: run one, read its results, compile what is left.

Most plays are one program; a step whose rendering needs a registered result begins the
next. Where the programs run, here or on another host, is the runner's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.compile import Program
    from byhand.engine.play import Outcome

# What a step printed, from its id and "out", "err" or "rc"; "" for what there is not.
Printed = Callable[[str, str], str]


class Runner(Protocol):
    """Where the programs of a play run. Numbers count from 1."""

    def compiled(self, number: int, results: Mapping[str, Any], start: int, notified: frozenset[str]) -> Program:
        """The program with the steps from ``start`` on. Raises ByhandError."""

    def applied(self, program: Program, number: int, outcome: Outcome) -> int:
        """Run it, its events into ``outcome``; the status. One that fails takes back what the earlier ones did."""

    def printed(self, program: Program, number: int) -> Printed:
        """What the registered steps of a program printed."""

    def taken_back(self, last: int, status: int) -> None:
        """Undo the programs from ``last`` back to the first: the play cannot go on."""


def play(runner: Runner, outcome: Outcome) -> None:
    """Run a play to its end or its first failure, which takes back what the play had changed."""
    results: dict[str, Any] = {}
    notified: set[str] = set()
    start: int | None = 0
    number = 0
    while start is not None:
        number += 1
        try:
            program = runner.compiled(number, results, start, frozenset(notified))
        except ByhandError as error:
            if number > 1:
                runner.taken_back(number - 1, error.exit_code)
            raise
        first = len(outcome.steps)
        outcome.status = runner.applied(program, number, outcome)
        outcome.skipped = program.skipped
        if outcome.status != 0:
            return
        words = {event.id: event.word for _, event in outcome.steps[first:]}
        notified |= {name for piece in program.pieces if words.get(piece.id) == "changed" for name in piece.modifiers.notify}
        results |= {**program.results, **results_of(program, runner.printed(program, number), words)}
        start = program.remaining


def results_of(program: Program, printed: Printed, words: Mapping[str, str]) -> dict[str, Any]:
    """What registered steps gave, for the programs after this one. ``words``: the last event of each step."""
    found: dict[str, Any] = {}
    for piece in program.pieces:
        if not piece.register:
            continue
        out, err, rc = (printed(piece.id, kind) for kind in ("out", "err", "rc"))
        word = words.get(piece.id)
        result = {
            "stdout": out.rstrip("\n"), "stderr": err.rstrip("\n"), "stdout_lines": out.splitlines(), "stderr_lines": err.splitlines(),
            "rc": int(rc.strip() or 0), "changed": word == "changed", "skipped": word == "skipped", "failed": word == "ignored",
        }  # fmt: skip
        if piece.looped:
            before = found.get(piece.register, {"results": [], "changed": False})
            changed = before["changed"] or result["changed"]
            found[piece.register] = {**result, "changed": changed, "results": [*before["results"], result]}
        else:
            found[piece.register] = result
    return found
