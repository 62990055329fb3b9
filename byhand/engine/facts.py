"""What is true of this host, read from files: no process is started for any of it.

Playbooks see these as ``facts.…``; golden cases replace them, so that a program for a
v2 host can be compiled on a v1 host.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from byhand.engine import run

# The tools a playbook may use, and the package that has each: Debian and Ubuntu, Alpine, Fedora.
PACKAGES = {
    "busybox": ("busybox-static", "busybox-static", "busybox"),
    "cgcreate": ("cgroup-tools", "cgroup-tools", "libcgroup-tools"),
    "cgexec": ("cgroup-tools", "cgroup-tools", "libcgroup-tools"),
    "cgset": ("cgroup-tools", "cgroup-tools", "libcgroup-tools"),
    "curl": ("curl", "curl", "curl"),
    "debugfs": ("e2fsprogs", "e2fsprogs-extra", "e2fsprogs"),
    "flock": ("util-linux", "flock", "util-linux"),
    "ip": ("iproute2", "iproute2", "iproute"),
    "iptables": ("iptables", "iptables", "iptables-nft"),
    "mmdebstrap": ("mmdebstrap", "mmdebstrap", "mmdebstrap"),
    "mount": ("mount", "mount", "util-linux"),
    "nsenter": ("util-linux", "util-linux", "util-linux"),
    "qemu-img": ("qemu-utils", "qemu-img", "qemu-img"),
    "script": ("bsdutils", "util-linux-misc", "util-linux"),
    "setpriv": ("util-linux", "setpriv", "util-linux"),
    "shellcheck": ("shellcheck", "shellcheck", "ShellCheck"),
    "tar": ("tar", "tar", "tar"),
    "unshare": ("util-linux", "util-linux", "util-linux"),
    "zstd": ("zstd", "zstd", "zstd"),
}
# What no tool is named after: curl believes nobody without it.
_BESIDES = ("ca-certificates",)
_FAMILIES = {"ubuntu": "debian", "rhel": "fedora"}
# How a distribution installs packages, by the words of ID and ID_LIKE (os-release(5)).
_INSTALLERS = {
    "debian": (0, "apt-get install -y --no-install-recommends"),
    "ubuntu": (0, "apt-get install -y --no-install-recommends"),
    "alpine": (1, "apk add"),
    "fedora": (2, "dnf install -y"),
    "rhel": (2, "dnf install -y"),
    "suse": (2, "zypper install -y"),
    "arch": (2, "pacman -S --noconfirm"),
}


class Cgroup(NamedTuple):
    """The host's control groups.

    ``version``: "v1", "v2" or "hybrid" (v1 controllers beside an empty v2 tree).
    ``mounts``: each controller and where its hierarchy is mounted; on v2 all alike.
    ``swap``: whether memory and swap can be limited together.
    """

    version: str
    mounts: dict[str, str]
    swap: bool

    @property
    def controllers(self) -> list[str]:
        return sorted(self.mounts)


class Facts:
    """The facts of one host, each read when first asked for."""

    @cached_property
    def cgroup(self) -> Cgroup:
        return read_cgroup("/proc/self/mounts")

    @cached_property
    def os_release(self) -> dict[str, str]:
        return read_os_release("/etc/os-release")

    @cached_property
    def architecture(self) -> str:
        """The machine as uname(2) has it: x86_64, aarch64, …"""
        return os.uname().machine

    @cached_property
    def kernel(self) -> str:
        return os.uname().release

    @cached_property
    def tools(self) -> dict[str, str]:
        """Each documented tool that is installed, and where."""
        return {tool: found for tool in PACKAGES if (found := run.which(tool))}

    @cached_property
    def uid(self) -> int:
        return os.geteuid()

    @cached_property
    def subnets(self) -> list[str]:
        """The IPv4 networks this host has routes to, default routes left out."""
        return read_routes("/proc/net/route")

    @cached_property
    def nameservers(self) -> list[str]:
        """The host's own name servers without loopback stubs (resolv.conf(5))."""
        for path in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
            found = [words[1] for words in _resolv(path) if words[0] == "nameserver" and not _loopback(words[1])]
            if found:
                return found[:3]
        return []

    @cached_property
    def search_domains(self) -> list[str]:
        """The domains names are looked for in."""
        lists = [words[1:] for words in _resolv("/etc/resolv.conf") if words[0] in ("search", "domain")]
        return lists[-1] if lists else []

    @cached_property
    def iptables(self) -> str:
        """Which rules ``iptables`` writes: "nf_tables" or "legacy" ("" without it)."""
        found = run.which("iptables")
        if not found:
            return ""
        return "legacy" if "legacy" in os.path.realpath(found) else "nf_tables"

    @cached_property
    def family(self) -> str:
        """Whose packages this distribution has: debian, alpine, fedora, suse, arch; "" when unknown."""
        release = self.os_release
        words = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
        return next((_FAMILIES.get(word, word) for word in words if word in _INSTALLERS), "")

    @property
    def packages(self) -> list[str]:
        """The packages that have all documented tools on this distribution."""
        return sorted({*map(self.package, PACKAGES), *_BESIDES})

    @property
    def missing(self) -> list[str]:
        """The documented tools that are not installed."""
        return [tool for tool in PACKAGES if tool not in self.tools]

    def package(self, tool: str) -> str:
        """The package that has ``tool`` on this distribution (Debian's where it is unknown)."""
        return PACKAGES[tool][_INSTALLERS[self.family][0] if self.family else 0]

    def install_command(self, tools: list[str]) -> str:
        """The command that installs the packages of ``tools`` on this distribution."""
        command = _INSTALLERS[self.family][1] if self.family else "your package manager:"
        return f"{command} {' '.join(sorted(set(map(self.package, tools))))}"

    def as_dict(self) -> dict[str, Any]:
        """All facts as plain data, for ``--json``."""
        keys = ("architecture", "kernel", "os_release", "iptables", "nameservers", "search_domains", "subnets", "tools")
        group = {**self.cgroup._asdict(), "controllers": self.cgroup.controllers}
        return {"cgroup": group, **{key: getattr(self, key) for key in keys}}


