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
                get_renderable=lambda: self._drawn(console.height), console=console, refresh_per_second=_PER_SECOND, transient=True,
                redirect_stdout=False, redirect_stderr=False,
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

    def _drawn(self, height: int) -> Any:
        hosts = list(self._results.hosts.values())
        return self._rows(hosts, height) if self._table else self._step(hosts[0])

    def _step(self, host: HostResult) -> Text:
        """The running step, in the columns of the finished ones."""
        from rich.text import Text

        step = host.current
        if step is None:
            return Text("")
        seconds = self._results.seconds - step.begun
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{'running':<8}", _STYLES["running"])
        line.append(f" {seconds:6.1f}s   {report.printable(step.title)}")
        line.append(f"  {host.done + 1}/{len(host.steps)}", "dim")
        return line

    def _rows(self, hosts: list[HostResult], height: int) -> Any:
        from rich.table import Table
        from rich.text import Text

        rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        rows.add_column("HOST", no_wrap=True, overflow="ellipsis", max_width=30)
        rows.add_column("DONE", no_wrap=True, justify="right", min_width=3)
        rows.add_column("STATE", no_wrap=True)
        rows.add_column("STEP", no_wrap=True, overflow="ellipsis", ratio=1)
        room = max(1, height - 3)
        ordered = sorted(hosts, key=lambda host: HOST_STATES.index(host.state))
        for host in ordered[:room]:
            step = host.current
            title = f"{self._results.seconds - step.begun:.1f}s  {report.printable(step.title)}" if step else report.printable(host.message)
            state = Text(host.state, style=_STYLES.get(host.state, ""))
            rows.add_row(Text(host.name), Text(f"{host.done}/{len(host.steps)}" if host.steps else ""), state, Text(title))
        if len(ordered) > room:
            left = [host.state for host in ordered[room:]]
            told = ", ".join(f"{left.count(state)} {state}" for state in HOST_STATES if state in left)
            rows.add_row(Text(f"and {len(left)} more", style="dim"), Text(""), Text(""), Text(told, style="dim"))
        return rows
