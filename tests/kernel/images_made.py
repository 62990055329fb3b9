"""Images made by hand: a tree for each layer, put into a store."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from invoking import Byhand

from byhand.images.pack import pack
from byhand.images.reference import Reference
from byhand.images.store import Descriptor, Store

Fill = Callable[[Path], None]


def make_image(byhand: Byhand, name: str, layers: Sequence[Fill], config: Mapping[str, object] | None = None) -> str:
    """Put an image into the store: each of ``layers`` fills an empty folder. Returns its name."""
    store = Store(byhand.root)
    blobs, diff_ids = [], []
    with store.adding(), tempfile.TemporaryDirectory(dir=byhand.root) as scratch:
        for number, fill in enumerate(layers):
            tree = Path(scratch, f"tree{number}")
            tree.mkdir()
            tree.chmod(0o755)
            fill(tree)
            packed = pack(tree, Path(scratch, f"layer{number}"), newest=1_700_000_000)
            store.add_layer(packed.path, packed.digest, packed.diff_id)
            blobs.append(Descriptor(packed.digest, packed.size, packed.media_type))
            diff_ids.append(packed.diff_id)
        described = {
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"], **(config or {})},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }  # fmt: skip
        store.add_image(Reference.parse(name), json.dumps(described).encode(), blobs)
    return name


def with_busybox(tree: Path) -> None:
    """The smallest tree in which commands run."""
    (tree / "bin").mkdir()
    shutil.copy2("/bin/busybox", tree / "bin" / "busybox")
    for name in ("sh", "cat", "ls", "id", "echo", "pwd", "mount", "stat", "readlink", "env", "wc", "test"):
        (tree / "bin" / name).symlink_to("busybox")


def whiteout(path: Path) -> None:
    """Hide a name of the layers below (OCI image spec, "Whiteouts")."""
    (path.parent / f".wh.{path.name}").touch()


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(target, path)
