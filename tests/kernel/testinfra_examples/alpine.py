"""Each module of testinfra that Alpine has the tools for, used as testinfra's documentation shows it, in a container.

The container is made in test_verify_backend.py; nothing here knows that it is one.
"""

from __future__ import annotations

import hashlib
import stat
from typing import Any

import pytest

PAGE = b"caf\xc3\xa9 \x00\xff\n"


def test_a_file(host: Any) -> None:
    passwd = host.file("/etc/passwd")
    assert passwd.exists and passwd.is_file and not passwd.is_directory
    assert passwd.user == "root" and passwd.group == "root" and passwd.uid == 0 and passwd.gid == 0
    assert passwd.mode == 0o644 == stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH
    assert passwd.contains("^web:") and not passwd.contains("^nginx:")
    assert "web:x:1234:" in passwd.content_string
    assert passwd.size == len(passwd.content)
    assert not host.file("/nonexistent").exists


def test_a_file_of_any_bytes(host: Any) -> None:
    page = host.file("/srv/a page")
    assert page.content == PAGE
    assert page.sha256sum == hashlib.sha256(PAGE).hexdigest() and page.md5sum == hashlib.md5(PAGE).hexdigest()  # noqa: S324
    assert page.user == "web" and page.group == "staff" and page.mode == 0o640
    assert page.mtime.year == 2001


def test_other_kinds_of_files(host: Any) -> None:
    assert host.file("/bin/sh").is_symlink and host.file("/bin/sh").linked_to == "/bin/busybox"
    assert host.file("/bin/sh").is_executable and not host.file("/etc/passwd").is_executable
    assert host.file("/srv").is_directory
    assert host.file("/srv/pipe").is_pipe
    assert not host.file("/srv/pipe").is_socket


def test_a_user(host: Any) -> None:
    user = host.user("web")
    assert user.exists and user.name == "web"
    assert user.uid == 1234 and user.gid == 50 and user.group == "staff"
    assert user.home == "/srv" and user.shell == "/bin/ash" and user.gecos == "The web"
    assert user.groups == ["staff", "games"] and user.gids == [50, 35]
    assert host.user("root").password and not host.user("nginx").exists


def test_who_the_tests_are(host: Any) -> None:
    assert host.user().name == "root"
    assert host.check_output("id -u; id -g") == "0\n0"


def test_a_group(host: Any) -> None:
    group = host.group("games")
    assert group.exists and group.gid == 35 and "web" in group.members
    assert not host.group("docker").exists


def test_processes(host: Any) -> None:
    first = host.process.get(pid=1)
    assert first.comm == "sleep" and first.args == "sleep 1000" and first.user == "root"
    servers = host.process.filter(comm="nc", user="root")
    assert len(servers) == 2 and {server.ppid for server in servers} == {1}
    with pytest.raises(RuntimeError, match="No process found"):
        host.process.get(comm="systemd")


def test_sockets(host: Any) -> None:
    assert host.socket("tcp://0.0.0.0:8080").is_listening
    assert host.socket("tcp://127.0.0.1:8081").is_listening
    assert not host.socket("tcp://0.0.0.0:8081").is_listening
    assert not host.socket("udp://0.0.0.0:8080").is_listening
    assert not host.socket("tcp://22").is_listening
    assert host.socket("tcp://0.0.0.0:8080").clients == []


def test_mount_points(host: Any) -> None:
    root = host.mount_point("/")
    assert root.exists and root.filesystem == "overlay" and "rw" in root.options
    data = host.mount_point("/data")
    assert data.exists and "ro" in data.options
    assert host.mount_point("/cache").filesystem == "tmpfs" and "nosuid" in host.mount_point("/cache").options
    assert not host.mount_point("/srv").exists
    assert "/proc" in [one.path for one in host.mount_point.get_mountpoints()]


def test_the_environment(host: Any) -> None:
    found = host.environment()
    assert found["WITH_SPACES"] == " a  b " and found["WITH_QUOTES"] == """it's "$(so)" `there` \\n"""
    assert found["UNICODE"] == "grüße" and found["with.dot-s"] == "yes"
    assert found["HOME"] == "/root" and found["PATH"].startswith("/usr/local/sbin:")
    assert "OLDPWD" not in found and "BYHAND_ROOT" not in found


def test_where_commands_run(host: Any) -> None:
    assert host.check_output("pwd") == "/srv/work here"


def test_sysctl(host: Any) -> None:
    assert host.sysctl("kernel.hostname") == "examples"
    assert isinstance(host.sysctl("vm.dirty_ratio"), int)


def test_packages(host: Any) -> None:
    busybox = host.package("busybox")
    assert busybox.is_installed and busybox.version.startswith("1.") and busybox.release.startswith("r")
    assert not host.package("zsh").is_installed


def test_commands(host: Any) -> None:
    done = host.run("echo out; echo err >&2; exit 42")
    assert (done.rc, done.stdout, done.stderr) == (42, "out\n", "err\n") and done.failed and not done.succeeded
    assert host.run("echo %s", "a'b c$(id)").stdout == "a'b c$(id)\n"
    assert host.run_test("false").rc == 1 and host.run_expect([42], "exit 42").rc == 42
    with pytest.raises(AssertionError, match="Unexpected exit code 7"):
        host.check_output("exit 7")
    assert host.exists("wget") and not host.exists("zsh")
    assert host.find_command("ip") == "/sbin/ip"


def test_interfaces(host: Any) -> None:
    cable = host.interface("eth0")
    assert cable.exists and [one for one in cable.addresses if one.startswith("10.")]
    assert host.interface("lo").exists
    assert sorted(host.interface.names()) == ["eth0", "lo"]


def test_addresses(host: Any) -> None:
    here = host.addr("localhost")
    assert here.is_resolvable and here.ipv4_addresses == ["127.0.0.1"] and here.is_reachable
    assert here.port(8080).is_reachable and not here.port(9).is_reachable
    assert not host.addr("too-long-for-a-name" * 4).is_resolvable


def test_the_system(host: Any) -> None:
    system = host.system_info
    assert system.type == "linux" and system.distribution == "alpine" and system.release.startswith("3.")
    assert system.arch == host.check_output("uname -m")


def test_byhand_s_modules_look_from_inside(host: Any) -> None:
    assert host.namespaces(1).pids == [1]
    assert not host.container("examples").exists, "no state folder is in here"
