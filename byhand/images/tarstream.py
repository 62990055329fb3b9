"""Reading a tar archive as a stream: one header after another, nothing sought back.

Python's ``tarfile`` parses each 512-byte header; the extension records (POSIX pax, GNU
long names and sparse maps) are put together here. Sources: tar(5), pax(1), and the
"GNU tar" manual's "Basic Tar Format" and "Sparse Formats".
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from byhand.errors import ByhandError

BLOCK = 512
LONGEST_RECORD = 1 << 20  # bytes in one extension record: a pax header or a long name
XATTR = "SCHILY.xattr."
END = b"\0" * BLOCK
_PAX = re.compile(rb"(\d{1,9}) ([^=]+)=")


class BadLayer(ByhandError):
    """A layer's archive is damaged, or holds what no layer may hold."""


class Stream:
    """Exact reads from a sequence of byte chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._chunk = b""
        self._at = 0

    def some(self, most: int) -> memoryview:
        """At least one byte and at most ``most``; none only at the end."""
        while self._at >= len(self._chunk):
            chunk = next(self._chunks, None)
            if chunk is None:
                return memoryview(b"")
            self._chunk, self._at = chunk, 0
        piece = memoryview(self._chunk)[self._at : self._at + most]
        self._at += len(piece)
        return piece

    def exactly(self, count: int) -> bytes:
        """``count`` bytes; BadLayer when the archive ends before."""
        if self._at + count <= len(self._chunk):
            self._at += count
            return self._chunk[self._at - count : self._at]
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[memoryview]:
        """``count`` bytes in pieces as they come; BadLayer when the archive ends before."""
        while count:
            piece = self.some(count)
            if not piece:
                raise BadLayer(f"the archive ends {count} bytes too early")
            count -= len(piece)
            yield piece

    def skip(self, count: int) -> None:
        """Read ``count`` bytes and drop them."""
        for _ in self.pieces(count):
            pass

    def drain(self) -> None:
        """Read to the end: what follows the archive belongs to the DiffID too."""
        while self.some(1 << 20):
            pass


@dataclass
class Entry:
    """One member: ``size`` bytes of content follow in the stream, then ``padding(size)``.

    ``sparse``: (offset, size) of the pieces the content consists of, None for a plain file;
    ``real_size``: the file's size in bytes once they are in their places.
    """

    name: str
    link: str
    type: bytes
    mode: int
    uid: int
    gid: int
    mtime: float
    size: int
    xattrs: dict[str, bytes] = field(default_factory=dict)
    sparse: list[tuple[int, int]] | None = None
    real_size: int = 0


def entries(stream: Stream) -> Iterator[Entry]:
    """Every member in turn. The caller reads all of ``entry.size`` and the padding after it
    before it asks for the next one."""
    shared: dict[str, bytes] = {}
    own: dict[str, bytes] = {}
    long_name = long_link = ""
    while True:
        block = stream.some(BLOCK)
        if not block:
            return
        header = bytes(block) + (stream.exactly(BLOCK - len(block)) if len(block) < BLOCK else b"")
        if header == END:
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise BadLayer(f"not a tar archive, or a damaged one: {error}") from None
        if header[257:265] == b"ustar  \0":  # GNU: what ustar calls the prefix holds times
            info.name = header[:100].split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
        if info.size < 0:
            raise BadLayer(f"'{info.name}': a negative size")
        kind = info.type
        if kind in (b"x", b"X", b"g"):
            records = _pax(_record(stream, info.size))
            if kind == b"g":
                shared.update(records)
            else:
                own = records
            continue
        if kind in (b"L", b"K"):
            text = _record(stream, info.size).split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
            long_name, long_link = (text, long_link) if kind == b"L" else (long_name, text)
            continue
        pax = {**shared, **own} if shared else own
        entry = _entry(info, pax, long_name, long_link)
        if kind == b"S":
            _gnu_sparse(stream, info, entry)
        elif any(key.startswith("GNU.sparse.") for key in pax):
            _pax_sparse(stream, pax, entry)
        own, long_name, long_link = {}, "", ""
        yield entry


def padding(size: int) -> int:
    """Bytes from the end of ``size`` bytes of content to the next header."""
    return -size % BLOCK


def _entry(info: tarfile.TarInfo, pax: dict[str, bytes], long_name: str, long_link: str) -> Entry:
    entry = Entry(
        long_name or info.name,
        long_link or info.linkname,
        info.type,
        info.mode & 0o7777,
        info.uid,
        info.gid,
        info.mtime,
        info.size if _has_content(info) else 0,
    )
    for key, value in pax.items():
        try:
            if key == "path":
                entry.name = value.decode("utf-8", "surrogateescape")
            elif key == "linkpath":
                entry.link = value.decode("utf-8", "surrogateescape")
            elif key == "size":
                entry.size = _number(value) if _has_content(info) else 0
            elif key == "uid":
                entry.uid = _number(value)
            elif key == "gid":
                entry.gid = _number(value)
            elif key == "mtime":
                entry.mtime = float(value)
            elif key.startswith(XATTR):
                entry.xattrs[key[len(XATTR) :]] = value
        except ValueError:
            raise BadLayer(f"'{entry.name}': pax record {key} is not a number: {value[:40]!r}") from None
    return entry


def _has_content(info: tarfile.TarInfo) -> bool:
    """Whether content follows the header: links, folders and devices have none, whatever
    size they name."""
    return info.isreg() or info.type not in tarfile.SUPPORTED_TYPES


def _number(value: bytes) -> int:
    number = int(value)
    if number < 0:
        raise ValueError
    return number


def _record(stream: Stream, size: int) -> bytes:
    if size > LONGEST_RECORD:
        raise BadLayer(f"an extension record of {size} bytes: more than {LONGEST_RECORD}")
    data = stream.exactly(size)
    stream.skip(padding(size))
    return data


def _pax(data: bytes) -> dict[str, bytes]:
    """The records "LENGTH KEY=VALUE\\n"; repeated sparse keys are joined by commas."""
    records: dict[str, bytes] = {}
    at = 0
    while at < len(data) and data[at]:
        found = _PAX.match(data, at)
        end = at + int(found[1]) if found else 0
        if not found or end > len(data) or end <= found.end() or data[end - 1] != 0x0A:
            raise BadLayer("a damaged pax header")
        key, value = found[2].decode("utf-8", "surrogateescape"), data[found.end() : end - 1]
        if key in ("GNU.sparse.offset", "GNU.sparse.numbytes"):
            joined = records.get("GNU.sparse.map", b"")
            records["GNU.sparse.map"] = joined + b"," + value if joined else value
        else:
            records[key] = value
        at = end
    return records


def _gnu_sparse(stream: Stream, info: tarfile.TarInfo, entry: Entry) -> None:
    """The old GNU format: four pieces in the header, more in blocks that follow it."""
    pieces, more, real = info._sparse_structs  # type: ignore[attr-defined]
    pieces = list(pieces)
    while more:
        block = stream.exactly(BLOCK)
        for at in range(0, 21 * 24, 24):
            offset, count = (tarfile.nti(block[at + k : at + k + 12]) for k in (0, 12))  # type: ignore[attr-defined]
            if offset or count:
                pieces.append((offset, count))
        more = bool(block[504])
        if len(pieces) > LONGEST_RECORD // 24:
            raise BadLayer(f"'{entry.name}': too many pieces in a sparse file")
    _set_sparse(entry, pieces, real, info.size)


def _pax_sparse(stream: Stream, pax: dict[str, bytes], entry: Entry) -> None:
    """The pax formats 0.0, 0.1 (map in the header) and 1.0 (map before the content)."""
    size = entry.size
    try:
        if "GNU.sparse.name" in pax:
            entry.name = pax["GNU.sparse.name"].decode("utf-8", "surrogateescape")
        if pax.get("GNU.sparse.major") == b"1":
            text = b""
            count, numbers = -1, [b""]
            while count < 0 or len(numbers) <= count * 2 + 1:
                text += stream.exactly(BLOCK)
                size -= BLOCK
                if len(text) > LONGEST_RECORD or size < 0:
                    raise ValueError
                numbers = text.split(b"\n")
                count = int(numbers[0])
            flat = [int(number) for number in numbers[1 : count * 2 + 1]]
        else:
            flat = [int(number) for number in pax.get("GNU.sparse.map", b"").split(b",") if number]
        real = int(pax.get("GNU.sparse.realsize") or pax["GNU.sparse.size"])
    except (ValueError, KeyError):
        raise BadLayer(f"'{entry.name}': a damaged sparse map") from None
    _set_sparse(entry, list(zip(flat[::2], flat[1::2], strict=False)), real, size)


def _set_sparse(entry: Entry, pieces: list[tuple[int, int]], real: int, stored: int) -> None:
    at = 0
    for offset, count in pieces:
        if offset < at or count < 0 or offset + count > real:
            raise BadLayer(f"'{entry.name}': a sparse map that overlaps or passes the file's end")
        at = offset + count
    if sum(count for _, count in pieces) > stored:
        raise BadLayer(f"'{entry.name}': a sparse map of more than the content")
    entry.type, entry.size, entry.sparse, entry.real_size = b"0", stored, pieces, real
