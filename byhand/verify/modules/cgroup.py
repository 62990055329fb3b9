"""``host.cgroup(path)``: a control group, in one vocabulary for cgroup v1, v2 and both together (cgroups(7))."""

from __future__ import annotations

from byhand.verify.modules.reading import Host


class Memory:
    """Memory of a group, in bytes."""

    @property
    def limit(self) -> int | None:
        raise NotImplementedError

    @property
    def swap_limit(self) -> int | None:
        raise NotImplementedError

    @property
    def usage(self) -> int:
        raise NotImplementedError

    @property
    def oom_kills(self) -> int:
        raise NotImplementedError


class Cpu:
    """Processor time of a group."""

    @property
    def quota(self) -> float | None:
        raise NotImplementedError

    @property
    def weight(self) -> int:
        raise NotImplementedError


class Pids:
    """Number of processes in a group."""

    @property
    def limit(self) -> int | None:
        raise NotImplementedError

    @property
    def current(self) -> int:
        raise NotImplementedError


class Cgroup:
    """A control group, by its path below the roots of the controllers: ``byhand/abc``."""

    def __init__(self, host: Host, path: str) -> None:
        self._host, self.path = host, path

    @property
    def exists(self) -> bool:
        raise NotImplementedError

    @property
    def version(self) -> int:
        raise NotImplementedError

    @property
    def controllers(self) -> list[str]:
        raise NotImplementedError

    @property
    def members(self) -> list[int]:
        raise NotImplementedError

    @property
    def memory(self) -> Memory:
        raise NotImplementedError

    @property
    def cpu(self) -> Cpu:
        raise NotImplementedError

    @property
    def pids(self) -> Pids:
        raise NotImplementedError
