"""Control groups of version 2 under systemd, in the machine: what is asked for holds, whatever systemd does meanwhile.

Run by tests/vm/test_containers_v2.py in the machine, beside the kernel tests, whose fixtures these are. A start of Python
takes seconds in an emulated machine: one program is printed, and started with another script each time.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from invoking import REPO, Byhand, Result, await_line, end, until
from sabotage import Program

ROOT = Path("/sys/fs/cgroup")
UNIT = "byhand-test-unit"
LIMITS = {
    "--memory": "64m", "--memory-swap": "64m", "--cpus": "0.5", "--cpu-shares": "512", "--cpuset-cpus": "0", "--pids-limit": "37",
}  # fmt: skip
FILES = {
    "memory.max": "67108864", "memory.swap.max": "0", "cpu.max": "50000 100000", "cpu.weight": "20", "cpuset.cpus": "0",
    "cpuset.cpus.effective": "0", "pids.max": "37",
}  # fmt: skip
FLAGS = ("--rm", "--interactive", "--network", "none", *(word for pair in LIMITS.items() for word in pair))


def enabled() -> list[str]:
    """The controllers that the root hands on to its groups."""
    return sorted((ROOT / "cgroup.subtree_control").read_text().split())


def groups() -> list[str]:
    """byhand's groups, wherever they are. systemd removes groups of its own meanwhile: os.walk passes over what is gone."""
    found = (Path(folder, name) for folder, names, _ in os.walk(ROOT) for name in names if name.startswith("byhand-"))
    return sorted(str(path.relative_to(ROOT)) for path in found if UNIT not in path.name)


def limits(place: Path) -> dict[str, str]:
    return {name: (place / name).read_text().strip() for name in FILES if (place / name).exists()}


def systemctl(*words: str) -> None:
    subprocess.run(["systemctl", *words], check=True, capture_output=True)


def unit(kind: str, *command: str) -> list[str]:
    """A command in a unit of its own that may make groups (systemd.resource-control(5), Delegate=)."""
    flags = ["--scope"] if kind == "scope" else ["--wait", "--pipe", f"--working-directory={REPO}"]
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        f"--unit={UNIT}",
        "--property=Delegate=yes",
        "--property=MemoryMax=300M",
        *flags,
        *command,
    ]


