"""The process is number 1 inside, and only its own /proc says so."""

from __future__ import annotations

from typing import Any


def test_only_its_own_proc_knows_it_as_number_one(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/one.child").content_string)
    assert host.namespaces(pid).pids[-1] == 1
    assert host.file(f"/proc/{pid}/root/proc/1/comm").content_string == host.file(f"/proc/{pid}/comm").content_string == "sleep\n"
    assert not host.file(f"/proc/{pid}/root/proc/{pid}").exists
