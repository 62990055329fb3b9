"""What is mounted, as the kernel writes it in /proc (proc_pid_mountinfo(5), proc_pid_mounts(5)): a line ends with a newline alone.

A name in it may hold every other character: only space, tab, newline, backslash and # are written as ``\\040`` and so on.
"""

from __future__ import annotations

import re
from pathlib import Path


def unescape(field: str) -> str:
    r"""A field as it is: the kernel writes space as ``\040`` and so on."""
    raw = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8) & 255]), field.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def below(folder: Path, mountinfo: str = "/proc/self/mountinfo") -> list[str]:
    """The places inside ``folder``, whose path is resolved, where something is mounted."""
    with open(mountinfo, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        points = [unescape(line.split(" ")[4]) for line in file]
    return [point for point in points if point.startswith(f"{folder}/")]
