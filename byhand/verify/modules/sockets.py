"""Sockets of a network namespace, from /proc/net (proc_pid_net(5))."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from byhand.errors import BadValue

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

READ = 'for name in tcp tcp6 udp udp6 unix; do part "$name"; cat "/proc/net/$name" 2>/dev/null || :; done\n'
# include/net/tcp_states.h, from 1.
STATES = (
    "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING NEW_SYN_RECV BOUND_INACTIVE"
).split()
UNIX_STATES = {"01": "CLOSE", "02": "SYN_SENT", "03": "ESTABLISHED"}  # include/uapi/linux/net.h: SS_UNCONNECTED and on
ACCEPTS = 0x10000  # __SO_ACCEPTCON, include/linux/net.h


@dataclass(frozen=True)
class Socket:
    """A socket.

    ``protocol``: ``tcp``, ``udp`` or ``unix``. ``address``: an address, or the path of a unix socket (``@`` first when it is abstract,
    "" when it has none). ``state``: as the kernel names those of TCP: ``LISTEN``, ``ESTABLISHED``, …, ``CLOSE`` when it is tied to
    nothing, as one of UDP that waits. ``peer``: the address of the other end, None without one. The ports are None for a unix socket.
    """

    protocol: str
    address: str
    port: int | None
    state: str
    peer: str | None = None
    peer_port: int | None = None


def sockets(files: dict[str, str]) -> list[Socket]:
    """The sockets in ``/proc/net/tcp``, ``tcp6``, ``udp``, ``udp6`` and ``unix``, by the names of the files."""
    found = []
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for line in files.get(name, "").splitlines()[1:]:
            words = line.split()
            (address, port), (peer, peer_port) = _end(words[1]), _end(words[2])
            state = STATES[int(words[3], 16) - 1]
            found.append(Socket(name[:3], address, port, state, peer if peer_port else None, peer_port or None))
    for row in re.finditer(r"^[0-9a-fA-F]+: \w+ \w+ (\w{8}) \w+ (\w\w) +\d+(?: (.+))?$", files.get("unix", ""), re.MULTILINE):
        state = "LISTEN" if int(row[1], 16) & ACCEPTS else UNIX_STATES.get(row[2], row[2])
        found.append(Socket("unix", row[3] or "", None, state))
    return found


def listens(found: list[Socket], wanted: str) -> bool:
    """Whether one of the sockets takes what comes to ``wanted``.

    ``tcp://10.0.0.1:80``, ``udp://[::1]:53``: on that address or on all of them (a socket on ``::`` takes IPv4 too, if it did not
    ask for IPV6_V6ONLY, which /proc does not say). ``tcp://80``: on all addresses of IPv4 or IPv6. ``unix:///run/it.sock``,
    ``unix://@abstract``. Raises BadValue for anything else.
    """
    if wanted.startswith("unix://"):
        return any(it.protocol == "unix" and it.address == wanted[7:] and it.state == "LISTEN" for it in found)
    shape = re.fullmatch(r"(tcp|udp)://(?:(\[[^]]+\]|[^]\[]+):)?(\d{1,5})", wanted, re.ASCII)
    try:
        asked = ipaddress.ip_address((shape[2] or "0.0.0.0").strip("[]")) if shape else None
    except ValueError:
        asked = None
    if not shape or asked is None:
        raise BadValue("socket", wanted, "is no socket", "tcp://80, tcp://127.0.0.1:80, udp://[::1]:53 or unix:///run/it.sock")
    asked = getattr(asked, "ipv4_mapped", None) or asked
    takes = {str(asked), "::", *(["0.0.0.0"] if asked.version == 4 else [])}
    waits = "LISTEN" if shape[1] == "tcp" else "CLOSE"
    return any((it.protocol, it.port, it.state) == (shape[1], int(shape[3]), waits) and it.address in takes for it in found)


def _end(text: str) -> tuple[str, int]:
    """``0100007F:0050``: four bytes at a time, the last one first (as a little-endian processor holds them), and the port.

    An IPv4 address in IPv6's clothes, as a socket of both has it, is that IPv4 address (RFC 4291, 2.5.5.2).
    """
    address, _, port = text.partition(":")
    raw = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
    found = ipaddress.ip_address(raw)
    return str(getattr(found, "ipv4_mapped", None) or found), int(port, 16)
