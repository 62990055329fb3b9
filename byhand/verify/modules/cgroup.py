"""``host.cgroup(path)``: a control group, in one vocabulary for cgroup v1, v2 and both together (cgroups(7)).

The files are those of docs.kernel.org/admin-guide/cgroup-v1 and docs.kernel.org/admin-guide/cgroup-v2.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from byhand.errors import BadValue, NotFound
from byhand.verify.modules import reading
from byhand.verify.modules.reading import Host, number

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

# What stands among a v1 hierarchy's options and is no controller (cgroup1_show_options in kernel/cgroup/cgroup-v1.c).
NO_CONTROLLERS = {"rw", "ro", "seclabel", "noprefix", "xattr", "cpuset_v2_mode", "favordynmods", "clone_children", "none", ""}


@dataclass(frozen=True)
class Place:
    """Where a controller has the group: the version of its hierarchy, and the group's folder in it."""

    version: int
    folder: str


class Controller:
    """What one controller knows of a group: a property reads the kernel's file of either version."""

    def __init__(self, group: Cgroup, name: str) -> None:
        self._group, self._name = group, name

    def __repr__(self) -> str:
        return f"<{self._name} of control group {self._group.path}>"

    @property
    def members(self) -> list[int]:
        """The processes in the group of this controller, sorted."""
        return _pids(self._read("cgroup.procs", "cgroup.procs"))

    def _read(self, v1: str, v2: str, *, missing: str | None = None) -> str:
        """What stands in the file of the controller's version; ``missing`` where the kernel has no such file.

        Raises NotFound where the group has no such controller, or no such file and ``missing`` is None.
        """
        place = self._group.place(self._name)
        path = f"{place.folder}/{v1 if place.version == 1 else v2}"
        found = reading.files(self._group.host, path).get(path, missing)
        if found is None:
            raise NotFound(f"control group {self._group.path} has no file {path}")
        return found.strip()


class Memory(Controller):
    """Memory of a group and of those below it, in bytes."""

    @property
    def limit(self) -> int | None:
        """The most it may use (``memory.limit_in_bytes``, ``memory.max``), None when it has no limit of its own."""
        return _bytes(self._read("memory.limit_in_bytes", "memory.max"))

    @property
    def swap_limit(self) -> int | None:
        """The most of it that may be swapped out, None for no limit.

        v1 limits memory and swap together (``memory.memsw.limit_in_bytes``): this is that less ``limit``; v2: ``memory.swap.max``.
        """
        if self._group.place(self._name).version == 2:
            return _bytes(self._read("", "memory.swap.max", missing="max"))
        both, limit = _bytes(self._read("memory.memsw.limit_in_bytes", "", missing="max")), self.limit
        return None if both is None or limit is None else both - limit

    @property
    def usage(self) -> int:
        """What it uses now, with the page cache (``memory.usage_in_bytes``, ``memory.current``)."""
        return number("memory", self._read("memory.usage_in_bytes", "memory.current"))

    @property
    def oom_kills(self) -> int:
        """How many of its processes were killed for want of memory (``oom_kill``; v2 also counts those of the groups below)."""
        return _event(self._read("memory.oom_control", "memory.events"), "oom_kill")


class Cpu(Controller):
    """Processor time of a group."""

    @property
    def quota(self) -> float | None:
        """The most it may use, in processors: 0.5 is half of one; None for no limit (``cpu.cfs_quota_us``, ``cpu.max``)."""
        place = self._group.place(self._name)
        if place.version == 2:
            quota, period = self._read("", "cpu.max").split()
        else:
            quota, period = self._read("cpu.cfs_quota_us", ""), self._read("cpu.cfs_period_us", "")
        return None if quota in ("max", "-1") else number("cpu quota", quota) / number("cpu period", period)

    @property
    def weight(self) -> int:
        """Its part beside its siblings, 1…10000 (``cpu.weight``, 100 when nobody set it).

        v1's ``cpu.shares`` (2…262144, 1024 when nobody set it) is mapped as the OCI runtimes do: 512 is 20, 1024 is 39.
        """
        found = number("cpu weight", self._read("cpu.shares", "cpu.weight"))
        return found if self._group.place(self._name).version == 2 else 1 + (found - 2) * 9999 // 262_142

    @property
    def throttled(self) -> int:
        """In how many periods it had to wait since its quota was used up (``nr_throttled`` in ``cpu.stat``)."""
        return _event(self._read("cpu.stat", "cpu.stat"), "nr_throttled")


class Pids(Controller):
    """Number of processes and threads in a group and those below it."""

    @property
    def limit(self) -> int | None:
        """The most there may be (``pids.max``), None for no limit."""
        return _bytes(self._read("pids.max", "pids.max"))

    @property
    def current(self) -> int:
        """How many there are (``pids.current``)."""
        return number("pids", self._read("pids.current", "pids.current"))

    @property
    def refused(self) -> int:
        """How often a fork was refused since the limit was met (``max`` in ``pids.events``)."""
        return _event(self._read("pids.events", "pids.events"), "max")


