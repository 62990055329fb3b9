"""The host as it was found, and putting it back.

Only what bears the name of something this benchmark starts (docker, podman, the
hand-written script) and was not there before is taken away. Any other
difference is reported, not touched: it may be somebody else's.
"""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.process import BenchError, call, end_stragglers, stragglers

# What dockerd, podman (netavark, CNI) and handwritten.sh call their things.
LINKS = ("docker0", "podman0", "cni-podman0", "bhbench0")
RULES = re.compile(r"docker0\b|\bDOCKER\b|NETAVARK|\bCNI-|podman0\b|\bbhbench0\b|\b10\.88\.0\.0/16\b")
CONTROL_GROUPS = ("docker", "libpod_parent")
SETTINGS = (
    "net/ipv4/ip_forward",
    "net/ipv6/conf/all/forwarding",
    "net/ipv6/conf/default/forwarding",
    "net/ipv4/conf/all/route_localnet",
    "net/ipv4/conf/all/rp_filter",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/bridge/bridge-nf-call-arptables",
)
TABLES = ("iptables", "ip6tables")


@dataclass(frozen=True)
class Host:
    """What a benchmark could leave behind, as it stands at one moment.

    ``rules``: ``(tool, table, line)``, lines in iptables-save's form;
    ``policies``: ``(tool, table, chain)`` → policy, for those that are not ACCEPT.
    """

    links: frozenset[str]
    mounts: frozenset[str]
    groups: frozenset[str]
    namespaces: frozenset[str]
    rules: frozenset[tuple[str, str, str]]
    policies: dict[tuple[str, str, str], str]
    settings: dict[str, str]


def look() -> Host:
    """The host now."""
    rules, policies = _firewall()
    settings = {name: (Path("/proc/sys") / name) for name in SETTINGS}
    return Host(
        links=frozenset(os.listdir("/sys/class/net")),
        mounts=frozenset(mount_points()),
        groups=frozenset(str(path) for path in _groups()),
        namespaces=frozenset(os.listdir("/run/netns")) if Path("/run/netns").is_dir() else frozenset(),
        rules=frozenset(rules),
        policies=policies,
        settings={name: path.read_text().strip() for name, path in settings.items() if path.exists()},
    )


def restore(before: Host, temporary: Path) -> list[str]:
    """Put the host back as ``before`` says; the servers have been stopped already.

    ``temporary`` is the benchmark's own folder: processes out of it are ended and
    mounts in it taken off. Returns what is still different, one line each.
    """
    end_stragglers(temporary)
    for point in sorted(mount_points(), key=len, reverse=True):
        if Path(point).is_relative_to(temporary):
            call(["umount", "-l", point], check=False)
    _restore_firewall(before)
    for link in LINKS:
        if link not in before.links and Path("/sys/class/net", link).exists():
            call(["ip", "link", "delete", link], check=False)
    for name, value in before.settings.items():
        path = Path("/proc/sys") / name
        if path.read_text().strip() != value:
            path.write_text(value)
    for top in Path("/sys/fs/cgroup").glob("*"):
        for name in CONTROL_GROUPS:
            for group in (top / name, Path("/sys/fs/cgroup") / name):
                if group.is_dir() and str(group) not in before.groups:
                    _remove_group(group)
    time.sleep(0.1)
    return list(_differences(before, look(), temporary))


def _differences(before: Host, after: Host, temporary: Path) -> Iterator[str]:
    for kind in ("links", "mounts", "groups", "namespaces"):
        for name in sorted(getattr(after, kind) - getattr(before, kind)):
            yield f"{kind[:-1]} {name}"
        for name in sorted(getattr(before, kind) - getattr(after, kind)):
            yield f"{kind[:-1]} {name} is gone"
    for tool, table, line in sorted(after.rules - before.rules):
        yield f"{tool} -t {table} {line}"
    for tool, table, line in sorted(before.rules - after.rules):
        yield f"{tool} -t {table} {line} is gone"
    if before.policies != after.policies:
        yield f"firewall policies {before.policies} became {after.policies}"
    for name, value in before.settings.items():
        if after.settings.get(name) != value:
            yield f"{name} was {value}, is {after.settings.get(name)}"
    for pid in stragglers(temporary):
        yield f"process {pid}"


def mount_points() -> list[str]:
    """Every mount point of this mount namespace (proc(5), mountinfo, fifth field)."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), line.split()[4]) for line in lines]


def _groups() -> Iterator[Path]:
    """Control groups of the first level (v1: of each controller; v2: of the one tree)."""
    for entry in Path("/sys/fs/cgroup").glob("*"):
        if entry.is_dir() and not entry.is_symlink():
            yield entry
            yield from (child for child in entry.glob("*") if child.is_dir())


def _remove_group(group: Path) -> None:
    """Remove a control group and those below it, deepest first; a busy one stays."""
    for folder, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            return


def _firewall() -> tuple[set[tuple[str, str, str]], dict[tuple[str, str, str], str]]:
    """The rules and own chains, and the built-in chains' policies other than ACCEPT."""
    rules, policies = set(), {}
    for tool in TABLES:
        table = ""
        for line in _saved(tool):
            if line.startswith("*"):
                table = line[1:].strip()
            elif line.startswith(":"):
                chain, policy = line[1:].split()[:2]
                if policy == "-":
                    rules.add((tool, table, f"-N {chain}"))
                elif policy != "ACCEPT":
                    policies[tool, table, chain] = policy
            elif line.startswith("-A"):
                rules.add((tool, table, line))
    return rules, policies


def _saved(tool: str) -> list[str]:
    """``iptables-save``'s lines; none where the tool or its tables do not exist."""
    try:
        return call([f"{tool}-save"]).splitlines()
    except BenchError:
        return []


def _restore_firewall(before: Host) -> None:
    """Delete the peers' new rules, then their chains; set changed policies back."""
    rules, policies = _firewall()
    new = [rule for rule in rules - before.rules if RULES.search(rule[2])]
    for tool, table, line in new:
        if line.startswith("-A"):
            call([tool, "-w", "-t", table, "-D", *shlex.split(line)[1:]], check=False)
    for step in ("-F", "-X"):  # all are emptied first: they name one another
        for tool, table, line in new:
            if line.startswith("-N"):
                call([tool, "-w", "-t", table, step, line.split()[1]], check=False)
    for tool, table, chain in policies.keys() - before.policies.keys():
        call([tool, "-w", "-t", table, "-P", chain, "ACCEPT"], check=False)
