"""The blobs begin as their kinds do (RFC 1952, RFC 8878, POSIX's pax)."""

from __future__ import annotations

from typing import Any


def test_each_blob_begins_as_its_kind_does(host: Any, play: Any) -> None:
    blobs = f"{play.params['folder']}/blobs"
    assert host.file(f"{blobs}/layer1").content[:2] == b"\x1f\x8b"
    assert host.file(f"{blobs}/small").content[:4] == b"\x28\xb5\x2f\xfd"
    assert host.file(f"{blobs}/plain").content[257:262] == b"ustar"
    assert host.file(f"{blobs}/config").content[:1] == b"{"
