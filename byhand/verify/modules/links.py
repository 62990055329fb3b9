"""Interfaces and routes, as ip(8) prints them: iproute2's JSON, or the text of BusyBox's ip where that is all there is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from byhand.errors import ByhandError, shorten

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

READ_LINKS = "ip -j -d addr 2>/dev/null || ip addr\n"
# The names that namespaces have as numbers where the links are read; BusyBox's ip knows none.
READ_FAR = f"part links\n{READ_LINKS}part names\nip -j netns 2>/dev/null || :\n"
READ_ROUTES = "part ipv4\nip -j -4 route 2>/dev/null || ip -4 route\npart ipv6\nip -j -6 route 2>/dev/null || ip -6 route\n"
KINDS = ("unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat")


@dataclass(frozen=True)
class Interface:
    """A network interface.

    ``is_up``: set up by its administrator (``ip link set NAME up``); ``has_carrier``: its other end is there and up too.
    ``mtu``: bytes. ``kind``: ``veth``, ``bridge``, …, "" for a device or where BusyBox's ip, which does not say it, is all there is.
    ``addresses``: with their prefix length, but the IPv6 ones the kernel gives by itself, which are in ``link_local``.
    ``peer``: the other end of a pair when that is in the same namespace or in the host's. ``master``: the bridge it is a port of.
    """

    name: str
    is_up: bool
    has_carrier: bool
    mac: str
    mtu: int
    kind: str
    addresses: list[str]
    link_local: list[str]
    peer: str | None = None
    master: str | None = None


@dataclass(frozen=True)
class Route:
    """A route of the main table.

    ``destination``: a network with its prefix length, one address without, or ``default``. ``gateway``, ``interface`` and ``source``
    are None where the route has none. ``metric``: the least wins. ``kind``: ``unicast``, ``blackhole``, … (ip-route(8)).
    ``family``: ``ipv4`` or ``ipv6``.
    """

    destination: str
    gateway: str | None
    interface: str | None
    source: str | None = None
    metric: int = 0
    kind: str = "unicast"
    family: str = "ipv4"


@dataclass(frozen=True)
class Link:
    """An interface with its number; ``far``: that of the one it is tied to, ``space``: the number of the namespace that one is in."""

    interface: Interface
    index: int
    far: int | None
    space: int | None


def links(printed: str) -> list[Link]:
    """What ``ip addr`` prints, from either ip."""
    if printed.lstrip()[:1] in ("[", ""):
        rows = [row for row in _rows(printed) if row]
        numbers = {row["ifname"]: row["ifindex"] for row in rows}
        return [_link(row, numbers) for row in rows]
    pieces = re.split(r"^(?=\d+: )", printed, flags=re.MULTILINE)
    heads = [(_head(piece), piece) for piece in pieces if piece]
    numbers = {head["name"]: int(head["index"]) for head, _ in heads}
    return [_text_link(head, piece, numbers) for head, piece in heads]


def routes(printed: str, family: str) -> list[Route]:
    """What ``ip route`` prints, from either ip, but IPv6's own that the kernel makes for each link."""
    if printed.lstrip()[:1] in ("[", ""):
        found = [route for row in _rows(printed) for route in _route(row, family)]
    else:
        found = [_text_route(line.split(), family) for line in printed.splitlines() if line.strip()]
    return [route for route in found if route.destination not in ("fe80::/64", "ff00::/8")]


def peers(inside: list[Link], outside: list[Link], spaces: dict[int, str], name: str) -> list[Interface]:
    """The interfaces ``inside`` a namespace, each with its peer: the link that it is tied to and that is tied to it.

    ``outside``: the host's; ``spaces``: names of the namespaces the host has a number for; ``name``: that of the one inside, "" when
    it has none.
    """
    found = []
    for link in inside:
        near = [other for other in inside if _tied(link, other) and link.space is None and other.space is None]
        outer = [other for other in outside if _tied(link, other) and _space(other, spaces, name) == name]
        peer = next(iter(near + outer), None)
        found.append(replace(link.interface, peer=peer.interface.name if peer else None))
    return found


