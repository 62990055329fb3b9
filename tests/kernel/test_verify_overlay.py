"""host.overlay: layers mounted by hand are read back, whatever their names, and so is what was deleted in the tree."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asked import here, on, sh
from machine import machine
from testinfra.host import Host

from byhand.errors import BadValue, ByhandError, NotFound
from byhand.verify.modules.overlay import Overlay

HOSTILE = ["a b", "a,b", "a:b", "a\\b", "a\nb", "-a", "a'\"$(x)", "ä\U0001f433"]


@pytest.fixture
def host() -> Host:
    if os.geteuid() != 0:
        pytest.skip("mounts need root")
    return here()


@pytest.fixture
def place(host: Host) -> Iterator[Path]:
    """A folder of which nothing is left, mounted or not."""
    found = Path(tempfile.mkdtemp(prefix="byhand-overlay-", dir="/var/tmp"))
    for name in ("base", "app", "upper", "work", "merged"):
        (found / name).mkdir()
    yield found
    while subprocess.run(["umount", found / "merged"], capture_output=True, check=False).returncode == 0:
        pass
    shutil.rmtree(found)


def mount(place: Path, options: str, *more: str) -> None:
    """Mount an overlay on ``merged``; relative names are below ``place``."""
    sh(
        'cd "$1"; shift; LIBMOUNT_FORCE_MOUNT2=always mount -t overlay "$@"',
        str(place),
        *more,
        "-o",
        options,
        "test",
        str(place / "merged"),
    )


def mount_by_call(place: Path, options: str) -> None:
    """The same by mount(2): mount(8) has its own way with quotes and escapes."""
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.mount(b"test", os.fsencode(place / "merged"), b"overlay", 0, os.fsencode(options))
    assert done == 0, (options, os.strerror(ctypes.get_errno()))


def full(place: Path) -> str:
    return f"lowerdir={place}/app:{place}/base,upperdir={place}/upper,workdir={place}/work"


def test_layers_are_those_mounted(host: Host, place: Path) -> None:
    overlay = host.overlay(f"{place}/merged/")
    assert not overlay.exists
    mount(place, full(place) + ",nodev,index=off")
    assert overlay.exists
    assert overlay.lower == [f"{place}/app", f"{place}/base"]
    assert (overlay.upper, overlay.work) == (f"{place}/upper", f"{place}/work")
    assert overlay.options[:2] == ["rw", "nodev"]
    assert not [option for option in overlay.options if "dir" in option]
    sh('umount "$1/merged"', str(place))
    assert not overlay.exists
    with pytest.raises(NotFound, match="no overlay is mounted on"):
        overlay.lower  # noqa: B018


def test_it_is_found_through_a_link(host: Host, place: Path) -> None:
    mount(place, full(place))
    (place / "link").symlink_to("merged")
    assert host.overlay(f"{place}/link").upper == f"{place}/upper"


def test_one_that_is_only_read_has_no_upper(host: Host, place: Path) -> None:
    mount(place, f"lowerdir={place}/app:{place}/base")
    overlay = host.overlay(f"{place}/merged")
    assert (overlay.upper, overlay.work, overlay.whiteouts, overlay.opaque) == (None, None, [], [])
    assert len(overlay.lower) == 2


def test_what_is_mounted_over_it_counts(host: Host, place: Path) -> None:
    overlay = host.overlay(f"{place}/merged")
    mount(place, full(place))
    for name in ("upper2", "work2"):
        (place / name).mkdir()
    mount(place, f"lowerdir={place}/base,upperdir={place}/upper2,workdir={place}/work2")
    assert (overlay.upper, overlay.lower) == (f"{place}/upper2", [f"{place}/base"])
    sh('mount -t tmpfs none "$1"', f"{place}/merged")
    assert not overlay.exists, "a tmpfs hides it"


def test_names_are_what_they_are(host: Host, place: Path) -> None:
    def escaped(name: str) -> str:
        return "".join("\\" + letter if letter in "\\:," else letter for letter in name)

    for name in HOSTILE:
        (place / name / "upper").mkdir(parents=True)
        (place / name / "work").mkdir()
    for name in HOSTILE:
        lower = ":".join(escaped(f"{place}/{one}") for one in HOSTILE if one != name)
        mount_by_call(place, f"lowerdir={lower},upperdir={escaped(f'{place}/{name}/upper')},workdir={escaped(f'{place}/{name}/work')}")
        overlay = host.overlay(f"{place}/merged")
        assert overlay.lower == [f"{place}/{one}" for one in HOSTILE if one != name]
        assert (overlay.upper, overlay.work) == (f"{place}/{name}/upper", f"{place}/{name}/work")
        sh('umount "$1/merged"', str(place))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_mount_point_is_what_it_is(host: Host, place: Path, name: str) -> None:
    (place / name).mkdir()
    mount(place, full(place))
    sh('mount --move "$1/merged" "$1/$2"', str(place), name)
    try:
        assert host.overlay(f"{place}/{name}").upper == f"{place}/upper"
        assert not host.overlay(f"{place}/merged").exists
    finally:
        sh('umount "$1/$2"', str(place), name)


def test_128_short_names_are_given_in_full(host: Host, place: Path) -> None:
    (place / "l").mkdir()
    layers = [place / "layers" / f"{number:03}-{'x' * 60}" for number in range(128)]
    for number, layer in enumerate(layers):
        layer.mkdir(parents=True)
        (place / "l" / f"{number:016x}").symlink_to(layer)
    mount(place, "lowerdir=" + ":".join(f"l/{number:016x}" for number in range(128)) + ",upperdir=upper,workdir=work")
    overlay = host.overlay(f"{place}/merged")
    assert overlay.lower == [str(layer) for layer in layers]
    assert (overlay.upper, overlay.work) == (f"{place}/upper", f"{place}/work")


def test_a_name_relative_to_what_is_not_known_is_said(host: Host, place: Path) -> None:
    (place / "deep/er").mkdir(parents=True)
    sh('cd "$1/deep"; mount -t overlay -o "lowerdir=er:../base" test "$1/merged"', str(place))
    with pytest.raises(ByhandError, match="it cannot be told which folder its layer 'er' is in"):
        host.overlay(f"{place}/merged").lower  # noqa: B018
    assert host.overlay(f"{place}/merged", below=f"{place}/deep").lower == [f"{place}/deep/er", f"{place}/deep/../base"]


def test_what_is_deleted_is_a_whiteout(host: Host, place: Path) -> None:
    for name in HOSTILE:
        (place / "base" / name).write_text("x")
    (place / "app" / "etc").mkdir()
    (place / "app" / "etc" / "motd").write_text("x")
    mount(place, full(place))
    overlay = host.overlay(f"{place}/merged")
    assert overlay.whiteouts == []
    (place / "merged/etc/motd").unlink()
    assert overlay.whiteouts == ["etc/motd"]
    for name in HOSTILE:
        (place / "merged" / name).unlink()
    assert overlay.whiteouts == sorted([*HOSTILE, "etc/motd"])
    os.mknod(place / "merged/null", 0o20666, os.makedev(1, 3))  # a device that is one
    (place / "merged/etc/motd").write_text("again")
    assert overlay.whiteouts == sorted(HOSTILE)


class Few:
    """This host with a few of its tools."""

    def __init__(self, host: Host, folder: Path, tools: list[str]) -> None:
        self.host, self.folder = host, folder
        folder.mkdir()
        for tool in tools:
            path = sys.executable if tool == "python3" else shutil.which(tool)
            assert path, tool
            # Not a link: Python looks for its library beside itself.
            (folder / tool).write_text(f'#!{shutil.which("sh")}\nexec {shlex.quote(path)} "$@"\n')
            (folder / tool).chmod(0o755)

    def run(self, command: str, *args: str) -> Any:
        return self.host.run("PATH=%s; " + command, str(self.folder), *args)


@pytest.mark.parametrize("tool", ["python3", *(["getfattr"] if shutil.which("getfattr") else [])])
def test_a_folder_made_anew_is_opaque(host: Host, place: Path, tool: str) -> None:
    for name in [*HOSTILE, "kept"]:
        (place / "base/deep" / name).mkdir(parents=True)
    mount(place, full(place))
    overlay = Overlay(Few(host, place / "tools", ["sh", "cat", "readlink", tool]), f"{place}/merged")
    assert overlay.opaque == []
    for name in HOSTILE:
        (place / "merged/deep" / name).rmdir()
        (place / "merged/deep" / name).mkdir()
    assert overlay.opaque == sorted(f"deep/{name}" for name in HOSTILE)


def test_without_a_tool_for_attributes_one_line_says_so(host: Host, place: Path) -> None:
    mount(place, full(place))
    overlay = Overlay(Few(host, place / "tools", ["sh", "cat", "readlink"]), f"{place}/merged")
    with pytest.raises(ByhandError, match="getfattr or python3, and the host has neither"):
        overlay.opaque  # noqa: B018


def test_another_processs_mounts_are_read(host: Host, place: Path) -> None:
    script = 'mount -t overlay -o "$0" test "$1"; echo ready; exec sleep 60'
    argv = ["unshare", "--mount", "sh", "-euc", script, full(place), str(place / "merged")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        assert not host.overlay(f"{place}/merged").exists
        assert host.overlay(f"{place}/merged", pid=process.pid).upper == f"{place}/upper"
        process.kill()


def test_busybox_is_enough(host: Host) -> None:
    with machine("alpine") as alpine:
        alpine.said("sh", "-euc", """
            mkdir /t; mount -t tmpfs t /t; cd /t; mkdir 'a b' c u w m; touch 'a b/gone' c/kept
            mount -t overlay -o 'lowerdir=a b:/t/c,upperdir=u,workdir=/t/w' o m; rm m/gone
        """)  # fmt: skip
        overlay = on(alpine).overlay("/t/m")
        assert (overlay.lower, overlay.upper, overlay.work) == (["/t/a b", "/t/c"], "/t/u", "/t/w")
        assert overlay.whiteouts == ["gone"]
        assert on(alpine).overlay("/").exists


def test_a_path_must_be_one(host: Host) -> None:
    with pytest.raises(BadValue, match="is no absolute path"):
        host.overlay("merged")
    assert not host.overlay("/proc").exists
    assert not host.overlay("/x$(touch /tmp/x); y").exists
