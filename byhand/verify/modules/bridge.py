"""``host.bridge(name)``: a bridge and its ports (ip-link(8), Documentation/ABI/testing/sysfs-class-net)."""

from __future__ import annotations

from byhand.errors import NotFound
from byhand.verify.modules import reading
from byhand.verify.modules.links import READ_LINKS, links
from byhand.verify.modules.reading import Host

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

READ = """
cd "/sys/class/net/$1" 2>/dev/null || exit 0
[ -d bridge ] || exit 0
for name in flags address mtu bridge/stp_state; do
    part "$name"
    cat "$name"
done
part ports
ls brif
"""
UP = 1  # IFF_UP, netdevice(7)


class Bridge:
    """A bridge, by its name.

    >>> bridge = host.bridge("br0")
    >>> bridge.exists
    True
    >>> bridge.is_up
    True
    >>> bridge.addresses
    ['10.98.0.1/16']
    >>> bridge.ports
    ['web1', 'web2']

    All but the addresses is read from /sys, without a tool; those come from ip(8), iproute2's or BusyBox's.
    """

    def __init__(self, host: Host, name: str) -> None:
        self._host, self.name = host, reading.file_name("bridge", name)

    def __repr__(self) -> str:
        return f"<bridge {self.name}>"

    @property
    def exists(self) -> bool:
        """Whether there is an interface of that name and it is a bridge."""
        return bool(reading.parts(self._host, READ, self.name))

    @property
    def is_up(self) -> bool:
        """Whether it is set up (``ip link set NAME up``), with a port that has a carrier or without."""
        return bool(int(self._read("flags"), 16) & UP)

    @property
    def mac(self) -> str:
        """Its hardware address, in lower case."""
        return self._read("address")

    @property
    def mtu(self) -> int:
        """The largest packet it passes, in bytes."""
        return reading.number("mtu", self._read("mtu"))

    @property
    def stp(self) -> bool:
        """Whether it speaks the spanning tree protocol, the kernel's or a program's."""
        return self._read("bridge/stp_state") != "0"

    @property
    def ports(self) -> list[str]:
        """The interfaces that are its ports, sorted."""
        return sorted(self._read("ports").split())

    @property
    def addresses(self) -> list[str]:
        """Its own addresses with their prefix length, but the link-local ones that the kernel gives by itself."""
        self._read("flags")
        found = [link.interface for link in links(reading.text(self._host, READ_LINKS))]
        return next((interface.addresses for interface in found if interface.name == self.name), [])

    def _read(self, name: str) -> str:
        found = reading.parts(self._host, READ, self.name)
        if not found:
            raise NotFound(f"there is no bridge '{self.name}'")
        return found[name].strip()
