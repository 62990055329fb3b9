"""``host.bridge(name)``: a bridge and its ports (ip-link(8), bridge(8))."""

from __future__ import annotations

from byhand.verify.modules.reading import Host


class Bridge:
    """A bridge, by its name."""

    def __init__(self, host: Host, name: str) -> None:
        self._host, self.name = host, name

    @property
    def exists(self) -> bool:
        raise NotImplementedError

    @property
    def is_up(self) -> bool:
        raise NotImplementedError

    @property
    def addresses(self) -> list[str]:
        raise NotImplementedError

    @property
    def mac(self) -> str:
        raise NotImplementedError

    @property
    def ports(self) -> list[str]:
        raise NotImplementedError

    @property
    def stp(self) -> bool:
        raise NotImplementedError
