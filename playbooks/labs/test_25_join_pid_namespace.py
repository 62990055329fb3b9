"""Both are in one namespace of processes, one of them as number 1, with mounts of their own."""

from __future__ import annotations

from typing import Any


def test_they_share_the_processes_and_not_the_mounts(host: Any, play: Any) -> None:
    one, two = (int(host.file(f"{play.params['folder']}/{name}.child").content_string) for name in ("one", "two"))
    assert host.namespaces(one).shares(two, "pid")
    assert host.check_output("readlink /proc/self/ns/pid") != f"pid:[{host.namespaces(one).pid}]"
    assert not host.namespaces(one).shares(two, "mnt")


def test_the_one_that_joined_is_not_number_one(host: Any, play: Any) -> None:
    one, two = (host.namespaces(int(host.file(f"{play.params['folder']}/{name}.child").content_string)) for name in ("one", "two"))
    assert one.pids[-1] == 1
    assert two.pids[-1] != 1
