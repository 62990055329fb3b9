"""``host.netns(name)``: a network namespace seen from inside (ip-netns(8), network_namespaces(7))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from byhand.verify.modules.reading import Host, Result

if TYPE_CHECKING:
    from byhand.verify.modules.bridge import Bridge
    from byhand.verify.modules.firewall import Firewall
    from byhand.verify.modules.links import Interface, Route
    from byhand.verify.modules.sockets import Socket


class Netns:
    """A network namespace, by the name ``ip netns`` gave it or by the path of its file, ``/proc/PID/ns/net`` for instance."""

    def __init__(self, host: Host, name: str) -> None:
        self._host, self.name = host, name

    @property
    def exists(self) -> bool:
        raise NotImplementedError

    @property
    def interfaces(self) -> dict[str, Interface]:
        raise NotImplementedError

    def interface(self, name: str) -> Interface:
        raise NotImplementedError

    @property
    def addresses(self) -> list[str]:
        raise NotImplementedError

    @property
    def routes(self) -> list[Route]:
        raise NotImplementedError

    @property
    def sockets(self) -> list[Socket]:
        raise NotImplementedError

    def is_listening(self, socket: str) -> bool:
        raise NotImplementedError

    def run(self, command: str, *args: str) -> Result:
        raise NotImplementedError

    def bridge(self, name: str) -> Bridge:
        raise NotImplementedError

    @property
    def firewall(self) -> Firewall:
        raise NotImplementedError
