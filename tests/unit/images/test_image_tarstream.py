"""Reading archives, without a file system: nothing but BadLayer may come of bad bytes."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.images.tarstream import BadLayer, Entry, Stream, entries, padding


def archive(format: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as tar:
        for name, pax in (("short", {}), ("d/" * 60 + "long", {}), ("attributes", {"SCHILY.xattr.user.a": "b\0c"})):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = 700, 1_600_000_000
            info.pax_headers = pax
            tar.addfile(info, io.BytesIO(b"x" * 700))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "t" * 150
        tar.addfile(link)
    return out.getvalue()


RECORDS = (
    "path linkpath size uid gid mtime GNU.sparse.map GNU.sparse.size GNU.sparse.major GNU.sparse.minor "
    "GNU.sparse.realsize GNU.sparse.name SCHILY.xattr.user.x odd"
).split()
FORMATS = {"pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT}


def read(data: bytes, chunk: int = 1000) -> list[tuple[Entry, bytes]]:
    def chunks() -> Iterator[bytes]:
        for at in range(0, len(data), chunk):
            yield data[at : at + chunk]

    stream = Stream(chunks())
    found = []
    for entry in entries(stream):
        content = b"".join(bytes(piece) for piece in stream.pieces(entry.size))
        stream.skip(padding(entry.size))
        found.append((entry, content))
    stream.drain()
    return found


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("chunk", [1, 511, 512, 513, 1 << 20])
def test_entries_are_read_whatever_the_chunks(format: str, chunk: int) -> None:
    found = read(archive(FORMATS[format]), chunk)
    assert [entry.name for entry, _ in found] == ["short", "d/" * 60 + "long", "attributes", "link"]
    assert [content for _, content in found] == [b"x" * 700] * 3 + [b""]
    assert found[3][0].link == "t" * 150


def test_binary_attributes_keep_every_byte() -> None:
    assert read(archive(tarfile.PAX_FORMAT))[2][0].xattrs == {"user.a": b"b\0c"}


def test_an_archive_that_ends_early_says_by_how_much() -> None:
    with pytest.raises(BadLayer, match="bytes too early"):
        read(archive(tarfile.PAX_FORMAT)[:700])


def checked(data: bytearray) -> bytes:
    """``data`` with every header's sum made right again, so that the damage is looked at."""
    for at in range(0, len(data) - 511, 512):
        if data[at + 257 : at + 262] == b"ustar":
            data[at + 148 : at + 156] = b"        "
            data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(min_size=1, max_size=12)), max_size=6),
)
def test_a_damaged_archive_is_a_bad_layer_or_still_an_archive(format: str, damage: list[tuple[int, bytes]]) -> None:
    data = bytearray(archive(FORMATS[format]))
    for at, new in damage:
        data[at : at + len(new)] = new
    with contextlib.suppress(BadLayer):
        read(checked(data))


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(RECORDS),
        st.one_of(st.text(max_size=12), st.integers().map(str), st.floats().map(str), st.just("0,1,5,9"), st.just("1")),
    )
)
def test_any_pax_record_is_taken_or_refused(records: dict[str, str]) -> None:
    lines = b""
    for key, value in records.items():
        body = f" {key}={value}\n".encode("utf-8", "surrogateescape")
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        lines += str(length).encode() + body
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(lines)
    info = tarfile.TarInfo("file")
    info.size = 1024
    data = header.tobuf(tarfile.USTAR_FORMAT) + lines + b"\0" * padding(len(lines))
    data += info.tobuf(tarfile.USTAR_FORMAT) + b"2\n1\n2\n9\n9\n" + b"\0" * 1014 + b"\0" * 1024
    try:
        for entry, _ in read(data):
            assert entry.size >= 0 and entry.uid >= 0
    except BadLayer:
        pass
