"""The process that stays is number 1, in namespaces of its own but that of users."""

from __future__ import annotations

from typing import Any


def test_all_but_the_users_are_its_own(host: Any, play: Any) -> None:
    inside = host.namespaces(int(host.file(f"{play.params['folder']}/process.child").content_string))
    outside = host.check_output("readlink /proc/self/ns/*").split()
    same = [kind for kind in ("mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time") if f"{kind}:[{inside[kind]}]" in outside]
    assert same == ["user"]


def test_it_is_process_one_and_has_another_number_outside(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/process.child").content_string)
    assert host.namespaces(pid).pids[-1] == 1
    assert pid != 1
