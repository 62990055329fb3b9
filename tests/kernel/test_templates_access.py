"""Who gets in and what they may do: keys, sudo's rules, and the playbook of a user, on an Alpine and a Debian."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machine import Machine, machine

from byhand.engine import playbook


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A machine with an account, alice, whose shell lets nobody in."""
    with machine(request.param, ["sudo", "openssh-server"] if request.param == "debian" else []) as found:
        found.play("{steps: [{user/account: {name: alice, shell: /bin/false, password: '*'}}]}", name="play-alice").expect("apply", 0)
        yield found


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Public keys of three kinds."""
    place = tmp_path_factory.mktemp("keys")
    for kind in ("ed25519", "ecdsa", "rsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"it's {kind} $(x) ü", "-f", str(place / kind)], check=True)
    return [(place / f"{kind}.pub").read_text().strip() for kind in ("ed25519", "ecdsa", "rsa")]


# ---- ssh/authorized_key


def _file(host: Machine) -> Path:
    return host.root / "home/alice/.ssh/authorized_keys"


@pytest.mark.parametrize("options", ["", 'restrict,command="echo \'a b\' $(x)",from="10.0.0.0/8"'])
def test_a_key_is_let_in_and_kept_out_again(options: str, host: Machine, keys: list[str]) -> None:
    program = host.step("ssh/authorized_key", user="alice", key=keys[0], options=options)
    program.there_and_back()
    if not options:
        program.survives_kill_9(lambda: {"files": host.said("find", "/home/alice")})
    program.expect("apply", 0)
    assert _file(host).read_text() == f"{options} {keys[0]}\n".lstrip()
    assert host.said("stat", "-c", "%U %a", "/home/alice/.ssh", "/home/alice/.ssh/authorized_keys") == "alice 700\nalice 600"
    program.expect("undo", 0)


def test_other_keys_stay_and_a_keys_line_comes_back_to_its_place(host: Machine, keys: list[str]) -> None:
    lines = [f"# {keys[1]}", keys[0], f'command="x" {keys[1]}', keys[2]]
    host.said("su", "-s", "/bin/sh", "alice", "-c", "mkdir -m 750 ~/.ssh; cat >~/.ssh/authorized_keys", stdin="\n".join(lines) + "\n")
    changed = host.step("ssh/authorized_key", user="alice", key=keys[1])
    changed.there_and_back()
    changed.expect("apply", 0)
    assert _file(host).read_text().splitlines() == [lines[0], keys[0], keys[1], keys[2]]
    changed.expect("undo", 0)
    gone = host.step("ssh/authorized_key", user="alice", key=keys[1], absent=True)
    gone.there_and_back()
    gone.expect("apply", 0)
    assert _file(host).read_text().splitlines() == [lines[0], keys[0], keys[2]]
    host.said("sh", "-c", "echo '# later' >>/home/alice/.ssh/authorized_keys")
    gone.expect("undo", 0)
    assert _file(host).read_text().splitlines() == [lines[0], keys[0], keys[2], "# later", lines[2]]
    host.said("chmod", "666", "/home/alice/.ssh/authorized_keys")
    host.step("ssh/authorized_key", user="alice", key=keys[0]).there_and_back()
    host.said("rm", "-r", "/home/alice/.ssh")


def test_a_user_cannot_lead_root_elsewhere(host: Machine, keys: list[str]) -> None:
    host.said("sh", "-c", "mkdir -p /root/.ssh; echo mine >/root/.ssh/authorized_keys; su -s /bin/sh alice -c 'ln -s /root/.ssh ~/.ssh'")
    program = host.step("ssh/authorized_key", user="alice", key=keys[0])
    program.refused("is a link, or is not the user's own")
    host.said("rm", "/home/alice/.ssh")
    host.said("su", "-s", "/bin/sh", "alice", "-c", "mkdir ~/.ssh && ln -s /etc/shadow ~/.ssh/authorized_keys")
    program.refused("is a link, or is not the user's own")
    host.step("ssh/authorized_key", user="nonesuch", key=keys[0]).refused("there is no user nonesuch")
    host.said("rm", "-r", "/home/alice/.ssh", "/root/.ssh")


# ---- sudo/rule


def test_a_rule_that_sudo_obeys(host: Machine) -> None:
    program = host.step("sudo/rule", name="ours", rules="alice ALL=(ALL) NOPASSWD: /bin/true, /usr/bin/true")
    program.there_and_back()
    program.survives_kill_9(lambda: {"files": host.said("ls", "-la", "/etc/sudoers.d")})
    program.expect("apply", 0)
    assert "NOPASSWD" in host.said("sudo", "-l", "-U", "alice")
    changed = host.play(
        "{steps: [{sudo/rule: {name: ours, rules: '# none'}}, {sudo/rule: {name: ours, absent: true}}]}", name="play-changed"
    )
    before = host.said("cat", "/etc/sudoers.d/ours")
    changed.expect("apply", 0)
    assert "NOPASSWD" not in host.said("sudo", "-l", "-U", "alice")
    changed.expect("undo", 0)
    assert host.said("cat", "/etc/sudoers.d/ours") == before
    program.expect("undo", 0)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"name": "ours", "rules": "alice ALL=(ALL NOPASSWD: ALL"}, "visudo refuses the rules of ours"),
        ({"name": "ours", "rules": "it's $(touch /pwned) `x`"}, "visudo refuses the rules of ours"),
        ({"name": "our.s", "rules": "alice ALL=(ALL) ALL"}, "there is a dot in its name"),
        ({"name": "ours", "rules": " \n"}, "there are no rules"),
    ],
)
def test_rules_that_sudo_would_choke_on_are_refused(args: dict[str, Any], why: str, host: Machine) -> None:
    host.step("sudo/rule", **args).refused(why)


# ---- playbooks/host/user.yml


def test_a_user_with_keys_who_may_become_root(host: Machine, keys: list[str]) -> None:
    given = {"name": "deploy.er", "keys": keys, "groups": ["mail", "games"], "sudo": True, "comment": "It's $(me)"}
    program = host.play_book(playbook.find("host/user"), given)
    program.there_and_back()
    program.expect("apply", 0)
    assert (host.root / "home/deploy.er/.ssh/authorized_keys").read_text().splitlines() == keys
    assert host.said("su", "deploy.er", "-c", "sudo -n id -u") == "0"
    program.expect("undo", 0)


def test_a_user_who_may_not(host: Machine, keys: list[str]) -> None:
    program = host.play_book(playbook.find("host/user"), {"name": "guest2", "keys": keys[:1], "shell": "/bin/sh"})
    program.there_and_back()
    program.expect("apply", 0)
    assert host.run("su", "guest2", "-c", "sudo -n id -u").status != 0
    program.expect("undo", 0)
