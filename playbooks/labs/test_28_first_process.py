"""The shell is process 1 of its namespace, and proc is mounted for nobody else."""

from __future__ import annotations

from typing import Any


def test_it_has_two_numbers(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/shell.child").content_string)
    inside = host.namespaces(pid)
    assert inside.pids[-1] == 1
    assert inside.pids[0] == pid or len(inside.pids) > 2  # a host that is a container itself counts on
    assert host.check_output("readlink /proc/self/ns/pid") != f"pid:[{inside.pid}]"


def test_its_proc_is_its_own(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    pid = host.file(f"{folder}/shell.child").content_string.strip()
    assert host.file(f"/proc/{pid}/root/proc/1/comm").content_string == host.file(f"/proc/{pid}/comm").content_string
    assert host.file(f"{folder}/root/proc").listdir() == []
