"""What moves at the bottom of a terminal while a play runs: the current step, or a table of hosts.

Drawn by rich, which is imported only when there is something to draw: a play that ends
within DELAY is lines alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from byhand.engine import report
from byhand.engine.report_results import HOST_STATES, HostResult, Results

if TYPE_CHECKING:
    from rich.text import Text

DELAY = 0.15
_PER_SECOND = 8
# A terminal shows ^C where the cursor is, at the end of the last row: it must not begin another.
_MARGIN = 4
_BAD = ("failed", "stuck", "error", "lost", "unreachable", "busy")
_STYLES = {
    **dict.fromkeys(_BAD, "bold red"),
    **dict.fromkeys(("running", "undone"), "cyan"),
    **dict.fromkeys(("drift", "changed"), "yellow"),
    **dict.fromkeys(("waiting", "not started"), "dim"),
}


class Drawing:
    """The live part of a run's view, until ``stop``. ``table``: a row a host instead of one line."""

    def __init__(self, results: Results, *, table: bool) -> None:
        self._results, self._table = results, table
        self._lock = threading.RLock()
        self._live: Any = None
        self._stopped = False
        self._timer = threading.Timer(DELAY, self._start)
        self._timer.daemon = True
        self._timer.start()

    def _start(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with self._lock:
            if self._stopped:
                return
            console = Console(stderr=True, highlight=False, markup=False, emoji=False)
            self._live = Live(
                get_renderable=lambda: self._drawn(console.width - _MARGIN, console.height), console=console,
                refresh_per_second=_PER_SECOND, transient=True, redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._live.start()

    def above(self, text: str, plain: Callable[[str], None]) -> None:
        """Print a line above what is drawn; ``plain`` prints it when nothing is yet."""
        with self._lock:
            if self._live is None:
                plain(text)
                return
            from rich.text import Text

            self._live.console.print(Text.from_ansi(text), soft_wrap=True)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Take what is drawn away for a moment, for output that is not ours to print."""
        with self._lock:
            if self._live is None:
                yield
                return
            self._live.stop()
            try:
                yield
            finally:
                self._live.start()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        self._timer.cancel()
        with self._lock:
            self._stopped = True
            if self._live is not None:
                self._live.stop()
                self._live = None

    def _drawn(self, width: int, height: int) -> Any:
        from rich.console import Group

        hosts = list(self._results.hosts.values())
        rows = self._rows(hosts, height) if self._table else [self._step(hosts[0])]
        for row in rows:
            row.truncate(max(1, width), overflow="ellipsis")
        return Group(*rows)

    def _step(self, host: HostResult) -> Text:
        """The running step, in the columns of the finished ones."""
        from rich.text import Text

        step = host.current
        if step is None:
            return Text("")
        seconds = self._results.seconds - step.begun
        line = Text()
        line.append(f"{'running':<8}", _STYLES["running"])
        line.append(f" {seconds:6.1f}s   {report.printable(step.title)}")
        line.append(f"  {host.done + 1}/{len(host.steps)}", "dim")
        return line

    def _rows(self, hosts: list[HostResult], height: int) -> list[Text]:
        """A row a host. Columns are as wide as what is in them; a window too narrow cuts the rows' ends."""
        from rich.text import Text

        names = min(30, max(4, *(len(host.name) for host in hosts)))
        counts = max(4, *(len(_done(host)) for host in hosts))
        words = max(5, *(len(host.state) for host in hosts))
        rows = [Text(f"{'HOST':<{names}}  {'DONE':>{counts}}  {'STATE':<{words}}  STEP", "dim")]
        room = max(1, height - 3)
        ordered = sorted(hosts, key=lambda host: HOST_STATES.index(host.state))
        for host in ordered[:room]:
            step = host.current
            said = f"{self._results.seconds - step.begun:5.1f}s  {step.title}" if step else next(iter(host.message.splitlines()), "")
            name = host.name if len(host.name) <= names else host.name[: names - 1] + "…"
            row = Text(f"{name:<{names}}  {_done(host):>{counts}}  ")
            row.append(f"{host.state:<{words}}", _STYLES.get(host.state, ""))
            row.append(f"  {report.printable(said)}")
            rows.append(row)
        left = [host.state for host in ordered[room:]]
        if left:
            told = ", ".join(f"{left.count(state)} {state}" for state in HOST_STATES if state in left)
            rows.append(Text(f"and {len(left)} more: {told}", "dim"))
        return rows


def _done(host: HostResult) -> str:
    return f"{host.done}/{len(host.steps)}" if host.steps else ""
