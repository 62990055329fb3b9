"""Proving a play on a host: apply, check, apply again, undo; and the host is what it was before.

A fault names the step: one that is not so after it was applied, one that changes something
the second time, one that cannot be taken back, and what was left behind with the step whose
text speaks of it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from byhand.engine import fleet, inventory, play, snapshot, state
from byhand.engine.play import DRIFT, Outcome, Request
from byhand.engine.remote_facts import gather
from byhand.engine.session import Session
from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.events import Event
    from byhand.engine.inventory import Host
    from byhand.engine.snapshot import Difference, Snapshot

Emit = Callable[["Piece | None", "Event"], None]
NOT_OK = "not ok after it was applied"
AGAIN = "changed on the second run"
STUCK = "could not be undone"
LEFT = "left after undo"
FAILED = "failed"
_TAIL = 5


@dataclass(frozen=True)
class Fault:
    """What is wrong: ``kind`` is one of the words above; ``step`` and ``where`` are "" when no step is known."""

    kind: str
    step: str
    where: str
    what: str

    def __str__(self) -> str:
        step = f"{self.step} ({self.where})" if self.where else self.step
        return ": ".join(part for part in (self.kind, step, self.what) if part)


@dataclass
class Proof:
    """What came of it on one host. ``unproved``: steps that were so already, of which nothing is shown."""

    host: str
    faults: list[Fault] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    steps: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        return {"version": 1, "ok": self.ok, **asdict(self)}


class Ground(Protocol):
    """A host to try a play on."""

    name: str

    def run(self, verb: str, run_id: str, emit: Emit) -> Outcome: ...

    def look(self) -> Snapshot: ...


class Here:
    """This machine."""

    name = "localhost"

    def __init__(self, request: Request) -> None:
        self._request = request

    def run(self, verb: str, run_id: str, emit: Emit) -> Outcome:
        if verb == "apply":
            return play.alone(self._request, emit)
        return play.check(self._request, verb, emit) if verb == "check" else play.undo(run_id, emit)

    def look(self) -> Snapshot:
        with Session(inventory.target("local://")) as session:
            return snapshot.take(session.ask, str(state.root()))


class There:
    """Another host, over its own connection."""

    def __init__(self, host: Host, request: Request, how: fleet.How) -> None:
        self.name, self._host, self._request, self._how = host.name, host, request, how

    def run(self, verb: str, run_id: str, emit: Emit) -> Outcome:
        request = self._request if verb != "undo" else None
        run_id = run_id or play.new_folder().name

        def on_event(_: Host, piece: Piece | None, event: Event) -> None:
            emit(piece, event)

        outcome = fleet.play([self._host], request, verb, run_id, on_event, self._how)[self.name]
        if outcome.why:
            raise ByhandError(outcome.output)
        return outcome

    def look(self) -> Snapshot:
        return look(self._host, self._how)


def look(host: Host, how: fleet.How) -> Snapshot:
    """What a host looks like, over its own connection. Raises Unreachable, Lost, ByhandError."""
    with Session(host, how.enter) as session:
        return snapshot.take(session.ask, gather(session).state_root)


def prove(ground: Ground, tell: Callable[[str, Piece | None, Event], None]) -> Proof:
    """Try a play on a host. ``tell`` is called with each phase's events.

    An error that ends it early (a host that is lost) is a fault too.
    """
    proof = Proof(ground.name)
    begun = time.monotonic()
    try:
        _Trial(ground, proof, tell).go()
    except ByhandError as error:
        proof.faults.append(Fault(FAILED, "", "", str(error)))
    proof.seconds = round(time.monotonic() - begun, 3)
    return proof


class _Trial:
    """One proof as it goes: what was done so far, and the steps by their ids."""

    def __init__(self, ground: Ground, proof: Proof, tell: Callable[[str, Piece | None, Event], None]) -> None:
        self.ground, self.proof, self.tell = ground, proof, tell
        self.pieces: dict[str, Piece] = {}

    def go(self) -> None:
        before = self.ground.look()
        # What differs between two looks with nothing in between changes by itself.
        restless = {(one.area, one.name) for one in snapshot.differences(before, self.ground.look())}
        self.proof.notes = list(before.notes)
        runs: list[str] = []
        try:
            self._apply(runs)
        except BaseException:  # an interrupt, a lost connection: what was applied is not left
            for run_id in reversed(runs):
                with suppress(ByhandError):
                    self.ground.run("undo", run_id, lambda piece, event: None)
            raise
        for run_id in reversed(runs):
            self._undo(run_id)
        left = [one for one in snapshot.differences(before, self.ground.look()) if (one.area, one.name) not in restless]
        self._left(left)

    def _apply(self, runs: list[str]) -> None:
        """Apply, check and apply again; ``runs`` gets the ids of what has to be taken back."""
        applied = self._run("apply")
        self.proof.steps = len(self.pieces)
        if applied.status:
            self._failures(applied)
            return
        runs.append(applied.id)
        self.proof.unproved = [piece.title for piece, event in applied.steps if piece and event.word == "ok" and piece.template.changes]
        for piece, event in self._run("check").steps:
            if event.word == "drift":
                self._fault(NOT_OK, piece, event, "")
        runs += self._again()

    def _again(self) -> list[str]:
        """Apply a second time; the run's id if it did anything that has to be taken back."""
        second = self._run("apply")
        for piece, event in second.steps:
            if event.word == "changed" and not (piece and piece.handler):
                self._fault(AGAIN, piece, event, "")
        if second.status:
            self._failures(second)
            return []
        return [second.id] if second.count("changed") else []

    def _undo(self, run_id: str) -> None:
        """Take a run back; what could not be is a fault of its step."""
        stuck: list[Event] = []

        def emit(piece: Piece | None, event: Event) -> None:
            if event.word == "stuck":
                stuck.append(event)
            self.tell("undo", piece or self.pieces.get(event.id), event)

        try:
            outcome = self.ground.run("undo", run_id, emit)
        except ByhandError as error:
            if not stuck:
                self.proof.faults.append(Fault(STUCK, "", "", str(error)))
        else:
            if outcome.status and not stuck:
                self.proof.faults.append(Fault(STUCK, "", "", outcome.output.strip()))
        for event in stuck:
            self._fault(STUCK, self.pieces.get(event.id), event, _tail(event.output))

    def _run(self, verb: str) -> Outcome:
        def emit(piece: Piece | None, event: Event) -> None:
            if piece is not None:
                self.pieces.setdefault(event.id, piece)
            self.tell(verb, piece, event)

        outcome = self.ground.run(verb, "", emit)
        if verb == "check" and outcome.status not in (0, DRIFT):
            raise ByhandError(f"check ended with status {outcome.status}", hint=outcome.output.strip())
        return outcome

    def _failures(self, outcome: Outcome) -> None:
        told = len(self.proof.faults)
        for piece, event in outcome.steps:
            if event.word in ("failed", "stuck"):
                self._fault(FAILED if event.word == "failed" else STUCK, piece, event, _tail(event.output))
        if len(self.proof.faults) == told:
            self.proof.faults.append(Fault(FAILED, "", "", outcome.output.strip() or f"status {outcome.status}"))

    def _fault(self, kind: str, piece: Piece | None, event: Event, what: str) -> None:
        title, where = (piece.title, f"{piece.path}:{piece.line}") if piece else (event.id, "")
        self.proof.faults.append(Fault(kind, title, where, what))

    def _left(self, found: Iterable[Difference]) -> None:
        for one in found:
            piece = at_fault(one, list(self.pieces.values()))
            what = str(one) + (f" (the step has no undo: {piece.undo_none})" if piece and piece.undo_none else "")
            title, where = (piece.title, f"{piece.path}:{piece.line}") if piece else ("", "")
            self.proof.faults.append(Fault(LEFT, title, where, what))


