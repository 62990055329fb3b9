"""A real registry on this machine, and layers made by hand to put in it."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from byhand.images.store import Store

Entry = tuple[tarfile.TarInfo, bytes]


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


def entry(name: str, content: bytes = b"", **fields: object) -> Entry:
    """A member of an archive: a file, or what ``type=`` says."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), 0o644, 1_700_000_000
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def archive(*entries: Entry) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def digest_of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def write_layout(folder: Path, layers: list[bytes], *, config: dict[str, object] | None = None) -> str:
    """An OCI layout of one image called v1 with these uncompressed layers; its manifest's digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data: bytes, kind: str) -> dict[str, object]:
        (blobs / sha256(data).hexdigest()).write_bytes(data)
        return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}

    described = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
        **(config or {}),
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": put(json.dumps(described).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [
            put(gzip.compress(layer, 1, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip") for layer in layers
        ],
    }
    entry = put(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(entry["digest"])


@dataclass(frozen=True)
class Registry:
    """A running registry: its address, its folder, its access log."""

    host: str
    folder: Path
    log: Path

    def requests(self, method: str = "GET") -> list[str]:
        """The paths asked for so far."""
        time.sleep(0.2)  # the log is written after the answer
        lines = self.log.read_text(errors="replace").splitlines()
        return [line.split(f'"{method} ', 1)[1].split()[0] for line in lines if f'"{method} ' in line]

    def blob(self, digest: str) -> Path:
        """Where the registry keeps a blob."""
        value = digest.partition(":")[2]
        return self.folder / "docker" / "registry" / "v2" / "blobs" / "sha256" / value[:2] / value / "data"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(folder: Path, settings: str = "", scheme: str = "http") -> Iterator[Registry]:
    """Start docker-registry on a free port of the loopback, and end it by its pid."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    folder.mkdir()
    port, log = free_port(), folder / "log"
    http = f"http:\n  addr: 127.0.0.1:{port}\n" if "http:\n" not in settings else ""
    (folder / "config.yml").write_text(
        "version: 0.1\nlog: {level: error}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}\n"
        f"{http}{settings.replace('PORT', str(port))}"
    )
    with open(log, "wb") as output:
        process = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=output, stderr=output)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise AssertionError(log.read_text())
        yield Registry(f"127.0.0.1:{port}", folder / "data", log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


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


def skopeo(*args: str) -> str:
    done = subprocess.run(["skopeo", "--insecure-policy", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def ends_with(server: str) -> Callable[[str], bool]:
    return lambda path: path.endswith(server)
