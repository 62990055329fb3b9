"""Both tags are one image, in the registry and where it was pulled."""

from __future__ import annotations

from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def test_both_tags_have_the_digest_of_the_manifest(host: Any, play: Any) -> None:
    folder, port = play.params["folder"], str(play.params["port"])
    digest = host.file(f"{folder}/image/manifest").sha256sum
    for tag in ("1", "stable"):
        head = host.check_output("curl -fsSI -H %s http://127.0.0.1:%s/v2/lab/manifests/%s", f"Accept: {MANIFEST}", port, tag)
        assert f"docker-content-digest: sha256:{digest}" in head.lower()


def test_what_was_pulled_is_what_was_pushed(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    for name in ("layer1", "layer2", "config"):
        pushed = host.file(f"{folder}/image/{name}").sha256sum
        assert host.file(f"{folder}/elsewhere/{pushed}").sha256sum == pushed
