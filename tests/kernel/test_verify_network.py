"""host.netns and host.bridge: each property is what was made by hand, and says so when it is changed by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from asked import here, on, sh
from machine import machine
from testinfra.host import Host

from byhand.errors import BadValue, NotFound
from byhand.verify.modules.links import Route
from byhand.verify.modules.sockets import Socket

NAME = f"byv{os.getpid()}"
OTHER = f"{NAME} o'$(x)"  # a name may hold nearly anything
FAR = f"{NAME}h"
MAKE = """
ip netns add "$1"; ip netns add "$2"
ip netns exec "$1" sh -euc '
    for one in all default; do echo 0 >/proc/sys/net/ipv6/conf/$one/accept_dad; done
    ip link set lo up
    ip link add br0 type bridge
    ip link set br0 address 02:00:00:00:00:0b up mtu 1400
    ip addr add 10.9.0.1/24 dev br0
    ip -6 addr add fd09::1/64 dev br0
    ip link add p1 type veth peer name p2
    ip link set p1 master br0
    ip route add blackhole 10.5.0.0/16
    ip route add 10.6.0.0/16 metric 7 nexthop via 10.9.0.7 dev br0 nexthop via 10.9.0.8 dev br0
'
ip link add "$3" type veth peer name eth0 netns "$1"
ip link set "$3" up
ip -n "$1" addr add 10.77.1.2/24 dev eth0
ip -n "$1" link set eth0 up
ip -n "$1" route add default via 10.77.1.1 src 10.77.1.2
ip -n "$1" link add e1 type veth peer name e1 netns "$2"
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    try:
        sh(MAKE, NAME, OTHER, FAR)
        yield here()
    finally:
        sh('ip netns del "$1"; ip netns del "$2"', NAME, OTHER)


@contextmanager
def changed(change: str, back: str) -> Iterator[None]:
    """A change by hand in the namespace, taken back at the end."""
    sh(f"ip netns exec {NAME} {change}")
    try:
        yield
    finally:
        sh(f"ip netns exec {NAME} {back}")


def test_an_interface_is_as_it_was_made(host: Host) -> None:
    found = host.netns(NAME).interfaces
    assert list(found) == ["lo", "br0", "p2", "p1", "eth0", "e1"]
    eth0, br0 = found["eth0"], found["br0"]
    assert (eth0.kind, eth0.peer, eth0.master, eth0.is_up, eth0.has_carrier, eth0.mtu) == ("veth", FAR, None, True, True, 1500)
    assert eth0.addresses == ["10.77.1.2/24"]
    assert [address[:6] for address in eth0.link_local] == ["fe80::"]
    assert (br0.kind, br0.mac, br0.mtu, br0.addresses, br0.peer) == (
        "bridge",
        "02:00:00:00:00:0b",
        1400,
        ["10.9.0.1/24", "fd09::1/64"],
        None,
    )
    assert (found["p1"].peer, found["p2"].peer, found["p1"].master) == ("p2", "p1", "br0")
    assert not found["p1"].is_up
    assert found["lo"].addresses == ["127.0.0.1/8", "::1/128"]
    # The other end is in a third namespace: not taken for a link here that has the same number.
    assert found["e1"].peer is None


def test_addresses_and_routes_are_those_given(host: Host) -> None:
    found = host.netns(NAME)
    assert found.addresses == ["10.9.0.1/24", "fd09::1/64", "10.77.1.2/24"]
    assert found.routes == [
        Route("default", "10.77.1.1", "eth0", "10.77.1.2"),
        Route("10.5.0.0/16", None, None, kind="blackhole"),
        Route("10.6.0.0/16", "10.9.0.7", "br0", metric=7),
        Route("10.6.0.0/16", "10.9.0.8", "br0", metric=7),
        Route("10.9.0.0/24", None, "br0", "10.9.0.1"),
        Route("10.77.1.0/24", None, "eth0", "10.77.1.2"),
        Route("fd09::/64", None, "br0", metric=256, family="ipv6"),
    ]


