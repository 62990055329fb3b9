"""docker and podman with stores of their own, in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bench.process import BenchError, Server, Word, call

HOST_SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True)
class Engine:
    """A container engine: the words its commands begin with, and their environment."""

    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    run_flags: tuple[str, ...] = ()

    def call(self, *words: str, check: bool = True) -> str:
        """Run one of its commands to the end."""
        return call([*self.command, *words], env=self.env, check=check)


def docker_client() -> str | None:
    """The docker command that came with dockerd: the one of the same version.

    A machine may have several; two versions of client and server are another test.
    """
    daemon = shutil.which("dockerd", path=search_path())
    if daemon is None:
        return shutil.which("docker")
    wanted = call([daemon, "--version"]).split(",")[0].split()[-1]
    folders = dict.fromkeys(search_path().split(os.pathsep))
    found = [str(path) for folder in folders if os.access(path := Path(folder, "docker"), os.X_OK)]
    same = [path for path in found if f" {wanted}," in call([path, "--version"], check=False)]
    return next(iter(same + found), None)


def search_path() -> str:
    """PATH and the administrator's folders, which a user's may lack."""
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def docker(temporary: Path) -> tuple[Engine, Server | None]:
    """The host's docker if it runs; else one started here. Raises BenchError ("not installed")."""
    client = docker_client()
    if client is None:
        raise BenchError("not installed")
    env = {"DOCKER_CONFIG": str(temporary / "docker-config")}
    if HOST_SOCKET.is_socket():
        host = Engine((client, "-H", f"unix://{HOST_SOCKET}"), env)
        if host.call("version", "--format", "{{.Server.Version}}", check=False).strip():
            return host, None
    daemon = shutil.which("dockerd", path=search_path())
    if daemon is None:
        raise BenchError("not installed (a client, but no dockerd)")
    home = temporary / "docker"
    home.mkdir()
    (home / "daemon.json").write_text(json.dumps({"insecure-registries": ["127.0.0.0/8"]}))
    socket = home / "docker.sock"
    engine = Engine((client, "-H", f"unix://{socket}"), env)
    argv: list[Word] = [daemon, "--config-file", home / "daemon.json", "--host", f"unix://{socket}"]
    argv += ["--data-root", home / "data", "--exec-root", home / "exec", "--pidfile", home / "pid"]
    server = Server(
        argv,
        log=temporary / "dockerd.log",
        ready=lambda: bool(engine.call("version", "--format", "{{.Server.Version}}", check=False).strip()),
        env={"PATH": search_path()},
    )
    return engine, server


def podman(temporary: Path, registries: Path) -> Engine:
    """podman with its own store. Raises BenchError ("not installed").

    The flags are what podman 4.3 (Debian 12) needs where CAP_SYS_RESOURCE is
    missing and there is no systemd; elsewhere they change nothing measurable.
    """
    program = shutil.which("podman", path=search_path())
    if program is None:
        raise BenchError("not installed")
    home = temporary / "podman"
    (home / "networks").mkdir(parents=True)
    command = [program, "--root", str(home / "root"), "--runroot", str(home / "run")]
    command += ["--tmpdir", str(home / "tmp"), "--network-config-dir", str(home / "networks")]
    command += ["--cgroup-manager", "cgroupfs", "--runtime", "runc"]
    flags = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")
    return Engine(tuple(command), {"CONTAINERS_REGISTRIES_CONF": str(registries)}, flags)
