"""vm.down leaves nothing, wherever vm.up was killed; nor does a box whose making was killed.

Each test has a checkout of its own, so that no machine that is up is touched, and mounts and a
network of its own, so that what differs there afterwards is of its doing. Nothing waits for a
machine to start: QEMU is killed while it loads the kernel.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from byhand.vm import box, places
from byhand.vm.places import Places
from tests.vm.conftest import REPO, require

LOOK = """
import json
from tests.host_snapshot import Snapshot
found = Snapshot.take(skip=["cgroups", "files", "netns", "processes", "temporary"])
# Of containers of tests that run beside these: a folder that is removed takes what is mounted on it along, in here too.
others = ("/run/netns/", "/var/tmp/byhand-")
print(json.dumps({area: sorted(line for line in lines if not line.startswith(others)) for area, lines in found.areas.items()}))
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of this checkout; its commands run with the mounts and the network of the process ``ground``."""

    places: Places
    ground: int
    spaces: tuple[str, ...] = ("--mount", "--net")

    @property
    def state(self) -> Path:
        return self.places.checkout / "state"

    def argv(self, *words: str) -> list[str]:
        return ["nsenter", "--target", str(self.ground), *self.spaces, "--", sys.executable, *words]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.places.checkout), "BYHAND_ROOT": str(self.state)}

    def task(self, *words: str) -> list[str]:
        return self.argv("-m", "invoke", "--search-root", str(self.places.checkout), *words)

    def run(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, cwd=self.places.checkout, env=self.environment, capture_output=True, text=True, timeout=120)

    def invoke(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.task(*words))

    def looks(self) -> dict[str, list[str]]:
        """What its mounts, links, addresses, routes, rules and settings of the kernel look like now."""
        done = self.run(self.argv("-c", LOOK))
        assert done.returncode == 0, done.stderr
        found: dict[str, list[str]] = json.loads(done.stdout)
        return found

    def with_box(self) -> None:
        """Give it this checkout's box, the same file, built if it is not there."""
        made = box.place(places.here())
        if not made.is_dir():
            done = subprocess.run([sys.executable, "-m", "invoke", "--search-root", str(REPO), "vm.box"], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        self.places.boxes.mkdir(parents=True)
        subprocess.run(["cp", "-al", str(made), str(self.places.boxes / made.name)], check=True)

    def killed(self, *words: str, when: Callable[[], bool]) -> None:
        """Start an invoke task, and kill it and its program when ``when`` says so; what they have started goes on."""
        started = subprocess.Popen(
            self.task(*words), cwd=self.places.checkout, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not when():
            assert started.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        started.kill()
        started.wait()
        for pid in running(f"{self.state}/runs/"):
            os.kill(pid, signal.SIGKILL)


def running(text: str) -> list[int]:
    """The processes with this in their command lines."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in place.joinpath("cmdline").read_bytes() and int(place.name) != os.getpid():
                found.append(int(place.name))
        except OSError:
            continue
    return found


@pytest.fixture
def checkout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    require(request.config)
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(["git", "-C", str(REPO), "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, check=True)
    copy = ["rsync", "-a", "--from0", "--files-from=-", "--ignore-missing-args", f"{REPO}/", str(folder)]
    subprocess.run(copy, input=listed.stdout, check=True)
    with subprocess.Popen(["unshare", "--mount", "--net", "sh", "-c", "ip link set lo up; echo; exec cat"], stdin=-1, stdout=-1) as ground:
        assert ground.stdout
        ground.stdout.readline()
        yield Checkout(Places(folder), ground.pid)
        ground.kill()
    shutil.rmtree(folder)


# What is there at the moment of the kill.
POINTS: dict[str, Callable[[Places], bool]] = {
    "its run is written down": lambda found: found.run.exists(),
    "libvirtd is being started": lambda found: (found.folder / "libvirt" / "etc" / "qemu.conf").exists(),
    "libvirtd has started": lambda found: (found.folder / "libvirt" / "libvirtd.pid").exists(),
    "Vagrant works": lambda found: (found.folder / "home").exists(),
    "the machine runs": lambda found: bool(running(f"guest={found.name}-vm,")),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_machine_killed_half_way_is_taken_down(checkout: Checkout, point: str) -> None:
    checkout.with_box()
    before = checkout.looks()
    checkout.killed("vm.up", "--by-hand", when=lambda: POINTS[point](checkout.places))
    done = checkout.invoke("vm.down")
    assert done.returncode == 0, done.stderr
    assert not running(checkout.places.name)
    assert not checkout.places.sockets.exists()
    assert not (checkout.places.checkout / ".vagrant").exists()
    assert checkout.looks() == before
    assert checkout.invoke("vm.down").stderr.startswith("byhand: there is no VM here")


def test_what_is_left_of_a_machine_is_no_ground_for_another(checkout: Checkout) -> None:
    checkout.with_box()
    checkout.killed("vm.up", "--by-hand", when=lambda: POINTS["libvirtd has started"](checkout.places))
    done = checkout.invoke("vm.up", "--by-hand")
    assert done.returncode == 125
    assert "invoke vm.down" in done.stderr
    assert checkout.invoke("system.recover").returncode == 0
    assert not running(checkout.places.name)
    assert checkout.invoke("vm.down").returncode == 0


def test_a_box_killed_half_way_is_taken_back(checkout: Checkout) -> None:
    boxes = checkout.places.boxes
    checkout = replace(checkout, spaces=("--mount",))  # its packages are downloaded
    checkout.killed("vm.box", when=lambda: bool(list(boxes.glob("*.new/tree/var/cache/apt/archives"))))
    for pid in running(str(boxes)):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    # What is still at work holds the lock of the run.
    while [path.name for path in boxes.iterdir()] != ["lock"] and time.monotonic() < deadline:
        done = checkout.invoke("system.recover")
        assert done.returncode == 0, done.stderr
        time.sleep(0.2)
    assert [path.name for path in boxes.iterdir()] == ["lock"]
    assert checkout.invoke("system.recover").stderr == "nothing to recover\n"
