"""What a host looks like, taken by one sh program that runs there (snapshot.sh), and how two looks differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from byhand.engine.quoting import quote
from byhand.errors import ByhandError

# How to run a script on a host: (script, what is called with each line it prints) → its status.
Ask = Callable[[str, Callable[[str], None]], int]
# The areas of files have what is said of it before the name, which may hold anything; a sum is sha256sum(1)'s line.
_FILES = frozenset(("file", "written", "link"))
_AREAS = _FILES | frozenset(
    (
        "sum", "mount", "swap", "interface", "address", "route", "routing rule", "network namespace", "iptables rule", "ip6tables rule",
        "nftables rule", "user", "group", "unit", "running service", "package", "kernel setting", "note",
    )
)  # fmt: skip
_SUM = re.compile(r"(\\?)([0-9a-f]{64})  (.*)", re.DOTALL)
_NOTE = "note"


@dataclass(frozen=True)
class Snapshot:
    """Each thing (its area and name) and how it is. ``notes``: what could not be looked at."""

    things: Mapping[tuple[str, str], str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """A thing that is not as it was. ``before`` and ``after`` are None where it is not there."""

    area: str
    name: str
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)

    @property
    def word(self) -> str:
        return "left" if self.before is None else "missing" if self.after is None else "changed"

    def __str__(self) -> str:
        return f"{self.word}: {self.area} {self.name}"


def take(ask: Ask, state_root: str) -> Snapshot:
    """Look at a host. ``state_root`` is byhand's own folder there, which is left out.

    Raises ByhandError when the host does not answer as it should.
    """
    lines: list[str] = []
    script = Path(__file__).with_name("snapshot.sh").read_text(encoding="utf-8")
    status = ask(f"state={quote(state_root)}\n{script}", lines.append)
    found = read(lines)
    if status or not found.things:
        raise ByhandError(f"the host could not be looked at: {''.join(lines[-1:]).strip() or f'status {status}'}")
    return found


def read(lines: list[str]) -> Snapshot:
    """The snapshot in a program's lines; one that begins with no area goes on with the name of the one before."""
    rows: list[tuple[str, str]] = []
    for line in lines:
        area, tab, rest = line.rstrip("\n").partition("\t")
        if tab and area in _AREAS:
            rows.append((area, rest))
        elif rows:
            rows[-1] = (rows[-1][0], rows[-1][1] + "\n" + line.rstrip("\n"))
    things: dict[tuple[str, str], str] = {}
    notes = []
    for area, rest in rows:
        if area == _NOTE:
            notes.append(rest)
        elif area in _FILES:
            how, _, name = rest.partition("\t")
            key = ("link" if area == "link" else "file", name)
            things[key] = " ".join(part for part in (things.get(key, ""), how) if part)
        elif area == "sum":
            if found := _SUM.match(rest):
                name = found[3].replace("\\n", "\n").replace("\\\\", "\\") if found[1] else found[3]
                things["file", name] = f"{things.get(('file', name), '')} {found[2]}"
        else:
            name, _, how = rest.partition("\t")
            if area == "kernel setting":  # its path, and each line of its value
                name = name.replace("/", ".")
                how = "\n".join(part for part in (things.get((area, name)), how) if part)
            things[area, name] = how
    return Snapshot(things, tuple(notes))


def differences(before: Snapshot, after: Snapshot) -> list[Difference]:
    """What is not the same. The kernel's settings of an interface that came or went are not told apart from it."""
    keys = {*before.things, *after.things}
    changed = sorted(key for key in keys if before.things.get(key) != after.things.get(key))
    interfaces = {name for area, name in changed if area == "interface"}
    return [
        Difference(area, name, before.things.get((area, name)), after.things.get((area, name)))
        for area, name in changed
        if not (area == "kernel setting" and interfaces & set(re.split(r"[./]", name)))
    ]
