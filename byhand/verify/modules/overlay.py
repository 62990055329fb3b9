"""``host.overlay(path)``: layers mounted as one tree (mount(8), docs.kernel.org/filesystems/overlayfs.html)."""

from __future__ import annotations

from byhand.verify.modules.reading import Host


class Overlay:
    """An overlay mount, by the folder it is mounted on.

    ``pid``: the process whose mounts are looked at, the reader's own by default; ``path`` is as that process sees it.
    """

    def __init__(self, host: Host, path: str, pid: int | None = None) -> None:
        self._host, self.path, self._pid = host, path, pid

    @property
    def exists(self) -> bool:
        raise NotImplementedError

    @property
    def lower(self) -> list[str]:
        raise NotImplementedError

    @property
    def upper(self) -> str | None:
        raise NotImplementedError

    @property
    def work(self) -> str | None:
        raise NotImplementedError

    @property
    def options(self) -> list[str]:
        raise NotImplementedError

    @property
    def whiteouts(self) -> list[str]:
        raise NotImplementedError

    @property
    def opaque(self) -> list[str]:
        raise NotImplementedError
