"""The fixture ``vm``: a running virtual machine, and how a test talks to it.

The one that ``vm.up`` brought up is used. Else one is brought up for the session and taken down
after it: that takes minutes, so only when tests/vm is asked for (by its name, or in BYHAND_MUST_RUN).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from byhand.vm import host, machine, places
from tests.conftest import must_run

if TYPE_CHECKING:
    from inside import Inside

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class VM:
    """The running machine, whose user ``vagrant`` may become root by sudo.

    ``inventory``: an inventory with the one host ``vm``. ``ssh_config``: an ssh_config(5) with the same.
    """

    inventory: Path
    ssh_config: Path

    @property
    def arguments(self) -> list[str]:
        """What says to an invoke task that it is meant: ``invoke playbook.run NAME *vm.arguments``."""
        return ["--inventory", str(self.inventory), "--hosts", "vm"]

    @property
    def host(self) -> Any:
        """testinfra's Host; ``with vm.host.sudo():`` is root."""
        import testinfra

        return testinfra.get_host("ssh://vm", ssh_config=str(self.ssh_config), controlpersist=0)

    def ssh(self, *command: str, patience: int = 30) -> list[str]:
        """The arguments of an ssh that runs a command in it. ``patience``: seconds until it has to answer a connection."""
        return ["ssh", "-F", str(self.ssh_config), "-o", "BatchMode=yes", "-o", f"ConnectTimeout={patience}", "--", "vm", *command]

    def run(self, command: str, *, root: bool = False, ok: bool = True, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a line of shell in it, as root if so. ``ok``: a failure is an AssertionError. ``timeout`` in seconds."""
        argv = self.ssh("sudo -n sh" if root else "sh")
        done = subprocess.run(argv, input=command, capture_output=True, text=True, timeout=timeout)
        if ok:
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done

    def copy(self, path: Path, to: str) -> None:
        """Copy a file, or a folder with all in it, to the path ``to``; a folder that is there gets it inside."""
        subprocess.run(["scp", "-q", "-r", "-F", str(self.ssh_config), "--", str(path), f"vm:{to}"], check=True, timeout=300)

    def reboot(self, timeout: float = 180) -> float:
        """Reboot it and wait until it lets one in again; the seconds that took."""
        before = self.run("cat /proc/sys/kernel/random/boot_id").stdout
        self.run("systemctl reboot", root=True, ok=False)
        return self.returned(before, timeout)

    def returned(self, before: str, timeout: float = 180) -> float:
        """Wait until it lets one in after a boot that was not the one with the id ``before``; the seconds that took."""
        begun = time.monotonic()
        subprocess.run(["ssh", "-F", str(self.ssh_config), "-O", "exit", "--", "vm"], capture_output=True)
        while time.monotonic() - begun < timeout:
            # QEMU accepts a connection before the machine does, and holds it.
            with suppress(subprocess.TimeoutExpired):
                argv = self.ssh("cat /proc/sys/kernel/random/boot_id", patience=5)
                now = subprocess.run(argv, capture_output=True, text=True, timeout=30)
                if now.returncode == 0 and now.stdout != before:
                    return time.monotonic() - begun
            time.sleep(0.5)
        raise AssertionError(f"the machine is not back after {timeout} seconds")


def invoke(*words: str, root: Path) -> subprocess.CompletedProcess[str]:
    """An invoke task of this checkout with the state folder ``root``."""
    return subprocess.run(
        [sys.executable, "-m", "invoke", "--search-root", str(REPO), *words],
        cwd=REPO,
        env={**os.environ, "BYHAND_ROOT": str(root), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )


def asked_for(config: pytest.Config) -> bool:
    """Whether tests/vm, or a file in it, was named on the command line, or the tier has to run."""
    if "vm" in must_run():
        return True
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        return False
    here = Path(__file__).parent
    named = [Path(os.path.abspath(config.invocation_params.dir / word.partition("::")[0])) for word in config.args]
    return any(path == here or here in path.parents for path in named)


def require(config: pytest.Config) -> None:
    """Skip, unless a VM can be brought up here and somebody asked for that."""
    missing = sorted({*host.missing_for_up(), *host.missing_for_box()})
    if missing:
        pytest.skip(f"packages are missing: {' '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("bringing a VM up is for root")
    if not asked_for(config):
        pytest.skip("bringing a VM up takes minutes: ./bootstrap vm.verify does that, or vm.up before the tests")


@pytest.fixture(scope="session")
def vm(request: pytest.FixtureRequest) -> Iterator[VM]:
    here = places.here()
    if not machine.is_up(here):
        require(request.config)
    # Of several sessions the first brings it up, and the last takes it down, if it was not there before them all.
    # Its run is kept as long as the machine may be there: pytest's own folders go when later sessions come.
    ours, root = here.folder / "for-tests", here.checkout / ".cache" / "vm-state"
    here.boxes.mkdir(parents=True, exist_ok=True)
    with open(here.boxes / "users.lock", "a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if not machine.is_up(here):
            done = invoke("vm.up", root=root)
            assert done.returncode == 0, f"vm.up: status {done.returncode}: {done.stderr[-3000:]}"
            if "up already" not in done.stderr:
                ours.touch()
        yield VM(here.inventory, here.ssh_config)
        if not ours.exists():
            return
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        done = invoke("vm.down", root=root)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def inside(vm: VM) -> Iterator[Inside]:
    """The machine with our wheel installed in it."""
    from inside import installed

    with installed(vm) as found:
        yield found


@pytest.fixture(scope="session")
def place(vm: VM) -> str:
    """The machine in one line, as the summary of a test run names it."""
    asked = 'uname -r; stat -f -c %T /sys/fs/cgroup; . /etc/os-release; echo "$PRETTY_NAME"'
    said = vm.run(asked, ok=False).stdout.splitlines()
    if len(said) != 3:  # it does not answer just now: the tests say so
        return "ran on a VM that did not say what it is"
    groups = {"cgroup2fs": "v2"}.get(said[1], said[1])
    return f"ran on Linux {said[0]}, control groups {groups}, {said[2]} (VM)"


@pytest.fixture(autouse=True)
def ran_there(request: pytest.FixtureRequest) -> None:
    """Say of each test that needs the machine that it ran there."""
    if "vm" in request.fixturenames:
        request.node.user_properties.append(("ran on", request.getfixturevalue("place")))