def look(path: str) -> str | None:
    """What stands in a file, None when it is not there or cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def read_cgroup(mounts: str, look: Callable[[str], str | None] = look) -> Cgroup:
    """The control groups mounted according to ``mounts`` (proc_mounts(5), cgroups(7)); ``look`` reads the host's other files."""
    found: dict[str, str] = {}
    unified = ""
    with open(mounts, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        for entry in file:
            _, place, kind, options, *_ = entry.split(" ")
            if kind == "cgroup2" and not unified:
                unified = place
            elif kind == "cgroup":
                for word in options.split(","):
                    if word in ("cpu", "cpuacct", "cpuset", "memory", "pids", "freezer", "blkio", "devices"):
                        found.setdefault(word, place)
    if found:
        swap = "memory" in found and look(f"{found['memory']}/memory.memsw.limit_in_bytes") is not None
        return Cgroup("hybrid" if unified else "v1", found, swap)
    if not unified:
        return Cgroup("none", {}, False)
    names = (look(f"{unified}/cgroup.controllers") or "").split()
    return Cgroup("v2", dict.fromkeys(names, unified), look("/proc/swaps") is not None)


def read_os_release(path: str) -> dict[str, str]:
    """os-release(5) as a mapping; empty when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            pairs = [line.strip().partition("=") for line in file if "=" in line and not line.startswith("#")]
    except OSError:
        return {}
    return {key: value.strip("\"'") for key, _, value in pairs}


def read_routes(path: str) -> list[str]:
    """The networks in a /proc/net/route table (addresses in it are little-endian hex)."""
    found = []
    try:
        with open(path, encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []
    for row in rows:
        network, mask = (bytes.fromhex(row[i])[::-1] for i in (1, 7))
        prefix = int.from_bytes(mask, "big").bit_count()
        if prefix:
            found.append(".".join(map(str, network)) + f"/{prefix}")
    return found


def _resolv(path: str) -> list[list[str]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [words for line in file if len(words := line.split("#")[0].split()) > 1]
    except OSError:
        return []


def _loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"
