"""An OCI image layout on disk: ``oci-layout``, ``index.json`` and ``blobs/``.

Source: OCI image spec, "Image Layout". Other tools read the same folder, for example
``skopeo inspect oci:FOLDER:docker.io/library/alpine:latest``.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from byhand.errors import ByhandError

NAME = "org.opencontainers.image.ref.name"
# What a registry's tag had, when that is an index; the registry's own manifest, when the
# entry describes one that was made of it. Both blobs may be in the layout without an entry.
SOURCE_DIGEST = "byhand.source.digest"
MANIFEST_DIGEST = "byhand.manifest.digest"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


class Layout:
    """One image layout. Reading takes no lock: every file is renamed into place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def blob(self, digest: str) -> Path:
        """Where the blob of ``digest`` is or would be."""
        algorithm, _, value = digest.partition(":")
        return self.root / "blobs" / algorithm / value

    def read_json(self, digest: str) -> dict[str, Any]:
        """The JSON object in a blob; FileNotFoundError when there is no such blob."""
        return _object(self.blob(digest))

    def entries(self) -> list[dict[str, Any]]:
        """The descriptors in index.json, in their order; none when there is no index yet."""
        path = self.root / "index.json"
        try:
            found = _object(path).get("manifests", [])
        except FileNotFoundError:
            return []
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise ByhandError(f"{path}: 'manifests' is not a list of objects", hint="see the OCI image layout")
        return found

    def create(self) -> None:
        """Make the folders and ``oci-layout`` when they are not there."""
        (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        if not (self.root / "oci-layout").exists():
            write(self.root / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')

    def add_blob(self, data: bytes) -> str:
        """Keep ``data`` and return its digest."""
        from hashlib import sha256

        digest = f"sha256:{sha256(data).hexdigest()}"
        if not self.blob(digest).exists():
            write(self.blob(digest), data)
        return digest

    @contextmanager
    def changed(self) -> Iterator[list[dict[str, Any]]]:
        """The index's descriptors to change in place, under a lock; written when the block ends."""
        self.create()
        with locked(self.root / "lock"):
            entries = self.entries()
            yield entries
            index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
            write(self.root / "index.json", json.dumps(index, indent=1).encode())


def note_of(entry: dict[str, Any], key: str) -> str:
    """One annotation of an index entry, or ""."""
    annotations = entry.get("annotations")
    value = annotations.get(key, "") if isinstance(annotations, dict) else ""
    return value if isinstance(value, str) else ""


def name_of(entry: dict[str, Any]) -> str:
    """The reference an index entry is for, or ""."""
    return note_of(entry, NAME)


def write(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(scratch, "wb") as file:
            file.write(data)
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold ``path`` as a lock, waiting for another process that has it."""
    while True:
        holder = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(holder, fcntl.LOCK_EX)
        if os.fstat(holder).st_nlink:  # else its last holder removed the file meanwhile
            break
        os.close(holder)
    try:
        yield
    finally:
        os.close(holder)


def _object(path: Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        data = file.read()
    try:
        found = json.loads(data)
    except ValueError as error:
        raise ByhandError(f"{path}: not JSON: {error}", hint="the store is damaged here: pull the image again") from None
    if not isinstance(found, dict):
        raise ByhandError(f"{path}: not a JSON object", hint="the store is damaged here: pull the image again")
    return found
