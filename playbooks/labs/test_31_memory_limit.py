"""The limit is 4 MiB, somebody was killed by it, and the group is empty."""

from __future__ import annotations

from typing import Any


def test_the_limit_and_what_it_did(host: Any, play: Any) -> None:
    group = host.cgroup(play.params["group"])
    assert group.memory.limit == 4194304
    assert group.memory.oom_kills >= 1
    assert group.members == []