def test_what_is_changed_by_hand_is_told(host: Host) -> None:
    found = host.netns(NAME)
    with changed("ip addr del 10.9.0.1/24 dev br0", "ip addr add 10.9.0.1/24 dev br0"):
        assert "10.9.0.1/24" not in found.addresses
        assert host.netns(NAME).bridge("br0").addresses == ["fd09::1/64"]
    with changed("ip link set eth0 down", "ip link set eth0 up"):
        assert not found.interface("eth0").is_up
        assert found.routes[0].destination != "default"
    with changed("ip route del blackhole 10.5.0.0/16", "ip route add blackhole 10.5.0.0/16"):
        assert not [route for route in found.routes if route.kind == "blackhole"]
    with changed("ip link set eth0 mtu 1300", "ip link set eth0 mtu 1500"):
        assert found.interface("eth0").mtu == 1300
    sh('ip link set "$1" down', FAR)
    assert (found.interface("eth0").is_up, found.interface("eth0").has_carrier) == (True, False)
    sh('ip link set "$1" up', FAR)


def test_a_bridge_is_as_it_was_made_and_says_what_changed(host: Host) -> None:
    bridge = host.netns(NAME).bridge("br0")
    assert (bridge.exists, bridge.is_up, bridge.mac, bridge.mtu, bridge.stp) == (True, True, "02:00:00:00:00:0b", 1400, False)
    assert (bridge.ports, bridge.addresses) == (["p1"], ["10.9.0.1/24", "fd09::1/64"])
    with changed("ip link set p1 nomaster", "ip link set p1 master br0"):
        assert bridge.ports == []
    with changed("ip link set br0 type bridge stp_state 1", "ip link set br0 type bridge stp_state 0"):
        assert bridge.stp
    with changed("ip link set br0 address 02:00:00:00:00:0c", "ip link set br0 address 02:00:00:00:00:0b"):
        assert bridge.mac == "02:00:00:00:00:0c"
    assert not host.netns(NAME).bridge("eth0").exists, "no bridge, but an interface"
    with pytest.raises(NotFound, match="there is no bridge 'eth0'"):
        host.netns(NAME).bridge("eth0").is_up  # noqa: B018
    assert not host.bridge("br0$(touch x)").exists
    with pytest.raises(BadValue, match="is no name"):
        host.bridge("../lo")


def test_a_command_runs_inside(host: Host) -> None:
    ran = host.netns(NAME).run("ls /sys/class/net; echo %s; exit 3", "a 'b'\n$(c)")
    assert (ran.rc, ran.stdout.split("\n")) == (3, ["br0", "e1", "eth0", "lo", "p1", "p2", "a 'b'", "$(c)", ""])
    assert host.netns(OTHER).run("ls /sys/class/net").stdout == "e1\nlo\n"
    number = host.netns(NAME).run("readlink /proc/self/ns/net").stdout
    assert number != os.readlink("/proc/self/ns/net") + "\n"


def test_a_namespace_is_also_found_by_a_file(host: Host) -> None:
    held = subprocess.Popen(["ip", "netns", "exec", NAME, "sleep", "60"])
    try:
        while host.namespaces(held.pid).net == host.namespaces(os.getpid()).net:
            pass
        found = host.netns(f"/proc/{held.pid}/ns/net")
        assert found.exists
        assert found.addresses == host.netns(NAME).addresses
        assert found.interface("eth0").peer == FAR
        assert found.bridge("br0").ports == ["p1"], "/sys is the namespace's own"
        assert found.run("ls /sys/class/net").stdout == "br0\ne1\neth0\nlo\np1\np2\n"
    finally:
        held.kill()
        held.wait()
    assert not found.exists


def test_what_is_no_namespace_is_said(host: Host) -> None:
    name = f"{NAME}left"
    assert not host.netns(name).exists
    with pytest.raises(NotFound, match=f"there is no network namespace '{name}'"):
        host.netns(name).addresses  # noqa: B018
    sh('touch "/run/netns/$1"', name)  # what is left over when a mount is gone
    try:
        assert not host.netns(name).exists
        with pytest.raises(NotFound, match="there is no network namespace"):
            host.netns(name).run("true")
    finally:
        sh('rm "/run/netns/$1"', name)
    with pytest.raises(BadValue, match="is no name"):
        host.netns("a/b")
    with pytest.raises(NotFound, match="has no interface 'eth1'") as caught:
        host.netns(NAME).interface("eth1")
    assert caught.value.hint == "did you mean 'eth0'?"


