"""Layers as trees on disk, ready to be the lower folders of an overlay mount.

``layers/<64 hex digits of the DiffID>/diff`` is one extracted layer. ``layers/l/<16 hex
digits>`` is a short link to it: the options of an overlay mount must fit one page
(4,096 bytes), and 128 short names do. A tree is made under a temporary name and renamed
when it is whole, so a folder that has its final name is complete. Each temporary folder
has a lock file that its maker holds: what nobody holds was left by a crash.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from byhand.engine import mounts
from byhand.errors import Conflict

LINK_LENGTH = 16
TEMPORARY = ".tmp-"


@dataclass(frozen=True)
class Layer:
    """One layer of an image.

    ``diff_id``: digest of the uncompressed tar, which names the tree on disk.
    ``digest``, ``size`` (bytes), ``media_type``: the blob as the manifest lists it.
    ``folder``: the store's folder of all layers.
    """

    diff_id: str
    digest: str
    size: int
    media_type: str
    folder: Path

    @property
    def hex(self) -> str:
        """The DiffID without its algorithm."""
        return self.diff_id.partition(":")[2]

    @property
    def path(self) -> Path:
        """The extracted tree."""
        return self.folder / self.hex / "diff"

    @property
    def link(self) -> str:
        """The tree's short name below ``layers/l``, for the options of an overlay mount."""
        return self.hex[:LINK_LENGTH]


def link_of(folder: Path, name: str) -> None:
    """Make the short link for the tree ``name``; Conflict when another tree has it."""
    links = folder / "l"
    links.mkdir(exist_ok=True)
    link, target = links / name[:LINK_LENGTH], f"../{name}/diff"
    try:
        os.symlink(target, link)
    except FileExistsError:
        if os.readlink(link) != target:
            raise Conflict(f"{link}: points to {os.readlink(link)}, not to {target}") from None


@contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """A locked scratch folder inside ``folder``, removed at the end with what is left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        name = f"{TEMPORARY}{os.urandom(8).hex()}"
        lock = folder / f"{name}.lock"
        holder = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(holder, fcntl.LOCK_EX)
        if os.fstat(holder).st_nlink:  # else a prune took it between the open and the lock
            break
        os.close(holder)
    scratch = folder / name
    try:
        scratch.mkdir(mode=0o700)
        yield scratch
    finally:
        remove(scratch)
        lock.unlink(missing_ok=True)
        os.close(holder)


def publish(folder: Path, scratch: Path, diff_id: str) -> None:
    """Give the whole tree ``scratch/diff`` its final name and link.

    When another process was first, its tree stays and this one is dropped.
    """
    name = diff_id.partition(":")[2]
    whole = scratch / "whole"
    whole.mkdir(mode=0o700)
    os.rename(scratch / "diff", whole / "diff")
    try:
        os.rename(whole, folder / name)
    except OSError:
        if not (folder / name / "diff").is_dir():
            raise
        remove(whole)
    link_of(folder, name)


def prune_temporary(folder: Path) -> list[str]:
    """Remove the temporary folders that no live process holds; returns their names."""
    removed = []
    for lock in sorted(folder.glob(f"{TEMPORARY}*.lock")):
        try:
            holder = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(lock.with_suffix(""))
            lock.unlink(missing_ok=True)
            removed.append(lock.stem)
        except BlockingIOError:
            pass
        finally:
            os.close(holder)
    return removed


def remove(tree: Path) -> None:
    """Remove a tree that holds no mount; nothing there is fine."""
    if not tree.exists():
        return
    if mounts.below(tree.resolve()):
        raise Conflict(f"{tree}: something is mounted inside, so it is not removed")
    # Imported here: shutil loads every compressor, and finding an image removes nothing.
    from shutil import rmtree

    rmtree(tree)
