"""lo is up, with the address that the kernel gives it."""

from __future__ import annotations

from typing import Any


def test_lo_is_up(host: Any, play: Any) -> None:
    lo = host.netns(play.params["netns"]).interface("lo")
    assert lo.is_up
    assert "127.0.0.1/8" in lo.addresses
