"""host.firewall: rules set by hand with iptables of both kinds and with nft are the fields they were set with, until one is changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from asked import here, on, sh
from machine import Machine, machine
from testinfra.host import Host

from byhand.errors import BadValue, MissingTool, NotFound, UsageError
from byhand.verify.modules.firewall import Firewall
from byhand.verify.modules.rules import Rule

NAME = f"byvf{os.getpid()}"
HOSTILE = ["-j", "!", "a b", "a \"b\" 'c' \\", "$(x); y", "a\n-A INPUT -j ACCEPT", "COMMIT", "ä\U0001f433", "--dport 1 -j DROP"]
# Kinds of iptables; each has tables of its own in a network namespace.
KINDS = ["nft", "legacy"]
Set = Callable[..., None]


@pytest.fixture
def inside() -> Iterator[Firewall]:
    """The firewall of a network namespace that is new."""
    if os.geteuid() != 0:
        pytest.skip("a firewall needs root")
    sh('ip netns add "$1"', NAME)
    try:
        yield here().netns(NAME).firewall
    finally:
        sh('ip netns del "$1"', NAME)


@pytest.fixture(params=KINDS)
def tool(request: pytest.FixtureRequest) -> str:
    return f"iptables-{request.param}"


def set_by(tool: str, *args: str) -> None:
    """Run iptables inside."""
    sh('exec ip netns exec "$@"', NAME, tool, *args)


def test_a_firewall_that_nobody_touched_lets_all_through(inside: Firewall) -> None:
    assert inside.rules() == inside.nat == []
    for family in ("ipv4", "ipv6"):
        for name in ("INPUT", "FORWARD", "OUTPUT"):
            chain = inside.chain(name, family=family)
            assert (chain.name, chain.policy, chain.rules) == (name, "ACCEPT", [])


def test_a_rule_is_the_fields_it_was_set_with(inside: Firewall, tool: str) -> None:
    asked = "! -s 10.1.2.0/24 -d 10.3.0.1 -i eth+ -p tcp --sport 1000:2000 --dport 80 -m conntrack --ctstate NEW,ESTABLISHED"
    asked += " -m limit --limit 3/sec --limit-burst 9 -m comment --comment"
    set_by(tool, "-A", "INPUT", *asked.split(), "why not", "-j", "DROP")
    assert inside.rules() == [
        Rule(
            table="filter",
            chain="INPUT",
            number=1,
            text=inside.rules()[0].text,
            protocol="tcp",
            source="! 10.1.2.0/24",
            destination="10.3.0.1/32",
            in_interface="eth+",
            out_interface=None,
            source_port="1000:2000",
            destination_port="80",
            states=["ESTABLISHED", "NEW"],
            target="DROP",
            target_arguments={},
            comment="why not",
            options={"limit": "3/sec", "limit-burst": "9"},
        )
    ]
    assert inside.rules()[0].text.startswith("-A INPUT ! -s 10.1.2.0/24")
    assert inside.chain("INPUT").origin == tool


def test_matches_and_targets_of_all_kinds(inside: Firewall, tool: str) -> None:
    for rule in (
        "-N MINE",
        "-A FORWARD -g MINE",
        "-A FORWARD ! -o br0 -j MINE",
        "-A MINE -p udp -m multiport --dports 53,123,1000:2000 -j RETURN",
        "-A MINE -p tcp -m tcp --tcp-flags SYN,RST SYN -j REJECT --reject-with tcp-reset",
        "-A MINE ! -p icmp -m state --state RELATED",
        "-A MINE -m conntrack ! --ctstate INVALID -m mark ! --mark 7 -j LOG --log-prefix -x --log-level 6",
        "-P FORWARD DROP",
        "-t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.98.0.2:80",
        "-t nat -A POSTROUTING -s 10.98.0.0/16 ! -o br0 -j MASQUERADE",
    ):
        set_by(tool, *rule.split())
    goto, jump = inside.rules(chain="FORWARD")
    assert (goto.target, goto.target_arguments, jump.target, jump.out_interface) == ("MINE", {"goto": ""}, "MINE", "! br0")
    several, flags, state, log = inside.rules(chain="MINE")
    assert (several.number, several.destination_port, several.target) == (1, "53,123,1000:2000", "RETURN")
    assert (flags.options, flags.target_arguments) == ({"tcp-flags": "SYN,RST SYN"}, {"reject-with": "tcp-reset"})
    assert (state.number, state.protocol, state.states, state.target) == (3, "! icmp", ["RELATED"], None)
    assert (log.target, log.target_arguments["log-prefix"], log.options["ctstate"]) == ("LOG", "-x", "! INVALID")
    assert (inside.chain("FORWARD").policy, inside.chain("MINE").policy) == ("DROP", None)
    to, behind = inside.nat
    assert (to.table, to.chain, to.target, to.target_arguments) == ("nat", "PREROUTING", "DNAT", {"to-destination": "10.98.0.2:80"})
    assert (behind.source, behind.out_interface, behind.target) == ("10.98.0.0/16", "! br0", "MASQUERADE")


def test_a_comment_is_only_a_comment(inside: Firewall, tool: str) -> None:
    for comment in HOSTILE:
        set_by(tool, "-A", "INPUT", "-m", "comment", "--comment", comment, "-j", "DROP")
    assert [(rule.comment, rule.target) for rule in inside.rules()] == [(comment, "DROP") for comment in HOSTILE]
    assert not inside.has(target="ACCEPT")


def test_has_takes_words_as_a_person_writes_them(inside: Firewall, tool: str) -> None:
    set_by(tool, *"-A INPUT -s 10.0.0.1 -p tcp --dport 22 -m conntrack --ctstate NEW,RELATED -j ACCEPT".split())
    assert inside.has(chain="INPUT", source="10.0.0.1", protocol="TCP", destination_port=22, target="ACCEPT")
    assert inside.has(source="10.0.0.1/32", states="RELATED,NEW", destination=None, options={})
    assert inside.has(states=["related", "new"])
    for wrong in (
        {"source": "10.0.0.2"},
        {"destination_port": 23},
        {"states": ["NEW"]},
        {"target": "DROP"},
        {"source": None},
        {"number": 2},
    ):
        assert not inside.has(**wrong), wrong
    assert not inside.has(chain="OUTPUT", target="ACCEPT")
    assert not inside.has(table="nat", target="ACCEPT")
    assert not inside.has(family="ipv6", target="ACCEPT")


def test_what_is_changed_by_hand_is_told(inside: Firewall, tool: str) -> None:
    set_by(tool, *"-A INPUT -p tcp --dport 22 -j ACCEPT".split())
    set_by(tool, *"-A INPUT -j DROP".split())
    set_by(tool, *"-P INPUT DROP".split())
    assert [rule.target for rule in inside.rules(chain="INPUT")] == ["ACCEPT", "DROP"]
    set_by(tool, *"-I INPUT 2 -s 10.0.0.0/8 -j ACCEPT".split())
    assert [(rule.number, rule.target, rule.source) for rule in inside.rules(chain="INPUT")] == [
        (1, "ACCEPT", None),
        (2, "ACCEPT", "10.0.0.0/8"),
        (3, "DROP", None),
    ]
    set_by(tool, *"-D INPUT 1".split())
    assert not inside.has(destination_port=22)
    set_by(tool, *"-P INPUT ACCEPT".split())
    assert inside.chain("INPUT").policy == "ACCEPT"
    set_by(tool, "-F")
    assert inside.rules() == []


def test_rules_of_both_kinds_at_once_are_all_told(inside: Firewall) -> None:
    set_by("iptables-nft", *"-A INPUT -s 10.0.0.1 -j ACCEPT".split())
    set_by("iptables-legacy", *"-A INPUT -s 10.0.0.2 -j DROP".split())
    set_by("iptables-legacy", *"-P INPUT DROP".split())
    assert {rule.source for rule in inside.rules(chain="INPUT")} == {"10.0.0.1/32", "10.0.0.2/32"}
    assert inside.chain("INPUT").policy == "DROP", "a packet passes both, and one of them drops it"


def test_ipv6_has_rules_of_its_own(inside: Firewall) -> None:
    set_by("ip6tables-nft", *"-A INPUT -s fd00::1 -p tcp --dport 80 -j DROP".split())
    assert inside.has(family="ipv6", source="fd00::1", destination_port=80, target="DROP")
    assert inside.rules() == []


def test_a_word_that_is_wrong_is_said(inside: Firewall) -> None:
    with pytest.raises(NotFound, match="table filter has no chain 'INPTU'") as caught:
        inside.rules(chain="INPTU")
    assert "'BROUTE'" not in caught.value.hint
    with pytest.raises(NotFound, match="has no table 'filtre'") as caught:
        inside.rules("filtre")
    assert caught.value.hint == "did you mean 'filter'?"
    with pytest.raises(UsageError, match="a firewall's rule has no 'dport'"):
        inside.has(dport=80)
    with pytest.raises(BadValue, match="family 'ip'"):
        inside.rules(family="ip")


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    """A machine with nft and without iptables."""
    if os.geteuid() != 0:
        pytest.skip("a firewall needs root")
    with machine("debian", ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]) as found:
        found.said("sh", "-c", "rm /usr/sbin/*tables*-save")
        yield found


@pytest.fixture
def nft(debian: Machine) -> Iterator[Host]:
    yield on(debian)
    debian.said("nft", "flush", "ruleset")


RULES = """
table inet guard {
    set web { type inet_service; elements = { 80, 443 } }
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept comment "it's \\ known"
        ip saddr 10.1.2.0/24 ip daddr != 10.3.0.1 iifname "eth*" tcp sport 1000-2000 tcp dport 80 drop
        tcp dport { 80, 443 } ct state new counter jump extra
        udp dport @web log prefix "x y" reject
        ip6 saddr fd00::1 accept
        meta l4proto icmp limit rate 3/second return
        th dport 53 goto extra
        log prefix "-j"
    }
    chain extra { meta mark 7 accept; }
}
table ip translated {
    chain before {
        type nat hook prerouting priority -100;
        tcp dport 8080 dnat to 10.98.0.2:80
    }
    chain after {
        type nat hook postrouting priority 100;
        ip saddr 10.98.0.0/16 oifname != "br0" masquerade
    }
}
"""


def test_nfts_own_rules_have_the_same_fields(debian: Machine, nft: Host) -> None:
    debian.said("nft", "-f", "-", stdin=RULES)
    firewall = nft.firewall
    known, one, web, refused, icmp, names, log = firewall.rules("guard", "input")
    assert (known.states, known.target, known.comment) == (["ESTABLISHED", "RELATED"], "ACCEPT", "it's \\ known")
    assert (one.source, one.destination, one.in_interface, one.protocol) == ("10.1.2.0/24", "! 10.3.0.1/32", "eth+", "tcp")
    assert (one.source_port, one.destination_port, one.target) == ("1000:2000", "80", "DROP")
    assert (web.destination_port, web.states, web.target, web.options) == ("80,443", ["NEW"], "extra", {})
    assert (refused.protocol, refused.destination_port, refused.target, refused.options) == ("udp", "@web", "REJECT", {"log-prefix": "x y"})
    assert (icmp.number, icmp.protocol, icmp.target, list(icmp.options)) == (6, "icmp", "RETURN", ["limit"])
    assert (names.destination_port, names.target, names.target_arguments) == ("53", "extra", {"goto": ""})
    assert (log.target, log.target_arguments) == ("LOG", {"log-prefix": "-j"})
    chain = firewall.chain("input", "guard")
    assert (chain.policy, chain.origin, chain.kind, firewall.chain("extra", "guard").policy) == ("DROP", "nft", "filter", None)
    assert firewall.rules("guard", "extra")[0].options == {'{"meta": {"key": "mark"}}': "7"}
    assert [(rule.target, rule.target_arguments, rule.out_interface) for rule in firewall.nat] == [
        ("DNAT", {"to-destination": "10.98.0.2:80"}, None),
        ("MASQUERADE", {}, "! br0"),
    ]
    assert firewall.has("guard", family="ipv6", source="fd00::1", target="ACCEPT")
    assert not firewall.has("guard", source="fd00::1")
    assert not firewall.has("guard", family="ipv6", source="10.1.2.0/24")
    debian.said("nft", "flush", "chain", "inet", "guard", "input")
    assert firewall.rules("guard", "input") == []


def test_iptables_rules_are_told_where_only_nft_is_left(debian: Machine, nft: Host) -> None:
    debian.said("iptables-nft", *"-A INPUT -s 10.0.0.1 -p tcp --dport 22 -j ACCEPT".split())
    debian.said("iptables-nft", *"-P FORWARD DROP".split())
    assert nft.firewall.has(chain="INPUT", source="10.0.0.1", protocol="tcp", destination_port=22, target="ACCEPT")
    assert nft.firewall.chain("FORWARD").policy == "DROP"


def test_nfts_own_tables_are_told_beside_those_of_iptables() -> None:
    with machine("debian", ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]) as debian:
        debian.said("nft", "-f", "-", stdin=RULES.replace("guard", "filter"))
        debian.said("iptables-nft", *"-A INPUT -s 10.0.0.1 -j ACCEPT".split())
        firewall = on(debian).firewall
        assert [rule.source for rule in firewall.rules(chain="INPUT")] == ["10.0.0.1/32"], "once, though both tools print it"
        assert firewall.chain("input").origin == "nft"
        assert len(firewall.nat) == 2


def test_a_host_without_a_tool_is_said() -> None:
    with machine("alpine") as alpine, pytest.raises(MissingTool, match="neither iptables-save nor nft"):
        on(alpine).firewall.rules()
