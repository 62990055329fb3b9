"""The local store of images: an OCI image layout, and the layers' trees beside it.

``ROOT/images`` is the layout, ``ROOT/layers`` the extracted trees, ``ROOT/partial`` the
downloads that are not whole yet. ImageID is the digest of the config, DiffIDs are in the
config's ``rootfs``, ChainIDs follow from them (OCI image spec, "Image Configuration").
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byhand.errors import ByhandError
from byhand.images import layers, layout
from byhand.images.layers import Layer
from byhand.images.reference import Reference

DIGESTS = (layout.MANIFEST_DIGEST, layout.SOURCE_DIGEST)


@dataclass(frozen=True)
class Image:
    """An image whose layers are all on disk.

    ``digest``: of its manifest, as the registry has it. ``id``: of its config. ``source_digest``: what the registry
    answered to the tag, an index's digest when it holds several platforms, else ``digest``.
    ``layers``: base first.
    """

    reference: Reference
    digest: str
    id: str
    config: dict[str, Any]
    layers: tuple[Layer, ...]
    source_digest: str = ""

    @property
    def lower(self) -> tuple[str, ...]:
        """The links for an overlay's lowerdir: top layer first, each once (overlay refuses
        a folder named twice; the upper one of two equal layers hides the other)."""
        return tuple(dict.fromkeys(layer.link for layer in reversed(self.layers)))

    @property
    def size(self) -> int:
        """Bytes of its compressed layers."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True)
class Descriptor:
    """A layer to put in a manifest: the blob's digest, its size in bytes and media type."""

    digest: str
    size: int
    media_type: str