def _tied(link: Link, other: Link) -> bool:
    return link is not other and link.far == other.index and other.far == link.index


def _space(link: Link, spaces: dict[int, str], name: str) -> str:
    """The name of the namespace that the other end of ``link`` is in; ``name`` where nothing is known against it."""
    return spaces.get(link.space, name) if name and link.space is not None else name


def _rows(printed: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(printed or "[]"))
    except ValueError:
        raise ByhandError(f"ip -j printed no JSON: {shorten(printed)}") from None


def _link(row: dict[str, Any], numbers: dict[str, int]) -> Link:
    flags = row.get("flags", [])
    given = [(address["family"], address.get("scope"), _address(address)) for address in row.get("addr_info", []) if "local" in address]
    own = [address for family, scope, address in given if (family, scope) == ("inet6", "link")]
    interface = Interface(
        name=row["ifname"],
        is_up="UP" in flags,
        has_carrier="LOWER_UP" in flags,
        mac=row.get("address", ""),
        mtu=row["mtu"],
        kind=row.get("linkinfo", {}).get("info_kind", ""),
        addresses=[address for _, _, address in given if address not in own],
        link_local=own,
        master=row.get("master"),
    )
    return Link(interface, row["ifindex"], row.get("link_index", numbers.get(row.get("link", ""))), row.get("link_netnsid"))


def _address(address: dict[str, Any]) -> str:
    return f"{address['local']}/{address['prefixlen']}"


HEAD = re.compile(r"(?P<index>\d+): (?P<name>\S+?)(?:@(?P<far>[^@\s]+))?: <(?P<flags>[^>]*)>(?: .*?)? mtu (?P<mtu>\d+)(?P<rest>.*)")
ADDRESS = re.compile(r"^ +(inet6?) ([^\s/]+)(?: peer [^\s/]+)?(/\d+)?(?: .*?)? scope (\S+)", re.MULTILINE)


def _head(piece: str) -> re.Match[str]:
    head = HEAD.match(piece)
    if not head:
        raise ByhandError(f"ip addr printed a line that is not understood: {shorten(piece.splitlines()[0])}")
    return head


def _text_link(head: re.Match[str], piece: str, numbers: dict[str, int]) -> Link:
    flags = head["flags"].split(",")
    given = [(row[1], row[4], row[2] + (row[3] or "")) for row in ADDRESS.finditer(piece)]
    own = [address for family, scope, address in given if (family, scope) == ("inet6", "link")]
    mac = re.search(r"^ +link/\S+ ([0-9a-f:]{17})\b", piece, re.MULTILINE)
    master = re.search(r" master (\S+)", head["rest"])
    interface = Interface(
        name=head["name"],
        is_up="UP" in flags,
        has_carrier="LOWER_UP" in flags,
        mac=mac[1] if mac else "",
        mtu=int(head["mtu"]),
        kind="",
        addresses=[address for _, _, address in given if address not in own],
        link_local=own,
        master=master[1] if master else None,
    )
    number = re.fullmatch(r"if(\d+)", head["far"] or "")
    far = int(number[1]) if number else numbers.get(head["far"] or "")
    return Link(interface, int(head["index"]), far, None)


def _route(row: dict[str, Any], family: str) -> list[Route]:
    def one(via: dict[str, Any]) -> Route:
        gateway = via.get("gateway") or via.get("via", {}).get("host")
        kind = row.get("type", "unicast")
        return Route(row["dst"], gateway, via.get("dev"), row.get("prefsrc"), row.get("metric", 0), kind, family)

    return [one(via) for via in row.get("nexthops", [row])]


def _text_route(words: list[str], family: str) -> Route:
    kind = words.pop(0) if words[0] in KINDS else "unicast"
    after = {word: words[place + 1] for place, word in enumerate(words[:-1])}
    return Route(words[0], after.get("via"), after.get("dev"), after.get("src"), int(after.get("metric", 0)), kind, family)
