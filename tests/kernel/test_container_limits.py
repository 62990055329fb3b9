"""Limits: what was asked for is what the kernel has, and what exceeds it is stopped and said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from invoking import Byhand

from byhand.engine.facts import Facts

CGROUP = Facts().cgroup
V2 = CGROUP.version == "v2"


def read_back(byhand: Byhand, controller: str, file: str, *flags: str) -> str:
    """What a file of a running container's group holds, read on the host."""
    with byhand.running("sh", "-c", "echo ready; exec sleep 30", flags=flags):
        found = json.loads(byhand.invoke("container.ps", "--json").out)[0]
        return Path(CGROUP.mounts[controller], f"byhand-{found['id']}", file).read_text().strip()


def test_seven_megabytes_are_7340032_bytes(byhand: Byhand) -> None:
    assert read_back(byhand, "memory", "memory.max" if V2 else "memory.limit_in_bytes", "--memory", "7m") == "7340032"


def test_a_limit_is_floored_to_a_page(byhand: Byhand) -> None:
    assert read_back(byhand, "memory", "memory.max" if V2 else "memory.limit_in_bytes", "--memory", "1000000000") == "999997440"


def test_the_container_sees_its_own_limit(byhand: Byhand) -> None:
    file = "/sys/fs/cgroup/memory.max" if V2 else "/sys/fs/cgroup/memory/memory.limit_in_bytes"
    assert byhand.said("cat", file, flags=["--memory", "64m"]) == str(64 << 20)


def test_swap_is_limited_with_memory(byhand: Byhand) -> None:
    if not CGROUP.swap:
        result = byhand.run("true", flags=["--memory", "32m", "--memory-swap", "48m"])
        assert result.status == 0
        return
    wanted = str(16 << 20) if V2 else str(48 << 20)
    assert (
        read_back(byhand, "memory", "memory.swap.max" if V2 else "memory.memsw.limit_in_bytes", "-m", "32m", "--memory-swap", "48m")
        == wanted
    )


@pytest.mark.parametrize(("cpus", "quota"), [("0.5", "50000"), ("1", "100000"), ("0.01", "1000"), (".25", "25000")])
def test_processors_are_a_quota_of_the_period(byhand: Byhand, cpus: str, quota: str) -> None:
    found = read_back(byhand, "cpu", "cpu.max" if V2 else "cpu.cfs_quota_us", "--cpus", cpus)
    assert found == (f"{quota} 100000" if V2 else quota)


def test_shares_are_read_back(byhand: Byhand) -> None:
    assert read_back(byhand, "cpu", "cpu.weight" if V2 else "cpu.shares", "--cpu-shares", "512") == ("20" if V2 else "512")


def test_the_processors_it_may_use_are_read_back(byhand: Byhand) -> None:
    assert read_back(byhand, "cpuset", "cpuset.cpus", "--cpuset-cpus", "0") == "0"
    assert byhand.said("nproc", flags=["--cpuset-cpus", "0"]) == "1"


def test_the_number_of_processes_is_read_back(byhand: Byhand) -> None:
    assert read_back(byhand, "pids", "pids.max", "--pids-limit", "37") == "37"


def test_too_much_memory_is_137_and_said_in_words(byhand: Byhand) -> None:
    result = byhand.run("sh", "-c", "data=$(head -c 20000000 /dev/urandom | od -v)", flags=["--memory", "7m"])
    assert result.status == 137
    row = next(row for row in result.err.splitlines() if row.startswith("byhand:"))
    assert "out of memory" in row and "7340032" in row


def test_a_killed_child_is_reported_and_the_shell_goes_on(byhand: Byhand) -> None:
    """Article E's container.sh: the second command is killed, the first was not."""
    script = "ls / >/dev/null && echo first; sh -c 'data=$(head -c 20000000 /dev/urandom | od -v)'; echo $?"
    result = byhand.run("sh", "-c", script, flags=["--memory", "7m"])
    assert result.lines[0] == "first" and result.lines[-1] == "137" and result.status == 0
    assert "out of memory" in result.err


def test_a_fork_bomb_of_bounded_size_is_stopped(byhand: Byhand) -> None:
    script = "i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done 2>/tmp/err; ls /proc | grep -c '^[0-9]'"
    result = byhand.run("sh", "-c", script, flags=["--pids-limit", "20"])
    assert result.status != 0 or int(result.text) <= 20, result


@pytest.mark.parametrize("flags", [
    ["--cpus", str((os.cpu_count() or 1) + 1)], ["--cpuset-cpus", str((os.cpu_count() or 1) + 7)], ["--memory", "1m"], ["--memory", "lots"],
    ["--cpus", "0"], ["--cpus", "-1"],
    ["--cpus", "nan"], ["--cpus", "inf"], ["--cpu-shares", "1"], ["--memory-swap", "64m"],
    ["--memory", "64m", "--memory-swap", "32m"], ["--pids-limit", "many"],
    ["--cpuset-cpus", "1-0"], ["--cpuset-cpus", ""], ["--memory", "99999999999999999999"],
])  # fmt: skip
def test_a_limit_that_cannot_be_is_refused_in_one_clear_line(byhand: Byhand, flags: list[str]) -> None:
    before = sorted(byhand.root.glob("*/*"))
    result = byhand.run("true", flags=flags)
    assert result.status in (2, 125), result
    assert result.err.startswith("byhand: --") and len(result.err.splitlines()) <= 2, result.err
    assert sorted(byhand.root.glob("*/*")) == before


def test_groups_are_gone_after_the_run(byhand: Byhand) -> None:
    byhand.run("true", flags=["--memory", "64m", "--cpuset-cpus", "0", "--pids-limit", "50"])
    for place in set(CGROUP.mounts.values()):
        assert not [name for name in os.listdir(place) if name in {f"byhand-{folder.name}" for folder in byhand.folders()}]
