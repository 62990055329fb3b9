"""testinfra's way to a host of a play: the connection the play itself uses, kept open for all commands."""

from __future__ import annotations

import base64
import binascii
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from testinfra.backend.base import BaseBackend, CommandResult

from byhand.engine.session import Lost, Session, Unreachable
from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.connection import Enter
    from byhand.engine.inventory import Host


class Unanswered(ByhandError):
    """A host could not run a test's command at all."""


# A folder for what commands print, as long as the connection is there.
_OPEN = """kept=$(umask 077; mktemp -d 2>&1) || { echo "$kept"; kept=; }
trap 'rm -rf -- "$kept"' EXIT
trap 'exit 130' HUP INT TERM PIPE
"""
# What a command prints comes back as base64, which the one shell's answers cannot mix up with its own lines.
# It is a process group of its own, which ends when the connection does (descriptor 5, see Session.ask).
_SCRIPT = """[ "$kept" ] || exit 125
: >"$kept/pid"
{{
  read -r _ || :
  until read -r pid <"$kept/pid" || [ ! -d "$kept" ]; do sleep 1; done
  for signal in HUP KILL; do
    kill -s "$signal" -- "-$pid" || kill -s "$signal" "$pid" || exit
    sleep 1
  done
}} <&5 >/dev/null 2>&1 &
watch=$!
$(command -v setsid) sh -c 'echo $$ >"$0"; exec sh -c "$1"' "$kept/pid" {command} >"$kept/out" 2>"$kept/err" 5<&- && status=0 || status=$?
# dash 0.5.12 can lose a TERM that comes just after the fork.
kill -s KILL "$watch" 2>/dev/null
wait "$watch" 2>/dev/null
exec 2>&1
base64 <"$kept/out" && echo - && base64 <"$kept/err" && echo "= $status"
"""


class SessionBackend(BaseBackend):
    """A host of a play. ``become``: the user its commands run as when that is another, "" for the one who logs in."""

    NAME = "play"

    def __init__(self, host: Host, enter: Enter | None = None, become: str = "") -> None:
        super().__init__(host.name)
        self._play_host, self._enter, self._become = host, enter, become
        self._session: Session | None = None
        self._silent: Unreachable | None = None

    def get_pytest_id(self) -> str:
        return self.hostname

    def get_sudo_command(self, command: str, sudo_user: str | None) -> str:
        """A command as another user; who is that already needs no sudo(8), which many a host has not."""
        user = sudo_user or "root"
        here = f'[ "$(id -un)" = {shlex.quote(user)} ]'
        return f"if {here}; then sh -c {shlex.quote(command)}; else sudo -n -u {shlex.quote(user)} sh -c {shlex.quote(command)}; fi"

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:  # noqa: ARG002 (testinfra's signature)
        """Run a command by the host's sh. Raises Lost, Unreachable from then on, and Unanswered for a host that cannot answer."""
        text = self.get_command(command, *args)
        if self._silent:  # it is not waited for again in every test
            raise self._silent
        lines: list[str] = []
        try:
            if self._session is None:
                self._session = Session(self._play_host, self._enter, self._become)
                self._session.ask(":", lines.append, first=_OPEN)  # what ends from here on was there
            self._session.ask(_SCRIPT.format(command=shlex.quote(text)), lines.append)
            out, err, status = _parts(lines, self.hostname)
        except Unreachable as error:
            self._silent = error
            raise
        except (Lost, Unanswered):
            self.close()
            raise
        return self.result(status, text.encode("utf-8", "surrogateescape"), out, err)

    def close(self) -> None:
        """End the connection; the next command opens another."""
        if self._session is not None:
            self._session.__exit__()
            self._session = None


def _parts(lines: Sequence[str], host: str) -> tuple[bytes, bytes, int]:
    words = [line.strip() for line in lines]
    try:
        middle, (mark, _, status) = words.index("-"), words[-1].partition(" ")
        if mark != "=":
            raise ValueError
        return base64.b64decode("".join(words[:middle])), base64.b64decode("".join(words[middle + 1 : -1])), int(status)
    except (ValueError, IndexError, binascii.Error):
        said = f": {words[-1][:200]}" if words else ""
        raise Unanswered(f"{host}: a test's command was not answered{said}", hint="it needs sh, mktemp and base64") from None
