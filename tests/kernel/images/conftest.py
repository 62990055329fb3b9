"""Fixtures for the tests that pull and unpack for real."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from byhand.images.store import Store

sys.path.insert(0, str(Path(__file__).parent))
from real_registry import Registry, running, skopeo, write_layout


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the host's own registries, credentials or proxies."""
    if os.geteuid() != 0:
        pytest.skip("extracting needs root")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "registries.conf").touch()
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "registries.conf"))
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with running(tmp_path / "registry") as found:
        yield found


@pytest.fixture
def push(tmp_path: Path) -> Callable[..., str]:
    """Push layers as an image with skopeo; returns the manifest's digest."""
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    count = iter(range(100))

    def do(reference: str, layers: list[bytes], *options: str, config: dict[str, object] | None = None) -> str:
        layout = tmp_path / f"layout{next(count)}"
        digest = write_layout(layout, layers, config=config)
        skopeo("copy", "--dest-tls-verify=false", *options, f"oci:{layout}:v1", f"docker://{reference}")
        return digest

    return do
