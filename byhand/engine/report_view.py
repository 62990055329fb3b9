"""How a run is shown as it goes: lines or a live view for a person, JSON lines for a program, and files at its end.

    with View(Results("apply", ...)) as view:
        outcome = play.apply(request, view.show)
        view.end(outcome)

``show_at`` and ``ended`` may be called from several threads.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from byhand.engine import report, report_schema, state
from byhand.engine.events import PLANNED
from byhand.engine.report_results import HERE, HostResult, Results
from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.events import Event
    from byhand.engine.inventory import Host
    from byhand.engine.play import Outcome

# Whose output is shown without being asked for.
_TELLING = ("failed", "stuck", "changed", "drift")
# What a person sees of each of many hosts while the live view shows the rest.
_URGENT = ("failed", "stuck", "drift", "ignored")
_LINES = 40


class View:
    """Shows a run. ``files``: paths and what makes their text, written when the run ends, however it does.

    ``named``: lines name their host; this is for plays on other hosts. ``patches``: what
    ``diff`` prints goes to stdout. ``quiet``: only errors are told, and the live view.
    ``still``: nothing is drawn, since a person is asked at the same terminal.
    """

    def __init__(
        self, results: Results, *, as_json: bool = False, verbose: bool = False, named: bool = False, patches: bool = False,
        quiet: bool = False, still: bool = False, files: Sequence[tuple[Path, Callable[[Results], str]]] = (),
    ) -> None:  # fmt: skip
        self.results, self.as_json, self.verbose, self.named, self.patches = results, as_json, verbose, named, patches
        self._quiet = quiet
        self._files = files
        self._lock = threading.RLock()
        self._live = not as_json and not still and report.may_draw()
        self._drawing: Any = None
        self._later: list[str] = []  # what is said when the live view is gone
        self._stack = ExitStack()

    def __enter__(self) -> View:  # noqa: PYI034 (typing.Self came with Python 3.11)
        self._stack.enter_context(leaving())
        if self.as_json:
            _line(report_schema.start(self.results))
        elif self._live:
            from byhand.engine.report_live import Drawing

            self._drawing = Drawing(self.results, table=self.named)
            report.draw(self._drawing)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._settle()
        if error is not None:
            self.results.status, self.results.message = _status(error), str(error) or "interrupted"
        elif self.results.status is None:
            self.results.status = max((host.status or 0 for host in self.results.hosts.values()), default=0)
        if self.as_json:
            _line(report_schema.end(self.results))
        elif self.named and len(self.results.hosts) > 1 and not self._quiet:
            self._total()
        try:
            for path, made in self._files:
                state.write(path, made(self.results), mode=0o644)
        finally:
            self._stack.close()

    def show_at(self, host: Host, piece: Piece | None, event: Event) -> None:
        """``show`` for one of several hosts."""
        self._show(host.name, piece, event)

    def show(self, piece: Piece | None, event: Event) -> None:
        """Show one event of this machine's run."""
        self._show(HERE, piece, event)

    def ended(self, host: Host, outcome: Outcome) -> None:
        """One of several hosts is done with."""
        self.end(outcome, host.name, getattr(outcome, "why", ""))

    def end(self, outcome: Outcome, host: str = "", why: str = "") -> None:
        """A host's run has ended: how many steps of each kind, the time it took, and how to take it back.

        ``why``: what kept it from running to an end, as fleet has it.
        """
        run = "" if self.results.verb in ("check", "diff") else outcome.id
        message = outcome.output.strip().removeprefix(f"{host}: ")
        with self._lock:
            found = self.results.end(host or HERE, outcome.status, run, message, why)
            if self.as_json:
                _line(report_schema.host(found))
                return
            if not host:
                self._settle()
            if message:
                report.note((f"{host}: " if host else "") + report.printable(message))
            if not why and not self._quiet:
                summary = (f"{host}: " if host else "") + _summary(found, outcome.unseen)
                if self._drawing is None:
                    report.note(summary)
                else:
                    self._later.append(summary)

    def _show(self, name: str, piece: Piece | None, event: Event) -> None:
        with self._lock:
            step = self.results.take(name, piece, event)
            if event.word == PLANNED:
                return
            if self.as_json:
                _line(report_schema.step(name, step, event))
                return
            if self._quiet or event.word == "begin" or (event.word == "skipped" and not self.verbose):
                return
            if self._live and self.named and not self.verbose and event.word not in _URGENT:
                return
            shown = f"{name}: " if self.named else ""
            word = report.coloured(f"{event.word:<8}", report.COLOURS.get(event.word, ""))
            if event.word == "skipped":
                reason = f" ({report.printable(step.reason)})" if step.reason else ""
                report.note(report.coloured(f"skipped            {shown}{report.printable(step.title)}{reason}", "2"))
                return
            report.note(f"{word} {event.seconds:7.3f}s  {shown}{report.printable(step.title)}")
            if not event.output:
                return
            if self.patches and event.word == "drift":
                report.data(event.output)
            elif self.verbose or event.word in _TELLING:
                for line in event.output.splitlines()[-_LINES:]:
                    report.note(f"    {report.printable(line)}")

    def _settle(self) -> None:
        """End the live view."""
        with self._lock:
            if self._drawing is not None:
                report.draw(None)
                self._drawing.stop()
                self._drawing = None
                for line in self._later:
                    report.note(line)

    def _total(self) -> None:
        states: dict[str, int] = {}
        for host in self.results.hosts.values():
            states[host.state] = states.get(host.state, 0) + 1
        told = ", ".join(f"{count} {report.coloured(word, report.COLOURS.get(word, ''))}" for word, count in states.items())
        run = f"   run {self.results.run}" if self.results.run else ""
        report.note(f"{len(self.results.hosts)} hosts: {told} in {spell(self.results.seconds)}{run}")


def spell(seconds: float) -> str:
    """A time as a person reads it: 0.53s, 12.3s, 2m05s, 1h02m."""
    if seconds < 10:
        return f"{seconds:.2f}s"
    if seconds < 100:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02d}m"


def _summary(found: HostResult, unseen: Sequence[str]) -> str:
    counts = {word: count for word, count in found.counts.items() if word != "not needed"}
    if unseen:
        counts["unseen"] = counts.get("unseen", 0) + len(unseen)
    told = ", ".join(f"{count} {word}" for word, count in counts.items()) or "nothing to do"
    return f"{told} in {spell(found.seconds)}" + (f"   run {found.run}" if found.run else "")


def _line(record: Mapping[str, Any]) -> None:
    report.data(json.dumps(record, ensure_ascii=True) + "\n")


@contextmanager
def leaving() -> Iterator[None]:
    """While this lasts SIGTERM and SIGHUP end what is done by SystemExit, so that it is left in order."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, _leave)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _status(error: BaseException) -> int:
    if isinstance(error, ByhandError):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    return 130 if isinstance(error, KeyboardInterrupt) else 125
