"""A real registry on this machine, and layers made by hand to put in it."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

Entry = tuple[tarfile.TarInfo, bytes]


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
        "layers": [put(gzip.compress(layer, 1, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip") for layer in layers],
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


def skopeo(*args: str) -> str:
    done = subprocess.run(["skopeo", "--insecure-policy", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
