"""A play on other hosts: each is asked for its facts, gets its own program, and runs it.

One connection and two round trips a host, however many steps; one more for each step that
has to be compiled with a result. Hosts run side by side; one that fails, is lost or is busy
with another run does not stop the others. The journal stays on the host, so that an undo
works from anywhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from byhand.engine import remote_run, secret, series, state
from byhand.engine.batches import batches, verdict
from byhand.engine.compile import Compiler, Options, Piece, Program
from byhand.engine.connection import Enter
from byhand.engine.events import PLANNED, Event, Reader
from byhand.engine.inventory_values import reason
from byhand.engine.play import Outcome, Request, shown
from byhand.engine.remote_facts import RemoteFacts, gather
from byhand.engine.remote_run import Place, Said
from byhand.engine.session import Lost, Session
from byhand.errors import Busy, ByhandError, UsageError, shorten

if TYPE_CHECKING:
    from byhand.engine.inventory import Host

Emit = Callable[["Host", Piece | None, Event], None]
Ended = Callable[["Host", Outcome], None]
UNREACHABLE = 3


@dataclass
class HostOutcome(Outcome):
    """What came of a run on one host. ``why``: "" when it ran to an end there, good or bad; else what kept it from that."""

    why: str = ""  # "unreachable", "lost", "busy", "not started" or "error"


@dataclass(frozen=True)
class How:
    """How to play on hosts: ``forks`` of them at a time; ``wait``: seconds for a host that another run holds.

    ``enter``: how a container of byhand's own is entered.
    """

    forks: int = 5
    wait: int = 0
    enter: Enter | None = None


def play(
    hosts: Sequence[Host], request: Request | None, verb: str, run_id: str, emit: Emit, how: How | None = None, ended: Ended | None = None
) -> dict[str, HostOutcome]:  # fmt: skip
    """Run a program's verb (apply, check, diff) on each host; what came of it by host's name.

    Without a ``request`` it is ``undo``, of the programs the run left there. ``run_id`` names the
    run's folder on every host. ``emit`` and ``ended`` are called from several threads. An outcome's
    ``output`` says why a host was not played to an end; its status is then 3. An interrupt (any
    exception in the waiting thread) is passed on to the hosts, which take back what they did; when
    all have ended it goes on.
    """
    if request is not None and request.stepwise:
        raise UsageError("--step asks at the terminal of the machine it plays on", hint="leave --hosts and --inventory out")
    return _Fleet(request, verb, run_id, emit, how or How(), ended or (lambda host, outcome: None)).play(hosts)


@dataclass
class _Fleet:
    """One play on many hosts."""

    request: Request | None
    verb: str
    run_id: str
    emit: Emit
    how: How
    ended: Ended

    def __post_init__(self) -> None:
        self._open: set[Session] = set()
        self._lock = threading.Lock()
        self._stopped = ""
        self._batch = self._failed = 0
        self._outcomes: dict[str, HostOutcome] = {}
        self._secrets: dict[str, dict[str, str]] = {}

    def play(self, hosts: Sequence[Host]) -> dict[str, HostOutcome]:
        book = self.request.book if self.request and self.verb == "apply" else None
        with ThreadPoolExecutor(max_workers=max(1, self.how.forks)) as pool:
            for batch in batches(hosts, book.serial if book else ()):
                self._batch = len(batch)
                self._failed = 0
                waiting = [pool.submit(self._played, host) for host in batch]
                try:
                    for future in waiting:
                        future.result()
                except BaseException:
                    self._interrupt()
                    raise
        return {host.name: self._outcomes[host.name] for host in hosts}

    def _judge(self, outcome: HostOutcome) -> None:
        """Begin no other host when too many of this batch have failed."""
        book = self.request.book if self.request and self.verb == "apply" else None
        with self._lock:
            if book is None or self._stopped or not outcome.status:
                return
            self._failed += 1
            limit, fatal = book.max_fail_percentage, book.any_errors_fatal
            self._stopped = verdict(self._failed, self._batch, limit, any_errors_fatal=fatal)

    def secrets(self, program: Program) -> dict[str, str]:
        """The values of a program's secrets, read once for all hosts. Raises ByhandError."""
        key = repr((sorted(program.secrets.items()), sorted(program.one_line)))
        with self._lock:
            if key not in self._secrets:
                self._secrets[key] = secret.fetch(program.secrets, program.one_line)
            return self._secrets[key]

    def _interrupt(self) -> None:
        with self._lock:
            self._stopped = "interrupted"
            for session in self._open:
                session.interrupt()

    def _played(self, host: Host) -> None:
        outcome = HostOutcome(self.run_id)
        try:
            if self._stopped:
                outcome.status, outcome.why, outcome.output = UNREACHABLE, "not started", f"not started: {self._stopped}"
            else:
                self._one(host, outcome)
        except ByhandError as error:
            kinds = {Lost: "lost", Busy: "busy"}
            outcome.why = kinds.get(type(error), "unreachable" if error.exit_code == UNREACHABLE else "error")
            outcome.status, outcome.output = error.exit_code, str(error)
        self._outcomes[host.name] = outcome
        self._judge(outcome)
        self.ended(host, outcome)

    def _one(self, host: Host, outcome: HostOutcome) -> None:
        with Session(host, self.how.enter) as session:
            with self._lock:
                self._open.add(session)
            try:
                facts = gather(session)
                place = Place(facts.state_root, self.run_id, session.mark)
                there = _There(self, host, session, facts, place)
                if self.request is None:
                    there.undo(outcome)
                elif self.verb == "apply":
                    series.play(there, outcome)
                else:
                    there.check(outcome)
            finally:
                with self._lock:
                    self._open.discard(session)