@dataclass
class Container:
    """A container of the printed program, run with a script of its own. ``place``: its control group."""

    program: Path
    script: Path

    @property
    def place(self) -> Path:
        return ROOT / f"byhand-{self.program.parent.name}"

    @property
    def apply(self) -> list[str]:
        return ["sh", str(self.program), "apply"]

    def ran(self, around: Sequence[str] = ()) -> Result:
        done = subprocess.run([*around, *self.apply], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        return Result(done.returncode, done.stdout, done.stderr.decode())

    @contextmanager
    def running(self, around: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
        pipe = subprocess.PIPE
        process = subprocess.Popen([*around, *self.apply], stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            await_line(process, b"ready")
            yield process
        finally:
            end(process)


@pytest.fixture(scope="module")
def systemd() -> Iterator[list[str]]:
    """The controllers that systemd itself has enabled, before these tests and after them."""
    systemctl("daemon-reload")
    before = enabled()
    yield before
    systemctl("daemon-reload")
    assert enabled() == before


@pytest.fixture
def container(byhand: Byhand, systemd: list[str]) -> Iterator[Container]:
    """One that is not started yet; nothing is left of it."""
    assert groups() == []
    folder = byhand.root / "scripts"
    folder.mkdir(exist_ok=True)
    program = Program.of(byhand, "sh", "/scripts/one", flags=(*FLAGS, "--volume", f"{folder}:/scripts:ro"))
    yield Container(program.store(), folder / "one")
    assert groups() == []
    assert byhand.folders() == []


def test_this_is_cgroup_v2_alone_under_systemd() -> None:
    assert Path("/proc/1/comm").read_text() == "systemd\n"
    kinds = [row.split()[2] for row in Path("/proc/self/mounts").read_text().splitlines() if "cgroup" in row.split()[2]]
    assert kinds == ["cgroup2"]


def test_limits_hold_whatever_systemd_does_meanwhile(container: Container, systemd: list[str]) -> None:
    """At a reload systemd takes controllers from the root's groups that no unit of its own needs."""
    assert "cpu" not in systemd and "cpuset" not in systemd, "it needs them itself here: nothing would be shown"
    container.script.write_text("echo ready; exec sleep 300")
    with container.running():
        assert limits(container.place) == FILES
        systemctl("daemon-reload")
        assert limits(container.place) == FILES
        needs = ["--property=CPUQuota=20%", "--property=AllowedCPUs=0", "--property=MemoryMax=100M"]
        subprocess.run(["systemd-run", "--quiet", "--wait", *needs, "true"], check=True)
        assert limits(container.place) == FILES
        systemctl("daemon-reexec")
        systemctl("daemon-reload")
        assert limits(container.place) == FILES


def test_processes_are_in_leaves_only(container: Container) -> None:
    """cgroups(7), no internal processes: the group that hands controllers on has none, the one with processes hands none on."""
    container.script.write_text("sleep 300 & echo ready; wait")
    with container.running():
        place, kept = container.place, container.place.with_name(f"{container.place.name}.keep")
        assert len((place / "cgroup.procs").read_text().split()) == 2
        assert (place / "cgroup.subtree_control").read_text().split() == []
        assert (kept / "cgroup.procs").read_text() == ""
        assert sorted((kept / "cgroup.subtree_control").read_text().split()) == ["cpu", "cpuset", "memory", "pids"]
        assert groups() == [place.name, kept.name]


def test_the_quota_is_all_it_gets(container: Container) -> None:
    container.script.write_text("echo ready; while :; do :; done")
    with container.running():
        before, begun = used(container.place), time.monotonic()
        time.sleep(1.5)
        share = (used(container.place) - before) / (time.monotonic() - begun)
        assert 0.05 < share < 0.65, share
        assert int(stat(container.place / "cpu.stat", "nr_throttled")) > 0


def used(place: Path) -> float:
    """Seconds of processor time."""
    return int(stat(place / "cpu.stat", "usage_usec")) / 1e6


def stat(path: Path, name: str) -> str:
    return dict(row.split() for row in path.read_text().splitlines())[name]


def test_an_out_of_memory_kill_is_counted_and_said(container: Container) -> None:
    eat = """awk 'BEGIN { text = "0123456789abcdef"; while (1) text = text text }'"""
    container.script.write_text(f"echo ready; read -r go; {eat}; echo $?; read -r go\n")
    with container.running() as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        assert stat(container.place / "memory.events", "oom_kill") == "0"
        process.stdin.write(b"go\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"137\n"
        assert stat(container.place / "memory.events", "oom_kill") == "1"
        assert (container.place / "memory.swap.current").read_text() == "0\n"
        process.stdin.write(b"go\n")
        process.stdin.flush()
        assert process.wait(30) == 0
        said = process.stderr.read().decode()
        assert "out of memory: the kernel killed 1 of the container's processes (its limit is 67108864 bytes)" in said


def test_processes_beyond_the_limit_are_refused(container: Container) -> None:
    container.script.write_text("echo ready; i=0; while [ $i -lt 60 ]; do sleep 300 & i=$((i + 1)); done; wait\n")
    with container.running():
        until(lambda: int(stat(container.place / "pids.events", "max")) > 0)
        assert int((container.place / "pids.current").read_text()) <= 37


# ---- delegation


def test_in_a_delegated_service_a_container_has_its_own_group_beside_systemd_s(byhand: Byhand, systemd: list[str]) -> None:
    """All of it by the command that people type."""
    words = ["/opt/byhand/bin/byhand", "container.run", "--image", "alpine", *FLAGS, "--", "sh", "-c"]
    script = "cat /proc/self/cgroup /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max; exit 7"
    around = unit("service", "env", f"BYHAND_ROOT={byhand.root}")
    done = subprocess.run([*around, *words, script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.splitlines()) == (7, ["0::/", FILES["memory.max"], FILES["cpu.max"]]), done.stderr
    assert byhand.folders() == [] and groups() == []


def test_in_a_delegated_scope_too(container: Container) -> None:
    container.script.write_text("cat /proc/self/cgroup /sys/fs/cgroup/memory.max; exit 7\n")
    result = container.ran(unit("scope"))
    assert (result.status, result.lines) == (7, ["0::/", FILES["memory.max"]]), result.err


def test_stopping_the_unit_ends_its_container_and_leaves_nothing(container: Container) -> None:
    container.script.write_text("trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done")
    with container.running(unit("service")):
        systemctl("stop", UNIT)
        until(lambda: not container.program.exists())


def own_root(folder: Path, script: str) -> list[str]:
    """A shell in a delegated scope whose group is the root of all it sees, as in a container (cgroup_namespaces(7))."""
    file = folder / "inside"
    mount = "umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup"
    look = "ls /sys/fs/cgroup | grep -v '[.]'"
    file.write_text(f"{mount}\n{script}\nstatus=$?\n{look}\nexit $status\n")
    return unit("scope", "unshare", "--cgroup", "--mount", "sh", str(file))


def test_where_a_root_has_processes_and_is_not_the_host_s_it_says_so_and_leaves_nothing(container: Container, tmp_path: Path) -> None:
    container.script.write_text("echo it ran\n")
    result = container.ran(own_root(tmp_path, '"$@"'))
    assert (result.status, result.out) == (125, b"")
    assert "/sys/fs/cgroup is not the root of all groups and has processes" in result.err


def test_below_a_root_of_its_own_it_makes_groups_there(container: Container, tmp_path: Path) -> None:
    container.script.write_text("cat /sys/fs/cgroup/memory.max\n")
    move = "mkdir /sys/fs/cgroup/own && echo $$ >/sys/fs/cgroup/own/cgroup.procs"
    result = container.ran(own_root(tmp_path, f'{move}\n"$@"'))
    assert (result.status, result.lines) == (0, [FILES["memory.max"], "own"]), result.err


def test_a_group_that_cannot_be_entered_is_no_container_without_limits(container: Container) -> None:
    """Beyond its own root of groups a process cannot move (cgroups(7), nsdelegate)."""
    container.script.write_text("echo it ran\n")
    result = container.ran(unit("scope", "unshare", "--cgroup"))
    assert (result.status, result.out) == (125, b"")
    assert "cannot be entered, so no limit would hold" in result.err


# ---- kill -9


def test_after_kill_9_recover_removes_the_groups_and_all_in_them(byhand: Byhand, container: Container) -> None:
    container.script.write_text("sleep 300 & echo ready; exec sleep 300")
    with container.running() as process:
        process.kill()
        process.wait()
        members = (container.place / "cgroup.procs").read_text().split()
        assert len(members) == 2 and limits(container.place) == FILES
        assert byhand.invoke("system.recover").status == 0
        assert not [pid for pid in members if Path(f"/proc/{pid}").exists()]
