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
# Said of a file besides its line: the checksum of what is in it, or when it was written.
_OF_FILES = ("sum", "written")
_SUM = re.compile(r"\\?([0-9a-f]{64})  (.*)", re.DOTALL)
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
    """The snapshot in a program's lines; a line without an area goes on with the name of the one before."""
    rows: list[list[str]] = []
    for line in lines:
        parts = line.rstrip("\n").split("\t", 2)
        if len(parts) > 1 and parts[0]:
            rows.append(parts)
        elif rows:
            rows[-1][-1] += "\n" + line.rstrip("\n")
    things: dict[tuple[str, str], str] = {}
    notes = []
    for area, name, *rest in rows:
        how = rest[0] if rest else ""
        if area == _NOTE:
            notes.append(name)
        elif area == "sum":
            found = _SUM.match(name)
            if found:
                things["file", found[2]] = f"{things.get(('file', found[2]), '')} {found[1]}"
        elif area in _OF_FILES:
            things["file", name] = f"{things.get(('file', name), '')} {how}"
        else:
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
