"""``host.netns(name)``: a network namespace seen from inside (ip-netns(8), network_namespaces(7))."""

from __future__ import annotations

import ipaddress
import json
import shlex

from byhand.errors import NotFound, nearest
from byhand.verify.modules import reading
from byhand.verify.modules.bridge import Bridge
from byhand.verify.modules.firewall import Firewall
from byhand.verify.modules.links import READ_FAR, READ_LINKS, READ_ROUTES, Interface, Route, links, peers, routes
from byhand.verify.modules.reading import Host, Result
from byhand.verify.modules.sockets import READ, Socket, listens, sockets

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

# Sets $path: a name of iproute2's has its file in its folder.
FIND = """
case $1 in
/*) path=$1 ;;
*) path=/run/netns/$1; [ -e "$path" ] || path=/var/run/netns/$1 ;;
esac
"""
# 6e736673: nsfs. What is left over of a namespace is a plain file.
IS = FIND + '[ "$(stat -f -c %t -- "$path" 2>/dev/null)" = 6e736673 ] && echo yes || echo no\n'
# ip(8) mounts the namespace's own /sys, and what is in /etc/netns; without it, nsenter(1) and the same for /sys.
ENTER = (
    reading.TOOLS
    + FIND
    + """
case $1 in
/* | -*) ;;
*) if ip netns exec "$1" true 2>/dev/null; then exec ip netns exec "$1" sh -c "$2"; fi ;;
esac
exec nsenter -n"$path" unshare -m sh -c 'mount -t sysfs sysfs /sys 2>/dev/null; exec sh -c "$0"' "$2"
"""
)


class Netns:
    """A network namespace, by the name ``ip netns`` gave it or by the path of its file, ``/proc/PID/ns/net`` for instance.

    >>> web = host.netns("web")
    >>> web.exists
    True
    >>> web.addresses
    ['10.98.0.2/16']
    >>> web.interface("eth0").mtu
    1500
    >>> [(route.destination, route.gateway) for route in web.routes]
    [('default', '10.98.0.1'), ('10.98.0.0/16', None)]
    >>> web.is_listening("tcp://0.0.0.0:80")
    True
    >>> web.run("cat /sys/class/net/%s/operstate", "eth0").stdout
    'up\\n'

    It needs root there, and iproute2's ip, or nsenter and unshare of util-linux or BusyBox.
    """

    def __init__(self, host: Host, name: str) -> None:
        self._host = host
        self.name = name if name.startswith("/") else reading.file_name("network namespace", name)

    def __repr__(self) -> str:
        return f"<network namespace {self.name}>"

    @property
    def exists(self) -> bool:
        """Whether there is such a namespace; a file that is left over of one is none."""
        return reading.text(self._host, IS, self.name) == "yes\n"

    def run(self, command: str, *args: str) -> Result:
        """Run a command in it, as ``host.run`` does: each ``%s`` is one of ``args``, quoted. ``/sys`` is the namespace's own.

        Raises NotFound when there is no such namespace.
        """
        quoted = command % tuple(shlex.quote(arg) for arg in args) if args else command
        result = self._host.run("sh -c %s sh %s %s", ENTER, self.name, quoted)
        if result.rc and not self.exists:
            raise NotFound(f"there is no network namespace '{self.name}'")
        return result

    @property
    def interfaces(self) -> dict[str, Interface]:
        """Its interfaces by their names, in the kernel's order."""
        inside = links(reading.text(self, READ_LINKS))
        far = reading.parts(self._host, READ_FAR) if any(link.far is not None for link in inside) else {"links": "", "names": ""}
        spaces = {row["id"]: row["name"] for row in json.loads(far["names"] or "[]") if "id" in row}
        name = "" if self.name.startswith("/") else self.name
        return {interface.name: interface for interface in peers(inside, links(far["links"]), spaces, name)}

    def interface(self, name: str) -> Interface:
        """One of its interfaces. Raises NotFound."""
        found = self.interfaces
        if name not in found:
            raise NotFound(f"network namespace {self.name} has no interface '{name}'", hint=nearest(name, found))
        return found[name]

    @property
    def addresses(self) -> list[str]:
        """The addresses of all its interfaces, with their prefix length, but the loopback's and those the kernel gives by itself."""
        given = [address for link in links(reading.text(self, READ_LINKS)) for address in link.interface.addresses]
        return [address for address in given if not ipaddress.ip_interface(address).is_loopback]

    @property
    def routes(self) -> list[Route]:
        """The routes of its main table, IPv4's first, but those to link-local addresses that the kernel makes by itself."""
        found = reading.parts(self, READ_ROUTES)
        return [*routes(found["ipv4"], "ipv4"), *routes(found["ipv6"], "ipv6")]

    @property
    def sockets(self) -> list[Socket]:
        """Its sockets of TCP, UDP and unix(7)."""
        return sockets(reading.parts(self, READ))

    def is_listening(self, socket: str) -> bool:
        """Whether a socket in it takes what comes to ``tcp://10.0.0.1:80``, ``tcp://80``, ``udp://[::1]:53``, ``unix:///run/it.sock``.

        A socket on all addresses takes what comes to one. Raises BadValue for anything else.
        """
        return listens(self.sockets, socket)

    def bridge(self, name: str) -> Bridge:
        """A bridge in it, as ``host.bridge``."""
        return Bridge(self, name)

    @property
    def firewall(self) -> Firewall:
        """Its own packet filter, as ``host.firewall``."""
        return Firewall(self)
