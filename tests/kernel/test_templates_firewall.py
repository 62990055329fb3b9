"""iptables and nftables on a machine of their own: there and back, killed at every line, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from looks import rules, same
from machine import Machine, machine

TOOLS = ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]
SHELLS = {"dash": ("sh",), "busybox": ("busybox", "sh")}
SSH = ["-p", "tcp", "--dport", "22", "-j", "ACCEPT"]
TABLE = "add table inet t; add chain inet t in { type filter hook input priority 0; policy accept; }; add chain inet t plain; "
SETS = (
    "add set inet t full { type ipv4_addr; elements = { 192.0.2.1 } }; "
    "add set inet t nets { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/25, 10.1.0.0/16, 10.2.0.0/16, "
    "10.4.0.0/16, 10.6.0.0/16, 10.8.0.0/16 } }; "
)


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", TOOLS) as host:
        yield host


@pytest.fixture
def host(debian: Machine) -> Iterator[Machine]:
    """A machine without rules; its network namespace is the module's, the files are compared by there_and_back."""
    before = shown(debian)
    yield debian
    debian.said("nft", "flush", "ruleset")
    shutil.rmtree(debian.root / "var/lib/byhand", ignore_errors=True)  # a run that was stuck is not the next one's
    same(before, shown(debian), "rules are left")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return SHELLS[request.param]


def shown(host: Machine) -> dict[str, Any]:
    """Its rules; tables that iptables made by being run, and emptied, are none."""
    return {"nft": rules(host.said("nft", "--stateless", "list", "ruleset") + "\n")}


# ---- iptables


@pytest.mark.parametrize(
    "args",
    [
        {"chain": "INPUT", "rule": SSH},
        {"chain": "MINE", "rule": ["-m", "comment", "--comment", 'it\'s "$(touch /pwned)" `x` ü -F', "-j", "RETURN"], "place": 1},
        {"chain": "POSTROUTING", "table": "nat", "rule": ["-s", "10.0.0.0/8", "!", "-o", "lo", "-j", "MASQUERADE"], "place": 1},
        {"chain": "INPUT", "rule": ["-s", "fd00::/8", "-j", "DROP"], "ipv6": True},
    ],
    ids=["appended", "inserted with a hostile comment", "nat", "ipv6"],
)
def test_a_rule_of_iptables(args: dict[str, Any], host: Machine, shell: tuple[str, ...]) -> None:
    host.said("sh", "-euc", "iptables -N MINE; iptables -A MINE -j DROP; iptables -t nat -A POSTROUTING -j ACCEPT")
    play = host.step("iptables/rule", **args)
    play.there_and_back(lambda: shown(host), shell=shell)
    assert not (host.root / "pwned").exists()


def test_the_place_of_a_rule_of_iptables(host: Machine) -> None:
    host.said("sh", "-euc", "iptables -A INPUT -j DROP; iptables -A INPUT -j REJECT")
    for place in (0, 1, 2):
        play = host.step("iptables/rule", chain="INPUT", rule=SSH, place=place)
        play.expect("apply", 0)
        rules = [row for row in host.said("iptables", "-S", "INPUT").splitlines() if row.startswith("-A")]
        assert rules.index("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT") == (place or 3) - 1
        play.expect("undo", 0)


def test_a_rule_of_iptables_when_things_changed_since(host: Machine) -> None:
    play = host.step("iptables/rule", chain="INPUT", rule=SSH)
    play.expect("apply", 0)
    host.said("iptables", "-I", "INPUT", "-j", "DROP")
    play.expect("undo", 0)
    assert host.said("iptables", "-S", "INPUT").splitlines() == ["-P INPUT ACCEPT", "-A INPUT -j DROP"]
    mine = host.step("iptables/rule", chain="MINE", rule=SSH)
    host.said("iptables", "-N", "MINE")
    mine.expect("apply", 0)
    host.said("sh", "-euc", "iptables -F MINE; iptables -X MINE")
    mine.expect("undo", 0)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"chain": "NONE", "rule": SSH}, "the table filter has no chain NONE"),
        ({"chain": "INPUT", "rule": ["-p", "tcp", "-F"]}, "Cannot use -F with -A"),
        ({"chain": "INPUT", "rule": ["-p", "none"]}, 'unknown protocol "none"'),
        ({"chain": "INPUT", "rule": ["-j", "NONE"]}, "'NONE' does not exist"),
        ({"chain": "INPUT", "rule": SSH, "place": 9}, "Index of insertion too big"),
    ],
)
def test_a_rule_that_iptables_refuses(args: dict[str, Any], why: str, host: Machine) -> None:
    host.step("iptables/rule", **args).refused(why, lambda: shown(host))


@pytest.mark.parametrize("ipv6", [False, True])
def test_a_policy_of_iptables(ipv6: bool, host: Machine, shell: tuple[str, ...]) -> None:
    play = host.step("iptables/policy", chain="FORWARD", policy="DROP", ipv6=ipv6)
    play.there_and_back(lambda: shown(host), shell=shell)


