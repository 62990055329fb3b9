"""host.cgroup reads the files of a pure v2 host, of a hybrid one and of v1 with controllers mounted together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import testinfra

from byhand.errors import ByhandError, NotFound
from byhand.verify.modules.cgroup import Cgroup, hierarchies

V1 = {
    "memory": {
        "memory.limit_in_bytes": "67108864",
        "memory.memsw.limit_in_bytes": "100663296",
        "memory.usage_in_bytes": "1048576",
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3",
        "cgroup.procs": "7\n9",
    },
    "cpu,cpuacct": {
        "cpu.cfs_quota_us": "50000",
        "cpu.cfs_period_us": "100000",
        "cpu.shares": "512",
        "cpu.stat": "nr_periods 9\nnr_throttled 4\nthrottled_time 777\nnr_bursts 0",
        "cgroup.procs": "9\n7\n8",
    },
    "pids": {"pids.max": "32", "pids.current": "2", "pids.events": "max 5", "cgroup.procs": "7\n9"},
}
V2 = {
    "cgroup.controllers": "cpuset cpu io memory pids",
    "cgroup.procs": "0\n9\n7",
    "cgroup.events": "populated 1\nfrozen 0",
    "memory.max": "67108864",
    "memory.swap.max": "33554432",
    "memory.current": "1048576",
    "memory.events": "low 0\nhigh 0\nmax 44\noom 4\noom_kill 3\noom_group_kill 0",
    "cpu.max": "50000 100000",
    "cpu.weight": "20",
    "cpu.stat": "usage_usec 1\nuser_usec 1\nsystem_usec 0\nnr_periods 9\nnr_throttled 4\nthrottled_usec 777",
    "pids.max": "32",
    "pids.current": "2",
    "pids.events": "max 5",
}
NONE = {
    "memory.limit_in_bytes": "9223372036854771712",
    "memory.memsw.limit_in_bytes": "9223372036854771712",
    "cpu.cfs_quota_us": "-1",
    "memory.max": "max",
    "memory.swap.max": "max",
    "cpu.max": "max 100000",
    "pids.max": "max",
}


class Prepared:
    """This host's shell, to which another file is /proc/self/mountinfo."""

    def __init__(self, folder: Path, mountinfo: str) -> None:
        self.host = testinfra.get_host("local://")
        self.place = folder / "mountinfo"
        self.place.write_text(mountinfo)

    def run(self, command: str, *args: str) -> Any:
        return self.host.run(command, *(arg.replace("/proc/self/mountinfo", f"'{self.place}'") for arg in args))


def write(folder: Path, files: dict[str, str], **changed: str) -> None:
    folder.mkdir(parents=True)
    for name, content in {**files, **changed}.items():
        (folder / name).write_text(content + "\n")


@pytest.fixture(params=["v1", "v2"])
def group(request: pytest.FixtureRequest, tmp_path: Path) -> Cgroup:
    """The same group on a host of each version."""
    if request.param == "v2":
        line = f"29 22 0:26 / {tmp_path}/fs rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
        write(tmp_path / "fs/a/b c", V2)
    else:
        line = "".join(f"3{n} 32 0:3{n} / {tmp_path}/fs/{name} rw - cgroup cgroup rw,{name}\n" for n, name in enumerate(V1))
        line += f"40 32 0:40 / {tmp_path}/fs/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
        line += f"41 32 0:41 / {tmp_path}/fs/unified rw - cgroup2 cgroup2 rw\n"
        for name, files in V1.items():
            write(tmp_path / "fs" / name / "a/b c", files)
    return Cgroup(Prepared(tmp_path, line), "/a/b c")


def test_the_same_words_say_the_same_of_both(group: Cgroup) -> None:
    assert group.exists
    assert (group.memory.limit, group.memory.swap_limit, group.memory.usage, group.memory.oom_kills) == (64 << 20, 32 << 20, 1 << 20, 3)
    assert (group.cpu.quota, group.cpu.weight, group.cpu.throttled) == (0.5, 20, 4)
    assert (group.pids.limit, group.pids.current, group.pids.refused) == (32, 2, 5)
    assert group.members == group.memory.members == [7, 9], "7 is not of the group to each controller of v1"
    assert not group.frozen
    assert {"cpu", "memory", "pids"} <= set(group.controllers)
    assert repr(group) == "<control group a/b c>"


def test_no_limit_is_none_on_both(group: Cgroup, tmp_path: Path) -> None:
    for path in (tmp_path / "fs").rglob("*"):
        if path.name in NONE:
            path.write_text(NONE[path.name] + "\n")
    assert (group.memory.limit, group.memory.swap_limit, group.cpu.quota, group.pids.limit) == (None, None, None, None)


def test_a_kernel_that_does_not_count_swap_has_no_limit_of_it(group: Cgroup, tmp_path: Path) -> None:
    for path in (tmp_path / "fs").rglob("memory.*sw*"):
        path.unlink()
    assert group.memory.swap_limit is None
    assert group.memory.limit == 64 << 20


def test_what_is_not_there_is_said(group: Cgroup, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no control group 'a/none'"):
        Cgroup(group.host, "a/none").members  # noqa: B018
    for path in (tmp_path / "fs").rglob("pids.current"):
        path.unlink()
    with pytest.raises(NotFound, match=r"control group a/b c has no file .*/pids.current"):
        group.pids.current  # noqa: B018
    for path in (tmp_path / "fs").rglob("pids.max"):
        path.write_text("many\n")
    with pytest.raises(ByhandError, match="limit: the host says 'many'"):
        group.pids.limit  # noqa: B018


def test_the_version_is_that_of_the_controllers(group: Cgroup) -> None:
    assert group.version == (2 if "io" in group.controllers else 1)


# Printed by: an Ubuntu 18.04 (v1), this project's test host (hybrid), a Debian 12 (v2), and a container on v1 with no cgroup namespace.
SYSTEMD = r"""
25 24 0:22 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
26 25 0:23 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
30 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
31 25 0:28 / /sys/fs/cgroup/net_cls,net_prio rw - cgroup cgroup rw,net_cls,net_prio
32 25 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset,clone_children
33 25 0:30 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer,release_agent=/run/cgm/agent
"""
HYBRID = r"""
32 22 0:20 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
36 32 0:33 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
42 32 0:39 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
PURE = "29 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
SEEN_TWICE = r"""
700 690 0:33 /docker/abc /var/lib/x/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
701 690 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
"""


def test_hierarchies_are_found_where_they_are_mounted() -> None:
    root = "/sys/fs/cgroup"
    assert hierarchies(SYSTEMD.strip()) == {
        f"{root}/cpu,cpuacct": ["cpu", "cpuacct"],
        f"{root}/net_cls,net_prio": ["net_cls", "net_prio"],
        f"{root}/cpuset": ["cpuset"],
        f"{root}/freezer": ["freezer"],
    }
    assert hierarchies(HYBRID.strip()) == {f"{root}/memory": ["memory"], f"{root}/unified": None}
    assert hierarchies(PURE) == {root: None}
    assert hierarchies(SEEN_TWICE.strip()) == {f"{root}/memory": ["memory"]}
    assert hierarchies("") == {}
