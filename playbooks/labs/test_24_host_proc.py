"""It is number 1 in a namespace of processes of its own, and has the host's mounts, proc among them."""

from __future__ import annotations

from typing import Any


def test_it_is_number_one_with_the_mounts_of_the_host(host: Any, play: Any) -> None:
    inside = host.namespaces(int(host.file(f"{play.params['folder']}/process.child").content_string))
    assert inside.pids[-1] == 1
    outside = host.check_output("readlink /proc/self/ns/*").split()
    assert f"pid:[{inside.pid}]" not in outside
    assert f"mnt:[{inside.mnt}]" in outside
