"""What host/setup promises of a host, asked through testinfra: this machine, or any by --hosts.

pytest tests/host --hosts=ssh://root@web1
"""

from __future__ import annotations

from typing import Any

import pytest

from byhand.engine.facts import PACKAGES

CONTROLLERS = ("cpu", "memory", "pids")
KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")


@pytest.mark.parametrize("tool", sorted(PACKAGES))
def test_a_tool_is_installed(host: Any, tool: str) -> None:
    found = host.run("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v %s", tool)
    assert found.rc == 0, f"{tool}: package {PACKAGES[tool][0]} on Debian"
    assert host.file(found.stdout.strip()).mode & 0o111


def test_a_process_has_every_kind_of_namespace(host: Any) -> None:
    assert set(KINDS) <= set(host.file("/proc/self/ns").listdir())


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_a_controller_of_groups_is_there(host: Any, controller: str) -> None:
    root = host.cgroup("/")
    assert root.exists
    assert controller in root.controllers


def test_the_kernel_has_overlay_and_bridges(host: Any) -> None:
    # A module that is not loaded is loaded by the first mount, or by the first bridge.
    host.run("modprobe -a overlay bridge veth")
    assert "nodev\toverlay\n" in host.file("/proc/filesystems").content_string
    assert host.run("unshare --net ip link add name br0 type bridge").rc == 0