class Cgroup:
    """A control group, by its path below the roots of the controllers.

    >>> group = host.cgroup("byhand/web")
    >>> group.memory.limit
    67108864
    >>> group.cpu.quota
    0.5
    >>> group.pids.limit
    32
    >>> group.memory.oom_kills
    0
    >>> group.members
    [4711]

    The words and units are the same on v1 and v2, and where a host has some controllers on each.
    """

    def __init__(self, host: Host, path: str) -> None:
        if not path or "\0" in path or ".." in path.split("/"):
            raise BadValue("control group", path, "is no path below the controllers' roots", "byhand/web, or / for the root")
        self.host, self.path = host, path.strip("/") or "/"

    def __repr__(self) -> str:
        return f"<control group {self.path}>"

    @property
    def exists(self) -> bool:
        """Whether one of the hierarchies has the group."""
        return bool(self._groups())

    @property
    def version(self) -> int:
        """1 when one of its controllers is of v1, else 2."""
        return 1 if any(place.version == 1 for place in self._places().values()) else 2

    @property
    def controllers(self) -> list[str]:
        """The controllers that limit or count it, sorted: on v2 those that the group above it enabled (``cgroup.controllers``)."""
        return sorted(self._places())

    @property
    def members(self) -> list[int]:
        """Its processes, sorted, as the host counts them.

        On v1 only those that every controller has in the group; ``memory.members`` are those of one controller.
        """
        places = self._places()
        folders = {place.folder for place in places.values() if place.version == 1}
        paths = [f"{folder}/cgroup.procs" for folder in folders or self._groups()]
        found = reading.files(self.host, *paths)
        return sorted(set.intersection(*(set(_pids(text)) for text in found.values()))) if found else []

    @property
    def frozen(self) -> bool:
        """Whether its processes are stopped (v1's ``freezer.state``, ``frozen`` in v2's ``cgroup.events``)."""
        places = self._places()
        if "freezer" in places:
            path = f"{places['freezer'].folder}/freezer.state"
            if reading.files(self.host, path).get(path, "").strip() == "FROZEN":  # the root has no such file
                return True
        paths = [f"{folder}/cgroup.events" for folder in self._groups()]
        return any(_event(text, "frozen") for text in reading.files(self.host, *paths).values())

    @property
    def memory(self) -> Memory:
        """Limits and use of memory."""
        return Memory(self, "memory")

    @property
    def cpu(self) -> Cpu:
        """Quota and weight of processor time."""
        return Cpu(self, "cpu")

    @property
    def pids(self) -> Pids:
        """Limit and number of processes."""
        return Pids(self, "pids")

    def place(self, controller: str) -> Place:
        """Where a controller has it. Raises NotFound when there is no such group or the controller does not have it."""
        places = self._places()
        if controller not in places:
            raise NotFound(
                f"control group {self.path} has no {controller} controller", hint=f"it has: {', '.join(sorted(places)) or 'none'}"
            )
        return places[controller]

    def _places(self) -> dict[str, Place]:
        groups = self._groups()
        if not groups:
            raise NotFound(f"there is no control group '{self.path}'")
        return {name: Place(version, folder) for folder, (version, names) in groups.items() for name in names}

    def _groups(self) -> dict[str, tuple[int, list[str]]]:
        """The group's folder in each hierarchy that has it, with the hierarchy's version and the controllers there."""
        known = hierarchies(reading.text(self.host, "cat /proc/self/mountinfo"))
        own = {f"{point}/{self.path}".rstrip("/"): names for point, names in known.items()}
        marks = {f"{folder}/{'cgroup.controllers' if names is None else 'cgroup.procs'}": folder for folder, names in own.items()}
        found = {}
        for path, text in reading.files(self.host, *marks).items():
            names = own[marks[path]]
            found[marks[path]] = (2, text.split()) if names is None else (1, names)
        return found


def hierarchies(mountinfo: str) -> dict[str, list[str] | None]:
    """Where each hierarchy is mounted, with its controllers; None for v2, which has them by group.

    One that is mounted more than once (a container's, for instance) counts where its own root is seen.
    """
    found: dict[str, list[str] | None] = {}
    seen = set()
    for mount in sorted(reading.mounts(mountinfo), key=lambda mount: mount.root != "/"):
        names = [name for name in mount.fields if name not in NO_CONTROLLERS and "=" not in name]
        which = "cgroup2" if mount.kind == "cgroup2" else ",".join(names)
        if mount.kind in ("cgroup", "cgroup2") and which and which not in seen:
            seen.add(which)
            found[mount.point] = None if mount.kind == "cgroup2" else names
    return found


def _bytes(text: str) -> int | None:
    """A limit: ``max`` on v2 and for pids; v1 writes the most that its counter holds, less than a page below 2**63."""
    if text == "max":
        return None
    found = number("limit", text)
    return None if found >= 1 << 62 else found


def _event(text: str, name: str) -> int:
    row = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
    if not row:
        raise NotFound(f"this kernel does not count {name}")
    return int(row[1])


def _pids(text: str) -> list[int]:
    """The processes in a ``cgroup.procs``; 0 is one that the reader's pid namespace does not have."""
    return sorted({int(pid) for pid in text.split()} - {0})
