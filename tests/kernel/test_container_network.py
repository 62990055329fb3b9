"""Reaching and being reached: addresses, routes, names, the host's address outside."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from invoking import Byhand


class Callers(ThreadingHTTPServer):
    """An HTTP server that remembers who called."""

    seen: list[str]

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def server(address: str) -> Iterator[Callers]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.seen.append(self.client_address[0])
            body = b"hello from outside"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    found = Callers((address, 0), Handler)
    found.seen = []
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.shutdown()
        found.server_close()
        thread.join()


def ip(*args: str) -> str:
    return subprocess.run(["ip", *args], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def outside(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """A machine beyond the host: (its namespace, its address, the host's address on that side)."""
    name, near, far = f"bhtest-{os.getpid()}", f"bt{os.getpid() % 100000}a", f"bt{os.getpid() % 100000}b"
    ip("netns", "add", name)
    try:
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        ip("address", "add", "198.51.100.1/30", "dev", near)
        ip("link", "set", near, "up")
        ip("-n", name, "address", "add", "198.51.100.2/30", "dev", far)
        ip("-n", name, "link", "set", far, "up")
        yield name, "198.51.100.2", "198.51.100.1"
    finally:
        ip("netns", "delete", name)


LISTEN = """
import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((sys.argv[1], 8099)); s.listen()
print("ready", flush=True)
c, who = s.accept(); print(who[0], flush=True); c.sendall(b"far\\n"); c.close()
"""


def test_eth0_has_an_address_and_a_default_route(byhand: Byhand) -> None:
    said = byhand.said("sh", "-c", "ip -4 -o addr show eth0; ip route; cat /etc/hosts")
    gateway = next(row.split()[2] for row in said.splitlines() if row.startswith("default via"))
    address = next(row.split()[3] for row in said.splitlines() if "eth0" in row and "inet " in row)
    assert address.partition("/")[0].rsplit(".", 2)[0] == gateway.rsplit(".", 2)[0]
    row = next(row for row in said.splitlines() if row.split()[0] == address.partition("/")[0])
    assert len(row.split()[1]) == 12, "its own name is in /etc/hosts"


def test_the_gateway_answers(byhand: Byhand) -> None:
    assert byhand.run("sh", "-c", "ping -c1 -W2 $(ip route | awk '/default/{print $3}')").status == 0


def test_its_own_name_resolves(byhand: Byhand) -> None:
    said = byhand.said("sh", "-c", "getent hosts lab; getent hosts localhost; ping -c1 -W2 lab", flags=["--hostname", "lab"])
    assert "lab" in said.splitlines()[0]


def test_the_host_s_end_of_the_cable_is_on_the_bridge_without_an_address(byhand: Byhand) -> None:
    with byhand.running("sh", "-c", "echo ready; ip -o link show eth0; exec sleep 30") as process:
        assert process.stdout is not None
        peer = process.stdout.readline().decode().split("eth0@if")[1].split(":")[0]
        row = next(row for row in ip("-o", "link").splitlines() if row.startswith(f"{peer}: "))
        cable = row.split()[1].split("@")[0]
        assert " master byh" in row
        assert "inet " not in ip("-4", "-o", "address", "show", "dev", cable)


def test_two_containers_reach_each_other(byhand: Byhand) -> None:
    with byhand.running(
        "sh", "-c", "ip -4 -o addr show eth0 | awk '{print $4}'; echo ready; echo hello | nc -l -p 7000; sleep 1", stdout=subprocess.PIPE
    ) as process:
        address = _address_of(byhand)
        assert byhand.said("sh", "-c", f"ping -c1 -W2 {address} >/dev/null && nc -w 2 {address} 7000 </dev/null") == "hello"
        assert process.poll() is None


def _address_of(byhand: Byhand) -> str:
    running = byhand.invoke("container.ps", "--json")
    import json

    return str(json.loads(running.out)[0]["address"]).partition("/")[0]


def test_the_host_s_own_server_is_reached(byhand: Byhand) -> None:
    with server("0.0.0.0") as http:
        said = byhand.said("sh", "-c", f"wget -qO- http://$(ip route | awk '/default/{{print $3}}'):{http.port}/")
        assert said == "hello from outside"


def test_outside_sees_the_host_s_address(byhand: Byhand, outside: tuple[str, str, str]) -> None:
    name, far, near = outside
    listener = subprocess.Popen(["ip", "netns", "exec", name, "python3", "-c", LISTEN, far], stdout=subprocess.PIPE, text=True)
    try:
        assert listener.stdout is not None and listener.stdout.readline() == "ready\n"
        assert byhand.said("nc", "-w", "3", far, "8099") == "far"
        assert listener.stdout.readline().strip() == near, "the packets were not masqueraded"
    finally:
        listener.kill()
        listener.communicate()


def test_with_network_none_there_is_lo_and_it_is_up(byhand: Byhand) -> None:
    said = byhand.said(
        "sh", "-c", "ls /sys/class/net; ip -o link show lo; ping -c1 -W2 127.0.0.1 >/dev/null && echo answers", flags=["--network", "none"]
    )
    assert said.splitlines()[0] == "lo" and said.splitlines()[-1] == "answers"
    assert "eth0" not in said and ",UP" in said


def test_with_network_none_the_namespace_is_not_the_host_s(byhand: Byhand) -> None:
    assert byhand.said("readlink", "/proc/self/ns/net", flags=["--network", "none"]) != os.readlink("/proc/self/ns/net")


def test_with_network_host_it_is_the_host_s(byhand: Byhand) -> None:
    said = byhand.said(
        "sh", "-c", "readlink /proc/self/ns/net; cat /proc/net/dev | wc -l; cat /etc/hosts", flags=["--network", "host"]
    ).splitlines()
    assert said[0] == os.readlink("/proc/self/ns/net")
    assert said[2:] == Path("/etc/hosts").read_text().splitlines()


def test_with_network_host_the_host_s_control_groups_cannot_be_reached(byhand: Byhand) -> None:
    script = "grep -l . /sys/fs/cgroup/*/*/cgroup.procs /sys/fs/cgroup/*/cgroup.procs;"
    script += " for f in /sys/fs/cgroup/*/cgroup.procs; do echo 1 2>/dev/null >$f && echo written; done; true"
    said = byhand.run("sh", "-c", script, flags=["--network", "host"])
    assert "written" not in said.text and "process_api" not in said.text, said.text


def test_name_servers_are_the_host_s_without_loopback(byhand: Byhand) -> None:
    servers = [row.split()[1] for row in byhand.said("cat", "/etc/resolv.conf").splitlines() if row.startswith("nameserver")]
    assert not any(server.startswith("127.") or server == "::1" for server in servers)
    host = [row.split()[1] for row in Path("/etc/resolv.conf").read_text().splitlines() if row.startswith("nameserver ")]
    usable = [server for server in host if not server.startswith("127.") and server != "::1"]
    if usable:
        assert servers == usable


def test_etc_hosts_can_be_written_by_the_container(byhand: Byhand) -> None:
    assert "192.0.2.77" in byhand.said("sh", "-c", "echo '192.0.2.77 other' >>/etc/hosts; getent hosts other")


def test_each_rule_is_there_once_however_many_containers_ran(byhand: Byhand) -> None:
    for _ in range(3):
        assert byhand.run("true").status == 0
    rows = [row for row in subprocess.run(["iptables-save"], capture_output=True, text=True).stdout.splitlines() if row.startswith("-A")]
    ours = [row for row in rows if _bridge(byhand) in row]
    assert len(ours) == 5 and len(set(ours)) == 5, ours


def _bridge(byhand: Byhand) -> str:
    import json

    return str(json.loads((byhand.root / "networks" / "default" / "network.json").read_text())["bridge"])


def test_an_address_is_free_again_when_its_container_is_gone(byhand: Byhand) -> None:
    show = ["sh", "-c", "ip -4 -o addr show eth0 | awk '{print $4}'"]
    assert byhand.said(*show) == byhand.said(*show)
    assert os.listdir(byhand.root / "networks" / "default" / "addresses") == []


def test_a_listener_inside_is_reached_from_the_host(byhand: Byhand) -> None:
    with byhand.running("sh", "-c", "echo ready; while :; do echo inside | nc -l -p 7001; done"):
        found = b""
        for _ in range(50):
            try:
                with socket.create_connection((_address_of(byhand), 7001), timeout=2) as caller:
                    found = caller.recv(100)
                    break
            except ConnectionRefusedError:
                continue
        assert found == b"inside\n"
