"""The names fit together as the OCI image specification says (config.md, "Layer ChainID")."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from typing import Any


def test_the_names_of_each_layer_fit_together(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    listed = json.loads(host.file(f"{folder}/image/config").content_string)["rootfs"]["diff_ids"]
    chain = ""
    for name, diff_id in zip(("layer1", "layer2"), listed, strict=True):
        blob = host.file(f"{folder}/image/{name}").content
        assert diff_id == "sha256:" + sha256(gzip.decompress(blob)).hexdigest()
        chain = "sha256:" + sha256(f"{chain} {diff_id}".encode()).hexdigest() if chain else diff_id
        entry = f"{folder}/layerdb/{chain[7:]}"
        assert host.file(f"{entry}/diff").content_string.strip() == diff_id
        assert host.file(f"{entry}/blob").content_string.strip() == "sha256:" + sha256(blob).hexdigest()
        assert host.file(f"{folder}/overlay2/{name}-unpacked/diff/etc").is_directory
