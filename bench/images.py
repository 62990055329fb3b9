"""The images the benchmark runs and pulls: made once, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import random
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.process import BenchError, call

MIB = 2**20
BIG_LAYERS_MIB = (110, 70, 45, 30, 20, 15, 8, 2)  # 300 in all, large below as in real images
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
RUNTIME_FOLDERS = ("proc", "sys", "dev", "boot", "lost+found", ".dockerenv")


def rootfs_tar(cache: Path, source: Path | None) -> Path:
    """The tar of the image that ``container.run`` runs, kept in ``cache``.

    ``source``: a tar, a folder, or a raw ext4 disk (read with debugfs(8)). Without
    one, what the cache has; else a root made of this host's static busybox.
    Raises BenchError when there is nothing to make it from.
    """
    tar = cache / "rootfs.tar"
    if source is None and tar.exists():
        return tar
    if source is not None and not source.exists():
        raise BenchError(f"root file system {source}: no such file")
    folder = cache / "rootfs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if source is None:
        _busybox(folder)
    elif source.is_dir():
        call(["cp", "-a", f"{source}/.", folder])
    elif _is_ext4(source):  # asked first: a disk begins with zeros, and so may an empty tar
        call(["debugfs", "-R", f"rdump / {folder}", source])
    else:
        call(["tar", "--numeric-owner", "-xpf", source, "-C", folder])
    for name in RUNTIME_FOLDERS:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for name in ("proc", "sys", "dev"):
        (folder / name).mkdir()
    if not (folder / "bin/true").exists() and not (folder / "bin/true").is_symlink():
        raise BenchError(f"root file system {source}: it has no /bin/true")
    partial = tar.with_suffix(".partial")
    call(["tar", "--numeric-owner", "--sort=name", "-cpf", partial, "-C", folder, "."])
    partial.rename(tar)
    return tar


def _is_ext4(source: Path) -> bool:
    """Whether the superblock's magic number is there (ext4(5): 0xEF53 at 1024 + 0x38)."""
    with source.open("rb") as disk:
        disk.seek(1024 + 0x38)
        return disk.read(2) == b"\x53\xef"


def _busybox(folder: Path) -> None:
    """A root of one static program and its links, where no other image is at hand."""
    program = shutil.which("busybox")
    if program is None:
        raise BenchError("no root file system: give --rootfs, or install busybox-static")
    (folder / "bin").mkdir()
    (folder / "etc").mkdir()
    shutil.copy(program, folder / "bin/busybox")
    for applet in call([program, "--list"]).split():
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")


def big_image(cache: Path) -> Path:
    """An OCI image layout of 8 layers and 300 MiB, text and noise, a few thousand files."""
    layout = cache / "big"
    if (layout / "index.json").exists():
        return layout
    shutil.rmtree(layout, ignore_errors=True)
    rng = random.Random("byhand bench 1")  # the same bytes each time is the point
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz_", k=rng.randint(2, 11))) for _ in range(4000)]
    layers = (_layer(rng, words, number, size) for number, size in enumerate(BIG_LAYERS_MIB))
    return write_layout(layout, layers)


def _layer(rng: random.Random, words: list[str], number: int, mib: int) -> bytes:
    """One layer's tar: files of many sizes (mean about 100 KiB), three in five of them text."""
    blob = io.BytesIO()
    text = [_text(rng, words) for _ in range(8)]
    with tarfile.open(fileobj=blob, mode="w", format=tarfile.PAX_FORMAT) as tar:
        left, n = mib * MIB, 0
        while left > 0:
            if n % 40 == 0:
                tar.addfile(_entry(_folder(number, n), mode=0o755, kind=tarfile.DIRTYPE))
            size = min(left, int(rng.lognormvariate(9.8, 1.8)) + 1, 12 * MIB)
            is_text = rng.random() < 0.6
            content = _cut(rng.choice(text), rng.randrange(MIB), size) if is_text else rng.randbytes(size)
            name = f"{_folder(number, n)}/{rng.choice(words)}-{n}" + (".txt" if is_text else ".bin")
            tar.addfile(_entry(name, size=size, mode=rng.choice((0o644, 0o755))), io.BytesIO(content))
            left, n = left - size, n + 1
    return blob.getvalue()


def _folder(layer: int, n: int) -> str:
    return f"usr/share/bench-{layer}/{n // 40:04}"


def _entry(name: str, *, size: int = 0, mode: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.type, entry.mtime = size, mode, kind, 1_700_000_000
    return entry


def _text(rng: random.Random, words: list[str]) -> bytes:
    """A mebibyte of word-like text; gzip makes about 40 % of it."""
    return " ".join(rng.choices(words, k=MIB // 5)).encode()[:MIB].ljust(MIB)


def _cut(text: bytes, start: int, size: int) -> bytes:
    """``size`` bytes of ``text`` from ``start`` on, going round at its end."""
    turns = (start + size) // len(text) + 1
    return (text * turns)[start : start + size]


def write_layout(layout: Path, layers: Iterator[bytes] | Sequence[bytes]) -> Path:
    """Write an OCI image layout (image-spec 1.1, image-layout.md) of gzipped layers."""
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)
    described, diff_ids = [], []
    for tar in layers:
        diff_ids.append(f"sha256:{hashlib.sha256(tar).hexdigest()}")
        packed = gzip.compress(tar, compresslevel=6, mtime=0)
        described.append(_blob(blobs, packed, "application/vnd.oci.image.layer.v1.tar+gzip"))
    config: dict[str, Any] = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "bench"} for _ in diff_ids],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _blob(blobs, _json(config), "application/vnd.oci.image.config.v1+json"),
        "layers": described,
    }
    entry = _blob(blobs, _json(manifest), str(manifest["mediaType"]))
    (layout / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    index = {
        "schemaVersion": 2,
        "manifests": [{**entry, "annotations": {"org.opencontainers.image.ref.name": "latest"}}],
    }
    (layout / "index.json").write_bytes(_json(index))  # last: it says that the rest is whole
    return layout


def _blob(blobs: Path, content: bytes, media_type: str) -> dict[str, Any]:
    """Store ``content`` under its digest and return its descriptor."""
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
