"""The layout is as the OCI image specification says (image-layout.md), and another tool has unpacked it."""

from __future__ import annotations

import json
from typing import Any


def test_each_blob_is_under_its_digest(host: Any, play: Any) -> None:
    layout = f"{play.params['folder']}/other"
    assert json.loads(host.file(f"{layout}/oci-layout").content_string) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads(host.file(f"{layout}/index.json").content_string)["manifests"]
    names = host.file(f"{layout}/blobs/sha256").listdir()
    assert len(names) == 4 and entry["digest"][7:] in names
    assert [name for name in names if host.file(f"{layout}/blobs/sha256/{name}").sha256sum != name] == []


def test_the_tree_is_that_of_both_layers(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert sorted(host.file(f"{folder}/rootfs/etc").listdir()) == ["first", "second"]
