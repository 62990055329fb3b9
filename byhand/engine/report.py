"""The one place that talks to a person: data on stdout, everything else on stderr.

Colour only on a terminal and without NO_COLOR (no-color.org); rich is imported only when
it draws. JSON lines carry ``version``, so that readers can tell when their form changes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.events import Event
    from byhand.engine.inventory import Host

JSON_VERSION = 1
_COLOURS = {
    "ok": "32",
    "changed": "33",
    "undone": "36",
    "failed": "31;1",
    "stuck": "31;1",
    "drift": "33",
    "always": "2",
    "ignored": "31",
    "again": "33",
}


def coloured(word: str, code: str) -> str:
    """``word`` with a colour when stderr is a terminal that wants it."""
    if code and sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[{code}m{word}\033[0m"
    return word


def note(text: str) -> None:
    """A line for a person."""
    print(text, file=sys.stderr, flush=True)


def error(failure: ByhandError) -> None:
    """An error as one or two lines on stderr."""
    print(f"{coloured('byhand:', '31;1')} {printable(str(failure))}", file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """``text`` as a terminal can show it: no control characters but the line break."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c == "\n" or c.isprintable() else repr(c)[1:-1] for c in clean)


def data(text: str) -> None:
    """Text for stdout, byte for byte (programs may hold bytes that are not UTF-8)."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def as_json(value: Any) -> None:
    """A JSON document on stdout."""
    data(json.dumps(value, indent=2, ensure_ascii=True, default=str) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their heads, padded; the same bytes on a terminal and in a pipe."""
    widths = [max(len(head), *(len(row[i]) for row in rows)) if rows else len(head) for i, head in enumerate(columns)]
    for row in [columns, *rows]:
        data("   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


class Steps:
    """Shows a run's events: a line a step, its output indented below when it failed or ``verbose``."""

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json, self.verbose = as_json, verbose
        self._lock = threading.Lock()

    def show_at(self, host: Host, piece: Piece | None, event: Event) -> None:
        """``show`` for one of several hosts, which speak at the same time."""
        with self._lock:
            self.show(piece, event, host.name)

    def show(self, piece: Piece | None, event: Event, host: str = "") -> None:
        if self.as_json:
            if event.word != "begin":
                record: Mapping[str, Any] = {
                    "version": JSON_VERSION, "event": event.word, "step": event.id, "title": piece.title if piece else event.id,
                    "seconds": round(event.seconds, 6), "output": event.output,
                }  # fmt: skip
                data(json.dumps({**record, **({"host": host} if host else {})}, ensure_ascii=True) + "\n")
            return
        if event.word == "begin":
            return
        title = piece.title if piece else event.id
        word = coloured(f"{event.word:<8}", _COLOURS.get(event.word, ""))
        note(f"{word} {event.seconds:7.3f}s  {f'{host}: ' if host else ''}{printable(title)}")
        if event.output and (self.verbose or event.word in ("failed", "stuck", "changed", "drift")):
            for line in event.output.splitlines()[-40:]:
                note(f"    {printable(line)}")

    def end(self, counts: Mapping[str, int], run_id: str, status: int, host: str = "") -> None:
        """The last line: how many steps of each kind, and how to take the run back."""
        if self.as_json:
            record = {"version": JSON_VERSION, "event": "end", "run": run_id, "status": status, "counts": dict(counts)}
            data(json.dumps({**record, **({"host": host} if host else {})}) + "\n")
            return
        summary = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing to do"
        note((f"{host}: " if host else "") + summary + (f"   run {run_id}" if run_id else ""))
