"""What the numbers were measured on: the machine and the version of everything."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.process import Argv, BenchError, call

# Name → the command whose first line of output tells its version.
TOOLS: Mapping[str, Argv] = {
    "bash": ["bash", "--version"],
    "util-linux": ["unshare", "--version"],
    "iproute2": ["ip", "-V"],
    "iptables": ["iptables", "--version"],
    "libcgroup": ["dpkg-query", "-W", "-f", "${Version}", "cgroup-tools"],
    "openssh-server": ["dpkg-query", "-W", "-f", "${Version}", "openssh-server"],
    "busybox": ["busybox"],
    "dockerd": ["dockerd", "--version"],
    "podman": ["podman", "--version"],
    "runc": ["runc", "--version"],
    "skopeo": ["skopeo", "--version"],
    "docker-registry": ["docker-registry", "--version"],
}


def gather(extra: Mapping[str, Argv]) -> dict[str, Any]:
    """Facts for the JSON document; ``extra`` are more commands that tell a version."""
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpus": os.cpu_count(),
        "cpu": _cpu(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": _system(),
        "cgroup": cgroup_mode(),
        "file_system": call(["stat", "-f", "-c", "%T", "/var/tmp"], check=False).strip(),
        "python": sys.version.split()[0],
        "versions": {name: version(argv) for name, argv in {**TOOLS, **extra}.items()},
    }


def version(argv: Argv) -> str:
    """The first line a command prints, or "not installed"."""
    if shutil.which(argv[0]) is None:
        return "not installed"
    try:
        lines = call(argv).strip().splitlines()
    except BenchError as error:
        return f"unknown ({error})"
    return lines[0] if lines else "unknown"


def cgroup_mode() -> str:
    """``v2``, ``hybrid`` (v1 controllers beside an empty v2 tree) or ``v1``."""
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        return "v2"
    return "hybrid" if Path("/sys/fs/cgroup/unified/cgroup.procs").exists() else "v1"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown"
