"""What a host looks like, so that a test can say that nothing was left behind.

    before = Snapshot.take()
    ...
    assert Snapshot.take().differences(before) == []

A snapshot is a set of text lines by area. Left out is what changes by itself: packet
counters, lifetimes, mount and interface numbers, kernel threads, processes that this
test session did not start, and empty built-in chains (iptables makes them by being run).

Processes are this process's descendants: it makes itself the one that orphans are given
to (prctl(2), PR_SET_CHILD_SUBREAPER), so that a daemon cannot slip away.
"""

from __future__ import annotations

import ctypes
import glob
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_SMALL = 1 << 20


@dataclass(frozen=True)
class Snapshot:
    """The host at one moment: lines by area (mounts, links, addresses, routes, rules,
    cgroups, netns, sysctls, processes, files, temporary)."""

    areas: Mapping[str, frozenset[str]]

    @classmethod
    def take(cls, *, root: Path | None = None, skip: Iterable[str] = ()) -> Snapshot:
        """Look at the host now. ``root``: byhand's state folder, BYHAND_ROOT by default.

        ``skip``: areas to leave out, for a test that changes one on purpose.
        """
        state = root or Path(os.environ.get("BYHAND_ROOT") or "/var/lib/byhand")
        readers = {
            "mounts": _mounts,
            "links": lambda: _ip("-o", "link"),
            "addresses": lambda: _ip("-o", "address"),
            "routes": lambda: [*_ip("-4", "route", "show", "table", "all"), *_ip("-6", "route", "show", "table", "all")],
            "rules": _rules,
            "cgroups": _cgroups,
            "netns": lambda: sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else [],
            "sysctls": _sysctls,
            "processes": lambda: _processes(state),
            "files": lambda: _files(state),
            "temporary": _temporary,
        }
        left_out = set(skip)
        unknown = left_out - readers.keys()
        assert not unknown, f"no such areas: {unknown}"
        return cls({area: frozenset(read()) for area, read in readers.items() if area not in left_out})

    def differences(self, before: Snapshot, *, ignore: Iterable[str] = ()) -> list[str]:
        """What is here and was not, and the other way round: ``area: + line`` and ``area: - line``.

        ``ignore``: regular expressions; a line in which one is found is left out. A process
        that ended is no difference.
        """
        lines = []
        for area, now in self.areas.items():
            then = before.areas.get(area)
            if then is None:
                continue
            if area != "processes":
                lines += [f"{area}: - {line}" for line in sorted(then - now)]
            lines += [f"{area}: + {line}" for line in sorted(now - then)]
        return [line for line in lines if not any(re.search(pattern, line) for pattern in ignore)]


