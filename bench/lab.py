"""The bench's workplace: folders, servers and stores, made when first asked for."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench import images, peers
from bench.process import TEMPORARY, BenchError, Server, call

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass
class Lab:
    """Where a benchmark works. Everything in ``temporary`` goes at the end; ``cache`` stays.

    ``runs``: samples of a short contestant. ``rootfs``: what to make the image of.
    """

    temporary: Path
    cache: Path
    runs: int
    rootfs: Path | None = None
    setup_peers: bool = False
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def long_runs(self) -> int:
        """Samples of a contestant that takes seconds."""
        return min(self.runs, 3)

    @cached_property
    def invoke(self) -> Path:
        """The invoke of the Python that runs the benchmark."""
        return Path(sys.executable).parent / "invoke"

    @cached_property
    def byhand_env(self) -> dict[str, str]:
        """byhand's environment: its own state folder and the local registry."""
        return self.byhand_in(self.temporary / "byhand")

    def byhand_in(self, root: Path) -> dict[str, str]:
        """The environment of a byhand whose state is in ``root``."""
        return {"BYHAND_ROOT": str(root), "CONTAINERS_REGISTRIES_CONF": str(self.registries_conf)}

    def byhand(self, *words: str) -> str:
        """Run one of byhand's commands, outside any clock."""
        return call([self.invoke, *words], env=self.byhand_env, cwd=REPOSITORY)

    @cached_property
    def rootfs_tar(self) -> Path:
        """The tar of the image that is run."""
        return images.rootfs_tar(self.cache, self.rootfs)

    @cached_property
    def rootfs_folder(self) -> Path:
        """The same root file system as a folder, for handwritten.sh."""
        folder = self.temporary / "lower"
        folder.mkdir()
        call(["tar", "--numeric-owner", "-xpf", self.rootfs_tar, "-C", folder])
        return folder

    @cached_property
    def registry(self) -> str:
        """``127.0.0.1:PORT`` of a registry started here. Raises BenchError ("not installed")."""
        program = shutil.which("docker-registry") or shutil.which("registry")
        if program is None:
            raise BenchError("docker-registry is not installed")
        address = f"127.0.0.1:{_free_port()}"
        config = self.temporary / "registry.yml"
        config.write_text(
            "version: 0.1\nlog: {level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: '{self.temporary}/registry'}}}}\n"
            f"http: {{addr: '{address}'}}\n"
        )
        server = Server(
            [program, "serve", config],
            log=self.temporary / "registry.log",
            ready=lambda: _answers(address),
        )
        self._stack.callback(server.stop)
        return address

    @cached_property
    def registries_conf(self) -> Path:
        """A registries.conf(5) that allows the local registry plain HTTP."""
        path = self.temporary / "registries.conf"
        path.write_text(f'[[registry]]\nlocation = "{self.registry}"\ninsecure = true\n')
        return path

    def push(self, layout: Path, name: str) -> str:
        """Push an image layout to the local registry; returns its reference."""
        reference = f"{self.registry}/{name}:latest"
        argv = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false"]
        call([*argv, f"oci:{layout}:latest", f"docker://{reference}"])
        return reference

    @cached_property
    def docker(self) -> peers.Engine:
        """docker, started here unless the host's runs. Raises BenchError when it cannot be."""
        engine, server = peers.docker(self.temporary)
        if server is not None:
            self._stack.callback(server.stop)
        return engine

    @cached_property
    def podman(self) -> peers.Engine:
        """podman with its own store. Raises BenchError when it cannot be used."""
        return peers.podman(self.temporary, self.registries_conf)

    def at_end(self, action: Callable[[], object]) -> None:
        """Do ``action`` at the end, while the servers started before still run."""
        self._stack.callback(action)

    def stop(self) -> None:
        """Stop every server that was started here."""
        self._stack.close()


@contextmanager
def opened(lab: Lab) -> Iterator[Lab]:
    """The lab, its servers stopped at the end; its folder is the caller's to drop."""
    try:
        yield lab
    finally:
        lab.stop()


def temporary_folder() -> Path:
    """A fresh folder on a real file system: an overlay's upper layer cannot lie on another's."""
    return Path(tempfile.mkdtemp(prefix=TEMPORARY, dir="/var/tmp"))


def default_cache() -> Path:
    """``$XDG_CACHE_HOME/byhand-bench``: the images and the peers' virtual environments."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "byhand-bench"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    """Whether a registry says 200 to ``GET /v2/``. No proxy: it is on loopback."""
    connection = http.client.HTTPConnection(address, timeout=1)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
