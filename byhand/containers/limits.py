"""Resource limits, as cgset(1) settings for v1 and v2 control groups (cgroups(7))."""

from __future__ import annotations

from typing import NamedTuple

from byhand import values
from byhand.engine.facts import Cgroup
from byhand.errors import BadValue, ByhandError

MINIMUM_MEMORY = 6 << 20  # docker's own minimum: less than this does not start a process reliably
PERIOD = 100_000  # microseconds: the kernel's default cpu period
# Every group has these: memory counts out-of-memory kills, pids knows the members. In v1 each further
# hierarchy costs a start some 2 ms (6.18: moving a process waits for the other processors), so cpu and
# cpuset are used where they limit something.
ALWAYS = ("memory", "pids")


class Limits(NamedTuple):
    """What a container may take. Bytes, processors, processes; None is no limit.

    ``swap``: memory and swap together in bytes, -1 for unlimited (docker's --memory-swap).
    """

    memory: int | None = None
    swap: int | None = None
    cpus: float | None = None
    shares: int | None = None
    cpuset: str | None = None
    pids: int | None = None


def parse(memory: str | None, swap: str | None, cpus: str | None, shares: str | None, cpuset: str | None, pids: str | None) -> Limits:
    """Limits from docker's flags. Raises BadValue."""
    limit = values.convert(memory, "size", label="--memory") if memory is not None else None
    if limit is not None and limit < MINIMUM_MEMORY:
        raise BadValue("--memory", memory, "is less than a container needs to start", "at least 6m")
    total = None
    if swap is not None:
        total = -1 if swap == "-1" else values.convert(swap, "size", label="--memory-swap")
        if limit is None:
            raise BadValue("--memory-swap", swap, "is given without --memory", "both, or --memory alone")
        if total != -1 and total < limit:
            raise BadValue("--memory-swap", swap, "is less than --memory, and counts it too", f"at least {memory}")
    count = values.convert(pids, "int", label="--pids-limit") if pids is not None else None
    weight = values.convert(shares, "count", label="--cpu-shares") if shares is not None else None
    if weight is not None and weight != 0 and not 2 <= weight <= 262_144:
        raise BadValue("--cpu-shares", shares, "is out of range", "2 to 262144")
    return Limits(
        memory=limit,
        swap=total,
        cpus=_cpus(cpus),
        shares=weight or None,
        cpuset=_cpuset(cpuset),
        pids=None if count is None or count <= 0 else count,
    )


def _cpus(given: str | None) -> float | None:
    if given is None:
        return None
    found: float = values.convert(given, "cpus", label="--cpus")
    online = _highest("/sys/devices/system/cpu/online") + 1
    if found > online:
        raise BadValue("--cpus", given, "is more than this host has", f"0.01 to {online}")
    return found


def _cpuset(given: str | None) -> str | None:
    if given is None:
        return None
    found: str = values.convert(given, "cpuset", label="--cpuset-cpus")
    last = _highest("/sys/devices/system/cpu/online")
    if max(int(n) for part in found.split(",") for n in part.split("-")) > last:
        raise BadValue("--cpuset-cpus", given, "names a processor this host does not have", f"0-{last}")
    return found


def _highest(path: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read().strip().replace(",", "-").rpartition("-")[2])
    except (OSError, ValueError):
        return 0


def controllers(limits: Limits, cgroup: Cgroup) -> list[str]:
    """The controllers a container's group is made in. Raises ByhandError when a limit has none."""
    needed = {"memory": limits.memory, "cpu": limits.cpus or limits.shares, "cpuset": limits.cpuset, "pids": limits.pids}
    wanted = [name for name, limit in needed.items() if name in cgroup.mounts and (limit is not None or name in ALWAYS)]
    for name, limit in needed.items():
        if limit is not None and name not in cgroup.mounts:
            have = ", ".join(cgroup.controllers) or "none"
            raise ByhandError(f"this host has no {name} controller, so that limit cannot be set", hint=f"it has: {have}")
    if not wanted:
        raise ByhandError("this host has no control groups mounted", hint="mount cgroup2 at /sys/fs/cgroup")
    return wanted


def settings(limits: Limits, cgroup: Cgroup) -> list[str]:
    """``parameter=value`` for cgset, in the order the kernel wants them."""
    return _v2(limits, cgroup) if cgroup.version == "v2" else _v1(limits, cgroup)


def _v1(limits: Limits, cgroup: Cgroup) -> list[str]:
    found = []
    if limits.memory is not None:
        found.append(f"memory.limit_in_bytes={limits.memory}")
        if cgroup.swap and limits.swap != -1:
            found.append(f"memory.memsw.limit_in_bytes={limits.memory * 2 if limits.swap is None else limits.swap}")
    if limits.cpus is not None:
        found += [f"cpu.cfs_period_us={PERIOD}", f"cpu.cfs_quota_us={int(limits.cpus * PERIOD)}"]
    if limits.shares is not None:
        found.append(f"cpu.shares={limits.shares}")
    if limits.cpuset is not None:
        found += [f"cpuset.cpus={limits.cpuset}"]
    if "cpuset" in cgroup.mounts and limits.cpuset is not None:
        found.append(f"cpuset.mems={_read(cgroup.mounts['cpuset'] + '/cpuset.mems', '0')}")
    if limits.pids is not None:
        found.append(f"pids.max={limits.pids}")
    return found


def _v2(limits: Limits, cgroup: Cgroup) -> list[str]:
    found = []
    if limits.memory is not None:
        found.append(f"memory.max={limits.memory}")
        if cgroup.swap and limits.swap != -1:
            found.append(f"memory.swap.max={limits.memory if limits.swap is None else limits.swap - limits.memory}")
    if limits.cpus is not None:
        found.append(f"cpu.max={int(limits.cpus * PERIOD)} {PERIOD}")
    if limits.shares is not None:
        # The mapping of the OCI runtime specification: shares 2…262144 onto weights 1…10000.
        found.append(f"cpu.weight={1 + (limits.shares - 2) * 9999 // 262_142}")
    if limits.cpuset is not None:
        found.append(f"cpuset.cpus={limits.cpuset}")
    if limits.pids is not None:
        found.append(f"pids.max={limits.pids}")
    return found


def _read(path: str, otherwise: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip() or otherwise
    except OSError:
        return otherwise
