"""``host.image(ref)``: an image in byhand's store, which is an OCI image layout (OCI image specification, "Image Layout")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from byhand.errors import ByhandError, NotFound
from byhand.images import layout
from byhand.images.reference import Reference
from byhand.verify.modules import reading, stored
from byhand.verify.modules.reading import Host

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

INDEX = """part root
printf %s "$root"
[ ! -e images ] || [ -x images ] || closed "$root/images"
if [ -f images/index.json ]; then
  part index
  cat images/index.json
fi
"""
# $1: the state folder; the rest are pairs: a layer's blob and its tree. Prints the blobs of those that have neither.
MISSING = """cd -- "$1"
shift
while [ "$#" -gt 0 ]; do
  [ -f "$1" ] || [ -d "$2" ] || printf '%s\\n' "$1"
  shift 2
done
"""
SUMS = 'cd -- "$1"; shift; for name; do if [ -f "$name" ]; then "${name%%/*}sum" "$name"; fi; done'
DIGEST = re.compile(r"sha(256|384|512):[0-9a-f]{64,128}", re.ASCII)


@dataclass(frozen=True)
class Layer:
    """One layer of an image.

    ``digest``, ``size`` (bytes), ``media_type``: its blob, as the manifest lists it. ``diff_id``: the digest of its tar
    without compression. ``path``: where its tree is, ready to be mounted.
    """

    digest: str
    diff_id: str
    size: int
    media_type: str
    path: str


@dataclass(frozen=True)
class _Stored:
    """An image as its index entry, manifest and config say."""

    root: str
    entry: dict[str, Any]
    manifest: dict[str, Any]
    config: dict[str, Any]


class Image:
    """An image that byhand has, by a reference as docker takes it: ``alpine``, ``alpine:3.23``, ``HOST/PATH@sha256:…``.

    >>> alpine = host.image("alpine")
    >>> alpine.exists, alpine.name
    (True, 'docker.io/library/alpine:latest')
    >>> alpine.config["config"]["Cmd"]
    ['/bin/sh']
    >>> len(alpine.layers), alpine.size == sum(layer.size for layer in alpine.layers)
    (1, True)
    >>> alpine.digest == host.container("web").image_digest
    True
    >>> alpine.damaged
    []
    >>> host.image("alpine:0.1").exists
    False

    ``root``: byhand's state folder there, as for ``host.container``. All but ``exists`` raise NotFound where there is no such image,
    and a text that is no reference is a BadValue.
    """

    def __init__(self, host: Host, reference: str, root: str = "") -> None:
        self._host, self._reference, self._root = host, Reference.parse(reference), root

    def __repr__(self) -> str:
        return f"<image {self._reference.familiar}>"

    @property
    def name(self) -> str:
        """The whole name: with the registry's domain and the tag or digest."""
        return str(self._reference)

    @property
    def exists(self) -> bool:
        """Whether a container can be made of it as it is: it has a name here, and each layer is there as a blob or as a tree."""
        try:
            found = self._stored()
        except NotFound:
            return False
        pairs = [word for layer in _layers(found) for word in (f"images/{_place(layer.digest)}", layer.path)]
        return not reading.text(self._host, MISSING, found.root, *pairs)

    @property
    def digest(self) -> str:
        """The digest of its manifest, as the registry it is from has it."""
        found = self._stored()
        return layout.note_of(found.entry, layout.MANIFEST_DIGEST) or str(found.entry["digest"])

    @property
    def id(self) -> str:
        """The digest of its config."""
        return str(self._stored().manifest["config"]["digest"])

    @property
    def config(self) -> dict[str, Any]:
        """Its config (OCI image specification, "Image Configuration"): under ``config`` what a container of it gets."""
        return self._stored().config

    @property
    def layers(self) -> list[Layer]:
        """Its layers, the base first."""
        return _layers(self._stored())

    @property
    def size(self) -> int:
        """Bytes of its layers as they are kept, compressed."""
        return sum(layer.size for layer in self.layers)

    @property
    def damaged(self) -> list[str]:
        """The digests of the blobs of it that are missing or hold something else; sha256sum(1) reads them all there."""
        found = self._stored()
        wanted = [str(found.entry["digest"]), str(found.manifest["config"]["digest"]), *(layer.digest for layer in _layers(found))]
        rows = reading.text(self._host, SUMS, f"{found.root}/images/blobs", *(_place(digest)[6:] for digest in wanted)).splitlines()
        sums = {name.strip(): value for value, _, name in (row.partition(" ") for row in rows)}
        return [digest for digest in dict.fromkeys(wanted) if sums.get(_place(digest)[6:]) != digest.partition(":")[2]]

    def _stored(self) -> _Stored:
        parts = stored.parts(self._host, INDEX, self._root)
        root = parts.get("root", "")
        index = stored.json_object(parts["index"], f"{root}/images/index.json") if "index" in parts else {}
        entries = index.get("manifests")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and self._is(entry):
                manifest = self._blob(root, entry.get("digest"))
                config = manifest.get("config")
                return _Stored(root, entry, manifest, self._blob(root, config.get("digest") if isinstance(config, dict) else None))
        raise NotFound(f"there is no image {self._reference}", hint=f"in {root or 'the state folder'}")

    def _is(self, entry: dict[str, Any]) -> bool:
        """Whether an entry of the index is for this reference, by its name or, where one is given, by a digest under that name."""
        name = layout.name_of(entry)
        if name == str(self._reference):
            return True
        digests = (entry.get("digest"), *(layout.note_of(entry, key) for key in (layout.MANIFEST_DIGEST, layout.SOURCE_DIGEST)))
        wanted = self._reference.digest
        return bool(wanted and name and wanted in digests and Reference.parse(name).name == self._reference.name)

    def _blob(self, root: str, digest: object) -> dict[str, Any]:
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            raise ByhandError(f"{self._reference}: {digest!r} in its manifest or index is no digest")
        path = f"{root}/images/{_place(digest)}"
        return stored.json_object(stored.file(self._host, path), path)


def _place(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"


def _layers(found: _Stored) -> list[Layer]:
    try:
        diff_ids, blobs = found.config["rootfs"]["diff_ids"], found.manifest["layers"]
        return [
            Layer(blob["digest"], diff_id, blob["size"], blob["mediaType"], f"{found.root}/layers/{diff_id.partition(':')[2]}/diff")
            for diff_id, blob in zip(diff_ids, blobs, strict=True)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ByhandError(f"{found.entry.get('digest')}: its manifest or config is damaged: {error}") from None
