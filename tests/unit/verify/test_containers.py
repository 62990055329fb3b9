"""host.container and host.image on folders made by hand: what can be wrong with them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import testinfra

from byhand.errors import ByhandError, Conflict, NotFound
from byhand.verify import modules

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def host() -> Any:
    modules.register()
    return testinfra.get_host("local://")


def made(root: Path, name: str, **files: str) -> Path:
    folder = root / "containers" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file.replace("_", ".")).write_text(text)
    return folder


def test_there_is_no_state_folder(host: Any, tmp_path: Path) -> None:
    root = str(tmp_path / "none")
    assert host.container("web", root=root).status == "absent" and not host.image("alpine", root=root).exists


@pytest.mark.parametrize("name", ["a b", "it's", '"$(id)"', "-n", "ü\nx"])
def test_a_state_folder_of_any_name(host: Any, tmp_path: Path, name: str) -> None:
    made(tmp_path / name, "abc123", config_json='{"name": "web", "image": "alpine"}', exit="3\n")
    found = host.container("abc123", root=str(tmp_path / name))
    assert (found.status, found.exit_code, found.name, found.path) == ("exited", 3, "web", f"{tmp_path / name}/containers/abc123")


def test_the_beginning_of_an_id(host: Any, tmp_path: Path) -> None:
    for name in ("abc123", "abd456"):
        made(tmp_path, name)
    assert host.container("abc", root=str(tmp_path)).id == "abc123"
    with pytest.raises(Conflict, match="'ab' begins the ids of several containers"):
        assert host.container("ab", root=str(tmp_path)).exists


def test_a_name_goes_before_an_id(host: Any, tmp_path: Path) -> None:
    for name in ("abc123", "def456"):
        made(tmp_path, name)
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "abc123").write_text("def456\n")
    (tmp_path / "names" / "stale").write_text("gone\n")
    assert host.container("abc123", root=str(tmp_path)).id == "def456"
    assert not host.container("stale", root=str(tmp_path)).exists


def test_a_record_that_is_not_whole(host: Any, tmp_path: Path) -> None:
    folder = made(tmp_path, "abc123")
    web = host.container("abc123", root=str(tmp_path))
    assert (web.status, web.name, web.record, web.limits, web.command) == ("created", "", {}, {}, [])
    for text, wrong in (("{", "not JSON"), ("[1]", "not a JSON object")):
        (folder / "config.json").write_text(text)
        with pytest.raises(ByhandError, match=f"{folder}/config.json: {wrong}"):
            assert web.exists


@pytest.mark.parametrize("pid", ["", "x", "-1", "1 2", "99999999999999999999", "../self", "self"])
def test_a_process_number_that_is_none(host: Any, tmp_path: Path, pid: str) -> None:
    made(tmp_path, "abc123", config_json="{}", pid=pid)
    web = host.container("abc123", root=str(tmp_path))
    assert web.pid is None and web.status == "dead"


def image(root: Path, *, config: bytes = b'{"rootfs": {"diff_ids": []}}', layers: str = "[]") -> None:
    """An image layout with one image, ``it``."""

    def blob(data: bytes) -> str:
        value = hashlib.sha256(data).hexdigest()
        (root / "images/blobs/sha256").mkdir(parents=True, exist_ok=True)
        (root / "images/blobs/sha256" / value).write_bytes(data)
        return f"sha256:{value}"

    manifest = blob(f'{{"config": {{"digest": "{blob(config)}"}}, "layers": {layers}}}'.encode())
    note = {"org.opencontainers.image.ref.name": "docker.io/library/it:latest"}
    (root / "images/index.json").write_text(json.dumps({"manifests": [{"digest": manifest, "annotations": note}]}))


def test_an_image_without_layers(host: Any, tmp_path: Path) -> None:
    image(tmp_path)
    it = host.image("it", root=str(tmp_path))
    assert it.exists and it.layers == [] and it.size == 0 and it.damaged == []


def test_a_layer_that_is_nowhere(host: Any, tmp_path: Path) -> None:
    layer = {"digest": DIGEST, "size": 5, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    image(tmp_path, config=json.dumps({"rootfs": {"diff_ids": [DIGEST]}}).encode(), layers=json.dumps([layer]))
    it = host.image("it", root=str(tmp_path))
    assert not it.exists and it.damaged == [DIGEST] and it.size == 5


@pytest.mark.parametrize("layers", ['[{"digest": 1}]', '[{"digest": "sha256:../../x", "size": 1, "mediaType": "x"}]', "7", "null"])
def test_a_manifest_that_lies(host: Any, tmp_path: Path, layers: str) -> None:
    image(tmp_path, layers=layers)
    with pytest.raises(ByhandError, match="its manifest or config is damaged"):
        assert host.image("it", root=str(tmp_path)).layers


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "sha256:../x", 7, None, "sha256:" + "g" * 64])
def test_an_index_that_lies(host: Any, tmp_path: Path, digest: object) -> None:
    image(tmp_path)
    path = tmp_path / "images/index.json"
    index = json.loads(path.read_text())
    index["manifests"][0]["digest"] = digest
    path.write_text(json.dumps(index))
    with pytest.raises(ByhandError, match="is no digest"):
        assert host.image("it", root=str(tmp_path)).exists


@pytest.mark.parametrize("manifests", ["[7]", "{}", "null", "7", '[{"annotations": 3}]'])
def test_an_index_of_something_else(host: Any, tmp_path: Path, manifests: str) -> None:
    image(tmp_path)
    (tmp_path / "images/index.json").write_text(f'{{"manifests": {manifests}}}')
    with pytest.raises(NotFound, match=r"there is no image docker\.io/library/it:latest"):
        assert host.image("it", root=str(tmp_path)).digest
