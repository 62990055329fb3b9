"""The host's proc is mounted in the folder."""

from __future__ import annotations

from typing import Any


def test_proc_is_mounted_in_the_folder(host: Any, play: Any) -> None:
    mount = host.mount_point(f"{play.params['folder']}/proc")
    assert mount.exists and mount.filesystem == "proc"


def test_it_shows_the_same_processes_as_the_hosts(host: Any, play: Any) -> None:
    inside = host.check_output("readlink %s", f"{play.params['folder']}/proc/self/ns/pid")
    assert inside == host.check_output("readlink /proc/self/ns/pid")
    assert host.file(f"{play.params['folder']}/proc/1/comm").content == host.file("/proc/1/comm").content
