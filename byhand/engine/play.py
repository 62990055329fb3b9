"""Running a play: compile, drive the program, keep its results, compile what is left.

Each run has a folder ``runs/<id>/`` with its programs (``1/program``, …), journals and
what stood before. Most plays are one program; a step whose rendering needs a registered
result begins the next.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from byhand.engine import run, secret, series, state
from byhand.engine.compile import Compiler, Options, Piece, Program
from byhand.engine.events import PLANNED, Event, Reader
from byhand.engine.facts import Facts
from byhand.engine.playbook import Playbook
from byhand.errors import ByhandError, Conflict, NotFound, UsageError, nearest

DRIFT = 4


@dataclass(frozen=True)
class Request:
    """What to play: a playbook, the parameters given and what to select of it.

    ``start_at``: the first step's name or id. ``stepwise``: ask at the terminal before each step.
    """

    book: Playbook
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    skip_tags: frozenset[str] = frozenset()
    command: str = ""
    explain: bool = False
    start_at: str = ""
    stepwise: bool = False


def words(text: str | None) -> frozenset[str]:
    """Tags as they are typed: ``web, db``."""
    return frozenset(word.strip() for word in (text or "").split(",") if word.strip())


@dataclass
class Outcome:
    """What came of a run: its id, exit status and the last event of each step.

    ``unseen``: steps a check could not ask, since they need results of steps it does not run.
    ``variables``: the play's own, as the check saw them. ``secrets``: where those of a host's program are kept.
    """

    id: str
    status: int = 0
    steps: list[tuple[Piece | None, Event]] = field(default_factory=list)
    skipped: tuple[str, ...] = ()
    output: str = ""
    unseen: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def count(self, word: str) -> int:
        return sum(1 for _, event in self.steps if event.word == word)


def variables() -> dict[str, Any]:
    """What every playbook sees besides its own parameters and variables."""
    return {"facts": Facts(), "state_root": str(state.root())}


def compiled(request: Request, folder: Path) -> Program:
    """The first program of a play, as ``apply`` would run it from ``folder``."""
    return _compile(request, folder, {}, 0)


def _compile(
    request: Request, folder: Path, results: Mapping[str, Any], start: int, notified: frozenset[str] = frozenset()
) -> Program:  # fmt: skip
    options = Options(
        folder=str(folder), command=request.command, tags=request.tags, skip_tags=request.skip_tags, explain=request.explain,
        notified=notified, start_at=request.start_at,
    )  # fmt: skip
    return Compiler(options, variables(), results).program(request.book, request.params, start=start)


def as_data(program: Program) -> dict[str, Any]:
    """A program as plain data: its text, and of each step what it is, from where and why."""
    steps = [
        {"id": p.id, "title": p.title, "template": p.template.name, "man": list(p.template.man), "why": p.why,
         "file": p.path, "line": p.line, **dict(p.blocks)}
        for p in program.pieces
    ]  # fmt: skip
    return {"title": program.title, "steps": steps, "skipped": list(program.skipped), "program": program.text}


def preview(request: Request) -> str:
    """What ``--dry-run`` prints: the program that would run on this machine."""
    return shown(request, compiled(request, new_folder() / "1"))


def shown(request: Request, program: Program) -> str:
    """A play's first program, and a note when another would follow it."""
    if program.remaining is None:
        return program.text
    step = request.book.steps[program.remaining]
    return program.text + (
        f"# From '{step.name.splitlines()[0]}' on ({request.book.path}:{step.line}) the steps need results of the ones above:\n"
        "# they are compiled when those have run.\n"
    )


