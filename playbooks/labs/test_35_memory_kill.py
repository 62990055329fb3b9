"""The container is gone but for what its group counted; nothing of it is mounted."""

from __future__ import annotations

from typing import Any


def test_it_was_killed_for_want_of_memory_and_nothing_is_left(host: Any, play: Any) -> None:
    group = host.cgroup(play.params["group"])
    assert group.memory.limit == int(play.params["memory"])
    assert group.memory.oom_kills >= 1
    assert group.members == []
    assert f" {play.params['folder']}/" not in host.file("/proc/mounts").content_string
