"""Layers on a real file system: what archives may hold, and what they must not do."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import struct
import subprocess
import tarfile
import zlib
from pathlib import Path

import pytest
from real_registry import archive, digest_of, entry

from byhand.errors import ByhandError
from byhand.images.pack import pack
from byhand.images.unpack import extract

pytestmark = pytest.mark.kernel

DIR, SYM, LNK, FIFO, CHR = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE


def unpacked(folder: Path, data: bytes, **options: object) -> Path:
    """The tree of an archive, next to a file that nothing may touch."""
    (folder / "outside").write_text("untouched")
    blob = folder / "blob"
    blob.write_bytes(data)
    target = folder / "tree"
    if target.exists():
        shutil.rmtree(target)
    extract(blob, target, **options)  # type: ignore[arg-type]
    return target


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_owners_modes_and_times_are_the_archives(tmp_path: Path) -> None:
    tree = unpacked(
        tmp_path,
        archive(
            entry("bin/", type=DIR, mode=0o755),
            entry("bin/su", b"x", mode=0o4755, uid=0, gid=0),
            entry("bin/mail", b"x", mode=0o2755, uid=7, gid=8),
            entry("tmp", type=DIR, mode=0o1777, uid=9, gid=9, mtime=1_600_000_000),
            entry("tmp/later", b"y", mode=0o640),
            entry("link", type=SYM, linkname="bin/su", uid=5, gid=6),
        ),
    )
    assert mode(tree / "bin/su") == 0o4755
    found = (tree / "bin/mail").stat()
    assert (mode(tree / "bin/mail"), found.st_uid, found.st_gid, found.st_mtime) == (0o2755, 7, 8, 1_700_000_000)
    assert (mode(tree / "tmp"), (tree / "tmp").stat().st_mtime) == (0o1777, 1_600_000_000)
    assert ((tree / "link").lstat().st_uid, os.readlink(tree / "link")) == (5, "bin/su")


def test_the_umask_of_the_caller_does_not_matter(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        tree = unpacked(tmp_path, archive(entry("a/b", b"", mode=0o666)))
    finally:
        os.umask(before)
    assert (mode(tree), mode(tree / "a"), mode(tree / "a/b")) == (0o755, 0o755, 0o666)


def test_hard_links_share_one_inode(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, archive(entry("a", b"x"), entry("d/b", type=LNK, linkname="./a")))
    assert (tree / "a").stat().st_ino == (tree / "d/b").stat().st_ino


def test_fifos_are_made_and_devices_are_left_out(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, archive(entry("pipe", type=FIFO), entry("null", type=CHR, devmajor=1, devminor=3)))
    assert stat.S_ISFIFO((tree / "pipe").lstat().st_mode)
    assert not (tree / "null").exists()


def test_extended_attributes_and_capabilities_are_kept(tmp_path: Path) -> None:
    capability = struct.pack("<IIIII", 0x02000001, 0x2000, 0, 0, 0)
    info, content = entry("ping", b"x", mode=0o755, uid=1)
    info.pax_headers = {
        "SCHILY.xattr.security.capability": capability.decode("utf-8", "surrogateescape"),
        "SCHILY.xattr.user.note": "hello",
    }
    tree = unpacked(tmp_path, archive((info, content)))
    assert os.getxattr(tree / "ping", "security.capability") == capability
    assert os.getxattr(tree / "ping", "user.note") == b"hello"


def test_an_archive_cannot_steer_overlayfs(tmp_path: Path) -> None:
    info, content = entry("d", type=DIR, mode=0o755)
    info.pax_headers = {"SCHILY.xattr.trusted.overlay.redirect": "/etc"}
    assert os.listxattr(unpacked(tmp_path, archive((info, content))) / "d") == []


def test_a_whiteout_becomes_overlays_own(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, archive(entry("etc/.wh.passwd"), entry("d/.wh..wh..opq"), entry("d/new", b"")))
    found = (tree / "etc/passwd").lstat()
    assert stat.S_ISCHR(found.st_mode) and found.st_rdev == 0
    assert os.getxattr(tree / "d", "trusted.overlay.opaque") == b"y"
    assert sorted(p.name for p in tree.rglob("*")) == ["d", "etc", "new", "passwd"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_whiteout_does_not_hide_what_its_own_layer_brings(tmp_path: Path, order: tuple[int, int]) -> None:
    members = [entry("etc/.wh.conf"), entry("etc/conf/new", b"x")]
    tree = unpacked(tmp_path, archive(*(members[i] for i in order)))
    assert (tree / "etc/conf/new").read_bytes() == b"x"
    assert os.getxattr(tree / "etc/conf", "trusted.overlay.opaque") == b"y"


def test_overlayfs_shows_what_the_layers_mean(tmp_path: Path) -> None:
    # Overlay on overlay fails, so the layers are on a file system of their own.
    base = tmp_path / "mnt"
    base.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "byhand-test", str(base)], check=True)
    try:
        for name, data in (
            ("one", archive(entry("a/gone", b"1"), entry("a/kept", b"1"), entry("b/old", b"1"))),
            ("two", archive(entry("a/.wh.gone"), entry("b/.wh..wh..opq"), entry("b/new", b"2"))),
        ):
            (base / "blob").write_bytes(data)
            extract(base / "blob", base / name)
        (base / "merged").mkdir()
        options = f"lowerdir={base}/two:{base}/one"
        subprocess.run(["mount", "-t", "overlay", "byhand-test", "-o", options, str(base / "merged")], check=True)
        try:
            found = sorted(str(p.relative_to(base / "merged")) for p in (base / "merged").rglob("*"))
        finally:
            subprocess.run(["umount", str(base / "merged")], check=True)
    finally:
        subprocess.run(["umount", str(base)], check=True)
    assert found == ["a", "a/kept", "b", "b/new"]


def test_a_later_entry_replaces_an_earlier_one(tmp_path: Path) -> None:
    tree = unpacked(
        tmp_path,
        archive(
            entry("same", b"1"),
            entry("same", b"2"),
            entry("dir/inside/deep", b"1"),
            entry("dir", b"a file now"),
            entry("file", b"1"),
            entry("file", type=DIR, mode=0o700),
            entry("file/inside", b"2"),
            entry("link", type=SYM, linkname="/outside"),
            entry("link", b"a file now"),
            entry("keep/me", b"1"),
            entry("keep", type=DIR, mode=0o711),
        ),
    )
    assert (tree / "same").read_bytes() == b"2"
    assert (tree / "dir").read_bytes() == b"a file now"
    assert (tree / "file/inside").read_bytes() == b"2"
    assert (tree / "link").read_bytes() == b"a file now" and not (tree / "link").is_symlink()
    assert (tree / "keep/me").read_bytes() == b"1" and mode(tree / "keep") == 0o711


HOSTILE = {
    "a file by dots": [entry("../outside", b"evil")],
    "a file by dots further in": [entry("a/../../outside", b"evil")],
    "a file through a link": [entry("a", type=SYM, linkname=".."), entry("a/outside", b"evil")],
    "a file through an absolute link": [entry("a", type=SYM, linkname="/"), entry("a/outside", b"evil")],
    "a folder through a link": [entry("a", type=SYM, linkname=".."), entry("a/outside", type=DIR)],
    "a link of links": [
        entry("a", type=SYM, linkname="b"),
        entry("b", type=SYM, linkname=".."),
        entry("a/outside", b"evil"),
    ],
    "a hard link by dots": [entry("a", type=LNK, linkname="../outside"), entry("a", b"evil")],
    "a hard link to what is not there": [entry("a", type=LNK, linkname="/outside"), entry("a", b"evil")],
    "a hard link through a link": [
        entry("d", type=SYM, linkname=".."),
        entry("a", type=LNK, linkname="d/outside"),
    ],
    "a hard link to a folder": [entry("d", type=DIR), entry("a", type=LNK, linkname="d")],
    "a whiteout by dots": [entry("../.wh.outside")],
    "a whiteout of dots": [entry("d/.wh...")],
    "a whiteout of the folder itself": [entry("d/.wh..")],
    "a whiteout through a link": [entry("a", type=SYM, linkname=".."), entry("a/.wh.outside")],
    "the root as a file": [entry("./", b"evil", type=b"0")],
    "the root as a link": [entry(".", type=SYM, linkname="/etc")],
    "a time that is no number": [entry("a", b"", pax_headers={"mtime": "nan"})],
    "a folder's time without end": [entry("a", type=DIR, pax_headers={"mtime": "inf"})],
    "an owner too large": [entry("a", b"", pax_headers={"uid": str(1 << 70)})],
    "a zero byte in a link": [entry("a", type=SYM, pax_headers={"linkpath": "x\0y"})],
    "a zero byte in a name": [entry("a", b"", pax_headers={"path": "x\0y"})],
    "an unknown type": [entry("a", type=b"Q")],
    "a name too long": [entry("a" * 300, b"")],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_reaches_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ByhandError) as raised:
        unpacked(tmp_path, archive(*HOSTILE[name]))
    assert "Traceback" not in str(raised.value)
    assert (tmp_path / "outside").read_text() == "untouched"
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "blob",
        "home",
        "outside",
        "registries.conf",
        "tree",
    ] or sorted(p.name for p in tmp_path.iterdir()) == ["blob", "outside", "registries.conf", "tree"]


def test_absolute_names_stay_inside(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, archive(entry("/etc/passwd", b"x"), entry("//b", type=LNK, linkname="/etc/passwd")))
    assert (tree / "etc/passwd").read_bytes() == b"x"
    assert (tree / "b").stat().st_nlink == 2


def test_a_hard_link_to_a_symbolic_link_links_the_link(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, archive(entry("s", type=SYM, linkname="/outside"), entry("h", type=LNK, linkname="s")))
    assert os.readlink(tree / "h") == "/outside"


def test_folders_nested_deeper_than_pythons_stack_are_replaced(tmp_path: Path) -> None:
    deep = "/".join(["a"] * 1500)
    tree = unpacked(tmp_path, archive(entry(deep, b"x"), entry("a", b"a file now")))
    assert (tree / "a").read_bytes() == b"a file now"


def test_content_past_the_limit_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(archive(entry("a", b"\0" * 1_000_000), entry("b", b"\0" * 1_000_000)))
    assert len(bomb) < 20_000
    with pytest.raises(ByhandError, match="more than 1500000 bytes"):
        unpacked(tmp_path, bomb, size_limit=1_500_000)


def test_a_sparse_file_counts_with_its_whole_size(tmp_path: Path) -> None:
    info, content = entry("s", b"")
    info.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": "1000000000000", "GNU.sparse.name": "s"}
    with pytest.raises(ByhandError, match="more than 1000 bytes"):
        unpacked(tmp_path, archive((info, content)), size_limit=1000)


@pytest.mark.parametrize("format", ["gnu", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix"])
def test_sparse_files_of_gnu_tar_have_their_content(tmp_path: Path, format: str) -> None:
    source = tmp_path / "src"
    source.mkdir()
    with open(source / "holes", "wb") as file:
        for number in range(40):
            file.seek(number * 100_000)
            file.write(b"data %d" % number)
        file.truncate(5_000_000)
    (source / "after").write_text("next")
    made = subprocess.run(
        ["tar", "-C", str(source), "-S", *f"--format={format}".split(), "-cf", "-", "holes", "after"],
        capture_output=True,
        check=True,
    )
    assert len(made.stdout) < 1_000_000
    tree = unpacked(tmp_path, made.stdout)
    assert (tree / "holes").read_bytes() == (source / "holes").read_bytes()
    assert (tree / "holes").stat().st_blocks * 512 < 1_000_000
    assert (tree / "after").read_text() == "next"


@pytest.mark.parametrize("format", ["gnu", "posix", "ustar", "oldgnu", "v7"])
def test_the_trees_of_gnu_tar_are_equal(tmp_path: Path, format: str) -> None:
    source = tmp_path / "src"
    long = "l" * 90 if format in ("ustar", "v7") else "l" * 200
    (source / "d" / long[:50]).mkdir(parents=True)
    (source / "d" / long).write_text("long name")
    (source / "with space\n and line").write_text("x")
    os.symlink("d/" + long, source / "link")
    os.link(source / "d" / long, source / "hard")
    made = subprocess.run(["tar", "-C", str(source), f"--format={format}", "-cf", "-", "."], capture_output=True, check=True)
    tree = unpacked(tmp_path, made.stdout)
    assert subprocess.run(["diff", "-r", "--no-dereference", str(source), str(tree)]).returncode == 0
    assert (tree / "hard").stat().st_nlink == 2


def test_names_that_are_not_utf_8_are_kept(tmp_path: Path) -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    info, content = entry("x", b"1")
    data = bytearray(archive((info, content)))
    data[0:4] = b"caf\xe9"
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert (unpacked(tmp_path, bytes(data)) / name).read_bytes() == b"1"


COMPRESSED = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip in several members": lambda data: gzip.compress(data[:700]) + gzip.compress(data[700:]),
    "gzip with zeros after it": lambda data: gzip.compress(data) + b"\0" * 512,
    "zstd": lambda data: subprocess.run(["zstd", "-q"], input=data, capture_output=True, check=True).stdout,
}


@pytest.mark.parametrize("name", COMPRESSED)
def test_each_compression_is_known_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    data = archive(entry("a", b"content" * 1000))
    packed = COMPRESSED[name](data)
    tree = unpacked(tmp_path, packed, digest=digest_of(packed), diff_id=digest_of(data))
    assert (tree / "a").read_bytes() == b"content" * 1000


@pytest.mark.parametrize("name", COMPRESSED)
def test_content_with_another_digest_is_refused(tmp_path: Path, name: str) -> None:
    data = archive(entry("a", b"content"))
    packed = COMPRESSED[name](data)
    with pytest.raises(ByhandError, match="wrong digest: its content"):
        unpacked(tmp_path, packed, digest=digest_of(packed), diff_id=digest_of(b"other"))
    with pytest.raises(ByhandError, match="wrong digest: the file"):
        unpacked(tmp_path, packed, digest=digest_of(b"other"), diff_id=digest_of(data))


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    return data[:3000] + bytes([data[3000] ^ 1]) + data[3001:]


DAMAGED = {
    "half a gzip": cut(gzip.compress(archive(entry("a", os.urandom(50_000))))),
    "half a tar": cut(archive(entry("a", b"x" * 50_000))),
    "not an archive": b"hello, this is no archive at all" * 100,
    "html": gzip.compress(b"<html>" * 500),
    "a broken checksum": b"x" + archive(entry("a", b"x"))[1:],
    "a gzip with a flipped bit": flipped(gzip.compress(archive(entry("a", os.urandom(5_000))))),
    "a deflate stream": zlib.compress(archive(entry("a", b"x"))),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_is_one_clear_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(ByhandError) as raised:
        unpacked(tmp_path, DAMAGED[name], diff_id=digest_of(b""))
    assert "Traceback" not in str(raised.value) and "\n" not in raised.value.message


def test_an_empty_archive_is_an_empty_layer(tmp_path: Path) -> None:
    assert list(unpacked(tmp_path, archive()).iterdir()) == []
    assert list(unpacked(tmp_path, gzip.compress(b"\0" * 1024)).iterdir()) == []


def test_a_packed_tree_unpacks_to_the_same_and_packs_to_the_same_bytes(tmp_path: Path) -> None:
    tree = unpacked(
        tmp_path,
        archive(
            entry("d", type=DIR, mode=0o1777, uid=3),
            entry("d/x", b"x" * 5000, mode=0o4711, gid=4),
            entry("d/y", type=LNK, linkname="d/x"),
            entry("s", type=SYM, linkname="d/x", uid=2),
            entry("p", type=FIFO),
        ),
    )
    os.setxattr(tree / "d/x", "user.bytes", b"\xff\x00=\n")
    first = pack(tree, tmp_path / "one", newest=1_700_000_100)
    again = tmp_path / "again"
    extract(first.path, again, digest=first.digest, diff_id=first.diff_id)
    second = pack(again, tmp_path / "two", newest=1_700_000_100)
    assert (first.digest, first.diff_id) == (second.digest, second.diff_id)
    assert (again / "d/x").stat().st_nlink == 2 and mode(again / "d/x") == 0o4711
    assert os.getxattr(again / "d/x", "user.bytes") == b"\xff\x00=\n"


def test_tar_reads_what_is_packed(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, archive(entry("a/" + "n" * 180, b"x")))
    packed = pack(tree, tmp_path / "layer")
    listed = subprocess.run(["tar", "-tzf", str(packed.path)], capture_output=True, check=True, text=True).stdout
    assert listed.split() == ["a/", "a/" + "n" * 180]
    assert io.BytesIO(packed.path.read_bytes()).read(2) == b"\x1f\x8b"
