"""The box: built once for the same inputs, and kept in the checkout's .cache/vm."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from byhand.engine import play, playbook, state
from byhand.engine.play import Outcome, Request
from byhand.vm import host
from byhand.vm.places import Places

Player = Callable[[Request], Outcome | None]


def request(box: Path, command: str = "", *, explain: bool = False) -> Request:
    """The play that builds ``box``."""
    params = {"scratch": f"{box}.{os.getpid()}.new", "box": str(box)}
    return Request(playbook.find("vm/box"), params, command=command, explain=explain)


def place(places: Places) -> Path:
    """Where the box for these inputs is, or would be: its name is a hash of every step with its arguments.

    Debian's packages change too; a box does not for that (``vm.box --fresh`` builds it anew).
    """
    book = playbook.find("vm/box")
    program = play.compiled(Request(book, {"scratch": "/scratch", "box": "/box"}), Path("/run"))
    text = "\0".join(f"{piece.template.name}\0{name}\0{block}" for piece in program.pieces for name, block in piece.blocks)
    return places.boxes / blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def ensure(places: Places, player: Player, command: str = "", *, fresh: bool = False) -> Path | None:
    """The folder of the box, built if it is not there; None when ``player`` could not. Older boxes are removed.

    Raises MissingTool with the packages that building needs.
    """
    box = place(places)
    if box.is_dir() and not fresh:
        return box
    host.require(host.missing_for_box(), "the box")
    host.require_root("building a box")
    with state.locked(places.boxes / "lock"):
        if box.is_dir() and not fresh:
            return box
        for other in places.boxes.iterdir():
            if other.is_dir():  # of other inputs, or what a killed build left
                shutil.rmtree(other, ignore_errors=True)
        outcome = player(request(box, command))
        if outcome is None or outcome.status:
            return None
    return box
