"""What templates do in a network namespace instead of the host's: there and back, killed, and nothing of it outside."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from looks import same
from machine import Machine, machine

SHELLS = {"dash": ("sh",), "busybox": ("busybox", "sh")}
TOOLS = ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]
MADE = """
ip netns add blue
ip -netns blue link add br1 address 02:00:00:00:00:01 type bridge
ip -netns blue link add br2 address 02:00:00:00:00:02 type bridge
ip -netns blue link add v1 type veth peer name v2
ip -netns blue link set dev v2 master br2
ip netns exec blue sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
"""
LINKS = """
ip link add br1 address 02:00:00:00:00:01 type bridge
ip link add br2 address 02:00:00:00:00:02 type bridge
ip link add v1 type veth peer v2
ip link set v2 master br2
"""
RULES = ["-s 10.0.0.0/24 ! -o br1 -j MASQUERADE", '-m comment --comment "a b" -j RETURN']


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", TOOLS) as found:
        yield found


@pytest.fixture
def host(debian: Machine) -> Iterator[Machine]:
    debian.said("sh", "-euc", MADE)
    outside = shown(debian, "sh", "-c")
    yield debian
    same(outside, shown(debian, "sh", "-c"), "something outside was changed")
    debian.run("ip", "netns", "delete", "blue")
    shutil.rmtree(debian.root / "var/lib/byhand", ignore_errors=True)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return SHELLS[request.param]


LOOK = """
ip -oneline link | sed 's/^[0-9]*: //; s/[a-z]*_timer *[0-9.]*//g; s/ qdisc [a-z]* / /; s/ state [A-Z]* / /'
cat /proc/sys/net/ipv4/ip_forward
for tool in iptables ip6tables; do for table in filter nat mangle; do $tool -t "$table" -S | sed "s/^/$tool $table /"; done; done
"""


def shown(host: Machine, *enter: str) -> dict[str, str]:
    """Links, ip_forward and rules of the namespace blue."""
    enter = enter or ("ip", "netns", "exec", "blue", "sh", "-c")
    return dict.fromkeys(host.said(*enter, LOOK).splitlines(), "there")


CASES: list[tuple[str, dict[str, Any]]] = [
    ("sysctl/set", {"key": "net.ipv4.ip_forward", "value": "1"}),
    ("iptables/chain", {"table": "nat", "chain": "MINE", "parent": "POSTROUTING", "rules": RULES}),
    ("iptables/chain", {"table": "filter", "chain": "MINE", "rules": ["-o br1 -j DROP"]}),
    ("iptables/rule", {"chain": "FORWARD", "rule": ["-i", "br1", "-m", "comment", "--comment", "it's $(a) `b`", "-j", "DROP"]}),
    ("iptables/rule", {"chain": "OUTPUT", "table": "mangle", "rule": ["-s", "fd00::/8", "-j", "DROP"], "ipv6": True}),
    ("iptables/policy", {"chain": "FORWARD", "policy": "DROP"}),
    ("network/port", {"dev": "v1", "bridge": "br1"}),
    ("network/port", {"dev": "v2", "bridge": "br1"}),
]


@pytest.mark.parametrize(("template", "args"), CASES)
def test_there_and_back(template: str, args: dict[str, Any], host: Machine, shell: tuple[str, ...]) -> None:
    after = host.step(template, netns="blue", **args).there_and_back(lambda: shown(host), shell=shell)
    assert after != shown(host)


@pytest.mark.parametrize(("template", "args"), [case for case in CASES if "ipv6" not in case[1]])
def test_killed_at_every_line(template: str, args: dict[str, Any], host: Machine) -> None:
    host.step(template, netns="blue", **args).survives_kill_9(lambda: shown(host))


@pytest.mark.parametrize(("template", "args"), CASES)
def test_undone_where_the_namespace_is_gone(template: str, args: dict[str, Any], host: Machine) -> None:
    play = host.step(template, netns="blue", **args)
    play.expect("apply", 0)
    host.said("ip", "netns", "delete", "blue")
    play.expect("check", 4)
    play.expect("undo", 0)


@pytest.mark.parametrize(("template", "args"), CASES)
def test_a_namespace_that_is_not_there_is_named(template: str, args: dict[str, Any], host: Machine) -> None:
    host.step(template, netns="none", **args).refused('Cannot open network namespace "none"', lambda: shown(host))


@pytest.mark.parametrize("was", ["v1", "v2"])
def test_a_port_of_the_host(was: str, host: Machine, shell: tuple[str, ...]) -> None:
    host.said("sh", "-euc", LINKS)
    play = host.step("network/port", dev=was, bridge="br1")
    play.there_and_back(lambda: shown(host, "sh", "-c"), shell=shell)
    play.expect("apply", 0, shell=shell)
    host.said("ip", "link", "set", "dev", was, "nomaster")
    play.expect("undo", 0, shell=shell)
    assert " master " not in host.said("ip", "-oneline", "link", "show", "dev", was)
    host.step("network/port", dev="none", bridge="br1").refused('Device "none" does not exist', lambda: shown(host, "sh", "-c"))
    host.step("network/port", dev=was, bridge="none").refused("none", lambda: shown(host, "sh", "-c"))
    host.said("sh", "-euc", "ip link delete dev v1; ip link delete dev br1; ip link delete dev br2")


def test_a_cable_to_a_bridge_in_another_namespace(host: Machine, shell: tuple[str, ...]) -> None:
    text = """steps:
  - netns/create: {name: red}
  - network/attach: {netns: red, bridge_netns: blue, bridge: br1, veth: v7, address: 10.9.0.2/24, gateway: 10.9.0.1}
"""
    play, before = host.play(text), shown(host)
    play.expect("apply", 0, shell=shell)
    assert " master br1 " in host.said("ip", "-netns", "blue", "-oneline", "link", "show", "dev", "v7")
    assert (
        host.said("ip", "-netns", "red", "route").split(" proto ")[0].split()
        == "default via 10.9.0.1 dev eth0 10.9.0.0/24 dev eth0".split()
    )
    play.expect("check", 0, shell=shell)
    assert "changed " not in play.expect("apply", 0, shell=shell).err
    host.said("ip", "-netns", "blue", "link", "set", "dev", "v7", "nomaster")
    play.expect("check", 4, shell=shell)
    play.expect("undo", 0, shell=shell)
    deadline = time.monotonic() + 5  # the kernel takes the cable away a moment after the namespace
    while shown(host) != before and time.monotonic() < deadline:
        time.sleep(0.02)
    same(before, shown(host), "something is left")
