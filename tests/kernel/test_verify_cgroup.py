"""host.cgroup: the same words for the same limits on v1 and v2, and each change by hand is told. It runs on hosts of both kinds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked import gone, here
from testinfra.host import Host

from byhand.errors import BadValue, NotFound

ROOT = Path("/sys/fs/cgroup")
V2 = (ROOT / "cgroup.controllers").exists()  # the v2 hierarchy alone, and not v1's beside it
CONTROLLERS = ["cpu", "memory", "pids"]
PARENT = f"byv{os.getpid()}"
NAME = f"{PARENT}/a group's $(x)"
# How each limit is set by hand: file and content, on v1 and on v2.
LIMITS = {
    "memory": (("memory.limit_in_bytes", "67108864"), ("memory.max", "67108864")),
    "swap": (("memory.memsw.limit_in_bytes", "100663296"), ("memory.swap.max", "33554432")),
    "quota": (("cpu.cfs_quota_us", "50000"), ("cpu.max", "50000 100000")),
    "weight": (("cpu.shares", "512"), ("cpu.weight", "20")),
    "pids": (("pids.max", "8"), ("pids.max", "8")),
}


def folder(controller: str, name: str = NAME) -> Path:
    """The group's folder of a controller."""
    return ROOT / name if V2 else ROOT / controller / name


def put(what: str, content: str | None = None) -> None:
    """Set a limit by hand, as in LIMITS or to another value."""
    controller = {"swap": "memory", "quota": "cpu", "weight": "cpu"}.get(what, what)
    file, value = LIMITS[what][V2]
    (folder(controller) / file).write_text(content or value)