def test_a_policy_of_a_chain_that_the_table_has_not(host: Machine) -> None:
    host.step("iptables/policy", chain="POSTROUTING", policy="DROP").refused(
        "the table filter has no built-in chain POSTROUTING", host.network
    )


# ---- nftables


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("nftables/table", {"table": "new"}),
        ("nftables/table", {"table": "t", "family": "ip"}),
        ("nftables/chain", {"table": "t", "chain": "new"}),
        ("nftables/chain", {"table": "t", "chain": "new", "hook": "forward", "priority": -5, "policy": "drop"}),
        ("nftables/chain", {"table": "t", "chain": "in", "hook": "input", "policy": "drop"}),
        ("nftables/chain", {"table": "t", "chain": "to", "hook": "prerouting", "type": "nat", "priority": -100}),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "ssh", "rule": "tcp dport 22 counter accept"}),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "old", "rule": "ip saddr @full tcp dport { 22, 80 } accept"}),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "log.1", "rule": 'iifname "l;o" log prefix "it\'s `x` "', "first": True}),
        ("nftables/set", {"table": "t", "set": "new", "elements": ["192.0.2.1", "192.0.2.7"]}),
        ("nftables/set", {"table": "t", "set": "empty", "type": "ipv4_addr . inet_service", "flags": ["timeout"]}),
        ("nftables/set", {"table": "t", "set": "full", "elements": ["192.0.2.1", "192.0.2.7", "192.0.2.8"]}),
        ("nftables/set", {"table": "t", "set": "nets", "elements": ["10.0.0.0/24", "10.3.0.0-10.3.0.9", "172.16.0.0/12"]}),
        ("nftables/set", {"table": "t", "set": "ports", "type": "inet_proto . inet_service", "elements": ["tcp . 22"]}),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(str(item) for item in value.values())[:30],
)  # fmt: skip
def test_what_nft_makes(template: str, args: dict[str, Any], host: Machine, shell: tuple[str, ...]) -> None:
    host.said(
        "nft",
        "-f",
        "-",
        stdin=TABLE + SETS + 'add rule inet t in tcp dport 23 counter packets 7 bytes 9 accept comment "old"; add rule inet t in drop\n',
    )
    play = host.step(template, **args)
    play.there_and_back(lambda: shown(host), shell=shell)


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("iptables/rule", {"chain": "INPUT", "rule": SSH}),
        ("iptables/policy", {"chain": "INPUT", "policy": "DROP"}),
        ("nftables/table", {"table": "new"}),
        ("nftables/chain", {"table": "t", "chain": "new"}),
        ("nftables/chain", {"table": "t", "chain": "in", "hook": "input", "policy": "drop"}),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "ssh", "rule": "tcp dport 22 counter accept"}),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "old", "rule": "ip saddr @full tcp dport { 22, 80 } accept"}),
        ("nftables/set", {"table": "t", "set": "new", "elements": ["192.0.2.7"]}),
        ("nftables/set", {"table": "t", "set": "full", "elements": ["192.0.2.1", "192.0.2.7"]}),
        ("nftables/set", {"table": "t", "set": "nets", "elements": ["10.0.0.0/24", "10.3.0.0-10.3.0.9"]}),
    ],
)
def test_killed_at_every_line(template: str, args: dict[str, Any], host: Machine) -> None:
    host.said("nft", "-f", "-", stdin=TABLE + SETS + 'add rule inet t in tcp dport 23 accept comment "old"; add rule inet t in drop\n')
    host.step(template, **args).survives_kill_9(lambda: shown(host))


def test_the_counter_of_a_rule_that_was_replaced_comes_back(host: Machine) -> None:
    host.said("nft", "-f", "-", stdin=TABLE + 'add rule inet t in tcp dport 23 counter packets 7 bytes 9 accept comment "old"\n')
    before = host.said("nft", "list", "ruleset")
    play = host.step("nftables/rule", table="t", chain="in", name="old", rule="drop")
    play.expect("apply", 0)
    play.expect("undo", 0)
    assert host.said("nft", "list", "ruleset") == before


@pytest.mark.parametrize(
    ("template", "args", "why"),
    [
        ("nftables/chain", {"table": "none", "chain": "c"}, "there is no table inet none"),
        ("nftables/chain", {"table": "t", "chain": "in", "hook": "output"}, "with another type, hook or priority"),
        ("nftables/chain", {"table": "t", "chain": "in"}, "with another type, hook or priority"),
        ("nftables/rule", {"table": "t", "chain": "none", "name": "x", "rule": "accept"}, "there is no chain inet t none"),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "x", "rule": "tcp dport ssh accept"}, "use that: tcp dport 22 accept"),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "x", "rule": "tcp dport"}, "syntax error"),
        (
            "nftables/rule",
            {"table": "t", "chain": "in", "name": "twice", "rule": "drop"},
            "several rules of the chain in have the comment twice",
        ),
        ("nftables/set", {"table": "none", "set": "s"}, "there is no table inet none"),
        ("nftables/set", {"table": "t", "set": "full", "elements": ["10.0.0.0/8"]}, "interval"),
        ("nftables/set", {"table": "t", "set": "new", "elements": ["fd00::1"]}, "Could not resolve hostname"),
    ],
)
def test_what_nft_refuses(template: str, args: dict[str, Any], why: str, host: Machine) -> None:
    twice = 'add rule inet t in accept comment "twice"; '
    host.said("nft", "-f", "-", stdin=TABLE + SETS + twice * 2 + "\n")
    host.step(template, **args).refused(why, lambda: shown(host))


