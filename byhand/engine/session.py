"""One connection to a host: a shell there that is told what to do and answers.

Everything a play asks of a host goes through one ``sh`` at the other end of ssh, of
``docker exec`` or here: the host's facts are the first question, the program is the
second. Answers end with a line no output can forge.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from byhand.engine import run
from byhand.engine.connection import Connection, Enter, connection
from byhand.errors import ByhandError, Conflict, NetworkUnreachable, NotFound

if TYPE_CHECKING:
    from byhand.engine.inventory import Host

Line = Callable[[str], None]


class Lost(NetworkUnreachable):
    """The connection ended before the answer did; the journal there says what had been done."""

    exit_code = 3


class Unreachable(NetworkUnreachable):
    """A host did not answer at all."""

    exit_code = 3


class Interrupted(ByhandError):
    """The play was told to stop before this was asked."""

    exit_code = 130


class Session:
    """An open connection, as the user ``become`` where that is given. Use it as a context manager; what it started ends with it."""

    def __init__(self, host: Host, enter: Enter | None = None, become: str = "") -> None:
        self.host = host
        self.mark = secrets.token_hex(8)
        try:
            self._connection: Connection = connection(host, enter, become)
        except (NotFound, Conflict) as error:  # a container that is not there or does not run
            raise Unreachable(f"{host.name}: {error.message}", hint=error.hint) from None
        self._kept = bool(self._connection.sockets)
        self._pipe = run.open_pipe(self._connection.argv)
        self._answered = False
        self._stopped = False
        self._sending = threading.Lock()

    def __enter__(self) -> Session:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()

    def ask(self, script: str, on_line: Line, *, first: str = "") -> int:
        """Run ``script`` there, hand over each line it prints, and return its status.

        It runs in a subshell: whatever it does to itself, the shell goes on to say how it ended.
        ``first`` is for the shell itself (descriptors and traps that are to stay). The script's
        descriptor 5 is the connection: it ends when the connection does (see ``interrupt``).
        Raises Unreachable when the host has not answered anything yet, Lost later, Interrupted.
        """
        # One command, to its very last byte: what a shell has not read yet when the script runs is still in descriptor 5.
        end = f"printf '\\036%s status %s\\n' {self.mark} \"$?\""
        text = f"{{\n{first}(\n{script}\n) 5<&0 </dev/null\n{end}\n}}\n"
        try:
            return self._ask(text, on_line)
        except Unreachable:
            # A kept connection may have died since, its far end or the network between; a fresh one tells.
            if not self._kept or self._answered:
                raise
            self._connection.forget()
            self._pipe.close()
            self._kept = False
            self._pipe = run.open_pipe(self._connection.argv)
            return self._ask(text, on_line)

    def _ask(self, text: str, on_line: Line) -> int:
        end = f"\036{self.mark} status "
        with self._sending:
            if self._stopped:
                raise Interrupted(f"{self.host.name}: interrupted")
            self._pipe.send(text)
        for line in self._pipe.lines():
            before, found, status = line.partition(end)
            if found:
                if before:
                    on_line(before)
                self._answered = True
                return int(status)
            on_line(line)
        said = self._pipe.errors().strip().splitlines()
        reason = said[-1] if said else "the connection ended"
        if self._answered:
            raise Lost(f"{self.host.name}: {reason}")
        raise Unreachable(f"{self.host.name}: {reason}")

    def interrupt(self) -> None:
        """Tell a program that runs there to stop and to take back what it did; it may be called from another thread."""
        with self._sending:
            self._stopped = True
            self._pipe.send("\n")
