"""The layers are one tree, and only the upper folder changed."""

from __future__ import annotations

from typing import Any


def test_the_layers_are_mounted_the_top_one_first(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    mount = host.overlay(f"{folder}/merged")
    assert mount.exists
    assert mount.lower == [f"{folder}/top", f"{folder}/bottom"]
    assert (mount.upper, mount.work) == (f"{folder}/upper", f"{folder}/work")


def test_what_was_deleted_is_only_hidden(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert host.overlay(f"{folder}/merged").whiteouts == ["deleted"]
    assert not host.file(f"{folder}/merged/deleted").exists
    assert host.file(f"{folder}/bottom/deleted").content_string == "from the bottom layer\n"


def test_what_was_written_is_in_upper(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert host.file(f"{folder}/upper/written").content_string == "new\n"
    assert host.file(f"{folder}/top").listdir() == ["both"]
