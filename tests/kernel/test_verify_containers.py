"""host.container and host.image: what they say is so, and one thing that is broken turns one answer and no other."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import testinfra
from invoking import REPO, Byhand, copy_image, until
from machine import machine
from ssh_hosts import ssh_host

from byhand.errors import ByhandError, Conflict, NotFound
from byhand.verify import modules
from byhand.verify.modules import container as container_module
from byhand.verify.modules import image as image_module
from byhand.verify.modules.container import Container
from byhand.verify.modules.image import Image

SLEEP = ("sh", "-c", "echo ready; exec sleep 1000")
# Process 1 is the server of docs/verify.md; another one is there to be killed.
SERVER = ("sh", "-c", "nc -lk -p 81 -e cat </dev/null >/dev/null 2>&1 & echo ready; exec nc -lk -p 80 -e cat")
FLAGS = ("--memory", "64m", "--pids-limit", "50", "--env", "A=b=c d", "--volume", f"{Path(__file__).parent}:/data:ro")
# All a container says of itself that the tests below break one at a time.
FACTS: dict[str, Callable[[Any], object]] = {
    "status": lambda web: web.status,
    "address": lambda web: web.address,
    "memory": lambda web: web.cgroup.memory.limit,
    "pids": lambda web: web.cgroup.pids.limit,
    "member": lambda web: web.pid in web.cgroup.members,
    "data": lambda web: "ro" in web.mounts["/data"].options if "/data" in web.mounts else None,
    "listening": lambda web: web.netns.is_listening("tcp://0.0.0.0:81"),
    "lower": lambda web: web.overlay.lower,
    "net": lambda web: web.namespaces.shares(os.getpid(), "net"),
}


@pytest.fixture(scope="module")
def tool(state_folder: Path) -> Iterator[Byhand]:
    """byhand with a container of Alpine, ``web``, that most tests look at."""
    tool = Byhand(state_folder)
    with tool.running(*SERVER, flags=("--name", "web", *FLAGS)):
        listens(Container(testinfra.get_host("local://"), "web", str(tool.root)))
        yield tool


def listens(web: Container) -> None:
    """Wait for its servers."""
    until(lambda: all(web.netns.is_listening(f"tcp://0.0.0.0:{port}") for port in (80, 81)))


@pytest.fixture
def host(tool: Byhand, monkeypatch: pytest.MonkeyPatch, state_root: Path) -> Any:
    """This host, with the state folder that BYHAND_ROOT names."""
    modules.register()
    monkeypatch.setenv("BYHAND_ROOT", str(tool.root))
    return testinfra.get_host("local://")


@contextmanager
def running(tool: Byhand, name: str, *command: str, flags: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A container that is kept when it ends, and removed with the block."""
    process = tool.start("container.run", "--image", "alpine", "--name", name, *flags, "--", *(command or SLEEP))
    try:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        yield process
    finally:
        tool.invoke("container.rm", name, "--force")
        process.communicate(timeout=15)


def test_what_a_running_container_is(tool: Byhand, host: Any) -> None:
    web = host.container("web")
    shown = json.loads(tool.invoke("container.inspect", "web").text)
    assert web.exists and web.is_running and web.status == "running" and web.exit_code is None and web.oom_kills == 0
    for key, value in {"id": "id", "name": "name", "path": "path", "pid": "pid", "image": "image", "command": "argv"}.items():
        assert getattr(web, key) == shown[value], key
    assert web.record.items() <= shown.items()
    assert web.image_digest == host.image("alpine").digest and host.image(web.image).exists
    assert web.environment["A"] == "b=c d" and web.environment["HOSTNAME"] == web.id
    assert web.address == shown["address"].partition("/")[0] and web.addresses[0] == shown["address"]
    assert [fact(web) for fact in FACTS.values()] == ["running", web.address, 64 << 20, 50, True, True, True, web.overlay.lower, False]
    assert web.overlay.exists and web.overlay.upper == f"{web.path}/upper" and len(web.overlay.lower) == 1
    assert "67108864" in web.limits.values() and web.limits["pids.max"] == "50"
    assert web.mounts["/"].kind == "overlay" and web.mounts["/proc"].kind == "proc" and "rw" in web.mounts["/proc"].options
    assert web.mounts["/data"].root.endswith("/tests/kernel")
    assert web.namespaces.pids[-1] == 1 and Path(f"{web.path}/merged") in map(Path, web.leftovers)