@pytest.fixture
def host() -> Iterator[Host]:
    if os.geteuid() != 0:
        pytest.skip("groups need root")
    if V2:
        (ROOT / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        (ROOT / PARENT).mkdir()
        (ROOT / PARENT / "cgroup.subtree_control").write_text("+cpu +memory +pids")
    for controller in CONTROLLERS:
        folder(controller).mkdir(parents=True, exist_ok=True)
    try:
        yield here()
    finally:
        for controller in CONTROLLERS:
            gone(folder(controller))
            gone(folder(controller, PARENT))


def inside(*argv: str, controllers: list[str] = CONTROLLERS) -> subprocess.Popen[str]:
    """A process that is put into the group by hand, and says so."""
    files = {str(folder(controller) / "cgroup.procs") for controller in controllers}
    script = 'for file; do [ "$file" = -- ] && break; echo $$ >"$file"; shift; done; shift; echo in; exec "$@"'
    process = subprocess.Popen(
        ["sh", "-euc", script, "sh", *files, "--", *argv], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "in\n"
    return process


def test_limits_are_those_that_were_set(host: Host) -> None:
    for what in ("memory", "quota", "weight", "pids"):
        put(what)
    group = host.cgroup(NAME)
    assert (group.exists, group.version) == (True, 2 if V2 else 1)
    assert set(CONTROLLERS) <= set(group.controllers)
    assert (group.memory.limit, group.cpu.quota, group.cpu.weight, group.pids.limit) == (64 << 20, 0.5, 20, 8)
    assert (group.memory.usage < 1 << 20, group.memory.oom_kills, group.cpu.throttled) == (True, 0, 0)
    assert (group.pids.current, group.pids.refused, group.members, group.frozen) == (0, 0, [], False)


def test_swap_is_told_apart_from_memory(host: Host) -> None:
    group = host.cgroup(NAME)
    assert group.memory.swap_limit is None
    file = "memory.swap.max" if V2 else "memory.memsw.limit_in_bytes"
    if not (folder("memory") / file).exists():
        return  # a kernel that does not count swap has no limit of it
    put("memory")
    put("swap")
    assert (group.memory.limit, group.memory.swap_limit) == (64 << 20, 32 << 20)


def test_no_limit_is_none(host: Host) -> None:
    group = host.cgroup(f"/{NAME}/")
    assert (group.memory.limit, group.cpu.quota, group.pids.limit) == (None, None, None)
    assert group.cpu.weight == (100 if V2 else 39)


@pytest.mark.parametrize(
    ("what", "content", "told"),
    [
        ("memory", "134217728", (128 << 20, 0.5, 20, 8)),
        ("quota", "150000 100000" if V2 else "150000", (64 << 20, 1.5, 20, 8)),
        ("weight", "10000" if V2 else "262144", (64 << 20, 0.5, 10000, 8)),
        ("pids", "max", (64 << 20, 0.5, 20, None)),
    ],
)
def test_a_limit_that_is_raised_by_hand_is_told_and_no_other(host: Host, what: str, content: str, told: tuple[object, ...]) -> None:
    for one in ("memory", "quota", "weight", "pids"):
        put(one)
    group = host.cgroup(NAME)
    put(what, content)
    assert (group.memory.limit, group.cpu.quota, group.cpu.weight, group.pids.limit) == told


def test_members_are_those_inside_until_one_is_moved_out(host: Host) -> None:
    group = host.cgroup(NAME)
    with inside("sleep", "60") as one, inside("sleep", "60") as two:
        try:
            assert group.members == sorted([one.pid, two.pid])
            assert (group.pids.current, group.memory.usage > 0) == (2, True)
            (folder("memory", PARENT if not V2 else ".") / "cgroup.procs").write_text(str(one.pid))
            assert group.members == [two.pid]
            assert group.memory.members == [two.pid]
            # v1 has a group for each controller, and each may hold others.
            assert group.cpu.members == ([two.pid] if V2 else sorted([one.pid, two.pid]))
        finally:
            one.kill()
            two.kill()
    assert group.members == []


def test_a_process_killed_for_memory_is_counted(host: Host) -> None:
    put("memory", str(24 << 20))
    if (folder("memory") / LIMITS["swap"][V2][0]).exists():
        put("swap", "0" if V2 else str(24 << 20))
    with inside(sys.executable, "-c", "held = b'x' * (200 << 20)") as process:
        assert process.wait(30) == -9
    assert host.cgroup(NAME).memory.oom_kills == 1


def test_a_refused_fork_is_counted(host: Host) -> None:
    put("pids", "1")
    with inside("sh", "-c", "sleep 60 & exit 3") as process:
        assert process.wait(30) != 3
    assert host.cgroup(NAME).pids.refused >= 1


def test_waiting_for_the_quota_is_counted(host: Host) -> None:
    put("quota", "5000 100000" if V2 else "5000")
    group = host.cgroup(NAME)
    with inside("sh", "-c", "while :; do :; done") as process:
        deadline = time.monotonic() + 10
        while not group.cpu.throttled and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
    assert group.cpu.throttled
    assert group.cpu.quota == 0.05


def test_stopped_processes_are_told(host: Host) -> None:
    group = host.cgroup(NAME)
    place = folder("freezer")
    file, words = (place / "cgroup.freeze", ("1", "0")) if V2 else (place / "freezer.state", ("FROZEN", "THAWED"))
    place.mkdir(parents=True, exist_ok=True)
    try:
        with inside("sleep", "60", controllers=["freezer"]) as process:
            for word in words:
                file.write_text(word)
                deadline = time.monotonic() + 5
                while group.frozen != (word == words[0]) and time.monotonic() < deadline:
                    time.sleep(0.01)
                assert group.frozen == (word == words[0])
            process.kill()
    finally:
        if not V2:
            gone(place)
            gone(place.parent)


def test_a_group_that_is_gone_is_said(host: Host) -> None:
    for controller in CONTROLLERS:
        gone(folder(controller))
    group = host.cgroup(NAME)
    assert not group.exists
    with pytest.raises(NotFound, match="there is no control group"):
        group.memory.limit  # noqa: B018
    with pytest.raises(NotFound, match="there is no control group"):
        group.members  # noqa: B018


def test_a_controller_that_does_not_have_the_group_is_said(host: Host) -> None:
    if V2:
        name = f"{NAME}/below"  # nobody enabled a controller for it
        (folder("memory") / "below").mkdir()
    else:
        name = NAME
        gone(folder("memory"))
    try:
        group = host.cgroup(name)
        assert group.exists
        assert "memory" not in group.controllers
        with pytest.raises(NotFound, match="has no memory controller") as caught:
            group.memory.limit  # noqa: B018
        assert caught.value.hint == "it has: none" if V2 else caught.value.hint == "it has: cpu, pids"
    finally:
        if V2:
            gone(folder("memory") / "below")


def test_a_group_of_the_v2_hierarchy_beside_v1_is_one_of_v2(host: Host) -> None:
    unified = ROOT / "unified"
    if not unified.is_dir():
        return  # a host with v2 alone: all other tests are of it
    place = unified / f"{PARENT}only"
    place.mkdir()
    try:
        group = host.cgroup(place.name)
        assert (group.exists, group.version, group.members) == (True, 2, [])
        with subprocess.Popen(["sleep", "60"]) as process:
            (place / "cgroup.procs").write_text(str(process.pid))
            assert group.members == [process.pid]
            process.kill()
    finally:
        gone(place)


def test_a_path_cannot_leave_the_hierarchies(host: Host) -> None:
    for path in ("byhand/../..", ""):
        with pytest.raises(BadValue, match="is no path below"):
            host.cgroup(path)
    assert host.cgroup("/").exists
