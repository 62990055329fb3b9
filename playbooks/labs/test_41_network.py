"""Both containers have an address, a way out and each other."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(("container", "address"), [("one", "10.44.0.2"), ("two", "10.44.0.3")])
def test_a_container_has_its_address_and_a_way_out(host: Any, play: Any, container: str, address: str) -> None:
    inside = host.netns(f"{play.params['host']}-{container}")
    assert inside.addresses == [f"{address}/24"]
    assert inside.routes[0].destination == "default" and inside.routes[0].gateway == "10.44.0.1"
    assert inside.run("busybox ping -c 1 -W 2 192.0.2.2").rc == 0


def test_the_bridge_has_both(host: Any, play: Any) -> None:
    there = host.netns(play.params["host"])
    assert there.bridge("br0").ports == ["veth1", "veth2"]
    assert there.firewall.chain("FORWARD").policy == "DROP"
    assert there.firewall.has(table="nat", chain="LAB-NAT", source="10.44.0.0/24", target="MASQUERADE")