class _There:
    """One host while its session is open: where the programs of a play run (series.Runner)."""

    def __init__(self, fleet: _Fleet, host: Host, session: Session, facts: RemoteFacts, place: Place) -> None:
        self.fleet, self.host, self.session, self.facts, self.place = fleet, host, session, facts, place
        self._said = Said(session.mark)
        self._mask = secret.Mask()
        self._environment: Mapping[str, str] = {}

    @property
    def _request(self) -> Request:
        if self.fleet.request is None:
            raise ValueError("an undo compiles nothing")
        return self.fleet.request

    def compiled(self, number: int, results: Mapping[str, Any], start: int, notified: frozenset[str]) -> Program:
        return compiled(self.host, self._request, self.facts, self.place.program(number), results, start, notified)

    def applied(self, program: Program, number: int, outcome: Outcome) -> int:
        reader = self._reader(program, outcome)
        last = program.remaining is None
        registered = [piece.id for piece in program.pieces if piece.register] if not last else []
        first = remote_run.opened(self.place) if number == 1 else ""
        first += "" if last and number == 1 else remote_run.unfinished(self.place, number)
        script = remote_run.locked(self.place, self._holder(), self.fleet.how.wait) if number == 1 else "exec 2>&1\n"
        lasting = any(piece.template.lasting for piece in program.pieces)
        script += remote_run.written(self.place, number, program.text, self._record() if number == 1 else None, durable=lasting)
        script += remote_run.given(self._environment) + remote_run.applied(
            self.place, number, reader.nonce, last=last, results=registered, secret=bool(program.secrets)
        )
        return self._asked(script, reader, outcome, first)

    def printed(self, program: Program, number: int) -> series.Printed:  # noqa: ARG002 (a Runner's)
        return lambda name, kind: self._said.text(name, kind) if kind == "rc" else self._mask(self._said.text(name, kind))

    def taken_back(self, last: int, status: int) -> None:
        self.session.ask(remote_run.taken_back(self.place, last, status), lambda line: None)

    def check(self, outcome: Outcome) -> None:
        program = self.compiled(1, {}, 0, frozenset())
        reader = self._reader(program, outcome)
        outcome.skipped, outcome.variables = program.skipped, program.variables
        script = remote_run.given(self._environment) + remote_run.checked(program.text, self.fleet.verb, reader.nonce)
        outcome.status = self._asked(script, reader, outcome)
        if program.remaining is not None:
            outcome.unseen = tuple(step.name for step in self._request.book.steps[program.remaining :])

    def undo(self, outcome: Outcome) -> None:
        reader = self._reader(None, outcome)
        script = remote_run.locked(self.place, self._holder(), self.fleet.how.wait) + remote_run.undone(self.place, reader.nonce)
        outcome.status = self._asked(script, reader, outcome, remote_run.opened(self.place))

    def _asked(self, script: str, reader: Reader, outcome: Outcome, first: str = "") -> int:
        def on_line(line: str) -> None:
            rest = self._said.feed(line)
            if rest:
                reader.feed(rest)

        try:
            status = self.session.ask(script, on_line, first=first)
        except Lost as error:
            error.hint = f"what was done there is in its journal: playbook.undo --run {self.place.run_id} takes it back"
            if self.fleet.verb in ("check", "diff"):
                error.hint = ""
            raise
        outcome.output = self._mask(reader.rest())
        if status == remote_run.BUSY and self._said.busy:
            holder = self._said.text("", "holder").strip() or "another run"
            raise Busy(f"{self.host.name}: busy: {shorten(holder, 200)[1:-1]}", hint="--wait SECONDS waits for it")
        return status

    def _reader(self, program: Program | None, outcome: Outcome) -> Reader:
        values = self.fleet.secrets(program) if program and program.secrets else {}
        outcome.secrets = program.secrets if program else {}
        self._environment, self._mask = secret.environment(values), secret.Mask(values.values())
        pieces = {piece.id: piece for piece in program.pieces} if program else {}
        for piece in pieces.values():
            self.fleet.emit(self.host, piece, Event(PLANNED, piece.id))
        for text in program.skipped if program else ():
            self.fleet.emit(self.host, None, Event("skipped", "", text))

        def on_event(event: Event) -> None:
            piece = pieces.get(event.id)
            event = replace(event, output=self._mask(event.output))
            if event.word != "begin":
                outcome.steps.append((piece, event))
            self.fleet.emit(self.host, piece, event)

        return Reader(on_event)

    def _holder(self) -> str:
        """Who this run is, in one line for whoever comes next."""
        what = self.fleet.request.command if self.fleet.request else "playbook.undo"
        return state.holder(what, self.place.run_id)

    def _record(self) -> dict[str, object]:
        request = self._request
        return {
            "run": self.place.run_id, "playbook": request.book.path, "command": request.command, "time": int(time.time()),
            "from": state.person(), "host": self.host.name,
        }  # fmt: skip


