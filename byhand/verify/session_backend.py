"""testinfra's way to a host of a play: the connection the play itself uses, kept open for all commands."""

from __future__ import annotations

import base64
import binascii
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from testinfra.backend.base import BaseBackend, CommandResult

from byhand.engine.session import Session
from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.connection import Enter
    from byhand.engine.inventory import Host

# What a command prints comes back as base64, which the one shell's answers cannot mix up with its own lines.
_SCRIPT = """umask 077
kept=$(mktemp -d) || exit 125
trap 'rm -rf -- "$kept"' EXIT
trap 'exit 130' HUP INT TERM
sh -c {command} >"$kept/out" 2>"$kept/err" && status=0 || status=$?
base64 <"$kept/out" && echo - && base64 <"$kept/err" && echo "= $status"
"""


class SessionBackend(BaseBackend):
    """A host of a play. ``become``: the user its commands run as when that is another, "" for the one who logs in."""

    NAME = "play"

    def __init__(self, host: Host, enter: Enter | None = None, become: str = "") -> None:
        super().__init__(host.name, sudo=bool(become), sudo_user=become or None)
        self._play_host, self._enter = host, enter
        self._session: Session | None = None

    def get_pytest_id(self) -> str:
        return self.hostname

    def get_sudo_command(self, command: str, sudo_user: str | None) -> str:
        """A command as another user; who is that already needs no sudo(8), which many a host has not."""
        user = sudo_user or "root"
        here = f'[ "$(id -un)" = {shlex.quote(user)} ]'
        return f"if {here}; then sh -c {shlex.quote(command)}; else sudo -n -u {shlex.quote(user)} sh -c {shlex.quote(command)}; fi"

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:  # noqa: ARG002 (testinfra's signature)
        """Run a command by the host's sh. Raises Unreachable, Lost, and ByhandError for a host that cannot answer."""
        text = self.get_command(command, *args)
        if self._session is None:
            self._session = Session(self._play_host, self._enter)
        lines: list[str] = []
        self._session.ask(_SCRIPT.format(command=shlex.quote(text)), lines.append)
        out, err, status = _parts(lines, self.hostname)
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
        raise ByhandError(
            f"{host}: no answer to a test's command: {' '.join(words)[-200:]}", hint="it needs sh, mktemp and base64"
        ) from None
