"""``host.firewall``: the packet filter's chains and rules as fields (iptables(8), nft(8))."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.verify.modules.reading import Host


@dataclass(frozen=True)
class Rule:
    """A rule; a field it does not ask for is None. What is negated starts with ``! ``.

    ``number``: its place in the chain, from 1 (``iptables -L --line-numbers``). ``source``, ``destination``: with a prefix length.
    Ports: ``80``, ``1000:2000`` or ``80,443``. ``states``: of the connection, sorted. ``target``: ``ACCEPT``, …, or a chain.
    ``target_arguments``: ``{"to-destination": "10.98.0.2:80"}``. ``options``: what else it asks for, by iptables' option.
    ``text``: the rule as the tool printed it.
    """

    table: str
    chain: str
    number: int
    protocol: str | None
    source: str | None
    destination: str | None
    in_interface: str | None
    out_interface: str | None
    source_port: str | None
    destination_port: str | None
    states: list[str]
    target: str | None
    target_arguments: dict[str, str]
    comment: str | None
    options: dict[str, str]
    text: str


@dataclass(frozen=True)
class Chain:
    """A chain. ``policy``: what becomes of a packet that no rule decided, None for a chain that others jump to."""

    name: str
    table: str
    policy: str | None
    rules: list[Rule]


class Firewall:
    """The packet filter of a host, or of a network namespace."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def rules(self, table: str = "filter", chain: str | None = None, family: str = "ipv4") -> list[Rule]:
        raise NotImplementedError

    def chain(self, name: str, table: str = "filter", family: str = "ipv4") -> Chain:
        raise NotImplementedError

    def has(self, table: str = "filter", chain: str | None = None, family: str = "ipv4", **fields: object) -> bool:
        raise NotImplementedError

    @property
    def nat(self) -> list[Rule]:
        raise NotImplementedError