def preview(hosts: Sequence[Host], request: Request, run_id: str, how: How) -> dict[str, str]:
    """What ``--dry-run`` prints, by host: each is asked for its facts, and nothing more. Raises Unreachable, which names the host."""

    def one(host: Host) -> str:
        with Session(host, how.enter) as session:
            facts = gather(session)
            place = Place(facts.state_root, run_id, session.mark)
        return shown(request, compiled(host, request, facts, place.program(1)))

    with ThreadPoolExecutor(max_workers=max(1, how.forks)) as pool:
        return dict(zip([host.name for host in hosts], pool.map(one, hosts), strict=True))


def compiled(
    host: Host, request: Request, facts: RemoteFacts, folder: str,
    results: Mapping[str, Any] | None = None, start: int = 0, notified: frozenset[str] = frozenset(),
) -> Program:  # fmt: skip
    """The program for one host: its facts, its variables below the play's."""
    options = Options(
        folder=folder, command=request.command, tags=request.tags, skip_tags=request.skip_tags, notified=notified,
        explain=request.explain, start_at=request.start_at,
    )  # fmt: skip
    around = {**host.variables, **host.magic, "facts": facts, "state_root": facts.state_root}
    for name in request.book.params:
        if why := reason(around.get(name)):
            raise UsageError(f"{host.name}: {name}: {why}")
    return Compiler(options, around, results, host.origins).program(request.book, request.params, start=start)