LISTEN = """
import socket, sys
path = sys.argv[1]
held = []
def take(family, kind, address):
    one = socket.socket(family, kind)
    one.bind(address)
    if kind == socket.SOCK_STREAM:
        one.listen()
    held.append(one)
take(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", 80))
take(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 81))
take(socket.AF_INET6, socket.SOCK_STREAM, ("::", 82))
take(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 53))
take(socket.AF_UNIX, socket.SOCK_STREAM, path)
take(socket.AF_UNIX, socket.SOCK_STREAM, b"\\0hidden")
client = socket.create_connection(("127.0.0.1", 80), source_address=("127.0.0.1", 4000))
print("ready", flush=True)
sys.stdin.read()
"""


def test_sockets_are_those_inside(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = f"{tmp_path_factory.mktemp('s')}/a socket"
    argv = ["ip", "netns", "exec", NAME, sys.executable, "-c", LISTEN, path]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "ready\n"
        found = host.netns(NAME)
        sockets = found.sockets
        for one in (
            Socket("tcp", "0.0.0.0", 80, "LISTEN"),
            Socket("tcp", "127.0.0.1", 4000, "ESTABLISHED", "127.0.0.1", 80),
            Socket("udp", "::1", 53, "CLOSE"),
            Socket("unix", path, None, "LISTEN"),
            Socket("unix", "@hidden", None, "LISTEN"),
        ):
            assert one in sockets
        takes = ["tcp://80", "tcp://0.0.0.0:80", "tcp://10.77.1.2:80", "tcp://127.0.0.1:81", "tcp://[::1]:82", "tcp://127.0.0.1:82"]
        for wanted in [*takes, "tcp://:::82", "udp://[::1]:53", f"unix://{path}", "unix://@hidden"]:
            assert found.is_listening(wanted), wanted
        refuses = [
            "tcp://81",
            "tcp://0.0.0.0:81",
            "tcp://[::1]:80",
            "udp://53",
            "udp://127.0.0.1:53",
            "tcp://53",
            "unix:///x",
            "tcp://4000",
        ]
        for wanted in refuses:
            assert not found.is_listening(wanted), wanted
        for wrong in ("80", "tcp://", "tcp://host:80", "http://80"):
            with pytest.raises(BadValue, match="is no socket"):
                found.is_listening(wrong)
        process.stdin.close()
    assert not found.is_listening("tcp://80"), "its process has ended"


def test_busybox_is_enough() -> None:
    """Alpine has no iproute2: BusyBox's ip, nsenter and unshare say the same."""
    with machine("alpine") as alpine:
        alpine.said("sh", "-euc", "mkdir /run/netns; touch /run/netns/web; unshare -n mount --bind /proc/self/ns/net /run/netns/web")
        # BusyBox's ip makes no pairs, this host's does it there.
        sh('nsenter --net="$1/run/netns/web" sh -euc "$2"', str(alpine.root), """
            ip link set lo up; ip link add br0 type bridge; ip addr add 10.9.0.1/24 dev br0; ip link set br0 up
            ip link add p1 type veth peer name p2; ip link set p1 master br0; ip addr add 10.9.0.9 peer 10.9.0.8/32 dev p2
            ip link set p2 up; ip route add blackhole 10.5.0.0/16; ip route add default via 10.9.0.7
        """)  # fmt: skip
        assert "BusyBox" in alpine.run("ip", "-V").err
        found = on(alpine).netns("web")
        assert found.exists
        assert found.addresses == ["10.9.0.1/24", "10.9.0.9/32"]
        p1, p2, br0 = (found.interface(name) for name in ("p1", "p2", "br0"))
        assert (p1.peer, p1.master, p1.is_up, p1.mtu, p1.kind) == ("p2", "br0", False, 1500, "")
        assert (p2.peer, p2.is_up, p2.has_carrier) == ("p1", True, False)
        assert br0.mac == found.bridge("br0").mac
        assert found.routes[:3] == [
            Route("default", "10.9.0.7", "br0"),
            Route("10.5.0.0/16", None, None, kind="blackhole"),
            Route("10.9.0.0/24", None, "br0", "10.9.0.1"),
        ]
        assert found.bridge("br0").ports == ["p1"]
        assert found.run("ls /sys/class/net").stdout.split() == ["br0", "lo", "p1", "p2"]
        assert not found.is_listening("tcp://80")
        alpine.said("nsenter", "-n/run/netns/web", "sh", "-c", "nc -l -p 80 >/dev/null 2>&1 </dev/null & sleep 0.2")
        assert found.is_listening("tcp://80")
        assert on(alpine).namespaces(1).pids == [1]