def test_by_any_of_its_names_and_with_the_folder_given(tool: Byhand, host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = host.container("web").id
    assert [host.container(name).id for name in (own, own[:5])] == [own, own]
    monkeypatch.delenv("BYHAND_ROOT")
    assert host.container("web", root=str(tool.root)).id == own
    assert host.image("alpine", root=str(tool.root)).exists
    assert not host.container("web", root=f"{tool.root}/none").exists


@pytest.mark.parametrize("name", ["none", "", "*", "../web", "../../names/web", "/", ".", "web ", "-web", "$(id)", "a\nb", "'", "ü"])
def test_a_name_that_none_has(host: Any, name: str) -> None:
    none = host.container(name)
    assert (none.exists, none.is_running, none.status) == (False, False, "absent")
    with pytest.raises(NotFound, match="there is no container"):
        assert none.pid


def test_one_thing_broken_turns_one_answer(tool: Byhand, host: Any) -> None:
    """What is not about a break says the same as before."""
    with running(tool, "broken", *SERVER, flags=FLAGS):
        web = host.container("broken")
        listens(web)
        break_each(web)


def break_each(web: Any) -> None:
    before = {name: fact(web) for name, fact in FACTS.items()}
    netns = ["ip", "netns", "exec", web.record["cgroup"]]
    memory, pids = web.record["groups"][0], web.record["groups"][-1]
    limit, members = ("memory.limit_in_bytes", "tasks") if web.record["cgroup_version"] == "v1" else ("memory.max", "cgroup.procs")
    listener = next(pid for pid in web.cgroup.members if pid != web.pid)
    inside = ["nsenter", f"--target={web.pid}", "--mount"]

    def put(value: object, path: str) -> list[str]:
        return ["sh", "-c", 'echo "$0" >"$1"', str(value), path]

    breaks = {
        "address": ([*netns, "ip", "address", "del", web.addresses[0], "dev", "eth0"],
                    [*netns, "ip", "address", "add", web.addresses[0], "dev", "eth0"]),
        "memory": (put(96 << 20, f"{memory}/{limit}"), put(64 << 20, f"{memory}/{limit}")),
        "pids": (put(60, f"{pids}/pids.max"), put(50, f"{pids}/pids.max")),
        "member": (put(web.pid, f"{os.path.dirname(pids)}/{members}"), put(web.pid, f"{pids}/{members}")),
        "listening": (["kill", "-s", "KILL", str(listener)], []),
        "data": ([*inside, "umount", "/data"], []),
    }  # fmt: skip
    for name, (breaking, mending) in breaks.items():
        subprocess.run(breaking, check=True)
        now = {key: fact(web) for key, fact in FACTS.items()}
        assert {key for key in now if now[key] != before[key]} == {name}, now
        if mending:
            subprocess.run(mending, check=True)
        else:
            before = now


def test_a_container_that_has_ended(tool: Byhand, host: Any) -> None:
    with running(tool, "once", "sh", "-c", "echo ready; exit 7") as process:
        assert process.wait(15) == 7
        once = host.container("once")
        assert (once.exists, once.is_running, once.status, once.pid, once.exit_code) == (True, False, "exited", None, 7)
        assert once.leftovers == [] and not once.overlay.exists and not once.cgroup.exists
        for what in ("namespaces", "mounts", "netns", "address"):
            with pytest.raises(Conflict, match="container once does not run: exited"):
                getattr(once, what)
    assert host.container("once").status == "absent"


def test_a_container_whose_program_was_killed(tool: Byhand, host: Any) -> None:
    with running(tool, "left") as process:
        left = host.container("left")
        first = left.pid
        process.kill()
        process.wait(10)
        assert left.is_running and left.status == "running", "its process is not ended by that"
        os.kill(first, signal.SIGKILL)
        until(lambda: left.exit_code == 137)
        assert (left.status, left.pid) == ("dead", None)
        assert f"{left.path}/merged" in left.leftovers and f"/run/netns/{left.record['cgroup']}" in left.leftovers
        # Its number is now another process's, on a host where its tree is still mounted.
        with subprocess.Popen(["sleep", "100"]) as other:
            (Path(left.path) / "pid").write_text(f"{other.pid}\n")
            assert not left.is_running and left.pid is None
            other.kill()
        tool.invoke("system.recover")
        assert left.status == "exited" and left.leftovers == []


def test_a_container_that_is_being_started(tool: Byhand, host: Any, tmp_path: Path) -> None:
    """Held where its program waits: at the lock of its network."""
    lock = tool.root / "networks" / "default" / "lock"
    with subprocess.Popen(["flock", lock, "sh", "-c", "echo held; read line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        process = tool.start("container.run", "--image", "alpine", "--name", "slow", "--rm", "--", *SLEEP)
        slow = host.container("slow")
        until(lambda: slow.exists)
        assert slow.status == "created" and not slow.is_running
        holder.communicate(b"\n", timeout=5)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    assert slow.status == "running"
    process.terminate()
    process.terminate()
    tool.invoke("container.rm", "slow", "--force")
    process.communicate(timeout=15)


def test_kills_for_lack_of_memory_are_counted(tool: Byhand, host: Any) -> None:
    with running(tool, "hungry", "sh", "-c", "echo ready; tail -c 100m /dev/zero", flags=("--memory", "8m")) as process:
        process.wait(20)
        assert host.container("hungry").oom_kills == 1
        assert host.container("hungry").exit_code == 137


def test_without_a_network_and_with_the_host_s(tool: Byhand, host: Any) -> None:
    with running(tool, "alone", flags=("--network", "none")), running(tool, "open", flags=("--network", "host")):
        assert host.container("alone").address is None and list(host.container("alone").netns.interfaces) == ["lo"]
        assert host.container("open").address is None and host.container("open").namespaces.shares(os.getpid(), "net")


class BusyBox:
    """This host with BusyBox's tools in front of all others, and its ash as sh."""

    def __init__(self, host: Any, folder: Path) -> None:
        self.host, self.folder = host, folder
        subprocess.run(["busybox", "--install", "-s", folder], check=True)

    def run(self, command: str, *args: str) -> Any:
        return self.host.run("env PATH=%s:$PATH busybox sh -c %s", str(self.folder), self.host.backend.quote(command, *args))


def test_with_busybox_s_tools(host: Any, tmp_path: Path) -> None:
    busybox = BusyBox(host, tmp_path)
    web, alpine = Container(busybox, "web"), Image(busybox, "alpine")
    assert (web.status, web.pid) == ("running", host.container("web").pid)
    assert web.mounts == host.container("web").mounts and web.leftovers == host.container("web").leftovers
    assert alpine.exists and alpine.damaged == [] and alpine.layers == host.image("alpine").layers


def test_over_ssh_where_byhand_is_not(tool: Byhand, host: Any, tmp_path: Path) -> None:
    with running(tool, "moved", "sh", "-c", "echo ready; exit 3") as process, machine("alpine") as there, ssh_host(there) as ssh:
        assert process.wait(15) == 3
        place = there.root / "var/lib/byhand"
        copy_image("alpine", place)  # not all images of this state folder: hostile ones may be among them
        for name in ("containers", "names"):
            shutil.copytree(tool.root / name, place / name, symlinks=True, ignore=shutil.ignore_patterns("merged", "work"))
        options = f"HostName machine\nUser root\nIdentityFile {ssh.folder}/user\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
        proxy = f"nsenter --net=/proc/{there.pid}/ns/net busybox nc 127.0.0.1 22"
        (tmp_path / "config").write_text(f"Host machine\n{options}LogLevel ERROR\nProxyCommand {proxy}\n")
        far = testinfra.get_host("ssh://machine", ssh_config=str(tmp_path / "config"), controlpath=f"{ssh.folder}/kept", controlpersist="5")
        assert not far.exists("byhand") and not far.exists("invoke")
        moved = far.container("moved")
        assert (moved.status, moved.exit_code, moved.command[-1]) == ("exited", 3, "echo ready; exit 3")
        assert not far.container("web").is_running, "its process is on another host"
        assert far.image("alpine").exists and far.image("alpine").damaged == []
        assert far.image("alpine").digest == host.image("alpine").digest


@pytest.fixture
def store(tmp_path: Path) -> Path:
    copy_image("alpine", tmp_path / "state")
    return tmp_path / "state"


def test_what_an_image_is(host: Any, store: Path) -> None:
    alpine = host.image("alpine", root=str(store))
    index = json.loads((store / "images/index.json").read_text())
    assert alpine.name == "docker.io/library/alpine:latest"
    assert alpine.digest in [entry["digest"] for entry in index["manifests"]]
    assert host.image(f"alpine@{alpine.digest}", root=str(store)).id == alpine.id
    assert not host.image(f"busybox@{alpine.digest}", root=str(store)).exists
    (layer,) = alpine.layers
    assert (Path(layer.path) / "etc/alpine-release").is_file() and alpine.config["rootfs"]["diff_ids"] == [layer.diff_id]
    assert alpine.size == layer.size == (store / "images/blobs/sha256" / layer.digest[7:]).stat().st_size
    with pytest.raises(NotFound, match="there is no image docker\\.io/library/none:latest"):
        assert host.image("none", root=str(store)).digest
    with pytest.raises(ByhandError, match="image reference 'A B'"):
        host.image("A B")


def test_an_image_that_is_damaged(host: Any, store: Path) -> None:
    alpine = host.image("alpine", root=str(store))
    (layer,) = alpine.layers
    blob, tree = store / "images/blobs/sha256" / layer.digest[7:], Path(layer.path)
    with blob.open("r+b") as file:
        file.write(b"x")
    assert alpine.damaged == [layer.digest] and alpine.exists, "its tree is there"
    blob.unlink()
    assert alpine.damaged == [layer.digest] and alpine.exists
    tree.rename(tree.with_name("gone"))
    assert not alpine.exists
    config = store / "images/blobs/sha256" / alpine.id[7:]
    config.write_text("{")
    with pytest.raises(ByhandError, match=f"{config}: not JSON"):
        assert alpine.config
    config.unlink()
    assert not alpine.exists
    (store / "images/index.json").unlink()
    assert not alpine.exists


def test_who_may_not_look_is_told_so(tool: Byhand, host: Any) -> None:
    """A user reads by that user's own commands, as testinfra's backends have it."""
    wrapped = SimpleNamespace(
        run=lambda command, *args: host.run(
            "setpriv --reuid 65534 --regid 65534 --clear-groups sh -c %s", host.backend.quote(command, *args)
        )
    )
    for thing in (Container(wrapped, "web"), Image(wrapped, "alpine")):  # type: ignore[arg-type]
        with pytest.raises(ByhandError, match="the user who reads may not look into it"):
            assert thing.exists


@pytest.mark.parametrize("module", [container_module, image_module], ids=["container", "image"])
def test_the_examples_of_a_module(host: Any, module: Any) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs={"host": host}):
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0 and runner.tries > 3


SECTIONS = (REPO / "docs/verify.md").read_text().partition("\n## Containers and images\n")[2]
DOCUMENTED = re.findall(r"<!-- (\S+) -->\n```python\n(.*?)```", SECTIONS, re.DOTALL)


def test_the_examples_in_the_documents(tool: Byhand, host: Any) -> None:
    assert len(DOCUMENTED) == SECTIONS.count("```python")
    ran = []
    with running(tool, "job", "sh", "-c", "echo ready") as process:
        assert process.wait(15) == 0
        for where, text in DOCUMENTED:
            names: dict[str, Any] = {}
            exec(text, names)  # noqa: S102 (the text of this repository's own document)
            for name in [name for name in names if name.startswith("test_")]:
                names[name](testinfra.get_host(where))
                ran.append(name)
    assert len(ran) == SECTIONS.count("\ndef test_")
