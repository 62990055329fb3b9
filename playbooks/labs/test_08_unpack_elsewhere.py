"""The layer lies beside the folder that was meant, and in it where tar was told."""

from __future__ import annotations

from typing import Any


def test_the_folder_that_was_meant_is_empty(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert host.file(f"{folder}/images/rootfs").listdir() == []
    assert host.file(f"{folder}/images/etc/hostname").exists


def test_tar_that_is_told_where_to_goes_there(host: Any, play: Any) -> None:
    assert host.file(f"{play.params['folder']}/better/rootfs/etc/hostname").content_string == "debian\n"
