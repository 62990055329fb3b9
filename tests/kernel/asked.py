"""testinfra's Host for this host and for a throw-away machine, with byhand's modules on it."""

from __future__ import annotations

import shlex
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import testinfra
from testinfra.backend.base import CommandResult
from testinfra.backend.local import LocalBackend
from testinfra.host import Host

from byhand.verify.modules import register

if TYPE_CHECKING:
    from machine import Machine

register()


class MachineBackend(LocalBackend):  # type: ignore[misc]
    """Runs what it is told on a machine of machine.py, with sh."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine

    def run(self, command: str, *args: str, **_: Any) -> CommandResult:
        return self.run_local(shlex.join(self.machine.enter(["sh", "-c", self.get_command(command, *args)])))


def here() -> Host:
    """This host."""
    return testinfra.get_host("local://")


def on(machine: Machine) -> Host:
    """A machine."""
    backend = MachineBackend(machine)
    host = Host(backend)
    backend.set_host(host)
    return host


def sh(script: str, *args: str) -> str:
    """What a script that must succeed printed on this host, with ``args`` as $1 and so on."""
    done = subprocess.run(["sh", "-euc", script, "sh", *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def gone(group: Path) -> None:
    """Remove a group, once the last of its processes is reaped."""
    deadline = time.monotonic() + 10
    while group.exists():
        try:
            group.rmdir()
        except OSError:
            assert time.monotonic() < deadline, f"{group} is still in use"
            time.sleep(0.01)