def new_folder() -> Path:
    """A new run's folder; its name sorts by time."""
    now = time.time_ns()
    stamp = time.strftime("%Y%m%dT%H%M%S", time.localtime(now // 10**9))
    return state.root() / "runs" / f"{stamp}.{now % 10**9 // 1000:06d}-{secrets.token_hex(2)}"


def alone(request: Request, emit: Callable[[Piece | None, Event], None], wait: int = 0) -> Outcome:
    """``apply``, while no other run holds this machine (state.alone). Raises Busy."""
    folder = new_folder()
    with state.alone(state.holder(request.command, folder.name), wait):
        return apply(request, emit, folder)


def apply(request: Request, emit: Callable[[Piece | None, Event], None], folder: Path | None = None) -> Outcome:
    """Run a play to its end or its first failure, which undoes what this run had changed."""
    folder = folder or new_folder()
    outcome = Outcome(folder.name)
    runner = _Here(request, folder, emit)
    try:
        series.play(runner, outcome)
    finally:
        runner.forget()
    state.write(folder / "status", f"{outcome.status}\n")
    return outcome


class _Here:
    """Runs the programs of a play on this machine (series.Runner)."""

    def __init__(self, request: Request, folder: Path, emit: Callable[[Piece | None, Event], None]) -> None:
        self.request, self.folder, self.emit = request, folder, emit
        self._given = Given({}, secret.Mask())
        self._printed: list[Path] = []

    def compiled(self, number: int, results: Mapping[str, Any], start: int, notified: frozenset[str]) -> Program:
        program = _compile(self.request, self.folder / str(number), results, start, notified)
        self._given = Given.of(program, self.request)
        return program

    def applied(self, program: Program, number: int, outcome: Outcome) -> int:
        place = self.folder / str(number)
        if program.secrets:
            self._printed.append(place / "out")
        if number == 1:
            state.write(self.folder / "run.json", json.dumps(_record(self.request, self.folder.name), ensure_ascii=True, indent=1) + "\n")
        status = drive(program, place, "apply", self.emit, outcome, self._given)
        if status:
            self._undo(number - 1)
        return status

    def printed(self, program: Program, number: int) -> series.Printed:  # noqa: ARG002 (a Runner's)
        place = self.folder / str(number) / "out"
        return lambda name, kind: self._given.mask(_read(place / f"{name}.{kind}"))

    def taken_back(self, last: int, status: int) -> None:
        self._undo(last)
        state.write(self.folder / "status", f"{status}\n")

    def _undo(self, last: int) -> None:
        for number in range(last, 0, -1):
            run.shell(self.folder / str(number) / "program", "undo")

    def forget(self) -> None:
        """Remove what registered steps printed where a secret may be in it."""
        for place in self._printed:
            shutil.rmtree(place, ignore_errors=True)


def _record(request: Request, run_id: str) -> dict[str, Any]:
    return {"run": run_id, "playbook": request.book.path, "command": request.command, "time": int(time.time())}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""


@dataclass(frozen=True)
class Given:
    """What a program is given in its environment: its secrets, and the terminal to ask at."""

    environment: Mapping[str, str]
    mask: secret.Mask

    @classmethod
    def of(cls, program: Program, request: Request) -> Given:
        """Read the secrets now. Raises ByhandError."""
        values = secret.fetch(program.secrets, program.one_line)
        environment = secret.environment(values)
        if request.stepwise:
            if not os.isatty(0):
                raise UsageError("there is no terminal to ask at", hint="--step is for a person at a terminal")
            environment["BYHAND_STEP"] = os.ttyname(0)
        return cls(environment, secret.Mask(values.values()))


def drive(program: Program, place: Path, verb: str, emit: Callable[[Piece | None, Event], None], outcome: Outcome, given: Given) -> int:
    """Write ``program`` to its folder and run a verb of it, events as they come."""
    state.make_folder(place)
    path = place / "program"
    # After a power cut only changes that last can need undoing, and then the program must still be there.
    state.write(path, program.text, mode=0o700, durable=any(piece.template.lasting for piece in program.pieces))
    pieces = {piece.id: piece for piece in program.pieces}
    announce(program, emit)

    def on_event(event: Event) -> None:
        piece = pieces.get(event.id)
        event = replace(event, output=given.mask(event.output))
        if piece is not None and event.word != "begin":
            outcome.steps.append((piece, event))
        emit(piece, event)

    reader = Reader(on_event)
    command = ["sh", "-c", 'exec sh "$0" "$1" 3>&1 2>&1', str(path), verb]
    status = run.follow(command, reader.feed, env={"BYHAND_NONCE": reader.nonce, **given.environment})
    outcome.output = given.mask(reader.rest())
    return status


def announce(program: Program, emit: Callable[[Piece | None, Event], None]) -> None:
    """Say beforehand which steps a program has, and which were left out of it and why."""
    for piece in program.pieces:
        emit(piece, Event(PLANNED, piece.id))
    for text in program.skipped:
        emit(None, Event("skipped", "", text))


def check(request: Request, verb: str, emit: Callable[[Piece | None, Event], None]) -> Outcome:
    """Ask each step whether it is needed (``check``) or what it would change (``diff``).

    Nothing is changed; the exit status is 4 when something is not as the play says.
    """
    import tempfile

    scratch = Path(tempfile.mkdtemp(prefix="byhand-check-"))
    try:
        outcome = Outcome("")
        program = compiled(request, scratch)
        outcome.status = drive(program, scratch, verb, emit, outcome, Given.of(program, request))
        outcome.skipped, outcome.variables = program.skipped, program.variables
        if program.remaining is not None:
            outcome.unseen = tuple(step.name for step in request.book.steps[program.remaining :])
        return outcome
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def runs() -> list[Path]:
    """The folders of earlier runs, the newest last."""
    place = state.root() / "runs"
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def undo(run_id: str, emit: Callable[[Piece | None, Event], None], wait: int = 0) -> Outcome:
    """Take back exactly what the run ``run_id`` changed ("" is the last one), while no other run holds this machine.

    Raises NotFound, Busy, and Conflict when a step could not be taken back.
    """
    with state.alone(state.holder("playbook.undo", run_id or "the last"), wait):
        return _undo(run_id, emit)


def _undo(run_id: str, emit: Callable[[Piece | None, Event], None]) -> Outcome:
    known = {path.name: path for path in runs()}
    if not known:
        raise NotFound("there is no run to undo")
    if run_id and run_id not in known:
        raise NotFound(f"no run '{run_id}'", hint=nearest(run_id, known))
    return take_back(known[run_id] if run_id else list(known.values())[-1], emit)


def take_back(folder: Path, emit: Callable[[Piece | None, Event], None]) -> Outcome:
    """Run ``undo`` of each program in a run's folder, the last first. Raises Conflict when a step could not be taken back."""
    outcome = Outcome(folder.name)

    def on_event(event: Event) -> None:
        outcome.steps.append((None, event))
        emit(None, event)

    # A run that was killed before it wrote its program did nothing.
    for program in sorted(folder.glob("[0-9]*/program"), key=lambda path: -int(path.parent.name)):
        reader = Reader(on_event)
        command = ["sh", "-c", 'exec sh "$0" undo 3>&1 2>&1', str(program)]
        status = run.follow(command, reader.feed, env={"BYHAND_NONCE": reader.nonce})
        if status != 0:
            raise Conflict(f"run {folder.name}: {reader.rest().strip() or 'not everything could be undone'}")
    state.write(folder / "status", "undone\n")
    return outcome


def quietly(book: Playbook, params: Mapping[str, Any]) -> None:
    """Run a play for another part of byhand. Raises ByhandError with the failing step's output."""
    outcome = apply(Request(book, params, command=f"playbook.run {book.name}"), lambda piece, event: None)
    if outcome.status:
        failed = next(((p, e) for p, e in outcome.steps if e.word == "failed"), None)
        if failed is None:
            raise ByhandError(f"{book.path}: status {outcome.status}: {outcome.output.strip()[-300:]}")
        last = [line for line in failed[1].output.splitlines() if line.strip()][-3:]
        raise ByhandError(f"{book.path}: the step '{failed[0].title if failed[0] else failed[1].id}' failed", hint="\n  ".join(last))


def unfinished() -> list[Path]:
    """Runs that neither ended nor run: their programs' folders, the newest first."""
    found = []
    for folder in reversed(runs()):
        if not (folder / "status").exists():
            places = sorted((path for path in folder.iterdir() if path.name.isdigit()), key=lambda path: -int(path.name))
            found += [place for place in places if not state.is_locked(place / "lock")]
    return found
