"""A host is described by files that any host has; here they are written by the test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from byhand.engine import facts, remote_facts
from byhand.engine.facts import Facts
from byhand.engine.remote_facts import RemoteFacts
from tests.support import SHELLS, shell

# A name may hold a carriage return, and the kernel writes it as it is.
OTHER = "/dev/vda / ext4 rw 0 0\nproc /proc proc rw 0 0\ntmpfs /mnt/a\rb tmpfs rw 0 0\n"


def mounts(folder: Path, text: str) -> str:
    path = folder / "mounts"
    path.write_text(OTHER + text)
    return str(path)


def test_a_v1_host_has_a_hierarchy_a_controller(tmp_path: Path) -> None:
    found = facts.read_cgroup(
        mounts(
            tmp_path,
            "tmpfs /cg tmpfs ro 0 0\n"
            "cgroup /cg/memory cgroup rw,nosuid,memory 0 0\n"
            "cgroup /cg/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n"
            "cgroup /cg/pids cgroup rw,pids 0 0\n"
            "cgroup /cg/systemd cgroup rw,xattr,name=systemd 0 0\n",
        )
    )
    assert found.version == "v1"
    assert found.mounts == {"memory": "/cg/memory", "cpu": "/cg/cpu,cpuacct", "cpuacct": "/cg/cpu,cpuacct", "pids": "/cg/pids"}
    assert found.controllers == ["cpu", "cpuacct", "memory", "pids"]
    assert found.swap is False


def test_a_v1_hierarchy_that_counts_swap_is_seen(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.memsw.limit_in_bytes").write_text("")
    found = facts.read_cgroup(mounts(tmp_path, f"cgroup {tmp_path}/memory cgroup rw,memory 0 0\n"))
    assert found.swap is True


def test_v1_controllers_beside_a_v2_tree_are_hybrid(tmp_path: Path) -> None:
    found = facts.read_cgroup(mounts(tmp_path, "cgroup2 /cg/unified cgroup2 rw 0 0\ncgroup /cg/memory cgroup rw,memory 0 0\n"))
    assert (found.version, found.mounts) == ("hybrid", {"memory": "/cg/memory"})


def test_a_v2_host_has_all_controllers_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu memory pids\n")
    found = facts.read_cgroup(mounts(tmp_path, f"cgroup2 {tmp_path} cgroup2 rw 0 0\n"))
    assert found.version == "v2"
    assert found.mounts == dict.fromkeys(["cpuset", "cpu", "memory", "pids"], str(tmp_path))


def test_the_groups_of_another_host_are_read_from_what_it_says_and_not_from_this_one() -> None:
    there = RemoteFacts({"mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "cgroups": "/sys/fs/cgroup/cgroup.controllers cpu memory\n"})
    assert there.cgroup == facts.Cgroup("v2", {"cpu": "/sys/fs/cgroup", "memory": "/sys/fs/cgroup"}, False)
    swaps = {"mounts": "cgroup /cg/memory cgroup rw,memory 0 0\n", "cgroups": "/cg/memory/memory.memsw.limit_in_bytes 1\n/proc/swaps\n"}
    assert RemoteFacts(swaps).cgroup == facts.Cgroup("v1", {"memory": "/cg/memory"}, True)


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_that_asks_another_host_finds_the_groups_that_are_here(name: str) -> None:
    said = subprocess.run([*shell(name)], input=remote_facts.script("MARK"), capture_output=True, text=True, check=True).stdout
    texts = {part.partition("\n")[0]: part.partition("\n")[2] for part in said.split("MARK ")}
    assert RemoteFacts(texts).cgroup == Facts().cgroup


def test_of_two_places_of_one_hierarchy_the_first_counts(tmp_path: Path) -> None:
    found = facts.read_cgroup(mounts(tmp_path, "cgroup /a cgroup rw,memory 0 0\ncgroup /b cgroup rw,memory 0 0\n"))
    assert found.mounts == {"memory": "/a"}


def test_a_host_without_control_groups_says_so(tmp_path: Path) -> None:
    found = facts.read_cgroup(mounts(tmp_path, ""))
    assert (found.version, found.controllers) == ("none", [])


def test_a_v2_tree_that_cannot_be_read_has_no_controllers(tmp_path: Path) -> None:
    assert facts.read_cgroup(mounts(tmp_path, f"cgroup2 {tmp_path}/none cgroup2 rw 0 0\n")).controllers == []


def test_os_release_is_read_with_and_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "os-release"
    path.write_text("# comment=1\nID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nHOME_URL='https://x/?a=b'\n\nnonsense\n")
    assert facts.read_os_release(str(path)) == {"ID": "debian", "PRETTY_NAME": "Debian GNU/Linux 12", "HOME_URL": "https://x/?a=b"}
    assert facts.read_os_release(str(tmp_path / "none")) == {}


def test_routes_are_the_networks_of_the_table_without_the_default(tmp_path: Path) -> None:
    path = tmp_path / "route"
    path.write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        "br0\t0000620A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    )
    assert facts.read_routes(str(path)) == ["172.17.0.0/16", "10.98.0.0/16"]
    assert facts.read_routes(str(tmp_path / "none")) == []


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ({"ID": "debian"}, "apt-get install -y --no-install-recommends cgroup-tools iproute2"),
        ({"ID": "mint", "ID_LIKE": "ubuntu debian"}, "apt-get install -y --no-install-recommends cgroup-tools iproute2"),
        ({"ID": "alpine"}, "apk add cgroup-tools iproute2"),
        ({"ID": "fedora"}, "dnf install -y iproute libcgroup-tools"),
        ({"ID": "other"}, "your package manager: cgroup-tools iproute2"),
        ({}, "your package manager: cgroup-tools iproute2"),
    ],
)
def test_missing_tools_are_named_with_the_distributions_own_command(release: dict[str, str], command: str) -> None:
    here = Facts()
    here.__dict__["os_release"] = release
    assert here.install_command(["ip", "cgcreate", "cgset"]) == command


def test_this_hosts_facts_are_plain_data() -> None:
    import json

    found = json.loads(json.dumps(Facts().as_dict()))
    assert found["cgroup"]["version"] in ("v1", "v2", "hybrid", "none")
    assert found["kernel"]