class Store:
    """The images below one state folder, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = layout.Layout(root / "images")
        self.layers = root / "layers"
        self.partial = root / "partial"

    def find(self, reference: Reference) -> Image | None:
        """The image of that name, or None when it has to be pulled.

        A tree that is missing is extracted again from its blob; when the blob is gone
        too the answer is None.
        """
        wanted = str(reference)
        for entry in self.layout.entries():
            if layout.name_of(entry) == wanted:
                return self._complete(reference, entry)
        if reference.digest:
            for entry in self.layout.entries():
                digests = (entry.get("digest"), *(layout.note_of(entry, key) for key in DIGESTS))
                if reference.digest in digests and Reference.parse(layout.name_of(entry)).name == reference.name:
                    return self._complete(reference, entry)
        return None

    def images(self) -> list[Image]:
        """Every named image, in the index's order; one that is damaged is left out."""
        found = []
        for entry in self.layout.entries():
            name = layout.name_of(entry)
            if name:
                try:
                    found.append(self._load(Reference.parse(name), entry))
                except (FileNotFoundError, ByhandError):
                    continue
        return found

    def add_image(
        self,
        reference: Reference,
        config: bytes,
        blobs: Sequence[Descriptor],
        *,
        manifest: bytes = b"",
        manifest_type: str = layout.OCI_MANIFEST,
        source_digest: str = "",
    ) -> Image:
        """Name an image whose layer blobs and trees are in the store already.

        ``manifest``: its exact bytes when a registry gave them, else one is made.
        The name is taken from another image that had it.
        """
        self.layout.create()
        config_digest = self.layout.add_blob(config)
        if not manifest:
            manifest = _manifest(config_digest, len(config), blobs)
        digest = self.layout.add_blob(manifest)
        notes = {layout.NAME: str(reference)}
        if source_digest and source_digest != digest:
            notes[layout.SOURCE_DIGEST] = source_digest
        if manifest_type == layout.DOCKER_MANIFEST:
            # Readers of a layout (skopeo 1.9) know OCI's type only; docker's bytes are kept beside.
            notes[layout.MANIFEST_DIGEST] = digest
            manifest = _manifest(config_digest, len(config), [_in_oci(blob) for blob in blobs])
        entry: dict[str, Any] = {
            "mediaType": layout.OCI_MANIFEST,
            "digest": self.layout.add_blob(manifest),
            "size": len(manifest),
            "annotations": notes,
        }
        with self.layout.changed() as entries:
            entries[:] = [other for other in entries if layout.name_of(other) != str(reference)]
            entries.append(entry)
        return self._load(reference, entry)

    def add_layer(self, blob: Path, digest: str, diff_id: str, *, size_limit: int | None = None) -> None:
        """Take in ``blob``, a file of this file system: extract it, then rename it in.

        Raises ByhandError when it is not what ``digest`` or ``diff_id`` say, or not a layer.
        """
        self.layout.create()
        if not (self.layers / diff_id.partition(":")[2] / "diff").is_dir():
            from byhand.images.unpack import extract

            with layers.temporary(self.layers) as scratch:
                extract(blob, scratch / "diff", digest=digest, diff_id=diff_id, size_limit=size_limit)
                layers.publish(self.layers, scratch, diff_id)
        if blob != self.layout.blob(digest):
            os.replace(blob, self.layout.blob(digest))

    def prune_temporary(self) -> list[str]:
        """Remove what pulls and extractions that were killed have left; returns the names."""
        return layers.prune_temporary(self.layers) + layers.prune_temporary(self.root)

    @contextmanager
    def adding(self) -> Iterator[None]:
        """While this is held, nothing that has no name yet is removed (``catalogue.collect``)."""
        self.layout.create()
        holder = os.open(self.layout.root / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(holder, fcntl.LOCK_SH)
            yield
        finally:
            os.close(holder)

    def _complete(self, reference: Reference, entry: dict[str, Any]) -> Image | None:
        try:
            image = self._load(reference, entry)
        except FileNotFoundError:
            return None
        for layer in image.layers:
            if not os.path.isdir(layer.path) or not os.path.islink(self.layers / "l" / layer.link):
                blob = self.layout.blob(layer.digest)
                if not blob.exists():
                    return None
                self.add_layer(blob, layer.digest, layer.diff_id)
                layers.link_of(self.layers, layer.hex)
        return image

    def _load(self, reference: Reference, entry: dict[str, Any]) -> Image:
        try:
            manifest = self.layout.read_json(entry["digest"])
            config = self.layout.read_json(manifest["config"]["digest"])
            diff_ids, blobs = config["rootfs"]["diff_ids"], manifest["layers"]
            if len(diff_ids) != len(blobs):
                raise ByhandError(f"{reference}: {len(blobs)} layers in the manifest, {len(diff_ids)} in the config")
            found = tuple(
                Layer(diff_id, blob["digest"], blob["size"], blob["mediaType"], self.layers)
                for diff_id, blob in zip(diff_ids, blobs, strict=False)
            )
            digest = layout.note_of(entry, layout.MANIFEST_DIGEST) or entry["digest"]
            source = layout.note_of(entry, layout.SOURCE_DIGEST) or digest
            return Image(reference, digest, manifest["config"]["digest"], config, found, source)
        except (KeyError, TypeError) as error:
            raise ByhandError(f"{reference}: the store's manifest or config lacks {error}", hint="pull it again") from None


def chain_ids(diff_ids: Sequence[str]) -> list[str]:
    """The ChainID of each layer, base first (OCI image spec, "Layer ChainID")."""
    from hashlib import sha256

    chain: list[str] = []
    for diff_id in diff_ids:
        chain.append(f"sha256:{sha256(f'{chain[-1]} {diff_id}'.encode()).hexdigest()}" if chain else diff_id)
    return chain


def _in_oci(blob: Descriptor) -> Descriptor:
    """A layer's descriptor with OCI's media type for docker's."""
    known = {
        "application/vnd.docker.image.rootfs.diff.tar.gzip": f"{layout.OCI_LAYER}+gzip",
        "application/vnd.docker.image.rootfs.diff.tar": layout.OCI_LAYER,
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": f"{layout.OCI_LAYER}+gzip",
    }
    return Descriptor(blob.digest, blob.size, known.get(blob.media_type, blob.media_type))


def _manifest(config_digest: str, config_size: int, blobs: Sequence[Descriptor]) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": layout.OCI_MANIFEST,
            "config": {"mediaType": layout.OCI_CONFIG, "digest": config_digest, "size": config_size},
            "layers": [{"mediaType": b.media_type, "digest": b.digest, "size": b.size} for b in blobs],
        },
        separators=(",", ":"),
    ).encode()
