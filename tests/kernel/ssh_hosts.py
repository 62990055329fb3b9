"""Throw-away machines as ssh hosts: this host's real sshd in their namespaces, no network between.

sshd and its libraries are put into the machine, Alpine or Debian, and listen on its own
loopback; the client comes there through a process in the machine's network namespace. So
the connection is TCP, and a rule in the machine can cut it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from invoking import REPO, Result, until
from machine import Machine

BUNDLE = "/opt/sshd"


@dataclass
class SshHost:
    """A machine with a running sshd. ``more``: further words for its ssh clients."""

    machine: Machine
    folder: Path
    listener: int
    more: str = ""

    @property
    def line(self) -> str:
        """Its variables in an inventory."""
        proxy = f"nsenter --net=/proc/{self.machine.pid}/ns/net busybox nc 127.0.0.1 22"
        known = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        words = f'-o ProxyCommand="{proxy}" {known} {self.more}'
        return f"ansible_host=machine ansible_user=root ansible_ssh_private_key_file={self.folder}/user ansible_ssh_common_args='{words}'"

    @property
    def sessions(self) -> list[int]:
        """The processes of sshd that serve a connection."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != self.listener:
                try:
                    same = os.readlink(entry / "ns" / "pid") == os.readlink(f"/proc/{self.machine.pid}/ns/pid")
                    if same and BUNDLE in (entry / "maps").read_text():
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Drop every packet of the connections there are, with no word to either side; new ones work."""
        rows = [row.split() for row in Path(f"/proc/{self.machine.pid}/net/tcp").read_text().splitlines()[1:]]
        clients = [int(row[1].rpartition(":")[2], 16) for row in rows if row[2].endswith(":0016") and row[3] == "01"]
        assert clients
        rules = [["INPUT", "-p", "tcp", side, str(port), "-j", "DROP"] for port in clients for side in ("--sport", "--dport")]
        iptables = ["nsenter", f"--net=/proc/{self.machine.pid}/ns/net", "iptables"]
        for rule in rules:
            subprocess.run([*iptables, "-I", *rule], check=True)
        try:
            yield
        finally:
            for rule in rules:
                subprocess.run([*iptables, "-D", *rule], check=True)

    def stop(self) -> None:
        """End sshd with all of its connections, as a host that goes away does."""
        for pid in [self.listener, *self.sessions]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)

    def start(self) -> None:
        """Start sshd (again)."""
        loader = next((self.machine.root / BUNDLE[1:]).glob("ld-*"))
        words = [f"{BUNDLE}/{loader.name}", "--library-path", BUNDLE, f"{BUNDLE}/sshd", "-r", "-D", "-e", "-f", f"{BUNDLE}/config"]
        with (self.folder / "log").open("w") as log:
            process = subprocess.Popen(self.machine.enter(words), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.process = process
        until(lambda: "Server listening" in self.log or process.poll() is not None)
        assert process.poll() is None, self.log
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        self.listener = int(children[0])


@contextmanager
def ssh_host(machine: Machine) -> Iterator[SshHost]:
    """Put sshd into a machine and start it; skipped where this host has none."""
    sshd = shutil.which("sshd", path="/usr/sbin:/sbin")
    missing = [tool for tool in ("ssh", "busybox", "iptables") if shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin:/bin") is None]
    if sshd is None or missing:
        pytest.skip(f"not installed: {', '.join(['openssh-server'] * (sshd is None) + missing)}")
    place = machine.root / BUNDLE[1:]
    place.mkdir(parents=True)
    listed = subprocess.run(["ldd", sshd], capture_output=True, text=True, check=True).stdout
    for path in {sshd, *re.findall(r"(/\S+) \(0x", listed)}:
        shutil.copy(path, place)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place / name], check=True)
    (place / "config").write_text(
        f"ListenAddress 127.0.0.1:22\nHostKey {BUNDLE}/host\nAuthorizedKeysFile {BUNDLE}/user.pub\nStrictModes no\nUsePAM no\n"
        "PidFile none\nPermitRootLogin prohibit-password\nMaxStartups 100\n"
    )
    passwd = (machine.root / "etc/passwd").read_text()
    if "\nsshd:" not in passwd:
        (machine.root / "etc/passwd").write_text(passwd + "sshd:x:22:22::/var/empty:/bin/false\n")
    # The machine's /run is a mount: made from inside.
    assert machine.run("sh", "-c", "mkdir -p -m 755 /run/sshd /var/empty; chmod 755 /run/sshd").status == 0
    folder = machine.folder / "client"
    folder.mkdir()
    shutil.move(str(place / "user"), folder / "user")
    host = SshHost(machine, folder, 0)
    host.start()
    try:
        yield host
    finally:
        host.stop()


class Controller:
    """`invoke playbook.VERB` with a play, an inventory and a state folder of its own.

    Its name is short: the sockets of shared connections are in it, and their names may have 104 bytes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, verb: str, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "invoke", "-r", str(REPO), f"playbook.{verb}", *words]
        environment = {**os.environ, "BYHAND_ROOT": str(self.folder)}
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(self, verb: str, *words: str) -> Result:
        return ended(self.start(verb, *words))

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def play(self, verb: str, *words: str) -> Result:
        return self.run(verb, "play.yml", "-i", "hosts", *words)

    def undo(self, run: str) -> Result:
        return self.run("undo", "-i", "hosts", "--run", run)

    def clients(self, process: subprocess.Popen[str]) -> list[int]:
        """The ssh clients that a play started."""
        threads = Path(f"/proc/{process.pid}/task").iterdir()
        children = {int(pid) for thread in threads for pid in (thread / "children").read_text().split()}
        return sorted(pid for pid in children if Path(f"/proc/{pid}/comm").read_text().strip() == "ssh")


@contextmanager
def controller() -> Iterator[Controller]:
    folder = Path(tempfile.mkdtemp(prefix="bh", dir="/tmp"))
    try:
        yield Controller(folder)
    finally:
        for socket in (folder / "run/ssh").glob("*.*"):
            subprocess.run(["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
        shutil.rmtree(folder)


def ended(process: subprocess.Popen[str], seconds: float = 60) -> Result:
    out, err = process.communicate(timeout=seconds)
    return Result(process.returncode, out.encode(), err)


def run_id(text: str) -> str:
    """The run that a play's output names."""
    found = re.search(r"\brun (\d{8}T\d{6}\.\S+)|--run (\S+)", text)
    assert found, text
    return found[1] or found[2]
