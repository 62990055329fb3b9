"""`invoke playbook.test` and its like on throw-away machines, reached by a real ssh."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from invoking import REPO, Byhand, Result
from machine import Machine, machine

TOOLS = ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables"]


class Bench:
    """A machine that ssh reaches, an inventory with it, and `invoke playbook.test` of plays on it.

    sshd speaks over the client's own pipe (sshd(8), -i), and what it starts for a user is a shell in the machine.
    """

    def __init__(self, folder: Path, there: Machine) -> None:
        self.folder, self.there = folder, there
        self.byhand = Byhand(folder / "state")
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        shell = " ".join(there.enter(["sh"]))
        config = folder / "sshd_config"
        config.write_text(
            f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\nStrictModes no\nUsePAM no\nPidFile none\n"
            f"PermitRootLogin prohibit-password\nForceCommand {shell}\n"
        )
        proxy = f"/usr/sbin/sshd -i -f {config}"
        options = (
            "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ControlMaster=no -o ControlPath=none"
        )
        (folder / "hosts").write_text(
            f"machine ansible_user=root ansible_ssh_private_key_file={folder}/user\n"
            f"[all:vars]\nansible_ssh_common_args='{options} -o ProxyCommand=\"{proxy}\"'\n"
        )

    def invoke(self, verb: str, text: str, *words: str) -> Result:
        (self.folder / "play.yml").write_text(textwrap.dedent(text))
        return self.named(verb, "play.yml", *words)

    def named(self, verb: str, book: str, *words: str) -> Result:
        """The same for a playbook by its name."""
        return self.byhand.invoke("-r", str(REPO), verb, book, "-i", "hosts", *words, cwd=self.folder, timeout=300)

    def test(self, text: str, *words: str) -> Result:
        return self.invoke("playbook.test", text, "--json", *words)


@contextmanager
def ready() -> Iterator[None]:
    """The folder that sshd locks its children into; there while it is needed."""
    separated = Path("/run/sshd")
    made = not separated.exists()
    separated.mkdir(mode=0o755, exist_ok=True)
    try:
        yield
    finally:
        if made:
            separated.rmdir()


@contextmanager
def bench(folder: Path, distribution: str) -> Iterator[Bench]:
    with ready(), machine(distribution, TOOLS if distribution == "debian" else []) as there:
        yield Bench(folder, there)
