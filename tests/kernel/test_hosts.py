"""Plays on other hosts over a real ssh: one connection each, the journal there, broken hosts apart from the others."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from invoking import REPO, Result

PLAY = """title: A file there
params:
  path: path
  wait: {type: count, default: 0}
steps:
  - name: Write it
    file/content: {path: "{{ path }}", content: "{{ inventory_hostname }} runs {{ facts.kernel }}, {{ colour }}\\n"}
  - name: Wait
    when: wait
    command/shell: {script: "touch {{ path }}.waits; sleep {{ wait }}; echo waited"}
"""


@dataclass(frozen=True)
class Server:
    """A running sshd on the loopback: its port, what reaches it, and its log."""

    port: int
    key: Path
    log: Path

    @property
    def line(self) -> str:
        """Its variables in an inventory."""
        options = "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        return (
            f"ansible_host=127.0.0.1 ansible_port={self.port} ansible_ssh_private_key_file={self.key} ansible_ssh_common_args='{options}'"
        )

    @property
    def connections(self) -> int:
        return self.log.read_text().count("Accepted publickey")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if os.geteuid() != 0:
        pytest.skip("sshd needs root")
    sshd = shutil.which("sshd", path="/usr/sbin:/sbin")
    if sshd is None or shutil.which("ssh") is None:
        pytest.skip("openssh-server and openssh-client are not installed")
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config"
    config.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\nStrictModes no\nUsePAM no\n"
        f"PidFile none\nPermitRootLogin prohibit-password\nSetEnv BYHAND_ROOT={folder}/state\n"
    )
    separated = Path("/run/sshd")
    made = not separated.exists()
    separated.mkdir(mode=0o755, exist_ok=True)
    log = folder / "log"
    with log.open("w") as file:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", str(config)], stderr=file)
    try:
        wait_for(lambda: "Server listening" in log.read_text())
        yield Server(port, folder / "user", log)
    finally:
        process.terminate()
        process.wait(10)
        if made:
            separated.rmdir()


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Here:
    """A folder with the play and an inventory, and `invoke` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "play.yml").write_text(PLAY)

    def start(self, verb: str, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "invoke", "-r", str(REPO), f"playbook.{verb}", *words]
        environment = {**os.environ, "BYHAND_ROOT": str(self.folder / "state")}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(self, verb: str, *words: str) -> Result:
        process = self.start(verb, *words)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, out.encode(), err)

    def inventory(self, text: str) -> None:
        (self.folder / "hosts").write_text(text)

    def play(self, verb: str, *words: str) -> Result:
        return self.run(verb, "play.yml", "-i", "hosts", "-p", f"path={self.folder}/file", *words)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def run_id(result: Result) -> str:
    return result.err.strip().rpartition(" run ")[2].strip()


def test_a_play_is_applied_checked_and_undone_over_one_connection_each(here: Here, server: Server) -> None:
    here.inventory(f"[web]\none {server.line}\n[web:vars]\ncolour=blue\n")
    file = here.folder / "file"
    file.write_bytes(b"before\xff")
    file.chmod(0o600)
    before = server.connections
    assert here.play("check").status == 4
    applied = here.play("run")
    assert applied.status == 0, applied.err
    assert file.read_text() == f"one runs {os.uname().release}, blue\n"
    assert server.connections == before + 2
    again = here.play("run")
    assert again.status == 0 and "changed" not in again.err
    assert here.play("check").status == 0
    undone = here.run("undo", "-i", "hosts", "--run", run_id(applied))
    assert undone.status == 0, undone.err
    assert file.read_bytes() == b"before\xff" and file.stat().st_mode & 0o777 == 0o600


def test_a_host_that_cannot_be_reached_does_not_stop_the_others(here: Here, server: Server) -> None:
    here.inventory(f"one {server.line} colour=red\ngone ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F none' colour=x\n")
    done = here.play("run")
    assert done.status == 3
    assert (here.folder / "file").read_text().endswith("red\n")
    assert "gone: ssh: connect to host 127.0.0.1 port 1: Connection refused" in done.err


def test_a_host_where_a_step_fails_is_named_and_undone(here: Here, server: Server) -> None:
    here.inventory(f"one {server.line} colour=red\nhere ansible_connection=local colour=green\n")
    (here.folder / "play.yml").write_text(
        PLAY + '  - name: Only here\n    command/shell: {script: "[ {{ inventory_hostname }} = here ] || { echo not here >&2; exit 9; }"}\n'
    )
    done = here.run("run", "play.yml", "-i", "hosts", "--limit", "one", "-p", f"path={here.folder}/file")
    assert done.status == 9
    assert "one: Only here" in done.err and "not here" in done.err
    assert not (here.folder / "file").exists()
    assert here.run("run", "play.yml", "-i", "hosts", "--limit", "here", "-p", f"path={here.folder}/file").status == 0


