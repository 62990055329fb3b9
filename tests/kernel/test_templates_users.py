"""Accounts, groups, keys and sudo's rules on an Alpine and a Debian: made, changed, removed, and put back to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from machine import Machine, machine

DATABASES = ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")
HASH = "$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g."


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param, ["sudo"] if request.param == "debian" else []) as found:
        yield found


def databases(host: Machine) -> dict[str, str]:
    """The files accounts are kept in, and the homes."""
    found = {name: path.read_text() for name in DATABASES if (path := host.root / "etc" / name).exists()}
    return {**found, "home": host.said("find", "/home", "-exec", "stat", "-c", "%n %a %u %g", "{}", "+")}


def entry(host: Machine, name: str, file: str = "passwd") -> list[str]:
    lines = (host.root / "etc" / file).read_text().splitlines()
    return next((line.split(":") for line in lines if line.startswith(f"{name}:")), [])


@pytest.fixture
def alice(host: Machine) -> Iterator[Machine]:
    """The host with an account, alice, between others."""
    before = databases(host)
    steps = [{"name": "alice", "comment": "Alice", "groups": ["mail", "games"], "password": HASH}, {"name": "zoe", "groups": ["mail"]}]
    made = host.play(json.dumps({"steps": [{"user/account": args} for args in steps]}), name="play-made")
    made.expect("apply", 0)
    yield host
    made.expect("undo", 0)
    assert databases(host) == before


# ---- user/account


@pytest.mark.parametrize(
    "more",
    [
        {"uid": 4321, "comment": "it's $(touch /pwned), ünd", "shell": "/bin/true", "password": HASH, "home_mode": "0700"},
        {"group": "mail", "groups": ["games", "www-data"], "home": "/srv/it's $(x)"},
        {"system": True, "password": "*"},
    ],
)
def test_an_account_is_made_and_removed_again(more: dict[str, Any], host: Machine) -> None:
    after = host.step("user/account", name="alice", **more).there_and_back()
    assert "pwned" not in after
    place = more.get("home", "/home/alice")
    assert (place.lstrip("/") in after) is more.get("make_home", not more.get("system", False))


def test_what_an_account_is(host: Machine) -> None:
    args = {"name": "a.b", "uid": 4321, "comment": "A B", "groups": ["mail"], "shell": "/bin/sh", "password": HASH}
    program = host.step("user/account", **args)
    program.expect("apply", 0)
    assert entry(host, "a.b")[2:] == ["4321", entry(host, "a.b", "group")[2], "A B", "/home/a.b", "/bin/sh"]
    assert entry(host, "a.b", "shadow")[1] == HASH
    assert "a.b" in entry(host, "mail", "group")[3].split(",")
    assert host.said("stat", "-c", "%a %U", "/home/a.b") == "750 a.b"
    assert host.said("su", "a.b", "-c", "id -u") == "4321"
    program.expect("undo", 0)


@pytest.mark.parametrize(
    "change",
    [
        {"comment": "Alice & 'Bob' \\ $(x)", "home": "/home/other", "groups": ["www-data", "mail"]},
        {"comment": "", "group": "games", "groups": ["floppy"], "shell": "/bin/true", "password": "!"},
    ],
)
def test_an_account_that_is_there_is_changed_and_put_back(change: dict[str, Any], alice: Machine) -> None:
    alice.play(f"{{steps: [{{user/account: {{name: alice, {json.dumps(change)[1:-1]}}}}}]}}", name="play-change").there_and_back()


@pytest.mark.parametrize("remove_home", [False, True])
def test_an_account_is_removed_and_comes_back_to_its_place(remove_home: bool, alice: Machine) -> None:
    alice.said(
        "sh", "-c", "cd /home/alice; echo passwd::evil:x:0:0::/:/bin/sh >evil; ln -s /nowhere 'a b'; chown -h alice:alice evil 'a b'"
    )
    program = alice.play(f"{{steps: [{{user/account: {{name: alice, absent: true, remove_home: {remove_home}}}}}]}}", name="play-gone")
    after = program.there_and_back()
    assert ("home/alice" in after) is not remove_home
    alice.said("rm", "/home/alice/evil", "/home/alice/a b")


def test_what_others_changed_meanwhile_stays(alice: Machine) -> None:
    program = alice.play(
        '{steps: [{user/account: {name: alice, comment: "new", shell: /bin/true, groups: [www-data]}}]}', name="play-change"
    )
    before = databases(alice)
    program.expect("apply", 0)
    later = alice.play(
        "{steps: [{user/account: {name: yan, groups: [www-data, mail]}}, {user/group: {name: cdrom, members: [alice]}}]}", name="play-later"
    )
    later.expect("apply", 0)
    program.expect("undo", 0)
    assert entry(alice, "alice")[4:] == ["Alice", "/home/alice", "/bin/sh"]
    assert "yan" in entry(alice, "www-data", "group")[3].split(",")
    assert "alice" not in entry(alice, "www-data", "group")[3].split(",")
    assert "alice" in entry(alice, "cdrom", "group")[3].split(",")
    later.expect("undo", 0)
    assert databases(alice) == before


def test_what_a_user_keeps_at_home_is_not_lost_by_undo(host: Machine) -> None:
    before = databases(host)
    program = host.step("user/account", name="alice")
    program.expect("apply", 0)
    host.said("su", "alice", "-c", "echo work >/home/alice/work")
    stuck = program.expect("undo", 1)
    assert "/home/alice holds what was put there since" in stuck.err
    assert entry(host, "alice")
    host.said("rm", "/home/alice/work")
    program.expect("undo", 0)
    assert databases(host) == before


def test_an_account_in_use_is_not_removed(alice: Machine) -> None:
    alice.said("sh", "-c", "su alice -c 'exec sleep 300' >/dev/null 2>&1 &")
    alice.said("sh", "-c", "until find /proc -maxdepth 1 -user alice | grep -q .; do sleep 0.1; done")
    ran = alice.play("{steps: [{user/account: {name: alice, absent: true}}]}", name="play-gone").run()
    assert ran.status and "alice still has processes:" in ran.err
    alice.said("sh", "-c", "for place in $(find /proc -maxdepth 1 -user alice); do kill ${place##*/}; done")
    alice.said("sh", "-c", "while find /proc -maxdepth 1 -user alice | grep -q .; do sleep 0.1; done")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"name": "root", "uid": 5}, "root has another number than 5"),
        ({"name": "new", "group": "nonesuch"}, "there is no group nonesuch"),
        ({"name": "new", "groups": ["mail", "nonesuch"]}, "there is no group nonesuch"),
        ({"name": "new", "uid": 0}, "0"),
        ({"name": "new", "home": "/no/such/folder"}, "/no/such/folder"),
        ({"name": "mail", "absent": True, "remove_home": True}, "is not a folder of mail's own"),
    ],
)
def test_what_cannot_be_is_refused(args: dict[str, Any], why: str, host: Machine) -> None:
    host.step("user/account", **args).refused(why)


def test_a_lock_of_a_dead_tool_is_taken_and_a_living_ones_waited_for(host: Machine) -> None:
    before = databases(host)
    program = host.step("user/account", name="alice")
    program.expect("apply", 0)
    host.said("sh", "-c", "printf '999999\\0' >/etc/passwd.lock")
    alive = host.said("sh", "-c", "sleep 1.5 >/dev/null 2>&1 & printf '%s\\0' $! >/etc/group.lock; echo $!")
    assert alive
    program.expect("undo", 0)
    assert databases(host) == before
    assert not [name for name in DATABASES if (host.root / "etc" / f"{name}.lock").exists()]


@pytest.mark.parametrize(
    "args",
    [
        {"name": "kill", "comment": "x", "groups": ["mail"], "password": "*"},
        {"name": "games", "comment": "x", "shell": "/bin/true", "groups": ["mail"], "password": "*", "make_home": False},
        {"name": "games", "absent": True},
    ],
    ids=["new", "changed", "absent"],
)
def test_an_account_killed_at_each_line(args: dict[str, Any], host: Machine) -> None:
    host.step("user/account", **args).survives_kill_9(lambda: databases(host))


# ---- user/group


@pytest.mark.parametrize("more", [{"gid": 4321, "members": ["games", "mail"]}, {"system": True}])
def test_a_group_is_made_and_removed_again(more: dict[str, Any], host: Machine) -> None:
    host.step("user/group", name="a-group", **more).there_and_back()


def test_a_groups_members_are_added_and_taken_out_again(host: Machine) -> None:
    host.step("user/group", name="mail", members=["games", "daemon"]).there_and_back()


def test_a_group_is_removed_and_comes_back_to_its_place(host: Machine) -> None:
    host.step("user/group", name="audio", absent=True).there_and_back()
    host.step("user/group", name="audio", absent=True).survives_kill_9(lambda: databases(host))


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"name": "mail", "gid": 5}, "mail has another number than 5"),
        ({"name": "new", "members": ["nonesuch"]}, "there is no user nonesuch"),
        ({"name": "games", "absent": True}, "primary group"),
    ],
)
def test_a_group_that_cannot_be_is_refused(args: dict[str, Any], why: str, host: Machine) -> None:
    host.step("user/group", **args).refused(why)
