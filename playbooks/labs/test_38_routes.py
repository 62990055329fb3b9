"""The container has a default route by the bridge; the host reaches it without a gateway."""

from __future__ import annotations

from typing import Any


def test_the_routes_of_both_sides(host: Any, play: Any) -> None:
    inside = host.netns(play.params["container"]).routes
    assert [(route.destination, route.gateway, route.interface) for route in inside] == [
        ("default", "10.44.0.1", "eth0"),
        ("10.44.0.0/24", None, "eth0"),
    ]
    outside = host.netns(play.params["host"]).routes
    assert [(route.destination, route.gateway, route.interface, route.source) for route in outside] == [
        ("10.44.0.0/24", None, "br0", "10.44.0.1")
    ]
