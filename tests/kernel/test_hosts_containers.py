"""Containers as hosts: byhand's own, docker's and podman's, each played on, checked and undone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from invoking import Byhand, until
from machine import root_of

from bench.peers import Engine, docker_client, search_path
from byhand.containers import enter
from byhand.engine import run

PLAY = """title: Files there
steps:
  - name: What it is
    command/shell: {script: "hostname; id -un; grep CapEff /proc/self/status"}
    register: seen
  - name: A file
    file/content: {path: /etc/motd, content: "new\\n"}
  - name: What was seen
    file/content: {path: /tmp/seen, content: "{{ seen.stdout }}\\n"}
"""


@pytest.fixture
def play(tmp_path: Path) -> Path:
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path / "play.yml"


def there_and_back(byhand: Byhand, play: Path, target: str, read: str, *, settings: dict[str, str] | None = None) -> str:
    """Needed, applied, so, undone; ``read`` is a command that prints the file. What the play saw there."""

    def done(verb: str, *words: str, status: int = 0) -> str:
        given = {"env": settings or {}}
        result = byhand.invoke(f"playbook.{verb}", *words, "--hosts", target, **given)  # type: ignore[arg-type]
        assert result.status == status, f"{verb}: {result.status}: {result.err}{result.text}"
        return result.err + result.text

    def printed(path: str) -> str:
        ran = subprocess.run([*read.split(), f"cat {path}"], capture_output=True, text=True, env={**os.environ, **(settings or {})})
        return ran.stdout

    before = printed("/etc/motd")
    done("check", str(play), status=4)
    out = done("run", str(play), "--json")
    run = next(row["run"] for row in map(json.loads, out.splitlines()) if row.get("run"))
    assert printed("/etc/motd") == "new\n" != before
    seen = printed("/tmp/seen")
    done("check", str(play))
    done("undo", "--run", run)
    assert printed("/etc/motd") == before
    assert printed("/tmp/seen") == ""
    return seen


def test_a_container_of_ours(byhand: Byhand, play: Path) -> None:
    with byhand.running("sh", "-c", "echo ready; sleep 100", flags=["--name", "box", "--hostname", "box"]) as process:
        shown = json.loads(byhand.invoke("container.inspect", "box").text)
        read = f"nsenter --target={shown['pid']} --mount --root --wd=/ sh -c"
        seen = there_and_back(byhand, play, "byhand://box", read).split()
        own = Path(f"/proc/{shown['pid']}/status").read_text()
        assert seen[:3] == ["box", "root", "CapEff:"]
        assert f"CapEff:\t{seen[3]}" in own, "it has the container's capabilities and no more"
        assert process.poll() is None


def test_who_enters_has_nothing_of_the_host(byhand: Byhand, monkeypatch: pytest.MonkeyPatch) -> None:
    with byhand.running("sh", "-c", "echo ready; sleep 100", flags=["--name", "box"]):
        monkeypatch.setenv("BYHAND_ROOT", str(byhand.root))
        asked = b"ls -di . / | awk '{print $1}'; cat /proc/self/cgroup; ls -l /proc/self/fd /proc/$PPID/cwd | grep -c /var/; true"
        here, root, *groups, folders = run.capture(enter.words("box"), stdin=asked).stdout.decode().splitlines()
    assert here == root
    assert groups and not [line for line in groups if "byhand" in line]
    assert folders == "0"


def test_a_container_of_ours_as_another_user(byhand: Byhand, tmp_path: Path) -> None:
    (tmp_path / "who.yml").write_text("steps:\n  - command/shell: {script: 'id -u; id -g; id -G; echo $HOME'}\n")
    hosts = tmp_path / "hosts"
    hosts.write_text("box ansible_connection=byhand ansible_user=some\n")
    user = "echo some:x:1234:1235::/home/some:/bin/sh >>/etc/passwd; mkdir /home/some; chown 1234:1235 /home/some"
    with byhand.running("sh", "-c", f"{user}; echo ready; sleep 100", flags=["--name", "box"]):
        done = byhand.invoke("playbook.run", str(tmp_path / "who.yml"), "-i", str(hosts), "--verbose")
        assert done.status == 0, done.err
        assert [row.strip() for row in done.err.splitlines() if row.startswith("    ")] == ["1234", "1235", "1235", "/home/some"]
        hosts.write_text("box ansible_connection=byhand ansible_user=nowhere\n")
        unknown = byhand.invoke("playbook.check", str(tmp_path / "who.yml"), "-i", str(hosts))
        assert unknown.status == 3 and "byhand: user nowhere: not in the container" in unknown.err


def test_a_container_that_is_not_there_or_does_not_run(byhand: Byhand, play: Path) -> None:
    none = byhand.invoke("playbook.check", str(play), "--hosts", "byhand://nobody")
    assert none.status == 3 and [row for row in none.err.splitlines() if "no container 'nobody'" in row]
    kept = byhand.invoke("container.run", "--image", "alpine", "--name", "still", "--", "true")
    assert kept.status == 0, kept.err
    still = byhand.invoke("playbook.check", str(play), "--hosts", "byhand://still")
    assert still.status == 3 and "container still does not run: exited" in still.err
    assert byhand.invoke("container.rm", "still").status == 0


@contextmanager
def dockerd(folder: Path) -> Iterator[Engine]:
    """A docker daemon of this test's own, without a network."""
    client, daemon = docker_client(), shutil.which("dockerd", path=search_path())
    if client is None or daemon is None:
        pytest.skip("docker is not installed")
    socket = folder / "sock"
    words = ["--host", f"unix://{socket}", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
    quiet = ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--storage-driver", "vfs"]
    with (folder / "log").open("w") as log:
        (folder / "daemon.json").write_text("{}")
        argv = [daemon, "--config-file", f"{folder}/daemon.json", *words, *quiet]
        process = subprocess.Popen(argv, stdout=log, stderr=log, env={**os.environ, "PATH": search_path()}, start_new_session=True)
    engine = Engine((client, "-H", f"unix://{socket}"), {"DOCKER_CONFIG": str(folder / "client")})
    try:
        until(lambda: process.poll() is not None or engine.call("version", "--format", "{{.Server.Version}}", check=False).strip(), 40)
        if process.poll() is not None:
            pytest.skip(f"dockerd does not run here: {(folder / 'log').read_text()[-300:]}")
        yield engine
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def imported(engine: Engine, folder: Path, flags: tuple[str, ...] = ()) -> Iterator[str]:
    """A running container of the Alpine machine's root, in an engine."""
    archive = folder / "alpine.tar"
    subprocess.run(["tar", "-C", str(root_of("alpine")), "-cf", str(archive), "."], check=True)
    engine.call("import", str(archive), "byhand-alpine:test")
    name = engine.call("run", "-d", "--network", "none", "--hostname", "box", "--name", "byhand-box", *flags, "byhand-alpine:test",
                       "sh", "-c", "trap exit TERM; while :; do sleep 0.1; done").strip()  # fmt: skip
    try:
        yield name
    finally:
        engine.call("rm", "-f", "byhand-box", check=False)
        engine.call("rmi", "-f", "byhand-alpine:test", check=False)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder with a short name: sockets are in it."""
    if os.geteuid() != 0:
        pytest.skip("containers need root")
    folder = Path(tempfile.mkdtemp(prefix="bhc", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_a_container_of_docker(byhand: Byhand, play: Path, scratch: Path) -> None:
    with dockerd(scratch) as engine, imported(engine, scratch):
        settings = {"DOCKER_HOST": engine.command[2], "PATH": f"{Path(engine.command[0]).parent}:{os.environ['PATH']}", **engine.env}
        seen = there_and_back(byhand, play, "docker://byhand-box", f"{engine.command[0]} exec byhand-box sh -c", settings=settings)
        assert seen.split()[:2] == ["box", "root"]
        engine.call("stop", "-t", "0", "byhand-box")
        stopped = byhand.invoke("playbook.check", str(play), "--hosts", "docker://byhand-box", env=settings)
        assert stopped.status == 3
        assert [row for row in stopped.err.splitlines() if "byhand-box: " in row and "is not running" in row], stopped.err


def test_a_container_of_podman(byhand: Byhand, play: Path, scratch: Path) -> None:
    podman = shutil.which("podman", path=search_path())
    if podman is None:
        pytest.skip("podman is not installed")
    storage = scratch / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{scratch}/root"\nrunroot = "{scratch}/run"\n')
    containers = scratch / "containers.conf"
    engine = f'[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\ntmp_dir = "{scratch}/tmp"\n'
    containers.write_text(f'{engine}[network]\nnetwork_config_dir = "{scratch}/net"\n')
    settings = {"CONTAINERS_STORAGE_CONF": str(storage), "CONTAINERS_CONF": str(containers)}
    limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")
    with imported(Engine((podman,), settings), scratch, limits):
        seen = there_and_back(byhand, play, "podman://byhand-box", f"{podman} exec byhand-box sh -c", settings=settings)
        assert seen.split()[:2] == ["box", "root"]
        unknown = byhand.invoke("playbook.check", str(play), "--hosts", "podman://none", env=settings)
        assert unknown.status == 3 and [row for row in unknown.err.splitlines() if row.startswith("none: ") and "none" in row[6:]]
