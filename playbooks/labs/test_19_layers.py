"""Each layer holds what was written when it was built; the container's change is in its own folder."""

from __future__ import annotations

from typing import Any


def test_the_container_is_both_layers_and_a_folder_of_its_own(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    mount = host.overlay(f"{folder}/container/merged")
    assert mount.lower == [f"{folder}/layer2", f"{folder}/layer1"] and mount.upper == f"{folder}/container/upper"


def test_the_layers_are_as_they_were_built(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert not host.file(f"{folder}/layer1/var").exists
    assert host.file(f"{folder}/layer2/var/www/index.html").content_string == "hello\n"
    assert host.file(f"{folder}/container/upper/var/www/index.html").content_string == "changed\n"
    assert not host.overlay(f"{folder}/merged").exists
