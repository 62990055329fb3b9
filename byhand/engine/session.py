"""One connection to a host: a shell there that is told what to do and answers.

Everything a play asks of a host goes through one ``sh`` at the other end of ssh, of
``docker exec`` or here: the host's facts are the first question, the program is the
second. Answers end with a line no output can forge.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from byhand.engine import run
from byhand.errors import NetworkUnreachable, UsageError

if TYPE_CHECKING:
    from byhand.engine.inventory import Host

Line = Callable[[str], None]


class Lost(NetworkUnreachable):
    """The connection ended before the answer did: what was begun there may be going on."""

    exit_code = 3


class Unreachable(NetworkUnreachable):
    """A host did not answer at all."""

    exit_code = 3


def command(host: Host) -> list[str]:
    """What starts a shell on ``host`` that reads commands from its standard input.

    ssh is the user's own OpenSSH client with its configuration; it never asks a question.
    """
    kind = host.connection
    if kind == "local":
        return ["sh"]
    if kind in ("docker", "podman"):
        user = ["--user", host.user] if host.user else []
        return [kind, "exec", "--interactive", *user, host.address, "sh"]
    if kind != "ssh":
        raise UsageError(f"host {host.name}: there is no connection of the kind '{kind}' yet", hint="ssh, local, docker or podman")
    words = ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    if host.port is not None:
        words += ["-p", str(host.port)]
    if host.user:
        words += ["-l", host.user]
    variables = host.variables
    key = variables.get("ansible_ssh_private_key_file") or variables.get("ansible_private_key_file")
    if key:
        words += ["-i", str(key)]
    for name in ("ansible_ssh_common_args", "ansible_ssh_extra_args"):
        words += shlex.split(str(variables.get(name) or ""))
    return [*words, "--", host.address, "sh"]


class Session:
    """An open connection. Use it as a context manager; what it started ends with it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.mark = secrets.token_hex(8)
        self._pipe = run.open_pipe(command(host))
        self._answered = False

    def __enter__(self) -> Session:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()

    def ask(self, script: str, on_line: Line) -> int:
        """Run ``script`` there, hand over each line it prints, and return its status.

        Raises Unreachable when the host has not answered anything yet, Lost later.
        """
        end = f"\036{self.mark} status "
        # A subshell: whatever the script does to itself, this shell goes on to say how it ended.
        self._pipe.send(f"(\n{script}\n) </dev/null\nprintf '\\036%s status %s\\n' {self.mark} \"$?\"\n")
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
        kind = Lost if self._answered else Unreachable
        raise kind(f"{self.host.name}: {reason}")
