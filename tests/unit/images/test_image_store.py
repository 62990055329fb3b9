"""The store's names and sums, without unpacking anything."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from byhand.errors import ByhandError, Conflict, NotFound
from byhand.images import layers, platforms
from byhand.images.ensure import ensure
from byhand.images.layers import Layer
from byhand.images.layout import Layout
from byhand.images.reference import Reference
from byhand.images.store import Descriptor, Image, Store, chain_ids

A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


def chained(first: str, second: str) -> str:
    return "sha256:" + sha256(f"{first} {second}".encode()).hexdigest()


def test_the_first_chain_id_is_the_diff_id() -> None:
    assert chain_ids([A]) == [A]
    assert chain_ids([]) == []


def test_each_chain_id_hashes_the_one_below_and_its_own_diff_id() -> None:
    assert chain_ids([A, B, C]) == [A, chained(A, B), chained(chained(A, B), C)]


def test_an_empty_store_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    assert store.find(Reference.parse("alpine")) is None
    assert store.images() == []
    assert not (tmp_path / "state").exists()


def stored(store: Store, name: str, diff_id: str) -> Image:
    """An image of one layer whose tree is an empty folder."""
    store.layout.create()
    digest = store.layout.add_blob(diff_id.encode())
    tree = store.layers / diff_id.partition(":")[2] / "diff"
    tree.mkdir(parents=True, exist_ok=True)
    layers.link_of(store.layers, tree.parent.name)
    config = json.dumps({"rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
    return store.add_image(Reference.parse(name), config, [Descriptor(digest, 71, "x")])


def test_an_image_is_found_by_its_name_and_by_its_digest(tmp_path: Path) -> None:
    store = Store(tmp_path)
    image = stored(store, "alpine:3", A)
    assert store.find(Reference.parse("docker.io/library/alpine:3")) == image
    by_digest = store.find(Reference.parse(f"alpine@{image.digest}"))
    assert by_digest is not None and by_digest.id == image.id
    assert store.find(Reference.parse("alpine:4")) is None


def test_a_name_moves_to_the_newer_image(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = stored(store, "alpine", A), stored(store, "alpine", B)
    assert first.digest != second.digest
    assert [image.digest for image in store.images()] == [second.digest]


def test_an_image_whose_tree_and_blob_are_gone_is_not_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    image = stored(store, "alpine", A)
    image.layers[0].path.rmdir()
    store.layout.blob(image.layers[0].digest).unlink()
    assert store.find(Reference.parse("alpine")) is None


def test_a_damaged_index_is_a_clear_error(tmp_path: Path) -> None:
    store = Store(tmp_path)
    stored(store, "alpine", A)
    (tmp_path / "images" / "index.json").write_text("{")
    with pytest.raises(ByhandError, match=r"index\.json: not JSON"):
        store.find(Reference.parse("alpine"))


def test_the_lower_folders_are_top_first_and_each_once(tmp_path: Path) -> None:
    def layer(diff_id: str) -> Layer:
        return Layer(diff_id, A, 1, "x", tmp_path)

    image = Image(Reference.parse("x"), A, B, {}, (layer(A), layer(B), layer(A)))
    assert image.lower == ("a" * 16, "b" * 16)


def test_128_links_fit_a_mount_option() -> None:
    links = ":".join(["f" * layers.LINK_LENGTH] * 128)
    assert len(f"lowerdir={links},upperdir={'u' * 400},workdir={'w' * 400}") < 4096


def test_two_trees_cannot_have_one_link(tmp_path: Path) -> None:
    layers.link_of(tmp_path, "a" * 64)
    layers.link_of(tmp_path, "a" * 64)
    with pytest.raises(Conflict, match="points to"):
        layers.link_of(tmp_path, "a" * 63 + "b")


def test_only_what_no_process_holds_is_pruned(tmp_path: Path) -> None:
    with layers.temporary(tmp_path) as scratch:
        (tmp_path / ".tmp-dead.lock").touch()
        (tmp_path / ".tmp-dead" / "diff").mkdir(parents=True)
        assert layers.prune_temporary(tmp_path) == [".tmp-dead"]
        assert scratch.is_dir()
    assert os.listdir(tmp_path) == []


def test_a_layout_says_its_version(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    assert json.loads((tmp_path / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}


def test_never_pulling_names_the_missing_image(tmp_path: Path) -> None:
    def play(path: Path, params: dict[str, object]) -> None:
        raise AssertionError("a recipe was played")

    with pytest.raises(NotFound, match="alpine: no such image here"):
        ensure("alpine", Store(tmp_path), pull="never", play=play, note=print)
    with pytest.raises(ByhandError, match="pull policy 'often'"):
        ensure("alpine", Store(tmp_path), pull="often", play=play, note=print)


PLATFORM_CASES = [
    # what the image has, this machine, which is chosen (None: none)
    (["linux/amd64", "linux/arm64/v8"], ("amd64", ""), 0),
    (["linux/amd64", "linux/arm64/v8"], ("arm64", "v8"), 1),
    (["linux/amd64", "linux/arm64"], ("arm64", "v8"), 1),
    (["linux/arm/v5", "linux/arm/v6", "linux/arm/v7"], ("arm", "v6"), 1),
    (["linux/arm/v5", "linux/arm/v7"], ("arm", "v6"), 0),
    (["windows/amd64", "linux/amd64"], ("amd64", ""), 1),
    (["linux/amd64/v3", "linux/amd64"], ("amd64", ""), 1),
    (["unknown/unknown", "linux/s390x"], ("amd64", ""), None),
]


@pytest.mark.parametrize(("offered", "machine", "chosen"), PLATFORM_CASES)
def test_this_machines_platform_is_chosen(offered: list[str], machine: tuple[str, str], chosen: int | None) -> None:
    found = []
    for number, text in enumerate(offered):
        parts = [*text.split("/"), ""]
        found.append({"platform": {"os": parts[0], "architecture": parts[1], "variant": parts[2]}, "number": number})
    wanted = platforms.Platform("linux", *machine)
    if chosen is None:
        with pytest.raises(NotFound, match="not made for linux/amd64"):
            platforms.choose(found, wanted, "x")
    else:
        assert platforms.choose(found, wanted, "x")["number"] == chosen
