"""Which of an image's platforms this machine runs (OCI image index, "platform")."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from byhand.errors import NotFound

# uname's machine → Go's names, which images use.
MACHINES = {
    "x86_64": ("amd64", ""),
    "i386": ("386", ""),
    "i486": ("386", ""),
    "i586": ("386", ""),
    "i686": ("386", ""),
    "aarch64": ("arm64", "v8"),
    "armv8l": ("arm", "v7"),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "armv5tel": ("arm", "v5"),
    "ppc64le": ("ppc64le", ""),
    "s390x": ("s390x", ""),
    "riscv64": ("riscv64", ""),
    "mips64": ("mips64le", ""),
    "loongarch64": ("loong64", ""),
}


@dataclass(frozen=True)
class Platform:
    """An operating system, an architecture and its variant, by Go's names."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def host() -> Platform:
    """This machine's platform."""
    machine = os.uname().machine
    return Platform("linux", *MACHINES.get(machine, (machine, "")))


def choose(descriptors: list[dict[str, Any]], wanted: Platform, name: str) -> dict[str, Any]:
    """The manifest in an index that runs on ``wanted``: the newest variant it can run.

    Raises NotFound, which lists what the image has.
    """
    best: tuple[int, dict[str, Any]] | None = None
    offered = []
    for descriptor in descriptors:
        entry = descriptor.get("platform")
        if not isinstance(entry, dict):
            continue
        found = Platform(str(entry.get("os")), str(entry.get("architecture")), str(entry.get("variant") or ""))
        if found.os == "unknown":
            continue  # attestations are listed among the platforms
        offered.append(str(found))
        rank = _rank(found, wanted)
        if rank >= 0 and (best is None or rank > best[0]):
            best = (rank, descriptor)
    if best is None and len(descriptors) == 1 and not offered:
        return descriptors[0]
    if best is None:
        raise NotFound(f"{name}: not made for {wanted}", hint=f"it is made for: {', '.join(offered) or 'nothing'}")
    return best[1]


def _rank(found: Platform, wanted: Platform) -> int:
    """How well ``found`` suits, higher is better, -1 when it does not run."""
    if (found.os, found.architecture) != (wanted.os, wanted.architecture):
        return -1
    have, want = _version(found.variant), _version(wanted.variant)
    if found.variant == wanted.variant:
        return 1000
    if not have:  # no variant named: the oldest
        return 1
    if wanted.architecture in ("arm", "arm64") and have <= want:
        return 1 + have
    return -1


def _version(variant: str) -> int:
    digits = variant.removeprefix("v")
    return int(digits) if digits.isdigit() else 0
