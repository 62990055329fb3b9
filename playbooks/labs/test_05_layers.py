"""The manifest lists the layers in their order, with what their blobs really are."""

from __future__ import annotations

import json
from typing import Any


def test_each_layer_is_listed_with_its_digest_and_size(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    manifest = json.loads(host.file(f"{folder}/manifest").content_string)
    assert len(manifest["layers"]) == 2
    for blob, name in zip([manifest["config"], *manifest["layers"]], ("config", "layer1", "layer2"), strict=True):
        file = host.file(f"{folder}/image/{name}")
        assert (blob["digest"], blob["size"]) == (f"sha256:{file.sha256sum}", file.size)
