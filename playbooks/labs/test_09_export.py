"""The export is the container's tree, without what is mounted in it."""

from __future__ import annotations

from typing import Any


def test_the_container_is_the_first_process_on_a_tree_of_its_own(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    pid = int(host.file(f"{folder}/container.child").content_string)
    assert host.namespaces(pid).pids[-1] == 1
    assert host.overlay(f"{folder}/merged").exists


def test_the_copy_has_the_change_and_an_empty_proc(host: Any, play: Any) -> None:
    copy = f"{play.params['folder']}/copy"
    assert host.file(f"{copy}/etc/changed").content_string == "written\n"
    assert host.file(f"{copy}/bin/busybox").mode == 0o755
    assert host.file(f"{copy}/proc").listdir() == []
