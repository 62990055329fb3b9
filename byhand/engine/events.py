"""What a running program says: events between its output, told apart by a secret prefix.

A program writes ``\\036NONCE WORD ID [HUNDREDTHS]`` lines on descriptor 3, which the driver joins to
its output; the nonce is new for each run, so no output can pass for an event. A step that ran
beside others says itself how many hundredths of a second it took.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

WORDS = ("begin", "ok", "changed", "failed", "skipped", "undone", "stuck", "drift", "always", "ignored", "again", "unseen")
# Not said by the program but of it: each of its steps, before it starts.
PLANNED = "planned"


@dataclass(frozen=True)
class Event:
    """One thing that happened: the step's id, what came of it, its output and its seconds.

    ``word`` is one of WORDS, or PLANNED; ``output`` is what came since the step began (stdout
    and stderr together, as text). A skipped step has no id: its output is its name and why.
    """

    word: str
    id: str
    output: str = ""
    seconds: float = 0.0


class Reader:
    """Cuts a program's stream into events. ``emit`` is called with each as it is complete."""

    def __init__(self, emit: Callable[[Event], None], nonce: str = "") -> None:
        self.nonce = nonce or secrets.token_hex(8)
        self._emit = emit
        self._mark = f"\036{self.nonce} "
        self._output: list[str] = []
        self._since = time.monotonic()

    def feed(self, line: str) -> None:
        """Take one line of the stream, its newline included."""
        before, mark, rest = line.partition(self._mark)
        if not mark:
            self._output.append(line)
            return
        if before:
            self._output.append(before)
        word, _, identity = rest.strip().partition(" ")
        identity, _, hundredths = identity.partition(" ")
        now = time.monotonic()
        seconds = int(hundredths) / 100 if hundredths.isdigit() else now - self._since
        if word == "begin":
            self._emit(Event(word, identity))
        else:
            self._emit(Event(word, identity, "".join(self._output), seconds))
        self._output.clear()
        self._since = now

    def rest(self) -> str:
        """Output that no event followed."""
        return "".join(self._output)
