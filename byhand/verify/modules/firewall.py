"""``host.firewall``: the packet filter's chains and rules as fields (iptables(8), nft(8))."""

from __future__ import annotations

from byhand.errors import BadValue, MissingTool, NotFound, nearest
from byhand.verify.modules import iptables_save, nft_rules, reading
from byhand.verify.modules.reading import Host
from byhand.verify.modules.rules import Chain, Rule, check

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

# Both kinds of iptables may have rules at once, and a packet passes both. $1: iptables or ip6tables.
READ = """
found=
for kind in nft legacy; do
    if command -v "$1-$kind-save" >/dev/null; then
        found=1
        part "iptables-$kind"
        "$1-$kind-save"
    fi
done
if [ -z "$found" ] && command -v "$1-save" >/dev/null; then
    case $("$1-save" -V) in *nf_tables*) part iptables-nft ;; *) part iptables-legacy ;; esac
    "$1-save"
fi
if command -v nft >/dev/null; then
    part nft
    nft -j list ruleset
fi
"""
TOOLS = {"ipv4": "iptables", "ipv6": "ip6tables"}
NAT = {"DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"}


class Firewall:
    """The packet filter of a host, or of a network namespace.

    >>> host.firewall.has(chain="INPUT", protocol="tcp", destination_port=22, target="ACCEPT")
    True
    >>> host.firewall.chain("FORWARD").policy
    'DROP'
    >>> [rule.target for rule in host.firewall.rules(chain="INPUT")]
    ['ACCEPT', 'DROP']
    >>> host.firewall.nat[0].target_arguments
    {'to-destination': '10.98.0.2:80'}

    Tables of iptables are read with iptables-save(8), of both its kinds, and those nft(8) has besides with ``nft -j``; where only nft
    is there, all of them. It needs root there. ``family``: ``ipv4`` or ``ipv6``; a table of nft's family ``inet`` is in both.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def __repr__(self) -> str:
        return "<firewall>"

    def rules(self, table: str = "filter", chain: str | None = None, family: str = "ipv4") -> list[Rule]:
        """The rules of a table, or of one of its chains, in their order. Raises NotFound when there is no such table or chain."""
        if chain is not None:
            return self.chain(chain, table, family).rules
        found = self._chains(family)
        _known(table, found)
        return [rule for one in found if one.table == table for rule in one.rules]

    def chain(self, name: str, table: str = "filter", family: str = "ipv4") -> Chain:
        """A chain with its policy and rules. Raises NotFound.

        A chain that the kernel has in any case (``INPUT`` of ``filter``, …) is there without a rule too, and accepts. When both kinds
        of iptables have it, the rules of both are in it, and its policy is that of the one that drops.
        """
        found = self._chains(family)
        _known(table, found)
        here = [one for one in found if (one.table, one.name) == (table, name)]
        if not here and name in iptables_save.BUILT_IN.get(table, []):
            return Chain(name, table, "ACCEPT", [], kind=table)
        if not here:
            raise NotFound(f"table {table} has no chain '{name}'", hint=nearest(name, [one.name for one in found if one.table == table]))
        if len(here) == 1:
            return here[0]
        policy = next((one.policy for one in here if one.policy == "DROP"), here[0].policy)
        return Chain(name, table, policy, [rule for one in here for rule in one.rules], here[0].origin, here[0].kind)

    def has(self, table: str = "filter", chain: str | None = None, family: str = "ipv4", **fields: object) -> bool:
        """Whether a rule has these fields, those of ``Rule``; what is not named may be anything, ``None`` stands for not asked for.

        ``source="10.0.0.1"`` is that address alone, a port may be a number, ``states`` a list in any order or ``"NEW,RELATED"``.
        Raises UsageError for a field that rules do not have.
        """
        check(fields)
        try:
            return any(rule.matches(fields) for rule in self.rules(table, chain, family))
        except NotFound:
            return False

    @property
    def nat(self) -> list[Rule]:
        """The rules that translate IPv4 addresses: those of the table ``nat``, and in nft's own tables those of chains for it."""
        found = self._chains("ipv4")
        return [rule for one in found for rule in one.rules if one.kind == "nat" or (one.origin == "nft" and rule.target in NAT)]

    def _chains(self, family: str) -> list[Chain]:
        if family not in TOOLS:
            raise BadValue("family", family, "is none", "ipv4 or ipv6")
        printed = reading.parts(self._host, READ, TOOLS[family])
        if not printed:
            raise MissingTool(f"the host has neither {TOOLS[family]}-save nor nft: its firewall cannot be read")
        found = [chain for kind in ("iptables-nft", "iptables-legacy") for chain in iptables_save.chains(printed.get(kind, ""), kind)]
        shown = {(chain.table, chain.name) for chain in found if chain.origin == "iptables-nft"}  # nft has others in the same tables
        return [*found, *(nft_rules.chains(printed["nft"], family, shown) if "nft" in printed else [])]


def _known(table: str, found: list[Chain]) -> None:
    names = {chain.table for chain in found} | iptables_save.BUILT_IN.keys()
    if table not in names:
        raise NotFound(f"the firewall has no table '{table}'", hint=nearest(table, names))
