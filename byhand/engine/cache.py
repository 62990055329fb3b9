"""What was parsed once is not parsed again: one small JSON file for each source file.

An entry is good while its source has the same modification time and size, and byhand
the same code. The folder must belong to the user and be closed to others, since
Jinja's bytecode cache beside it holds code; otherwise nothing is cached.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from byhand import __version__
from byhand.engine import state
from byhand.errors import ByhandError


def folder() -> Path | None:
    """The cache folder, made if need be; None where there can be none."""
    path = state.root() / "cache"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = os.lstat(path)
    except OSError:
        return None
    mine = facts.st_uid == os.geteuid() and stat.S_ISDIR(facts.st_mode) and not facts.st_mode & 0o022
    return path if mine else None


def code_stamp() -> str:
    """Changes whenever byhand's own code does: what other code parsed is parsed again."""
    here = Path(__file__).resolve().parent
    newest = max(entry.stat().st_mtime_ns for entry in os.scandir(here) if entry.name.endswith(".py"))
    return f"{__version__} {newest}"


def parsed(source: Path, parse: Callable[[Path], Any], kind: str) -> Any:
    """``parse(source)``, from the cache when ``source`` has not changed since.

    The result must be JSON. ``kind`` keeps two readings of one file apart.
    """
    place = folder()
    if place is None:
        return parse(source)
    facts = os.stat(source)
    stamp = [code_stamp(), facts.st_mtime_ns, facts.st_size]
    name = blake2b(f"{kind}\0{source}".encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    entry = place / f"{name}.json"
    try:
        with open(entry, "rb") as file:
            kept = json.load(file)
        if kept["stamp"] == stamp:
            return kept["value"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    value = parse(source)
    with suppress(ByhandError):  # a full or read-only disk costs speed, nothing else
        state.write(entry, json.dumps({"stamp": stamp, "value": value}))
    return value
