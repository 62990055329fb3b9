"""One group is there, without a limit."""

from __future__ import annotations

from typing import Any


def test_there_is_one_group_and_nobody_limited_it(host: Any, play: Any) -> None:
    name = play.params["group"]
    assert host.cgroup(name).exists and host.cgroup(name).memory.limit is None
    assert not host.cgroup(f"{name}-typo").exists
    assert not host.cgroup(f"{name}-other").exists
