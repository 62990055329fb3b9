"""A packet filter's rules as fields, whichever tool printed them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from byhand.errors import UsageError, nearest

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)


@dataclass(frozen=True)
class Rule:
    """A rule; a field that it does not ask for is None. What is negated starts with ``! ``.

    ``number``: its place in the chain, from 1 (``iptables -L --line-numbers``). ``source``, ``destination``: with a prefix length.
    Ports: ``80``, ``1000:2000`` or ``80,443``. ``states``: of the connection, sorted. ``target``: ``ACCEPT``, …, or a chain;
    ``target_arguments``: its options, ``{"to-destination": "10.98.0.2:80"}``. ``options``: what else the rule asks for, by iptables'
    name of the option; several of one name are joined by `` and ``, and what is asked for beside a field is here too. ``text``: the
    rule as the tool printed it.
    """

    table: str
    chain: str
    number: int
    text: str
    protocol: str | None = None
    source: str | None = None
    destination: str | None = None
    in_interface: str | None = None
    out_interface: str | None = None
    source_port: str | None = None
    destination_port: str | None = None
    states: list[str] = field(default_factory=list)
    target: str | None = None
    target_arguments: dict[str, str] = field(default_factory=dict)
    comment: str | None = None
    options: dict[str, str] = field(default_factory=dict)

    def matches(self, wanted: Mapping[str, object]) -> bool:
        """Whether each of the fields is as wanted: an address also without its prefix length, a port as a number, states in any order."""
        return all(_plain(name, getattr(self, name)) == _plain(name, value) for name, value in wanted.items())


@dataclass(frozen=True)
class Chain:
    """A chain. ``policy``: what becomes of a packet that no rule decided, None for a chain that others jump to.

    ``origin``: who has it: ``iptables-nft``, ``iptables-legacy`` (iptables-save(8)) or ``nft``, one of nft(8)'s own.
    ``kind``: what it is for, ``filter``, ``nat``, … (a base chain's type, in nft's words).
    """

    name: str
    table: str
    policy: str | None
    rules: list[Rule]
    origin: str = ""
    kind: str = ""


FIELDS = {part.name for part in fields(Rule)}


def check(wanted: Mapping[str, object]) -> None:
    """Raises UsageError for what is no field of a rule, with the nearest that is."""
    for name in wanted:
        if name not in FIELDS:
            raise UsageError(f"a firewall's rule has no '{name}'", hint=nearest(name, FIELDS))


def put(fields: dict[str, str], options: dict[str, str], name: str, option: str, value: str) -> None:
    """Puts a condition into the field ``name``, or where the rule asks for another value of it too, into the options: all must hold."""
    if fields.setdefault(name, value) != value:
        also(options, option, value)


def also(options: dict[str, str], option: str, value: str) -> None:
    """Puts a condition into the options, beside what the rule asks for by the same name."""
    options[option] = f"{options[option]} and {value}" if options.get(option, value) != value else value


def network(text: str) -> str:
    """An address or network with its prefix length; anything else as it is."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def _plain(name: str, value: object) -> object:
    if name == "states":
        words = value.split(",") if isinstance(value, str) else list(value or [])  # type: ignore[call-overload]
        return {str(word).upper() for word in words}
    if name in ("source", "destination") and value is not None:
        negated, _, address = f" {value}".rpartition(" ")
        return f"{negated} {network(address)}".strip()
    if name in ("source_port", "destination_port", "protocol") and value is not None:
        return str(value).lower()
    return value
