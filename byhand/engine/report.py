"""The one place that talks to a person: data on stdout, everything else on stderr.

Colour only on a terminal and without NO_COLOR (no-color.org). While a live view is drawn
(report_live) lines for a person go above it. How a run is shown is report_view's.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from byhand.errors import ByhandError

COLOURS = {
    "ok": "32",
    "changed": "33",
    "undone": "36",
    "failed": "31;1",
    "stuck": "31;1",
    "drift": "33",
    "always": "2",
    "ignored": "31",
    "again": "33",
    "skipped": "2",
    "unseen": "2",
    "lost": "31;1",
    "unreachable": "31;1",
}


class Above(Protocol):
    """What is drawn at the bottom of the terminal: lines go above it, other output while it is away."""

    def above(self, text: str, plain: Callable[[str], None]) -> None: ...

    def away(self) -> AbstractContextManager[object]: ...


_drawing: list[Above] = []


def draw(drawing: Above | None) -> None:
    """Say what is drawn on the terminal from now on, None when nothing is."""
    _drawing[:] = [drawing] if drawing else []


def coloured(word: str, code: str) -> str:
    """``word`` with a colour when stderr is a terminal that wants it."""
    if code and sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[{code}m{word}\033[0m"
    return word


def note(text: str) -> None:
    """A line for a person."""
    if _drawing:
        _drawing[0].above(text, _plain)
    else:
        _plain(text)


def _plain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def error(failure: ByhandError) -> None:
    """An error as one or two lines on stderr."""
    note(f"{coloured('byhand:', '31;1')} {printable(str(failure))}")


def printable(text: str) -> str:
    """``text`` as a terminal can show it: no control characters but the line break."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c == "\n" or c.isprintable() else repr(c)[1:-1] for c in clean)


def data(text: str) -> None:
    """Text for stdout, byte for byte (programs may hold bytes that are not UTF-8)."""
    with _drawing[0].away() if _drawing and sys.stdout.isatty() else nullcontext():
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


def may_draw() -> bool:
    """Whether a person sits at a terminal that understands more than lines."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")
