"""One rule hides both containers, and the host forwards."""

from __future__ import annotations

from typing import Any


def test_the_rule_is_there_once_however_many_containers(host: Any, play: Any) -> None:
    name = play.params["host"]
    hidden = [rule for rule in host.netns(name).firewall.nat if rule.target == "MASQUERADE"]
    assert [(rule.source, rule.out_interface) for rule in hidden] == [("10.44.0.0/24", "! br0")]
    jumps = host.netns(name).firewall.rules(table="nat", chain="POSTROUTING")
    assert [rule.target for rule in jumps] == ["LAB-NAT"]


def test_outside_sees_the_hosts_address(host: Any, play: Any) -> None:
    name = play.params["host"]
    assert host.netns(name).run("cat /proc/sys/net/ipv4/ip_forward").stdout == "1\n"
    for container in ("one", "two"):
        seen = host.netns(f"{name}-{container}").run("busybox wget -q -O - http://192.0.2.2/cgi-bin/who")
        assert (seen.rc, "192.0.2.1" in seen.stdout, "10.44" in seen.stdout) == (0, True, False)
