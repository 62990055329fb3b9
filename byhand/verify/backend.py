"""testinfra's backend ``byhand://NAME``: each command of a test runs inside one of byhand's running containers.

It is entered as a play enters it (byhand/containers/enter.py): its namespaces, its root, its control group, its user
and no more than its capabilities; then its environment and its working folder, as its own command has them.
"""

from __future__ import annotations

import fnmatch
import secrets
import shlex
from typing import Any

import pytest
from testinfra.backend.base import BaseBackend, CommandResult

from byhand.containers import enter, store
from byhand.containers.store import Container
from byhand.engine.session import Unreachable
from byhand.errors import ByhandError

# What the container's /bin/sh is told. The mark says that it was entered: what is on standard error before is not the command's.
_SCRIPT = """printf %s {mark} >&2
cd {workdir} || exit 126
exec env -i {environment} /bin/sh -c {command} </dev/null
"""


class Unreached(Unreachable, pytest.fail.Exception):  # type: ignore[misc, name-defined]
    """There is no such container, it does not run, or it cannot be entered. Its line is all that pytest shows of it."""

    pytrace = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.msg = str(self)


class ByhandBackend(BaseBackend):
    """A running container: ``byhand://[USER[:GROUP]@]NAME``, where NAME may be an id or the beginning of one.

    ``--hosts=byhand://`` is each one that runs, and ``byhand://web*`` each whose name fits the pattern.
    ``sudo`` and ``sudo_user`` are sudo(8) inside it, as in testinfra's other backends.
    """

    NAME = "byhand"

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name, self.user = self.parse_containerspec(name)
        super().__init__(self.name, *args, **kwargs)

    @classmethod
    def get_hosts(cls, host: str | None, **kwargs: Any) -> list[str]:  # noqa: ARG003 (testinfra's signature)
        """The containers that ``host`` means: itself, or for a pattern or nothing those that run. Raises Unreached."""
        user, at, name = (host or "").rpartition("@")
        if name and not set(name) & set("*?["):
            return [f"{user}{at}{name}"]
        running = sorted(one.name or one.id for one in store.containers() if one.running)
        found = [f"{user}{at}{one}" for one in running if fnmatch.fnmatchcase(one, name or "*")]
        if not found:
            wanted = f"no container that runs has a name like '{name}'" if name else "no container runs"
            raise Unreached(wanted, hint=f"running: {', '.join(running)}" if running else "")
        return found

    def get_pytest_id(self) -> str:
        return f"{self.NAME}://{self.user}@{self.name}" if self.user else f"{self.NAME}://{self.name}"

    def get_encoding(self) -> str:
        """What text in there is: testinfra would ask a Python in there, which few containers have."""
        return "UTF-8"

    def encode(self, data: str) -> bytes:
        return data.encode("utf-8", "surrogateescape")

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:  # noqa: ARG002 (testinfra's signature)
        """Run a command with the container's /bin/sh. Raises Unreached."""
        text = self.get_command(command, *args)
        try:
            given, way = _given(store.find(self.name)), enter.words(self.name, self.user or "")
        except ByhandError as error:
            raise Unreached(error.message, hint=error.hint) from None
        mark = f"byhand {secrets.token_hex(16)}\n"
        script = _SCRIPT.format(mark=shlex.quote(mark), command=shlex.quote(text), **given)
        # Signals that Python ignores are not ignored in there.
        words = shlex.join(["env", "--default-signal", *way])
        end = f"END_{secrets.token_hex(8)}"
        done = self.run_local(f"exec {words} <<'{end}'\n{script}{end}")
        status = done.exit_status if done.exit_status >= 0 else 128 - done.exit_status
        before, entered, stderr = done.stderr_bytes.partition(mark.encode())
        if not entered:
            raise Unreached(f"container {self.name} cannot be entered: {_reason(before, status)}")
        return self.result(status, self.encode(text), done.stdout_bytes, stderr)


def _given(container: Container) -> dict[str, str]:
    """What a container's command is started with, as words of sh; HOME is that of whoever is in there, unless it was given."""
    pairs = [str(pair) for pair in container.record.get("env") or []]
    home = [] if any(pair.startswith("HOME=") for pair in pairs) else ['"HOME=$HOME"']
    environment = " ".join([*home, *map(shlex.quote, pairs)])
    return {"environment": environment, "workdir": shlex.quote(str(container.record.get("workdir") or "/"))}


def _reason(said: bytes, status: int) -> str:
    last = next((line for line in reversed(said.decode("utf-8", "replace").splitlines()) if line.strip()), "")
    return last.removeprefix("byhand: ") or f"exit status {status}"
