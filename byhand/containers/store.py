"""Containers on disk: containers/<id>/ with config.json, program, journal and lock."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from byhand.containers import names
from byhand.engine import state
from byhand.errors import Conflict, NotFound, nearest


class Container(NamedTuple):
    """A container as found. ``record`` is its config.json, {} while that is not yet written."""

    id: str
    path: Path
    record: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.record.get("name", ""))

    @property
    def running(self) -> bool:
        """Whether its program lives: a program holds its lock from its first step to its last."""
        return state.is_locked(self.path / "lock")

    @property
    def pid(self) -> int | None:
        """The host's number of its process 1, while it runs."""
        if not self.running:
            return None
        try:
            return int((self.path / "pid").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    @property
    def exit_code(self) -> int | None:
        """The status its command ended with, None while it has none."""
        try:
            return int((self.path / "exit").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    @property
    def out_of_memory(self) -> bool:
        return (self.path / "oom").exists()

    @property
    def status(self) -> str:
        """docker's words: running, exited; ``dead`` when its program was killed."""
        if self.running:
            return "running"
        if self.exit_code is not None and not leftovers(self.path):
            return "exited"
        return "dead"


def leftovers(folder: Path) -> list[str]:
    """The steps that last only while a container runs and that its journal still names."""
    pending = set()
    try:
        rows = (folder / "journal").read_text(encoding="ascii").split("\n")
    except OSError:
        return []
    for row in rows:
        word, _, step = row.partition(" ")
        if word == "begin":
            pending.add(step)
        elif word == "undone":
            pending.discard(step)
    return sorted(pending & {"start", "cable", "netns", "cgroup", "limits", "overlay", "address"})


def folder() -> Path:
    return state.root() / "containers"


def claim_name(name: str, owner: str) -> None:
    """Take ``name`` for the container ``owner``. Raises Conflict when another has it."""
    path = state.root() / "names" / name
    state.make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        holder = path.read_text(encoding="utf-8", errors="replace").strip()
        hint = f"invoke container.rm {name}" if (folder() / holder).is_dir() else "its container is gone: invoke system.recover"
        raise Conflict(f"the name '{name}' is taken by container {holder}", hint=hint) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(owner + "\n")


def claim_some_name(owner: str) -> str:
    """Take a name that nobody has for the container ``owner``, which was given none; the name."""
    for _ in range(20):
        name = names.pick()
        try:
            claim_name(name, owner)
        except Conflict:
            continue
        return name
    # Nearly all are taken: the container's own id is nobody else's.
    name = f"{names.pick()}_{owner}"
    claim_name(name, owner)
    return name


def containers() -> list[Container]:
    """All containers, the oldest first."""
    if not folder().is_dir():
        return []
    found = [_load(path) for path in folder().iterdir() if path.is_dir()]
    return sorted(found, key=lambda c: (c.record.get("created", 0), c.id))


def _load(path: Path) -> Container:
    try:
        record = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    return Container(path.name, path, record if isinstance(record, dict) else {})


def find(text: str) -> Container:
    """The container of that name, id or beginning of an id. Raises NotFound, Conflict."""
    everyone = containers()
    exact = [c for c in everyone if text in (c.name, c.id)]
    if exact:
        return exact[0]
    close = [c for c in everyone if text and c.id.startswith(text)]
    if len(close) > 1:
        raise Conflict(f"'{text}' begins the ids of {len(close)} containers", hint="give more of the id")
    if not close:
        raise NotFound(f"no container '{text}'", hint=nearest(text, [c.name for c in everyone if c.name]))
    return close[0]
