"""host.namespaces: which namespaces a process is in; and all modules over ssh, and for a reader who may not see."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra
from asked import here, on
from machine import machine
from ssh_hosts import ssh_host
from testinfra.host import Host

from byhand.errors import ByhandError, NotFound
from byhand.verify.modules.firewall import Firewall
from byhand.verify.modules.namespaces import Namespaces
from byhand.verify.modules.netns import Netns

KINDS = {
    "mnt": "--mount",
    "uts": "--uts",
    "ipc": "--ipc",
    "net": "--net",
    "pid": "--pid",
    "user": "--user",
    "cgroup": "--cgroup",
    "time": "--time",
}


@pytest.fixture
def host() -> Host:
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    return here()


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[int]:
    """A process that ``unshare`` with these flags has made, and that is ready."""
    argv = ["unshare", *request.param, "--fork", "--kill-child", "sh", "-c", "echo ready; exec sleep 60"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "ready\n"
        yield int(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text())
        parent.kill()


@pytest.mark.parametrize(("process", "kind"), [([flag], kind) for kind, flag in KINDS.items()], indirect=["process"])
def test_the_one_namespace_that_is_new_is_told_and_no_other(host: Host, process: int, kind: str) -> None:
    found = host.namespaces(process)
    assert {name for name in KINDS if not found.shares(os.getpid(), name)} == {kind}
    assert found[kind] == getattr(found, kind) == os.stat(f"/proc/{process}/ns/{kind}").st_ino
    assert found[kind] == found.all[kind]
    assert len(found.pids) == (2 if kind == "pid" else 1)


@pytest.mark.parametrize("process", [["--pid", "--mount-proc"]], indirect=True)
def test_its_number_in_each_pid_namespace(host: Host, process: int) -> None:
    assert host.namespaces(process).pids == [process, 1]


def test_a_process_that_leaves_a_namespace_is_told(host: Host) -> None:
    with subprocess.Popen(["sh", "-c", "read go; exec unshare --net sh -c 'echo ready; exec sleep 60'"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        found = host.namespaces(process.pid)
        assert found.shares(os.getpid(), "net")
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        assert not found.shares(os.getpid(), "net")
        assert found.shares(os.getpid(), "mnt")
        process.kill()


def test_a_process_that_has_ended_is_in_none(host: Host) -> None:
    process = subprocess.Popen(["true"])
    while "\nState:\tZ" not in Path(f"/proc/{process.pid}/status").read_text():
        pass
    found = host.namespaces(process.pid)
    assert found.exists, "nobody waited for it yet"
    with pytest.raises(NotFound, match=f"process {process.pid} has ended"):
        found.net  # noqa: B018
    process.wait()
    assert not found.exists
    with pytest.raises(NotFound, match=f"there is no process {process.pid}"):
        found.pids  # noqa: B018


def test_a_kind_that_there_is_not_is_said(host: Host) -> None:
    with pytest.raises(NotFound, match="no namespace 'network'"):
        host.namespaces(os.getpid())["network"]


class Nobody:
    """This host for a user who may nothing."""

    def run(self, command: str, *args: str) -> Any:
        host = here()
        quoted = host.backend.quote(command, *args)
        return host.run("setpriv --reuid=65534 --regid=65534 --clear-groups sh -c %s", quoted)


def test_a_reader_who_may_not_see_is_told_so(host: Host) -> None:
    assert Namespaces(Nobody(), os.getpid()).exists
    with pytest.raises(ByhandError, match="the user who reads may not see its namespaces"):
        Namespaces(Nobody(), os.getpid()).net  # noqa: B018
    with pytest.raises(ByhandError, match=r"must be root|Permission denied|not permitted") as caught:
        Firewall(Nobody()).rules()
    assert "\n" not in str(caught.value)
    name = f"byvn{os.getpid()}"
    host.run_expect([0], "ip netns add %s", name)
    try:
        assert Netns(Nobody(), name).exists
        with pytest.raises(ByhandError, match=r"not permitted|Permission denied") as caught:
            Netns(Nobody(), name).addresses  # noqa: B018
        assert "\n" not in str(caught.value)
    finally:
        host.run_expect([0], "ip netns del %s", name)


HOSTILE = "a 'b' $(x) é"  # mount(8) has its own way with double quotes
MAKE = """
ip netns add "$1"
ip -n "$1" link set lo up
ip -n "$1" link add br0 type bridge
ip -n "$1" addr add 10.9.0.1/24 dev br0
ip netns exec "$1" iptables -A INPUT -m comment --comment "$1" -j DROP
mount -t tmpfs none /srv
cd /srv
mkdir "$1" lower "up $1" work
touch lower/gone
mount -t overlay -o "lowerdir=lower,upperdir=/srv/up $1,workdir=work" none "/srv/$1"
rm "/srv/$1/gone"
"""


def test_all_is_the_same_over_ssh(host: Host, tmp_path: Path) -> None:
    with (
        machine("debian", ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]) as there,
        ssh_host(there) as ssh,
    ):
        there.said("sh", "-euc", MAKE, "sh", HOSTILE)
        options = f"HostName machine\nUser root\nIdentityFile {ssh.folder}/user\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n"
        proxy = f"nsenter --net=/proc/{there.pid}/ns/net busybox nc 127.0.0.1 22"
        (tmp_path / "config").write_text(f"Host machine\n{options}LogLevel ERROR\nProxyCommand {proxy}\n")
        far = testinfra.get_host("ssh://machine", ssh_config=str(tmp_path / "config"), controlpath=f"{ssh.folder}/kept", controlpersist="5")
        net = far.netns(HOSTILE)
        assert (net.exists, net.addresses, net.interface("br0").kind, net.bridge("br0").is_up) == (True, ["10.9.0.1/24"], "bridge", False)
        assert net.firewall.has(chain="INPUT", comment=HOSTILE, target="DROP")
        assert net.run("echo %s; exit 7", HOSTILE).stdout == f"{HOSTILE}\n"
        assert far.overlay(f"/srv/{HOSTILE}").whiteouts == ["gone"]
        assert (far.overlay(f"/srv/{HOSTILE}").upper, far.overlay(f"/srv/{HOSTILE}").work) == (f"/srv/up {HOSTILE}", "/srv/work")
        assert far.namespaces(1).all == on(there).namespaces(1).all
        assert not far.cgroup("byhand").exists, "no hierarchy is mounted there"
        assert not far.bridge("br0").exists
