"""The group has its limit and the one process that was moved into it."""

from __future__ import annotations

from typing import Any


def test_the_process_is_the_only_one_in_the_group(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/process").content_string.split()[0])
    group = host.cgroup(play.params["group"])
    assert group.memory.limit == 7340032
    assert group.memory.members == [pid]