def at_fault(found: Difference, pieces: Sequence[Piece]) -> Piece | None:
    """The step whose text speaks of a thing: of its path or a folder above it, or most of its rarest words.

    None when no step does, as for what a package's own scripts write.
    """
    texts = [" ".join(text for _, text in piece.blocks) for piece in pieces]
    if found.area in ("file", "link"):
        path = found.name.split("' -> '")[0].strip("'") if found.area == "link" else found.name
        parts = path.split("/")
        for length in (len(parts), *range(len(parts) - 1, 2, -1)):  # a folder like /etc says nothing of what is in it
            named = "/".join(parts[:length])
            pattern = re.compile(rf"{re.escape(named)}(?![\w/-])" if length < len(parts) else re.escape(named))
            hits = [piece for piece, text in zip(pieces, texts, strict=True) if pattern.search(text)]
            if hits:
                return hits[-1]
        return None
    words = {word for word in re.findall(r"[\w.:/-]+", found.name) if len(word) > 1}
    if found.area == "kernel setting":  # a step may write to its file
        words = {found.name, *found.name.split(".")}
    seen = Counter(word for word in words for text in texts if _speaks(text, word))
    scores = [sum(1 / seen[word] for word in words if _speaks(text, word)) for text in texts]
    best = max(scores, default=0)
    return pieces[scores.index(best)] if best > 0 else None


def _speaks(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) is not None


def _tail(output: str) -> str:
    return "\n".join([line for line in output.splitlines() if line.strip()][-_TAIL:])
