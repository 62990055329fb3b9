"""The ends of the cable belong together, and only the one inside has an address."""

from __future__ import annotations

from typing import Any


def test_the_cable_goes_from_the_container_to_the_bridge(host: Any, play: Any) -> None:
    inside = host.netns(play.params["container"]).interface("eth0")
    outside = host.netns(play.params["host"]).interface("veth1")
    assert (inside.kind, outside.kind) == ("veth", "veth")
    assert inside.has_carrier and outside.has_carrier
    assert (inside.addresses, outside.addresses) == (["10.44.0.2/24"], [])


def test_the_bridge_has_the_one_port(host: Any, play: Any) -> None:
    bridge = host.netns(play.params["host"]).bridge("br0")
    assert bridge.is_up
    assert bridge.ports == ["veth1"]
    assert bridge.addresses == ["10.44.0.1/24"]
