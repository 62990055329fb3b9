"""The limit is 7 times 1024 times 1024 bytes."""

from __future__ import annotations

from typing import Any


def test_the_limit_is_seven_mebibytes(host: Any, play: Any) -> None:
    assert host.cgroup(play.params["group"]).memory.limit == 7 * 1024 * 1024 == play.params["memory"]