def test_json_lines_name_their_host(here: Here, server: Server) -> None:
    here.inventory(f"one {server.line} colour=red\nhere ansible_connection=local colour=green\n")
    done = here.play("check", "--json")
    rows = [json.loads(row) for row in done.text.splitlines()]
    assert {row["host"] for row in rows if "host" in row} == {"one", "here"}
    assert all(row["version"] == 1 for row in rows)


def test_a_connection_that_is_cut_is_told_apart_and_what_was_done_there_is_undone(here: Here, server: Server) -> None:
    here.inventory(f"one {server.line} colour=red\n")
    process = here.start("run", "play.yml", "-i", "hosts", "-p", f"path={here.folder}/file", "-p", "wait=2")
    wait_for((here.folder / "file.waits").exists)
    assert (here.folder / "file").exists()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    threads = Path(f"/proc/{process.pid}/task").iterdir()
    children += [pid for thread in threads for pid in (thread / "children").read_text().split()]
    clients = [int(pid) for pid in dict.fromkeys(children) if Path(f"/proc/{pid}/comm").read_text().strip() == "ssh"]
    assert len(clients) == 1
    os.kill(clients[0], signal.SIGKILL)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 3, told
    assert "one: the connection ended" in told
    # The program there finds nobody to tell and takes back what it did.
    wait_for(lambda: not (here.folder / "file").exists())


def test_values_of_the_inventory_and_the_command_line_arrive_as_they_are(here: Here, server: Server) -> None:
    nasty = 'it\'s $(id) `id` "x"\nEND_OF_PROGRAM\nEOF é'
    here.inventory(f"one {server.line}\n")
    (here.folder / "host_vars").mkdir()
    (here.folder / "host_vars" / "one.json").write_text(json.dumps({"colour": nasty}))
    done = here.play("run")
    assert done.status == 0, done.err
    assert (here.folder / "file").read_text() == f"one runs {os.uname().release}, {nasty}\n"


def test_a_secret_reaches_the_host_and_stays_nowhere_but_where_it_is_used(here: Here, server: Server) -> None:
    here.inventory(f"one {server.line}\n")
    (here.folder / "play.yml").write_text(
        "params: {path: path}\nsecrets: {token: {file: token}}\nsteps:\n"
        '  - command/shell: {script: "echo {{ token }}; echo ${BYHAND_SECRET_token-none}"}\n    register: said\n'
        '  - file/content: {path: "{{ path }}", content: "{{ token }}\\n"}\n'
        "  - command/run: {argv: [echo, \"{{ said.stdout_lines | join(' ') }} again\"]}\n"
    )
    (here.folder / "token").write_text("s3cret\n")
    done = here.play("run", "--verbose", "--json")
    assert done.status == 0, done.err
    assert "**** none again" in done.text
    assert "s3cret" not in done.text + done.err
    assert (here.folder / "file").read_text() == "s3cret\n"
    run = run_of(done)
    state = server.key.parent / "state"
    kept = [path for path in (state / "runs" / run).rglob("*") if path.is_file()]
    assert {"program", "run.json", "status"} <= {path.name for path in kept}
    assert not [path for path in kept if b"s3cret" in path.read_bytes()]


def run_of(result: Result) -> str:
    return next(row["run"] for row in map(json.loads, result.text.splitlines()) if row.get("run"))


def test_a_machine_is_held_whichever_way_a_play_comes_to_it(here: Here) -> None:
    here.inventory("here ansible_connection=local colour=red\n")
    first = here.start("run", "play.yml", "-i", "hosts", "-p", f"path={here.folder}/file", "-p", "wait=3")
    wait_for((here.folder / "file.waits").exists)
    (here.folder / "other.yml").write_text("steps:\n  - command/run: {argv: ['true']}\n")
    for words in (["other.yml"], ["other.yml", "--hosts", "local://"]):
        second = here.run("run", *words)
        assert second.status == 3, second.err
        assert f"(process {first.pid}) runs " in second.err and "--wait SECONDS" in second.err
    assert here.run("run", "other.yml", "--wait", "20").status == 0
    assert first.wait(20) == 0
    first.communicate()
