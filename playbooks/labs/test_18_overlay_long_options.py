"""128 layers are one tree."""

from __future__ import annotations

from typing import Any


def test_all_layers_are_mounted(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    mount = host.overlay(f"{folder}/merged")
    assert mount.exists and len(mount.lower) == 128
    assert len(host.file(f"{folder}/merged").listdir()) == 128
