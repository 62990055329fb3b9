"""A layer's archive becomes the lower folder of an overlay mount.

The process that reads the archive is a forked child that has entered the layer's folder
with chroot before the first byte: whatever the archive says, there is nothing else to
reach. Inside, no symbolic link that the archive made is followed either. Whiteouts are
changed into overlay's own (OCI image spec, "Representing Changes"; overlayfs in the
kernel's documentation): ``.wh.NAME`` becomes the character device 0:0 called NAME, and
``.wh..wh..opq`` the attribute ``trusted.overlay.opaque=y`` on its folder.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from byhand.engine import run
from byhand.errors import ByhandError
from byhand.images.extraction import Extraction
from byhand.images.tarstream import BadLayer, Stream

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
READ = 1 << 17  # zlib makes at most 1,032 times as much of it: bounded memory


def extract(blob: Path, folder: Path, *, digest: str = "", diff_id: str = "", size_limit: int | None = None) -> None:
    """Unpack ``blob`` (tar, plain or by gzip or zstd) into the new folder ``folder``.

    ``digest``, ``diff_id``: what the file and its uncompressed tar must hash to.
    ``size_limit``: bytes of file content that are taken before it is refused.
    Raises ByhandError (BadLayer's text); the folder is then to be thrown away.
    """
    folder.mkdir()
    folder.chmod(0o755)  # whatever the caller's umask
    source = os.open(blob, os.O_RDONLY | os.O_CLOEXEC)
    try:
        magic = os.pread(source, 4, 0)
        if magic == ZSTD:
            _extract_zstd(source, folder, digest, diff_id, size_limit)
        else:
            _in_jail(source, folder, magic[:2] == GZIP, digest, diff_id, size_limit)
    finally:
        os.close(source)


def _extract_zstd(source: int, folder: Path, digest: str, diff_id: str, size_limit: int | None) -> None:
    """Python before 3.14 has no zstd: the tool undoes it, from a descriptor to a pipe."""
    packed: Any = sha256()
    for chunk in _file(source):
        packed.update(chunk)
    _compare("the file", packed.hexdigest(), digest)
    os.lseek(source, 0, os.SEEK_SET)
    reader, writer = os.pipe()

    def tool() -> None:
        os.dup2(source, 0)
        os.dup2(writer, 1)
        run.replace(["zstd", "-dcq"])

    child = run.start_child(tool)
    os.close(writer)
    try:
        _in_jail(reader, folder, False, "", diff_id, size_limit)
    finally:
        os.close(reader)
        with contextlib.suppress(ByhandError):  # it ends by a broken pipe when the archive was refused
            child.wait()


def _in_jail(source: int, folder: Path, gzip: bool, digest: str, diff_id: str, size_limit: int | None) -> None:
    """Unpack what ``source`` reads in a child that sees only ``folder``."""

    def inside() -> None:
        os.chroot(folder)
        os.chdir("/")
        os.umask(0)
        packed: Any = sha256()
        unpacked: Any = sha256()
        chunks = _hashed(_file(source), packed)
        stream = Stream(_hashed(_gunzip(chunks) if gzip else chunks, unpacked))
        Extraction(size_limit).everything(stream)
        stream.drain()
        for _ in chunks:  # what follows the last gzip member belongs to the blob
            pass
        _compare("the file", packed.hexdigest(), digest)
        _compare("its content", unpacked.hexdigest(), diff_id)

    run.in_child(inside)


def _file(source: int) -> Iterator[bytes]:
    while chunk := os.read(source, READ):
        yield chunk


def _hashed(chunks: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """RFC 1952: one member after another; what is not a member after the first is left alone."""
    member = zlib.decompressobj(wbits=31)
    fed = False
    for chunk in chunks:
        while chunk:
            fed = True
            try:
                data = member.decompress(chunk)
            except zlib.error as error:
                raise BadLayer(f"damaged gzip data: {error}") from None
            if data:
                yield data
            chunk = b""
            if member.eof:
                chunk = member.unused_data.lstrip(b"\0")
                member, fed = zlib.decompressobj(wbits=31), False
                if not GZIP.startswith(chunk[:2]):
                    return
    if fed:
        raise BadLayer("the gzip data ends too early")


def _compare(what: str, found: str, wanted: str) -> None:
    if wanted and f"sha256:{found}" != wanted:
        raise BadLayer(f"wrong digest: {what} hashes to sha256:{found}, not to {wanted}")
