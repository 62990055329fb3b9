"""The container is a process with namespaces and a root of its own."""

from __future__ import annotations

from typing import Any


def test_its_namespaces_and_root_are_its_own(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    pid = int(host.file(f"{folder}/container.child").content_string)
    inside = host.namespaces(pid)
    assert inside.pids[-1] == 1
    outside = host.check_output("readlink /proc/self/ns/*").split()
    assert [kind for kind in ("mnt", "uts", "ipc", "net", "pid", "cgroup") if f"{kind}:[{inside[kind]}]" in outside] == []
    assert host.file(f"/proc/{pid}/root").linked_to == f"{folder}/root"
    assert host.file(f"/proc/{pid}/root/etc/os-release").content_string == "ID=lab\n"
