"""How the modules read a host: a script of POSIX sh, its arguments passed as such, and its answer or one clear line."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from byhand.engine.mounts import unescape
from byhand.errors import BadValue, ByhandError, CommandFailed, MissingTool, shorten

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

# Where tools of the system are; PATH of a user who came by ssh may not have them.
TOOLS = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH\n"
START = TOOLS + "LC_ALL=C; export LC_ALL; set -e\n"
# Each file that is there, by its place in the list: a path may hold anything.
FILES = """
place=0
for path; do
    if [ -e "$path" ]; then
        part "$place"
        cat -- "$path" || [ ! -e "$path" ] # it may go while it is read
    fi
    place=$((place + 1))
done
"""


class Result(Protocol):
    """What came of a command, as testinfra's CommandResult says it."""

    @property
    def rc(self) -> int: ...
    @property
    def stdout(self) -> str: ...
    @property
    def stderr(self) -> str: ...
    @property
    def stdout_bytes(self) -> bytes: ...
    @property
    def stderr_bytes(self) -> bytes: ...


class Host(Protocol):
    """What runs commands: testinfra's Host, or a network namespace on one."""

    def run(self, command: str, *args: str) -> Result:
        """Run ``command`` with the shell there; each ``%s`` in it is one of ``args``, quoted."""
        ...


def text(host: Host, script: str, *args: str) -> str:
    """What ``script`` printed, with ``args`` as ``$1`` and so on.

    A byte that is no UTF-8 stays in it as Python's surrogateescape has it. Raises MissingTool
    when a tool is not there (status 127) and CommandFailed for each other status but 0.
    """
    result = host.run("sh -c %s sh" + " %s" * len(args), START + script, *args)
    if result.rc:
        said = result.stderr_bytes.decode("utf-8", "replace")
        if result.rc == 127:
            raise MissingTool(shorten(next((line for line in said.splitlines() if "not found" in line), said.strip())))
        raise CommandFailed("reading the host", result.rc, said)
    return result.stdout_bytes.decode("utf-8", "surrogateescape")


def parts(host: Host, script: str, *args: str) -> dict[str, str]:
    """What ``script`` printed after each ``part NAME``; no text that it prints can be taken for such a line."""
    mark = f"--{secrets.token_hex(16)} "
    printed = text(host, f"part() {{ printf '\\n%s%s\\n' '{mark}' \"$1\"; }}\n{script}", *args)
    found = {}
    for piece in printed.split(f"\n{mark}")[1:]:
        name, _, found[name] = piece.partition("\n")
    return found


def files(host: Host, *paths: str) -> dict[str, str]:
    """What stands in those of the files that are there, by their paths."""
    found = parts(host, FILES, *paths) if paths else {}
    return {paths[int(place)]: content for place, content in found.items()}


@dataclass(frozen=True)
class Mount:
    """A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). ``fields``: the file system's own options, as the kernel wrote them."""

    number: int
    parent: int
    root: str
    point: str
    kind: str
    options: list[str]
    fields: list[str]


def mounts(mountinfo: str) -> list[Mount]:
    """The lines of a mountinfo file."""
    found = []
    for line in filter(None, mountinfo.split("\n")):
        before, _, after = line.partition(" - ")
        number, parent, _, root, point, options = before.split(" ")[:6]
        kind, _, fields = after.split(" ", 2)
        found.append(Mount(int(number), int(parent), unescape(root), unescape(point), kind, options.split(","), fields.split(",")))
    return found


def file_name(kind: str, name: str) -> str:
    """``name`` when it can be that of a file in a folder. Raises BadValue otherwise."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise BadValue(kind, name, "is no name", "a name without a slash")
    return name


def number(kind: str, value: str) -> int:
    """A whole number that the host printed. Raises ByhandError with what it printed instead."""
    try:
        return int(value)
    except ValueError:
        raise ByhandError(f"{kind}: the host says {shorten(value.strip())}, which is no number") from None
