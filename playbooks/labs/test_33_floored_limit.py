"""The limit is a whole number of pages, less than a page below what was asked for."""

from __future__ import annotations

from typing import Any


def test_the_limit_is_floored(host: Any, play: Any) -> None:
    page = int(host.check_output("getconf PAGESIZE"))
    assert host.cgroup(play.params["group"]).memory.limit == play.params["bytes"] // page * page != play.params["bytes"]
