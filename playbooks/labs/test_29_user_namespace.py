"""The process is root in a namespace of users of its own, and nobody on the host."""

from __future__ import annotations

from typing import Any


def test_root_inside_is_nobody_outside(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/process").content_string.split()[0])
    assert host.check_output("readlink /proc/self/ns/user") != f"user:[{host.namespaces(pid).user}]"
    assert host.file(f"/proc/{pid}/uid_map").content_string.split() == ["0", "65534", "1"]
    assert host.check_output("stat -c %%u /proc/%s", str(pid)) == "65534"