@pytest.mark.parametrize(
    ("template", "args", "since", "why"),
    [
        ("nftables/table", {"table": "new"}, "add chain inet new other", "is not empty"),
        ("nftables/chain", {"table": "t", "chain": "new"}, "add rule inet t new drop", "is not empty"),
        ("nftables/set", {"table": "t", "set": "new", "elements": ["192.0.2.7"]}, "add element inet t new { 192.0.2.9 }", "is not empty"),
        ("nftables/rule", {"table": "t", "chain": "in", "name": "old", "rule": "drop"}, "flush chain inet t in", "its place is not known"),
    ],
)  # fmt: skip
def test_what_others_put_there_since_is_left(template: str, args: dict[str, Any], since: str, why: str, host: Machine) -> None:
    host.said("nft", "-f", "-", stdin=TABLE + 'add rule inet t in accept comment "old"\n')
    play = host.step(template, **args)
    play.expect("apply", 0)
    host.said("nft", since)
    changed = host.said("nft", "list", "ruleset")
    assert why in play.expect("undo", 1).err
    if template == "nftables/set":
        changed = changed.replace("192.0.2.7, ", "")
    assert host.said("nft", "list", "ruleset") == changed


def test_what_is_gone_already_is_no_trouble(host: Machine) -> None:
    for template, args in {
        "nftables/table": {"table": "t"},
        "nftables/chain": {"table": "u", "chain": "c"},
        "nftables/rule": {"table": "u", "chain": "d", "name": "x", "rule": "accept"},
        "nftables/set": {"table": "u", "set": "s", "elements": ["192.0.2.7"]},
    }.items():
        host.said("nft", "-f", "-", stdin="add table inet u; add chain inet u d\n")
        play = host.step(template, **args)
        play.expect("apply", 0)
        host.said("nft", "flush", "ruleset")
        play.expect("undo", 0)


# ---- a whole file


RULES = """#!/usr/sbin/nft -f
# it's "$(touch /pwned)" `x`
flush ruleset
define ports = { 22, 80 }
table inet t {
  set good {
    type ipv4_addr
    elements = { 192.0.2.1,
                 192.0.2.2 }
  }

  chain in {
    type filter hook input priority filter; policy drop;
    iif lo accept comment "ü"
    ip saddr @good tcp dport $ports counter accept
  }
}
table ip second {
}
"""


@pytest.mark.parametrize("path", [None, "/etc/nftables.d/it's new.nft", "/etc/nftables.conf"])
def test_a_file_of_rules(path: str | None, host: Machine, shell: tuple[str, ...]) -> None:
    (host.root / "etc/nftables.d").mkdir(exist_ok=True)
    host.said("nft", "-f", "-", stdin=TABLE + SETS + "add rule inet t in counter packets 7 bytes 9; add table ip other\n")
    play = host.step("nftables/ruleset", content=RULES, **({"path": path} if path else {}))

    def look() -> dict[str, Any]:
        found = shown(host)
        for file in sorted([*(host.root / "etc/nftables.d").iterdir(), host.root / "etc/nftables.conf"]):
            found[file.name] = (file.read_text(), oct(file.stat().st_mode))
        return found

    after = play.there_and_back(look, shell=shell)
    if path == "/etc/nftables.conf" and shell == SHELLS["dash"]:
        play.survives_kill_9(look)
    assert "policy drop" in after["nft"] and "tcp dport { 22, 80 }" in after["nft"] and "table ip other" in after["nft"]
    assert "nets" not in after["nft"]

    assert "counter packets 7 bytes 9" in host.said("nft", "list", "ruleset")
    assert not (host.root / "pwned").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("table inet t {\n  chain in {\n    nonsense\n  }\n}", "syntax error"),
        ("add element inet t good { 192.0.2.1 }", "No such file or directory"),
        ("# nothing", "the rules make no table"),
        ("table inet t { chain in { iif eth9 accept; }; }", "Interface does not exist"),
    ],
)
def test_a_file_of_rules_that_is_refused(content: str, why: str, host: Machine) -> None:
    host.said("nft", "-f", "-", stdin=TABLE + SETS + "\n")
    host.step("nftables/ruleset", content=content, path="/etc/nftables.conf").refused(why, lambda: shown(host))


def test_a_file_of_rules_does_not_replace_a_link(host: Machine) -> None:
    link = host.root / "etc/nftables.link"
    link.symlink_to("nftables.conf")
    host.step("nftables/ruleset", content=RULES, path="/etc/nftables.link").refused("is a folder or a link", lambda: shown(host))
