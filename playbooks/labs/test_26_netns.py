"""The namespace is there, and empty."""

from __future__ import annotations

from typing import Any


def test_there_is_only_lo_and_it_is_down(host: Any, play: Any) -> None:
    inside = host.netns(play.params["netns"])
    assert inside.exists
    assert list(inside.interfaces) == ["lo"]
    assert not inside.interface("lo").is_up
    assert (inside.addresses, inside.routes, inside.sockets) == ([], [], [])
