"""The folder is a small system: five folders, one program, nothing mounted."""

from __future__ import annotations

from typing import Any


def test_the_folder_holds_five_folders_and_one_program(host: Any, play: Any) -> None:
    root = play.params["folder"]
    assert sorted(host.file(root).listdir()) == ["bin", "dev", "etc", "proc", "sys"]
    assert host.file(f"{root}/bin").listdir() == ["busybox"]
    assert host.file(f"{root}/bin/busybox").mode == 0o755


def test_nothing_is_mounted_in_it(host: Any, play: Any) -> None:
    assert f" {play.params['folder']}/" not in host.file("/proc/mounts").content_string
