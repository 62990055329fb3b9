"""The layers that were fetched are whole, and nothing else is there."""

from __future__ import annotations

from typing import Any


def test_what_was_fetched_is_what_was_pushed(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    for fetched, pushed in (("l1", "layer1"), ("l2", "layer2")):
        assert host.file(f"{folder}/{fetched}").sha256sum == host.file(f"{folder}/image/{pushed}").sha256sum


def test_what_does_not_fit_is_not_there(host: Any, play: Any) -> None:
    assert [name for name in host.file(play.params["folder"]).listdir() if name.startswith("l")] == ["l1", "l2"]
