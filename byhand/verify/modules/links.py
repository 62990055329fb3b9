"""Interfaces and routes, as ip(8) prints them: iproute2's JSON, or the text of BusyBox."""

from __future__ import annotations

from dataclasses import dataclass


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
    peer: str | None
    master: str | None


@dataclass(frozen=True)
class Route:
    """A route of the main table.

    ``destination``: a network with its prefix length, one address without, or ``default``. ``gateway``, ``interface`` and ``source``
    are None where the route has none. ``kind``: ``unicast``, ``blackhole``, ``unreachable``, … (ip-route(8)). ``metric``: less wins.
    """

    destination: str
    gateway: str | None
    interface: str | None
    source: str | None
    metric: int = 0
    kind: str = "unicast"
    family: str = "ipv4"
