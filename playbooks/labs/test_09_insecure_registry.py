"""The registry speaks http and no TLS, and the image is whole all the same."""

from __future__ import annotations

from typing import Any


def test_there_is_no_tls(host: Any, play: Any) -> None:
    port = str(play.params["port"])
    assert host.run("curl -s https://127.0.0.1:%s/v2/", port).rc == 35  # curl(1): an SSL connect error
    assert host.run("curl -fsS http://127.0.0.1:%s/v2/", port).rc == 0


def test_the_manifest_is_the_one_that_was_pushed(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert host.file(f"{folder}/manifest").sha256sum == host.file(f"{folder}/image/manifest").sha256sum
