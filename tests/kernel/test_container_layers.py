"""Layers: 128 of them mount, the top one wins, whiteouts hide, none is ever written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from images_made import Fill, make_image, whiteout, with_busybox
from invoking import Byhand


def layer(number: int) -> Fill:
    def fill(tree: Path) -> None:
        if number == 0:
            with_busybox(tree)
        (tree / "numbers").mkdir()
        (tree / "numbers" / f"{number}").write_text(f"{number}\n")
        (tree / "top").write_text(f"{number}\n")
        if number and number % 10 == 0:
            whiteout(tree / "numbers" / f"{number - 1}")

    return fill


@pytest.fixture(scope="module")
def many(state_folder: Path) -> str:
    return make_image(Byhand(state_folder), "localhost/many:128", [layer(number) for number in range(128)])


def test_an_image_of_128_layers_mounts(byhand: Byhand, many: str) -> None:
    said = byhand.said(
        "sh", "-c", "cat /top; ls /numbers | wc -l; ls /numbers/9 /numbers/119 2>/dev/null; cat /numbers/127 /numbers/0", image=many
    )
    # 12 of the 128 are hidden by the layer after them.
    assert said.split() == ["127", "116", "127", "0"]


def test_a_deep_state_folder_does_not_make_128_layers_fail(many: str, state_folder: Path) -> None:
    deep = state_folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for part in ("images", "layers"):
        os.rename(state_folder / part, deep / part)
    byhand = Byhand(deep)
    try:
        result = byhand.run("cat", "/top", image=many, flags=["--network", "none"])
        assert (result.status, result.text) == (0, "127"), result.err
        byhand.invoke("system.reset", "--yes", "--keep-images")
    finally:
        for part in ("images", "layers"):
            os.rename(deep / part, state_folder / part)


def test_what_the_container_deletes_is_hidden_and_still_in_the_layer(byhand: Byhand, many: str) -> None:
    assert byhand.said("sh", "-c", "rm /top; rm -r /numbers; ls /", image=many).split() == ["bin", "dev", "etc", "proc", "sys"]
    assert byhand.said("cat", "/top", image=many) == "127"


def test_an_opaque_folder_hides_all_below(byhand: Byhand) -> None:
    def base(tree: Path) -> None:
        with_busybox(tree)
        (tree / "data").mkdir()
        (tree / "data" / "old").touch()

    def top(tree: Path) -> None:
        (tree / "data").mkdir()
        (tree / "data" / ".wh..wh..opq").touch()
        (tree / "data" / "new").touch()

    image = make_image(byhand, "localhost/opaque:1", [base, top])
    assert byhand.said("ls", "/data", image=image) == "new"


def test_two_containers_of_one_image_do_not_see_each_others_writes(byhand: Byhand) -> None:
    with byhand.running("sh", "-c", "echo mine >/root/mine; echo ready; exec sleep 30"):
        assert byhand.run("cat", "/root/mine").status != 0
