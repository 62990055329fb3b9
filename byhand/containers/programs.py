"""A container's program, kept from the last start of the same shape.

Two starts of one image with the same flags differ in their id, name and address only.
The program is compiled with stand-ins for those, kept, and the real ones put in their
place; compiling it again would give the same text byte for byte (a test holds it to
that). A kept program is used while every file it came from is unchanged and still the
one that would be found. Programs with values from --env or --env-file are not kept.
"""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.engine import cache, state
from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.engine.compile import Program

KEEP = 64  # programs; the one unused for longest goes first
# Plain words of the same form as what they stand for, so that quoting is the same.
ID = "b7d0e4c1a95f"
NAME = "zzbyhandstandinzz"
ADDRESS = "10.98.255.251"
MAC = "02:62:0a:62:ff:fb"
CREATED = 1111111111.125
COMMAND = "zzbyhandcommandzz"


def holds_stand_in(*texts: str) -> bool:
    """Whether a value a user gave would be taken for a stand-in."""
    return any(word in text for text in texts for word in (ID, NAME, ADDRESS, MAC, COMMAND, str(CREATED)))


def filled(text: str, *, id: str, name: str, address: str, mac: str, created: float, command: str) -> str:
    """A program with the real values in the stand-ins' places."""
    for stand_in, value in (
        (COMMAND, command), (ID, id), (NAME, name), (MAC, mac), (ADDRESS, address), (str(CREATED), str(created)),
    ):  # fmt: skip
        text = text.replace(stand_in, value)
    return text


def key(params: dict[str, Any]) -> str:
    """What tells one shape from another: every parameter."""
    text = json.dumps([cache.code_stamp(), params], sort_keys=True)
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def kept(wanted: str) -> str | None:
    """The program kept under ``wanted``, if nothing it came from has changed."""
    folder = cache.folder()
    if folder is None:
        return None
    path = folder / f"{wanted}.program"
    try:
        with open(path, "rb") as file:
            head = json.loads(file.readline())
            if not all(_same(*row) for row in head):
                return None
            return file.read().decode("utf-8", "surrogateescape")
    except (OSError, ValueError, TypeError):
        return None


def keep(wanted: str, program: Program) -> None:
    """Keep ``program`` under ``wanted``, with the files it came from."""
    folder = cache.folder()
    if folder is None:
        return
    rows = [_row(kind, name) for kind, name in sorted(_sources(program))]
    try:
        state.write(folder / f"{wanted}.program", json.dumps(rows) + "\n" + program.text)
        old = sorted(folder.glob("*.program"), key=lambda p: p.stat().st_mtime, reverse=True)[KEEP:]
        for path in old:
            path.unlink(missing_ok=True)
    except (OSError, ByhandError):  # a full disk costs speed, nothing else
        pass


def _sources(program: Program) -> set[tuple[str, str]]:
    books = {("playbooks", "container/run.yml"), ("playbooks", "network/create.yml")}
    frame = {("templates", "program.sh.j2")}
    return books | frame | {("templates", f"{piece.template.name}.sh.j2") for piece in program.pieces}


def _candidates(kind: str, name: str) -> list[str]:
    """Where a file of that name is looked for, in order (playbook.folders, template.folders)."""
    here = Path(__file__).resolve().parent.parent
    inside = here / "_data" / kind
    packaged = f"{inside if inside.is_dir() else here.parent / kind}/{name}"
    return [packaged] if name == "program.sh.j2" else [f"{os.getcwd()}/{kind}/{name}", packaged]


def _found(kind: str, name: str) -> tuple[str, int, int] | None:
    for path in _candidates(kind, name):
        try:
            facts = os.stat(path)
        except OSError:
            continue
        return path, facts.st_mtime_ns, facts.st_size
    return None


def _row(kind: str, name: str) -> list[Any]:
    return [kind, name, *(_found(kind, name) or ("", 0, 0))]


def _same(kind: str, name: str, path: str, modified: int, size: int) -> bool:
    return _found(kind, name) == (path, modified, size)