def _mounts() -> Iterator[str]:
    """proc_pid_mountinfo(5) without the numbers that the kernel gives out anew."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for row in file:
            _, _, device, inner, place, options, *rest = row.split()
            end = rest.index("-")
            kind, source, *flags = rest[end + 1 :]
            shown = "" if device.startswith("0:") else f" {device}"
            propagation = ",".join(sorted(re.sub(r":\d+", "", word) for word in rest[:end]))
            yield f"{place} {kind} {source}{shown} {inner} {options} {' '.join(flags)} {propagation}".rstrip()


def _ip(*args: str) -> list[str]:
    if shutil.which("ip") is None:
        return []
    output = _output("ip", *args)
    found = []
    for row in output.splitlines():
        row = re.sub(r"^\d+: ", "", row)
        row = re.sub(r"\b(valid_lft|preferred_lft|expires) \S+", "", row)
        row = re.sub(r"@if\d+", "@if", row)
        row = re.sub(r"(?<= )link-netnsid \d+", "link-netnsid", row)
        row = re.sub(r" pref \w+$", "", row)
        found.append(" ".join(row.replace("\\", " ").split()))
    return found


def _rules() -> Iterator[str]:
    """Every rule and chain of every table of both backends; empty built-in chains are left out."""
    for tool in ("iptables-nft-save", "iptables-legacy-save", "ip6tables-nft-save", "ip6tables-legacy-save"):
        if shutil.which(tool) is None:
            continue
        table = ""
        for row in _output(tool).splitlines():
            if row.startswith("*"):
                table = row[1:]
            elif row.startswith(":"):
                chain, policy, *_ = row[1:].split()
                if policy != "ACCEPT":
                    yield f"{tool} {table} chain {chain} {policy}"
            elif row.startswith("-"):
                yield f"{tool} {table} {row}"


def _cgroups() -> Iterator[str]:
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        hierarchies = [row.split()[1] for row in file if row.split()[2] in ("cgroup", "cgroup2")]
    for hierarchy in hierarchies:
        for folder, folders, _ in os.walk(hierarchy):
            for name in folders:
                yield os.path.join(folder, name)


def _sysctls() -> Iterator[str]:
    names = ["ipv4/ip_forward", "ipv6/conf/all/forwarding"]
    names += [
        name[len("/proc/sys/net/") :] for key in ("forwarding", "route_localnet") for name in glob.glob(f"/proc/sys/net/ipv4/conf/*/{key}")
    ]
    for name in names:
        try:
            yield f"net/{name} = {Path('/proc/sys/net', name).read_text().strip()}"
        except OSError:
            continue


def _processes(state: Path) -> Iterator[str]:
    """What runs below this process, and whatever else names the state folder."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            fields = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
            command = Path("/proc", name, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # it ended meanwhile
        if fields[0] in (b"Z", b"X"):
            continue
        parents[int(name)], commands[int(name)] = int(fields[1]), command
    here, lineage = os.getpid(), _lineage(os.getpid(), parents)
    for pid, command in commands.items():
        if pid in lineage or not command:
            continue
        if here in _lineage(pid, parents) or str(state) in command:
            yield f"{pid} {command}"


def _lineage(pid: int, parents: Mapping[int, int]) -> set[int]:
    found = set()
    while pid and pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found


def _files(root: Path) -> Iterator[str]:
    """The state folder. Unpacked layers are named, not walked; the cache may change at will."""
    for folder, folders, files in os.walk(root):
        below = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if not (below == "." and name == "cache")]
        for name in [*folders, *files]:
            yield _file(os.path.join(folder, name), root)
        if below == "layers":
            folders.clear()


def _file(path: str, root: Path) -> str:
    shown = os.path.relpath(path, root)
    try:
        info = os.lstat(path)
        kind, mode = stat.filemode(info.st_mode)[0], f"{stat.S_IMODE(info.st_mode):04o}"
        text = f"{shown} {kind}{mode} {info.st_uid}:{info.st_gid}"
        if stat.S_ISLNK(info.st_mode):
            return f"{text} -> {os.readlink(path)}"
        if stat.S_ISREG(info.st_mode):
            digest = sha256(Path(path).read_bytes()).hexdigest()[:12] if info.st_size <= _SMALL else ""
            return f"{text} {info.st_size} bytes {digest}".rstrip()
        return text
    except FileNotFoundError:
        return f"{shown} vanished while it was looked at"


def _temporary() -> Iterator[str]:
    """The test's own TMPDIR in full, and byhand's names in the folders that everyone shares."""
    own = os.environ.get("TMPDIR", "/tmp")
    if os.path.realpath(own) != "/tmp" and os.path.isdir(own):
        for folder, folders, files in os.walk(own):
            yield from (os.path.join(folder, name) for name in [*folders, *files])
    for pattern in ("/tmp/*byhand*", "/tmp/.*byhand*", "/dev/shm/*byhand*", "/run/*byhand*", "/run/byhand/*"):
        for name in glob.glob(pattern):
            if os.lstat(name).st_uid == os.geteuid() and not _ours(name):
                yield name


def _ours(name: str) -> bool:
    """A folder that holds this test's own state is no leftover."""
    root = os.environ.get("BYHAND_ROOT", "")
    return bool(root) and os.path.realpath(root).startswith(os.path.realpath(name))


def _output(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, errors="surrogateescape")
    return done.stdout if done.returncode == 0 else f"- cannot be read: {done.stderr.strip()}"
