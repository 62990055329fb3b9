"""The rules are in their chains, the first stage before all that accepts, and they counted."""

from __future__ import annotations

from typing import Any


def test_the_first_stage_comes_before_what_accepts(host: Any, play: Any) -> None:
    firewall = host.netns(play.params["host"]).firewall
    forward = firewall.chain("FORWARD")
    assert forward.policy == "DROP"
    assert [rule.target for rule in forward.rules] == ["LAB-STAGE-1", "LAB-FORWARD"]
    assert {(rule.in_interface, rule.out_interface, rule.target) for rule in firewall.chain("LAB-STAGE-1").rules} == {
        ("br0", "! br0", "LAB-STAGE-2"),
        ("br1", "! br1", "LAB-STAGE-2"),
    }
    assert [(rule.out_interface, rule.target) for rule in firewall.chain("LAB-STAGE-2").rules] == [("br0", "DROP"), ("br1", "DROP")]
    assert firewall.has(chain="LAB-FORWARD", out_interface="br0", states=["ESTABLISHED", "RELATED"], target="ACCEPT")


def test_who_reaches_whom(host: Any, play: Any) -> None:
    name = play.params["host"]
    reached = {}
    for source, address in (("one", "10.44.0.3"), ("one", "192.0.2.2"), ("other", "192.0.2.2"), ("other", "10.44.0.2")):
        reached[source, address] = host.netns(f"{name}-{source}").run("timeout 0.3 busybox ping -c 1 %s", address).rc == 0
    assert [pair for pair, there in reached.items() if not there] == [("other", "10.44.0.2")]
