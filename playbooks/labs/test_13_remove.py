"""One layer is gone; what the other image has is there."""

from __future__ import annotations

import json
from typing import Any


def test_what_the_other_image_has_is_there_and_nothing_else(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    kept = {host.file(f"{folder}/image/{name}").sha256sum for name in ("layer1", "config")}
    assert set(host.file(f"{folder}/store/blobs").listdir()) == kept
    assert host.file(f"{folder}/store/manifests").listdir() == ["one"]
    (layer,) = json.loads(host.file(f"{folder}/store/manifests/one").content_string)["layers"]
    assert layer["digest"][7:] in kept
