"""What starts a shell on a host: ssh as its user configured it, a container's exec, or sh here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from byhand.engine import inventory
from byhand.engine.connection import Connection, connection
from byhand.engine.inventory import Host
from byhand.errors import UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder for sockets can be made, connections are not shared."""
    monkeypatch.setenv("BYHAND_ROOT", "/dev/null/none")
    monkeypatch.chdir(tmp_path)


def one(text: str) -> Host:
    Path("hosts").write_text(f"{text}\n")
    [host] = inventory.load(["hosts"]).hosts.values()
    return host


def words(text: str) -> list[str]:
    return list(connection(one(text)).argv)


def test_words() -> None:
    alive = ["-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"]
    start = ["ssh", "-T", "-o", "BatchMode=yes"]
    assert words("w1") == [*start, "-o", "ConnectTimeout=10", *alive, "--", "w1", "sh"]
    given = words("w1 ansible_host=192.0.2.1 ansible_port=2222 ansible_user=me ansible_ssh_private_key_file=/k")
    assert given == [*start, "-p", "2222", "-l", "me", "-i", "/k", "-o", "ConnectTimeout=10", *alive, "--", "192.0.2.1", "sh"]
    more = words("w1 ansible_ssh_args='-C' ansible_ssh_common_args=\"-o 'ProxyCommand=nc a b'\" ansible_ssh_extra_args=-oConnectTimeout=3")
    assert more == [*start, "-C", "-o", "ProxyCommand=nc a b", "-oConnectTimeout=3", *alive, "--", "w1", "sh"]
    assert words("w1 ansible_connection=local") == ["sh"]
    assert words("w1 ansible_connection=docker ansible_user=me") == ["docker", "exec", "--interactive", "--user", "me", "w1", "sh"]
    assert words("w1 ansible_connection=podman ansible_host=box") == ["podman", "exec", "--interactive", "box", "sh"]
    assert words("w1 key=/k ansible_ssh_private_key_file='{{ key }}'")[4:6] == ["-i", "/k"]


def test_a_container_of_ours_is_entered_as_it_is_told() -> None:
    host = one("w1 ansible_connection=byhand ansible_user=me")
    assert connection(host, lambda name, user: ["enter", name, user]) == Connection(("enter", "w1", "me"))
    with pytest.raises(UsageError, match="cannot be entered"):
        connection(host)


def test_words_that_do_not_end_are_named() -> None:
    with pytest.raises(UsageError, match="host 'w1': ansible_ssh_args"):
        words("w1 ansible_ssh_args='-o \"x'")


@pytest.mark.parametrize("text", ["w1 ansible_ssh_common_args='-F none'", "w1 ansible_ssh_args=-Fmine"])
def test_a_configuration_that_is_given_is_used_alone(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(f"/tmp/bh{os.getpid()}-f")
    monkeypatch.setenv("BYHAND_ROOT", str(root))
    found = connection(one(text))
    assert found.control == "" and found.sockets == []
    assert not root.exists()


def test_the_users_configuration_wins_and_the_rest_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(f"/tmp/bh{os.getpid()}-r")
    monkeypatch.setenv("BYHAND_ROOT", str(root))
    try:
        found = connection(one("w1 ansible_host=192.0.2.1"))
        assert found.argv[1] == "-F" and found.control.startswith(f"{root}/run/ssh/")
        config = Path(found.argv[2])
        assert config.stat().st_mode & 0o777 == 0o600 and config.parent.stat().st_mode & 0o777 == 0o700
        asked = settled(config)
        assert asked["controlmaster"] == "auto" and asked["controlpersist"] == "60" and asked["serveraliveinterval"] == "10"
        assert len(asked["controlpath"]) <= 103 - 17
        mine = root / "mine"
        mine.write_text("Host 192.*\n  ControlMaster no\n  ServerAliveInterval 99\n")
        mine.chmod(0o600)
        config.write_text(config.read_text().replace("~/.ssh/config", str(mine)))
        asked = settled(config)
        assert asked["controlmaster"] == "false" and asked["serveraliveinterval"] == "99"
        other = connection(one("w1 ansible_host=192.0.2.1 ansible_ssh_private_key_file=/k"))
        assert other.control != found.control, "another key is another connection"
        assert connection(one("w1 ansible_host=192.0.2.1")).control == found.control
    finally:
        subprocess.run(["rm", "-rf", str(root)], check=True)


def settled(config: Path) -> dict[str, str]:
    """What OpenSSH makes of a configuration."""
    done = subprocess.run(["ssh", "-G", "-F", str(config), "192.0.2.1"], capture_output=True, text=True, check=True)
    return dict(row.split(" ", 1) for row in done.stdout.splitlines() if " " in row)


def test_a_folder_that_is_not_private_or_too_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(f"/tmp/bh{os.getpid()}-p")
    try:
        (root / "run/ssh").mkdir(parents=True)
        (root / "run/ssh").chmod(0o755)
        monkeypatch.setenv("BYHAND_ROOT", str(root))
        assert connection(one("w1")).control == ""
        (root / "run/ssh").chmod(0o700)
        assert connection(one("w1")).control != ""
        monkeypatch.setenv("BYHAND_ROOT", f"{root}/{'long' * 12}")
        assert connection(one("w1")).control == ""
    finally:
        subprocess.run(["rm", "-rf", str(root)], check=True)
