"""Names in the store: giving another one, taking one away, removing what none keeps."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection
from typing import Any

from byhand.errors import Conflict, NotFound
from byhand.images import layers, layout
from byhand.images.reference import Reference
from byhand.images.store import DIGESTS, Image, Store


def tag(store: Store, reference: Reference, other: Reference) -> Image:
    """Give the image ``reference`` the name ``other`` too; NotFound when it is not here."""
    image = store.find(reference)
    if image is None:
        raise NotFound(f"{reference.familiar}: no such image here")
    with store.layout.changed() as entries:
        kept = [entry for entry in entries if layout.name_of(entry) != str(other)]
        source = next(entry for entry in entries if layout.name_of(entry) == str(image.reference))
        kept.append({**source, "annotations": {**source["annotations"], layout.NAME: str(other)}})
        entries[:] = kept
    found = store.find(other)
    if found is None:
        raise NotFound(f"{other.familiar}: removed meanwhile")
    return found


def untag(store: Store, reference: Reference) -> None:
    """Take the name away; what it named stays until ``collect``. NotFound when it is not here."""
    with store.layout.changed() as entries:
        kept = [entry for entry in entries if layout.name_of(entry) != str(reference)]
        if len(kept) == len(entries):
            raise NotFound(f"{reference.familiar}: no such image here")
        entries[:] = kept


def collect(store: Store, used: Collection[str] = ()) -> list[str]:
    """Remove blobs and layer trees that no name in the index needs.

    ``used``: links (``Layer.link``) that containers have mounted; those trees stay.
    Returns the digests and DiffIDs removed. Conflict while an image is being added.
    """
    store.layout.create()
    holder = os.open(store.layout.root / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("an image is being added to the store: nothing is removed meanwhile") from None
        digests, trees = _needed(store)
        return _remove_blobs(store, digests) + _remove_trees(store, trees, used)
    finally:
        os.close(holder)


def _needed(store: Store) -> tuple[set[str], set[str]]:
    """The blobs and the layer folders that the index's entries lead to."""
    digests: set[str] = set()
    trees: set[str] = set()
    for entry in store.layout.entries():
        digests |= {str(entry["digest"]), *(layout.note_of(entry, key) for key in DIGESTS)}
        manifest: dict[str, Any] = store.layout.read_json(str(entry["digest"]))
        config = str(manifest["config"]["digest"])
        digests |= {config, *(str(layer["digest"]) for layer in manifest["layers"])}
        trees |= {str(diff).partition(":")[2] for diff in store.layout.read_json(config)["rootfs"]["diff_ids"]}
    return digests, trees


def _remove_blobs(store: Store, needed: set[str]) -> list[str]:
    removed = []
    for path in sorted((store.layout.root / "blobs" / "sha256").iterdir()):
        if f"sha256:{path.name}" not in needed:
            path.unlink()
            removed.append(f"sha256:{path.name}")
    return removed


def _remove_trees(store: Store, needed: set[str], used: Collection[str]) -> list[str]:
    removed = []
    for path in sorted(store.layers.glob("[0-9a-f]" * 64)) if store.layers.exists() else []:
        if path.name in needed or path.name[: layers.LINK_LENGTH] in used:
            continue
        # Renamed first: a tree that is half removed must not have the name of a whole one.
        with layers.temporary(store.layers) as scratch:
            os.rename(path, scratch / "layer")
            (store.layers / "l" / path.name[: layers.LINK_LENGTH]).unlink(missing_ok=True)
        removed.append(f"sha256:{path.name}")
    return removed
