"""What was seen through the bind is gone; what was looked for first is there."""

from __future__ import annotations

from typing import Any


def test_what_was_seen_through_the_bind_is_gone(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert host.file(f"{folder}/precious").listdir() == []
    assert host.file(f"{folder}/safe").listdir() == ["file"]


def test_no_mount_is_left(host: Any, play: Any) -> None:
    assert f" {play.params['folder']}/" not in host.file("/proc/mounts").content_string
