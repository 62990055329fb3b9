"""The recipes themselves, played by the engine; they need the package indexes they name."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from byhand.engine import play, playbook
from byhand.errors import NotFound
from byhand.images import platforms, recipes
from byhand.images.reference import Reference
from byhand.images.store import Image, Store

pytestmark = pytest.mark.kernel

NAMES = sorted(path.stem for path in recipes.folder().glob("*.yml"))


def engine(path: Path, params: dict[str, object]) -> None:
    outcome = play.apply(play.Request(playbook.load(path, path.stem), params), lambda piece, event: None)
    assert outcome.status == 0, outcome


def made(store: Store, text: str, monkeypatch: pytest.MonkeyPatch) -> Image:
    monkeypatch.setenv("BYHAND_ROOT", str(store.root))
    # pip's settings are in the real home folder.
    monkeypatch.setenv("HOME", "/root")
    reference = Reference.parse(text)
    recipe = recipes.find(reference)
    assert recipe is not None
    return recipes.make(recipe, reference, store, engine)


def inside(tree: Path, *command: str) -> str:
    """What a command prints with the tree as its root, without a network."""
    jail = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "chroot", str(tree), *command]
    done = subprocess.run(jail, capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_neutral(tree: Path) -> None:
    """No machine's name, keys, devices or logs; nothing that a mount would be needed to hide."""
    assert (tree / "etc/hostname").read_text() == "localhost\n"
    assert (tree / "etc/resolv.conf").read_text() == ""
    assert not (tree / "etc/machine-id").exists() or (tree / "etc/machine-id").read_text() == ""
    assert list((tree / "dev").iterdir()) == []
    assert list((tree / "run").iterdir()) == []
    assert stat.S_IMODE((tree / "tmp").stat().st_mode) == 0o1777
    assert not list(tree.glob("etc/ssh/ssh_host_*"))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_says_what_it_makes(name: str) -> None:
    recipe = recipes.find(Reference.parse(name))
    assert recipe is not None and recipe.cmd and "latest" in recipe.tags
    assert recipe.env[0].startswith("PATH=")


def test_the_busybox_recipe_makes_a_small_system(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    image = made(store, "busybox", monkeypatch)
    tree = image.layers[0].path
    assert_neutral(tree)
    assert inside(tree, "/bin/sh", "-c", "echo $((6*7)); id -un") == "42\nroot\n"
    assert made(store, "busybox:1", monkeypatch).digest == image.digest  # the same bytes again


def test_the_alpine_recipe_makes_what_alpines_own_image_has(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Reference.parse("alpine")
    recipe = recipes.find(reference)
    assert recipe is not None
    if os.uname().machine not in recipe.machines:
        with pytest.raises(NotFound, match="works on x86_64"):
            recipes.check(recipe, reference)
        return
    tree = made(store, "alpine:3.23", monkeypatch).layers[0].path
    assert_neutral(tree)
    assert "ID=alpine" in inside(tree, "/bin/cat", "/etc/os-release")
    packages = set(inside(tree, "/sbin/apk", "--no-network", "info").split())
    assert {"musl", "busybox", "apk-tools", "alpine-keys"} <= packages
    assert not {"openrc", "linux-virt", "sudo", "dhcpcd", "curl"} & packages
    everything = {str(path.relative_to(tree)) for path in tree.rglob("*")}
    assert not [path for path in everything if "quicksand" in path or path.startswith(("boot", "lib/modules/", "lost"))]
    assert "quicksand" not in (tree / "etc/passwd").read_text() + (tree / "etc/group").read_text()
    assert (tree / "etc/shadow").stat().st_gid == 42 and stat.S_IMODE((tree / "etc/shadow").stat().st_mode) == 0o640
    assert stat.S_IMODE((tree / "var/tmp").stat().st_mode) == 0o1777


@pytest.mark.slow
def test_the_debian_recipe_makes_a_system_whose_apt_is_set_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    image = made(store, "debian:bookworm", monkeypatch)
    tree = image.layers[0].path
    assert_neutral(tree)
    assert "VERSION_CODENAME=bookworm" in inside(tree, "/bin/cat", "/etc/os-release")
    assert inside(tree, "/usr/bin/dpkg", "--audit") == ""
    assert "bookworm" in inside(tree, "/usr/bin/apt-get", "--print-uris", "update")
    assert stat.S_IMODE((tree / "usr/bin/passwd").stat().st_mode) == 0o4755
    assert [path.name for path in (tree / "var/cache/apt/archives").glob("*.deb")] == []
    assert image.config["architecture"] == platforms.host().architecture


def test_debugfs_loses_nothing_that_the_tree_template_does_not_put_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "src"
    (source / "d with space").mkdir(parents=True)
    (source / "empty").mkdir(mode=0o700)
    (source / "sticky").mkdir()
    (source / "sticky").chmod(0o1777)
    (source / "d with space" / "suid file").write_text("x")
    (source / "d with space" / "suid file").chmod(0o4755)
    os.chown(source / "empty", 12, 34)
    os.link(source / "d with space" / "suid file", source / "hard")
    (source / "hard").chmod(0o4755)
    os.symlink("d with space/suid file", source / "link")
    disk = tmp_path / "disk.raw"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(source), str(disk), "8M"], check=True)
    book = tmp_path / "book.yml"
    (tmp_path / "tree with space").mkdir()
    (tmp_path / "work").mkdir()
    book.write_text(
        "title: test\nsteps:\n  - name: Copy\n    image/ext4_tree:\n"
        f"      source: {disk}\n      dest: {tmp_path}/tree with space\n      work: {tmp_path}/work\n"
    )
    monkeypatch.setenv("BYHAND_ROOT", str(store.root))
    engine(book, {})
    tree = tmp_path / "tree with space"
    found = (tree / "d with space" / "suid file").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_nlink) == (0o4755, 2)
    assert stat.S_IMODE((tree / "sticky").stat().st_mode) == 0o1777
    assert ((tree / "empty").stat().st_uid, (tree / "empty").stat().st_gid) == (12, 34)
    assert os.readlink(tree / "link") == "d with space/suid file"
