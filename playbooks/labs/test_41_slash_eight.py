"""The bridge claims its own network and no more."""

from __future__ import annotations

from typing import Any


def test_the_bridge_claims_its_own_network_only(host: Any, play: Any) -> None:
    there = host.netns(play.params["host"])
    assert [route.destination for route in there.routes if route.interface == "br0"] == ["10.44.0.0/24"]
    assert there.run("ip route get 10.200.0.5").stdout.startswith("10.200.0.5 via 192.0.2.2 dev uplink ")
