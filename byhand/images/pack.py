"""A folder becomes a layer: the same tree always gives the same bytes.

Entries are sorted, owners are numbers, times are whole seconds, extended attributes are
pax records (``SCHILY.xattr.``, as every other builder writes them). Sockets and devices
are left out: a container gets its own /dev.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from byhand.errors import ByhandError
from byhand.images.layout import OCI_LAYER
from byhand.images.tarstream import XATTR

LEVEL = 1  # of gzip: this is for a local store, where time counts more than size
BUFFER = 1 << 16  # bytes: tarfile copies its whole buffer at each write


@dataclass(frozen=True)
class Packed:
    """A layer's file: its digest, its size in bytes, its DiffID and media type."""

    path: Path
    digest: str
    size: int
    diff_id: str
    media_type: str = f"{OCI_LAYER}+gzip"


class _Hashing:
    """A file that hashes what is written through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest: Any = sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def pack(tree: Path, target: Path, *, newest: int | None = None) -> Packed:
    """Write the layer of ``tree`` to ``target``.

    ``newest``: seconds since 1970; later times become this one, so that a tree that was
    made again has the same digest.
    """
    with open(target, "wb") as file:
        outer = _Hashing(file)
        with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=outer, mtime=0) as zipped:
            inner = _Hashing(zipped)  # type: ignore[arg-type]
            with tarfile.open(fileobj=inner, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BUFFER) as archive:  # type: ignore[call-overload]
                _add_all(archive, tree, newest)
    return Packed(
        target,
        f"sha256:{outer.digest.hexdigest()}",
        target.stat().st_size,
        f"sha256:{inner.digest.hexdigest()}",
    )


def _add_all(archive: tarfile.TarFile, tree: Path, newest: int | None) -> None:
    linked: dict[tuple[int, int], str] = {}
    for path, name in _walk(tree):
        found = os.lstat(path)
        info = _info(path, name, found, newest)
        if info is None:
            continue
        if found.st_nlink > 1 and stat.S_ISREG(found.st_mode):
            first = linked.setdefault((found.st_dev, found.st_ino), name)
            if first != name:
                info.type, info.linkname, info.size, info.pax_headers = tarfile.LNKTYPE, first, 0, {}
        if info.isreg():
            with open(path, "rb") as content:
                archive.addfile(info, content)
        else:
            archive.addfile(info)
        archive.members.clear()  # type: ignore[attr-defined]


def _walk(tree: Path) -> Iterator[tuple[str, str]]:
    """Every path below ``tree`` and its name in the archive, folders before what is in them."""
    waiting = [("", str(tree))]
    while waiting:
        name, path = waiting.pop()
        if name:
            yield path, name
        if os.path.isdir(path) and not os.path.islink(path):
            items = sorted(os.listdir(path), reverse=True)
            waiting += [(f"{name}/{item}" if name else item, f"{path}/{item}") for item in items]


def _info(path: str, name: str, found: os.stat_result, newest: int | None) -> tarfile.TarInfo | None:
    info = tarfile.TarInfo(name)
    info.mode, info.uid, info.gid = stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid
    seconds = int(found.st_mtime)
    info.mtime = seconds if newest is None else min(seconds, newest)
    if stat.S_ISREG(found.st_mode):
        info.size = found.st_size
    elif stat.S_ISDIR(found.st_mode):
        info.type = tarfile.DIRTYPE
    elif stat.S_ISLNK(found.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(path)
    elif stat.S_ISFIFO(found.st_mode):
        info.type = tarfile.FIFOTYPE
    else:
        return None
    if info.type != tarfile.SYMTYPE:
        info.pax_headers = _attributes(path)
    return info


def _attributes(path: str) -> dict[str, str]:
    try:
        names = sorted(os.listxattr(path, follow_symlinks=False))
    except OSError:
        return {}
    kept = [name for name in names if not name.startswith(("trusted.overlay.", "system.", "security.selinux"))]
    found = {}
    for name in kept:
        try:
            value = os.getxattr(path, name, follow_symlinks=False)
        except OSError as error:
            raise ByhandError(f"{path}: attribute {name} cannot be read: {error.strerror}") from None
        found[f"{XATTR}{name}"] = value.decode("utf-8", "surrogateescape")
    return found
