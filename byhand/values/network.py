"""Types of what networks are made of: addresses, ports, interfaces, rules."""

from __future__ import annotations

import re
from typing import Any

from byhand.errors import BadValue
from byhand.values.plain import line, operand, text, words

_LABEL = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\Z", re.ASCII)


def port(value: Any) -> int:
    """A TCP or UDP port, 1 to 65535."""
    if not re.match(r"\d{1,5}\Z", str(value), re.ASCII) or not 1 <= int(value) <= 65535:
        raise BadValue("port", value, "is not a port", "a number from 1 to 65535")
    return int(value)


def cidr(value: Any) -> str:
    """An IPv4 network or interface address with its prefix length: 10.98.0.1/24."""
    import ipaddress

    try:
        found = ipaddress.IPv4Interface(str(value))
    except ValueError as error:
        raise BadValue("network", value, str(error), "an address and a prefix length, such as 10.98.0.1/24") from None
    if "/" not in str(value):
        raise BadValue("network", value, "has no prefix length", f"{value}/24")
    return str(found)


def address(value: Any) -> str:
    """An IPv4 address."""
    import ipaddress

    try:
        return str(ipaddress.IPv4Address(str(value)))
    except ValueError as error:
        raise BadValue("address", value, str(error), "four numbers, such as 10.98.0.2") from None


def interface(value: Any) -> str:
    """A network interface's name: 1 to 15 characters, no ``/``, space or ``:`` (ip-link(8))."""
    found = operand(value)
    if len(found.encode("utf-8", "surrogateescape")) > 15 or re.search(r"[\s/:]", found) or found in (".", ".."):
        raise BadValue("interface", found, "is no interface name", "1 to 15 characters, no space, '/' or ':'")
    return found


def hostname(value: Any) -> str:
    """A host name (hostname(7): labels of letters, digits and ``-``; 64 characters, the kernel's limit)."""
    found = text(value)
    if len(found) > 64 or not all(_LABEL.match(label) for label in found.split(".")):
        raise BadValue("hostname", found, "is not a host name", "letters, digits, '-' and '.', 64 characters at most")
    return found


def arguments(value: Any) -> list[str]:
    """Words of a command that has options of its own: a list, since one text would be one word."""
    if not isinstance(value, (list, tuple)) or not value:
        raise BadValue("arguments", value, "is not a list of words", "each word by itself, such as [-p, tcp, -j, ACCEPT]")
    return words(value)


def ip_prefix(value: Any) -> str:
    """An IPv4 or IPv6 address with its prefix length, as ip-address(8) prints it: 10.0.0.1/24, fd00::1/64."""
    import ipaddress

    try:
        found = ipaddress.ip_interface(str(value))
    except ValueError as error:
        raise BadValue("address", value, str(error), "an address and a prefix length, such as 10.0.0.1/24 or fd00::1/64") from None
    if "/" not in str(value):
        raise BadValue("address", value, "has no prefix length", f"{found}")
    return str(found)


def destination(value: Any) -> str:
    """Where a route leads (ip-route(8)): default, or a network as ``ip`` prints it; a host's has no prefix length."""
    import ipaddress

    if value == "default":
        return "default"
    try:
        found = ipaddress.ip_network(str(value))
    except ValueError as error:
        raise BadValue("destination", value, str(error), "default, or a network such as 10.1.0.0/16 or fd00:1::/64") from None
    if not found.prefixlen:
        raise BadValue("destination", value, "is every address", "default")
    return str(found.network_address if found.prefixlen == found.max_prefixlen else found)


def nft_name(value: Any) -> str:
    """The name of a table, chain or set (nft(8), Lexical conventions; ``-`` besides, which nft 1.0.6 takes)."""
    found = text(value)
    if not re.match(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,127}\Z", found, re.ASCII):
        raise BadValue("name", found, "is not a name nft takes", "letters, digits, '_', '.', '-', a letter first")
    return found


def nft(value: Any) -> str:
    """A piece of one nft(8) statement: nothing in it ends the statement or the braces around it."""
    found = line(value)
    rest = re.sub(r'"[^"]*"', "", found)
    depth = 0
    for character in rest:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0 or character in ';#\\"' or not character.isprintable():
            raise BadValue("nft text", found, f"holds {character!r} where it would end the statement", "one statement, quotes closed")
    if depth or not found.strip() or found != found.strip():
        wrong = "has a '{' that nothing closes" if depth else "is empty, or has space around it"
        raise BadValue("nft text", found, wrong, "one statement, braces closed")
    return found


def ip(value: Any) -> str:
    """An IPv4 or IPv6 address."""
    import ipaddress

    try:
        found = ipaddress.ip_address(text(value))
    except ValueError as error:
        raise BadValue("address", value, str(error), "such as 10.98.0.2 or 2001:db8::2") from None
    if "%" in str(found):
        raise BadValue("address", value, "names an interface", str(found).partition("%")[0])
    return str(found)
