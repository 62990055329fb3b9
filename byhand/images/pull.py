"""Fetch an image: ask the registries in turn, download what is missing, unpack it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from byhand.errors import ByhandError, NetworkUnreachable
from byhand.images import download, layers, platforms, progress, registries, workers
from byhand.images.distribution import Manifest, Repository
from byhand.images.download import Blob
from byhand.images.reference import Reference, check_digest
from byhand.images.registries import Registries
from byhand.images.store import Descriptor, Image, Store

Note = Callable[[str], None]


def pull(
    reference_text: str,
    store: Store,
    *,
    note: Note,
    platform: platforms.Platform | None = None,
    settings: Registries | None = None,
    size_limit: int | None = None,
    quiet: bool = False,
) -> Image:
    """Fetch the image ``reference_text`` names and keep it in ``store``.

    ``note`` gets the lines a person reads: each layer, the digest, what is tried again.
    ``size_limit``: bytes of content in one layer. ``quiet``: no progress bars.
    Raises NetworkUnreachable when no registry could be reached, NotFound when those that
    could do not have it, ByhandError for what they sent.
    """
    settings = registries.load() if settings is None else settings
    problems: list[ByhandError] = []
    for reference in settings.candidates(Reference.parse(reference_text)):
        for endpoint in settings.endpoints(reference):
            with layers.temporary(store.root) as scratch:
                repository = Repository(endpoint, scratch)
                try:
                    manifest = repository.manifest(reference, platform or platforms.host())
                except ByhandError as error:
                    problems.append(error)
                    continue
                try:
                    return _fetch(reference, repository, manifest, store, note, size_limit, quiet)
                except NetworkUnreachable as error:  # it was reached, so nothing may stand in for it
                    problems.append(ByhandError(error.message, hint="run it again: it continues where it broke off"))
                except ByhandError as error:
                    problems.append(error)
    raise _worst(problems)


def _worst(problems: list[ByhandError]) -> ByhandError:
    """The error to report: a registry that answered says more than one that could not be
    reached; of several, the last is the image's own registry, after its mirrors."""
    answered = [error for error in problems if not isinstance(error, NetworkUnreachable)]
    if answered:
        return answered[-1]
    if len(problems) == 1:
        return problems[0]
    return NetworkUnreachable("; ".join(error.message for error in problems) or "no registry is set up")


def _fetch(
    reference: Reference,
    repository: Repository,
    manifest: Manifest,
    store: Store,
    note: Note,
    size_limit: int | None,
    quiet: bool,
) -> Image:
    """Download what the store lacks of ``manifest``, unpack it, and name the image."""
    store.layout.create()
    note(f"{reference}: {len(manifest.layers)} layers")
    wanted = {str(entry["digest"]): int(entry["size"]) for entry in [manifest.config, *manifest.layers]}
    every = [Blob(digest, size) for digest, size in wanted.items()]
    missing = [blob for blob in every if not store.layout.blob(blob.digest).exists()]
    with store.adding(), download.claimed(store.partial, missing):
        config = _config(repository, manifest, store, note)
        _layers(repository, manifest, _diff_ids(config, manifest, reference), store, note, size_limit, quiet)
        image = store.add_image(
            reference,
            config,
            [Descriptor(str(e["digest"]), int(e["size"]), str(e["mediaType"])) for e in manifest.layers],
            manifest=manifest.body,
            manifest_type=manifest.media_type,
            source_digest=manifest.source_digest,
        )
    note(f"digest: {image.source_digest}")
    return image


def _config(repository: Repository, manifest: Manifest, store: Store, note: Note) -> bytes:
    """The image config's exact bytes, from the store or the registry."""
    digest = str(manifest.config["digest"])
    path = store.layout.blob(digest)
    if not path.exists():
        arrived: list[Blob] = []
        blob = Blob(digest, int(manifest.config["size"]))
        download.fetch(repository, [blob], store.partial, arrived.append, note)
        partial = store.partial / blob.name
        _check(partial, digest)
        partial.rename(path)
    return path.read_bytes()


def _diff_ids(config: bytes, manifest: Manifest, reference: Reference) -> list[str]:
    try:
        diff_ids = json.loads(config)["rootfs"]["diff_ids"]
    except (ValueError, KeyError, TypeError):
        raise ByhandError(f"{reference}: the image config lists no rootfs.diff_ids") from None
    if not isinstance(diff_ids, list) or len(diff_ids) != len(manifest.layers):
        raise ByhandError(f"{reference}: the config and the manifest list different numbers of layers")
    for diff_id in diff_ids:
        if not str(diff_id).startswith("sha256:"):
            raise ByhandError(f"{reference}: the DiffID {str(diff_id)[:80]!r} is not sha256")
        check_digest(diff_id)
    return diff_ids


def _layers(
    repository: Repository,
    manifest: Manifest,
    diff_ids: list[str],
    store: Store,
    note: Note,
    size_limit: int | None,
    quiet: bool,
) -> None:
    """Download and unpack the layers that are missing, each one once."""
    blobs: list[Blob] = []
    diffs: list[str] = []
    for entry, diff_id in zip(manifest.layers, diff_ids, strict=False):
        blob = Blob(str(entry["digest"]), int(entry["size"]))
        if blob in blobs:
            continue
        here = store.layout.blob(blob.digest).exists()
        if here and (store.layers / diff_id.partition(":")[2] / "diff").is_dir():
            note(f"{blob.name[:12]}: is here already")
            continue
        blobs.append(blob)
        diffs.append(diff_id)
    if not blobs:
        return
    numbers = {blob: number for number, blob in enumerate(blobs)}

    def unpack(number: int) -> None:
        _take_in(store, blobs[number], diffs[number], size_limit)

    def arrived(blob: Blob) -> None:
        if quiet or not bars:
            note(f"{blob.name[:12]}: {blob.size} bytes")
        crew.submit(numbers[blob])

    missing = [blob for blob in blobs if not store.layout.blob(blob.digest).exists()]
    bars = sys.stderr.isatty()
    with workers.started(unpack) as crew:
        for blob in blobs:
            if blob not in missing:
                crew.submit(numbers[blob])
        with progress.shown(missing, store.partial, quiet):
            download.fetch(repository, missing, store.partial, arrived, note)
            crew.finish()


def _take_in(store: Store, blob: Blob, diff_id: str, size_limit: int | None) -> None:
    """Verify and unpack one downloaded blob, in a worker; a damaged file is removed."""
    whole = store.layout.blob(blob.digest)
    path = whole if whole.exists() else store.partial / blob.name
    try:
        store.add_layer(path, blob.digest, diff_id, size_limit=size_limit)
    except ByhandError as error:
        _check(path, blob.digest)
        raise ByhandError(f"layer {blob.digest}: {error.message}", hint=error.hint) from None


def _check(path: Path, digest: str) -> None:
    """Remove ``path`` and raise ByhandError when it does not hash to ``digest``."""
    found = sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    if f"sha256:{found.hexdigest()}" != digest:
        path.unlink()
        raise ByhandError(
            f"wrong digest: the blob {digest} hashes to sha256:{found.hexdigest()}; it was removed",
            hint="the registry, or something on the way, changed it: pull again",
        )
