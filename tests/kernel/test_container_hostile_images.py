"""Images made to lead a runtime out of their root: the host stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from images_made import link, make_image, with_busybox
from invoking import Byhand

PLACES = (
    "proc",
    "dev",
    "sys",
    "etc",
    "etc/hosts",
    "etc/resolv.conf",
    "etc/hostname",
    "etc/passwd",
    "etc/group",
    "sys/fs/cgroup",
    "srv",
    "tmp",
    "dev/pts",
)


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path): (path.lstat().st_mode, path.read_text() if path.is_file() and not path.is_symlink() else "")
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A folder of the host that nothing may change, with all a container could be led to."""
    folder = tmp_path / "canary"
    for name in ("proc", "dev", "sys", "etc", "srv", "deep/er"):
        (folder / name).mkdir(parents=True)
    for name in ("file", "etc/hosts", "etc/passwd", "etc/resolv.conf"):
        (folder / name).write_text("of the host\n")
    return folder


KINDS: dict[str, Callable[[Path, Path], None]] = {
    "a link to the host": lambda place, canary: link(place, str(canary)),
    "a link to a file of the host": lambda place, canary: link(place, str(canary / "file")),
    "a link upwards": lambda place, canary: link(place, "../" * 20 + str(canary).lstrip("/")),
    "a link to itself": lambda place, _: link(place, place.name),
    "a link to nothing": lambda place, _: link(place, "/no/such/place"),
    "a link to a process's root": lambda place, _: link(place, "/proc/1/root/tmp"),
    "a fifo": lambda place, _: os.mkfifo(place),
    "a file": lambda place, _: place.write_text("hostile\n"),
    "a folder": lambda place, _: place.mkdir(exist_ok=True),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_place_changes_nothing_on_the_host(byhand: Byhand, canary: Path, kind: str, place: str) -> None:
    def fill(tree: Path) -> None:
        with_busybox(tree)
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        KINDS[kind](tree / place, canary)

    image = make_image(byhand, "localhost/hostile:1", [fill])
    before, mounts = contents(canary), Path("/proc/self/mounts").read_text().count(str(canary))
    flags = ["--network", "none", "--workdir", "/srv/x", "--tmpfs", "/tmp/x", "--user", "0"]
    result = byhand.run(
        "sh", "-c", "echo inside >/dev/null; echo x >/etc/hosts; echo x >/etc/new; echo ran", image=image, flags=flags, timeout=20
    )
    assert contents(canary) == before, "the host was changed"
    assert Path("/proc/self/mounts").read_text().count(str(canary)) == mounts
    assert byhand.folders() == []
    if result.status != 0:
        # A safe end: our code, one or two lines in words.
        assert result.status in (125, 126), result
        assert result.err and len(result.err.splitlines()) <= 3 and "Traceback" not in result.err, result.err
    else:
        assert result.text == "ran"


@pytest.mark.parametrize("target", ["/data", "/data/deeper", "/data/../data"])
def test_a_volume_through_a_link_stays_inside(byhand: Byhand, canary: Path, tmp_path: Path, target: str) -> None:
    def fill(tree: Path) -> None:
        with_busybox(tree)
        link(tree / "data", str(canary))

    image = make_image(byhand, "localhost/hostile:2", [fill])
    (tmp_path / "volume").mkdir()
    before = contents(canary)
    byhand.run(
        "sh", "-c", f"echo x >{target}/written", image=image, flags=["--network", "none", "-v", f"{tmp_path}/volume:{target}"], timeout=20
    )
    assert contents(canary) == before


@pytest.mark.parametrize(
    "workdir", ["/w", "/w/new", "/w/../../../../../../../../..", "/proc/1/root", "/proc/self/fd", "relative/../../..", "/proc/self/fd/9"]
)
def test_a_working_folder_with_links_stays_inside(byhand: Byhand, canary: Path, workdir: str) -> None:
    def fill(tree: Path) -> None:
        with_busybox(tree)
        link(tree / "w", "../" * 20 + str(canary).lstrip("/"))

    image = make_image(byhand, "localhost/hostile:3", [fill], {"WorkingDir": workdir})
    before = contents(canary)
    result = byhand.run("sh", "-c", "ls -a ..; ls -a /; pwd; echo x >file-made-here", image=image, flags=["--network", "none"], timeout=20)
    assert contents(canary) == before
    assert "canary" not in result.text.replace(str(canary), ""), "the host's folder was seen"
    assert not Path(str(canary) + "/file-made-here").exists() and not Path("file-made-here").exists()


@pytest.mark.parametrize("row", [
    "root:x:$(touch /canary):0::/:/bin/sh", "root:x:0:0::/\n:::::", "root:x:-1:0::/:",
    "root", ":", "\0\0\0", "root:x:99999999999999999999:0::/:", "root:x:0:0::$(id):/bin/sh", "a" * 100000,
])  # fmt: skip
def test_a_hostile_passwd_is_data(byhand: Byhand, row: str) -> None:
    def fill(tree: Path) -> None:
        with_busybox(tree)
        (tree / "etc").mkdir()
        (tree / "etc" / "passwd").write_text(row)

    image = make_image(byhand, "localhost/hostile:4", [fill])
    result = byhand.run("id", "-u", image=image, flags=["--network", "none", "--user", "root"], timeout=20)
    assert (result.status, result.text) == (0, "0") or (result.status == 125 and "root" in result.err), result


@pytest.mark.parametrize("config", [
    {"Env": ["A=$(touch /canary)\nEOF\nx", "PATH=/bin:../..:relative"]},
    {"Cmd": ["sh", "-c", "echo '\nEND_OF_INIT\n'"]}, {"Env": ["LD_PRELOAD=/evil.so", "ENV=/evil.sh", "IFS=x"]},
    {"User": "0:0"}, {"Entrypoint": ["sh", "-c", "exit 0", "--"]}, {"Env": None, "Entrypoint": None, "WorkingDir": "", "User": ""},
])  # fmt: skip
def test_a_hostile_config_is_data(byhand: Byhand, config: dict[str, object]) -> None:
    image = make_image(byhand, "localhost/hostile:5", [with_busybox], config)
    assert byhand.run("sh", "-c", "exit 0", image=image, flags=["--network", "none"], timeout=20).status == 0
    assert not Path("/canary").exists()


@pytest.mark.parametrize(
    "config",
    [
        {"User": "$(id)"},
        {"User": "-1"},
        {"Env": ["no equals sign"]},
        {"WorkingDir": "a\0b"},
        {"Cmd": "not a list", "Entrypoint": 7},
        {"Env": {"A": "b"}},
        {"Env": "A=b"},
        {"Entrypoint": [1, None]},
    ],
)
def test_a_config_that_makes_no_sense_is_refused_in_words(byhand: Byhand, config: dict[str, object]) -> None:
    image = make_image(byhand, "localhost/hostile:6", [with_busybox], config)
    result = byhand.run(image=image, flags=["--network", "none"], timeout=20)
    assert result.status in (2, 125, 127) and "Traceback" not in result.err, result.err
    assert len(result.err.splitlines()) <= 3
    assert byhand.folders() == []
