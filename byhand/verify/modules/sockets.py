"""Sockets of a network namespace, from /proc/net (proc_pid_net(5))."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Socket:
    """A socket.

    ``protocol``: ``tcp``, ``udp`` or ``unix``. ``address``: an address, or the path of a unix socket (``@`` first when it is abstract,
    "" when it has none). ``state``: as the kernel names it (include/net/tcp_states.h): ``LISTEN``, ``ESTABLISHED``, …
    ``peer``: the address of the other end, None without one. The ports are None for a unix socket.
    """

    protocol: str
    address: str
    port: int | None
    state: str
    peer: str | None
    peer_port: int | None
