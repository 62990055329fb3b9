"""Twenty hosts on one machine: a network namespace and a real sshd each, behind one bridge.

::

    byhbc (who plays) ── uplink ── byhbs (bridge) ── port1 … port20 ── eth0 in byhb1 … byhb20

A host has its own mounts (``/root``, ``/run``, ``/srv``, ``/tmp`` and ``/var/lib`` are folders
of the benchmark's own, on the same disk) and its own processes; the rest is this machine's
root. Nothing of it shows in the machine's own network but the namespaces' names.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.process import BenchError, Server, Word, call
from bench.relay import UPLINK, WIRE

PREFIX = "byhb"  # of every namespace's name
PLAYER = f"{PREFIX}c"
SWITCH = f"{PREFIX}s"
NETWORK = "10.213.77"
PRIVATE = ("root", "run", "srv", "tmp", "var/lib")

SSHD_CONFIG = """\
ListenAddress 0.0.0.0
HostKey {keys}/host
AuthorizedKeysFile {keys}/user.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
MaxStartups 100
"""


class Hosts:
    """The hosts, running; ``stop`` ends them and takes the namespaces away."""

    def __init__(self, folder: Path, count: int) -> None:
        self.count = count
        self.folder = folder
        self.keys = folder / "keys"
        self._stack = ExitStack()
        self._relay: Server | None = None
        tools = ("ip", "nsenter", "unshare", "sshd", "ssh", "ssh-keygen")
        missing = [tool for tool in tools if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None]
        if missing:
            raise BenchError(f"{missing[0]} is not installed (openssh-server, openssh-client, iproute2, util-linux)")
        try:
            self._begin()
        except BaseException:
            self.stop()
            raise

    @property
    def addresses(self) -> list[str]:
        """Each host's address, the first host's first."""
        return [f"{NETWORK}.{number}" for number in range(1, self.count + 1)]

    @property
    def ssh_options(self) -> list[str]:
        """What the OpenSSH client is told, by whichever tool: nothing of this user's own is read."""
        return ["-F", "none", "-o", f"UserKnownHostsFile={self.keys}/known_hosts", "-o", "StrictHostKeyChecking=yes"]

    def inside(self, number: int) -> Path:
        """The folder that is ``/srv`` on host ``number`` (from 1 on)."""
        return self.folder / str(number) / "srv"

    def player(self, argv: Sequence[Word]) -> list[Word]:
        """``argv`` run where the hosts can be reached."""
        return within(PLAYER, argv)

    def clear(self) -> None:
        """Make every host as it was at its start: nothing in its own folders."""
        for number in range(1, self.count + 1):
            for name in PRIVATE:
                if name == "run":  # sshd's own
                    continue
                for entry in (self.folder / str(number) / name).iterdir():
                    if entry.is_dir() and not entry.is_symlink():
                        shutil.rmtree(entry)
                    else:
                        entry.unlink()
        os.sync()

    def delay(self, milliseconds: int) -> str:
        """From now on what is sent to the hosts comes later; returns by what means.

        tc-netem(8) where the kernel has it. Elsewhere the uplink becomes a pair of tap
        devices and a process that hands over their frames, those to the hosts later.
        """
        try:
            in_player("tc", "qdisc", "add", "dev", UPLINK, "root", "netem", "delay", f"{milliseconds}ms", "limit", "100000")
        except BenchError:
            self._lay_relay(milliseconds)
            return "a userspace relay between two tap devices (this kernel has no netem)"
        return "tc netem on the uplink"

    def stop(self) -> None:
        """End all of it; a second call does nothing."""
        self._stack.close()

    def _begin(self) -> None:
        self.keys.mkdir(parents=True)
        for name in ("host", "user"):
            call(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "byhand-bench", "-f", self.keys / name])
        kind, key, _ = (self.keys / "host.pub").read_text().split()
        (self.keys / "known_hosts").write_text("".join(f"{address} {kind} {key}\n" for address in self.addresses))
        (self.keys / "sshd_config").write_text(SSHD_CONFIG.format(keys=self.keys))
        if not os.path.ismount("/run/netns"):  # ip-netns(8) makes it one, the first time
            self._stack.callback(_unmount_names)
        for name in (SWITCH, PLAYER):
            self._namespace(name)
        in_switch("ip", "link", "add", "switch", "type", "bridge", "forward_delay", "0")
        in_switch("ip", "link", "set", "switch", "up")
        in_player("ip", "link", "add", UPLINK, "type", "veth", "peer", "name", WIRE, "netns", SWITCH)
        self._join()
        servers = [self._host(number) for number in range(1, self.count + 1)]
        for address, log in zip(self.addresses, servers, strict=True):
            _wait_for("Server listening", log, address)
        for address in self.addresses:
            in_player("ssh", *self.ssh_options, "-i", str(self.keys / "user"), "-o", "BatchMode=yes", f"root@{address}", "true")

    def _namespace(self, name: str) -> None:
        call(["ip", "netns", "add", name])
        self._stack.callback(_remove_namespace, name)
        call(within(name, ["ip", "link", "set", "lo", "up"]))

    def _join(self) -> None:
        """Both ends of the uplink up: one with the player's address, one in the bridge."""
        in_player("ip", "address", "add", f"{NETWORK}.254/24", "dev", UPLINK)
        in_player("ip", "link", "set", UPLINK, "up")
        in_switch("ip", "link", "set", WIRE, "master", "switch", "up")

    def _host(self, number: int) -> Path:
        """Start host ``number``; returns its sshd's log."""
        name, place = f"{PREFIX}{number}", self.folder / str(number)
        self._namespace(name)
        peer = ["peer", "name", "eth0", "netns", name]
        in_switch("ip", "link", "add", f"port{number}", "type", "veth", *peer)
        in_switch("ip", "link", "set", f"port{number}", "master", "switch", "up")
        call(within(name, ["ip", "address", "add", f"{NETWORK}.{number}/24", "dev", "eth0"]))
        call(within(name, ["ip", "link", "set", "eth0", "up"]))
        for part in PRIVATE:
            (place / part).mkdir(parents=True)
        (place / "run" / "sshd").mkdir(mode=0o755)
        binds = "".join(f"mount --bind {place}/{part} /{part}\n" for part in PRIVATE)
        config = self.keys / "sshd_config"
        (place / "start").write_text(f"set -eu\n{binds}exec /usr/sbin/sshd -D -e -f {config}\n")
        # A process namespace: what its sessions left ends with the host.
        argv: list[Word] = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", place / "start"]
        log = place / "log"
        server = Server(within(name, argv), log=log, ready=lambda: True)
        self._stack.callback(server.stop, 0)  # unshare(1) lets TERM wait for its child; KILL takes the child along
        return log

    def _lay_relay(self, milliseconds: int) -> None:
        in_player("ip", "link", "delete", UPLINK)
        ready = self.folder / "relay-ready"
        argv = self.player([sys.executable, Path(__file__).with_name("relay.py"), str(milliseconds), ready])
        relay = Server(argv, log=self.folder / "relay.log", ready=ready.exists)
        self._stack.callback(relay.stop)
        in_player("ip", "link", "set", WIRE, "netns", SWITCH)
        self._join()


def within(name: str, argv: Sequence[Word]) -> list[Word]:
    """``argv`` run in the network namespace ``name``."""
    return ["nsenter", f"--net=/run/netns/{name}", "--", *argv]


def in_player(*words: str) -> str:
    """Run a command in the player's namespace."""
    return call(within(PLAYER, words))


def in_switch(*words: str) -> str:
    """Run a command in the bridge's namespace."""
    return call(within(SWITCH, words))


def _remove_namespace(name: str) -> None:
    call(["ip", "netns", "delete", name], check=False)


def _unmount_names() -> None:
    if not os.listdir("/run/netns"):
        call(["umount", "/run/netns"], check=False)


def _wait_for(text: str, log: Path, address: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while text not in log.read_text():
        if time.monotonic() > end:
            raise BenchError(f"{address}: sshd did not start: {' '.join(log.read_text().split())[-200:]}")
        time.sleep(0.02)
