"""A host's name, its hosts file, time zone and language, on throw-away machines: BusyBox with OpenRC, and Debian."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from machine import Machine, machine

from byhand.errors import ByhandError


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param, ["locales"] if request.param == "debian" else []) as found:
        yield found


@pytest.fixture(scope="module")
def alpine() -> Iterator[Machine]:
    with machine("alpine") as found:
        yield found


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", ["locales"]) as found:
        yield found


def put(host: Machine, path: str, text: str) -> None:
    host.said("sh", "-c", f"cat >{path}", stdin=text)


def busybox(host: Machine) -> bool:
    """Whether it is the machine that steps are killed on: once is enough where both run the same text."""
    return bool(host.facts.os_release["ID"] == "alpine")


# ---- host/name


def test_a_host_gets_its_name_and_its_former_one_back(host: Machine) -> None:
    put(host, "/etc/hostname", "former")
    program = host.step("host/name", name="web-1.example")
    program.there_and_back()
    program.expect("apply", 0)
    assert host.said("uname", "-n") == host.said("cat", "/etc/hostname") == "web-1.example"
    program.expect("undo", 0)
    assert host.said("uname", "-n") == "machine"
    if busybox(host):
        program.survives_kill_9(lambda: {**host.part("etc"), "name": host.said("uname", "-n")})


def test_a_host_without_a_file_of_its_name(alpine: Machine) -> None:
    alpine.said("rm", "-f", "/etc/hostname")
    alpine.step("host/name", name="x").there_and_back()


def test_a_name_given_since_stays(alpine: Machine) -> None:
    program = alpine.step("host/name", name="ours")
    program.expect("apply", 0)
    alpine.said("sh", "-c", "hostname theirs && echo theirs >/etc/hostname")
    program.expect("undo", 0)
    assert alpine.said("uname", "-n") == alpine.said("cat", "/etc/hostname") == "theirs"
    alpine.said("hostname", "machine")


@pytest.mark.parametrize("name", ["-a", "a b", "a" * 65, "", "$(id)"])
def test_what_is_no_name_is_refused_beforehand(name: str, alpine: Machine) -> None:
    with pytest.raises(ByhandError, match="name"):
        alpine.step("host/name", name=name)


# ---- host/entry

DB = "10.0.0.5 DB.local # db's\n"
HOSTS = "127.0.0.1\tlocalhost\n::1 localhost\n10.0.0.4 old db\n# db is not here\n10.0.0.5 DB.local # db's\n2001:db8::5 db"


@pytest.mark.parametrize(
    ("address", "names", "wanted"),
    [
        ("10.0.0.9", ["new", "new.local"], HOSTS + "\n10.0.0.9 new new.local"),
        ("10.0.0.5", ["db", "db.local"], HOSTS.replace("old db\n", "old\n10.0.0.5 db db.local\n").replace(DB, "")),
        ("2001:DB8:0::6", ["db"], HOSTS.replace("2001:db8::5 db", "2001:db8::6 db")),
        ("10.0.0.4", ["db"], HOSTS.replace("10.0.0.4 old db\n", "10.0.0.4 old\n10.0.0.4 db\n")),
    ],
)  # fmt: skip
def test_an_address_is_named(address: str, names: list[str], wanted: str, host: Machine) -> None:
    put(host, "/etc/hosts", HOSTS)
    host.said("chmod", "640", "/etc/hosts")
    program = host.step("host/entry", address=address, names=names)
    (program.there_and_back if "new" in names else lambda: None)()
    program.expect("apply", 0)
    assert host.said("cat", "/etc/hosts") == wanted
    program.expect("check", 0)
    program.expect("undo", 0)
    assert host.said("cat", "/etc/hosts") == HOSTS


def test_the_c_library_finds_the_name(debian: Machine) -> None:
    put(debian, "/etc/hosts", "10.0.0.1 old db\n")
    program = debian.step("host/entry", address="10.0.0.7", names=["db"])
    program.expect("apply", 0)
    assert debian.said("getent", "hosts", "db").split()[0] == "10.0.0.7"
    program.expect("undo", 0)


def test_a_hosts_file_comes_back_after_a_kill(alpine: Machine) -> None:
    put(alpine, "/etc/hosts", HOSTS)
    alpine.step("host/entry", address="10.0.0.7", names=["db", "x"]).survives_kill_9(lambda: alpine.part("etc"))


def test_a_hosts_file_that_was_changed_since_loses_only_our_line(host: Machine) -> None:
    put(host, "/etc/hosts", "10.0.0.1 db\n127.0.0.1 localhost\n")
    program = host.step("host/entry", address="10.0.0.7", names=["db"])
    program.expect("apply", 0)
    host.said("sh", "-c", "echo 10.0.0.2 other >>/etc/hosts")
    program.expect("undo", 0)
    assert host.said("cat", "/etc/hosts") == "10.0.0.1 db\n127.0.0.1 localhost\n10.0.0.2 other"


def test_a_hosts_file_is_made_and_removed_and_no_link_is_replaced(alpine: Machine) -> None:
    alpine.said("rm", "/etc/hosts")
    alpine.step("host/entry", address="::1", names=["localhost"]).there_and_back()
    alpine.said("ln", "-s", "/run/hosts", "/etc/hosts")
    alpine.step("host/entry", address="::1", names=["localhost"]).refused("/etc/hosts is a link")
    alpine.said("rm", "/etc/hosts")


@pytest.mark.parametrize(
    ("args", "why"),
    [({"address": "10.0.0.256"}, "address"), ({"names": ["a b"]}, "not a host name"), ({"names": ["a\n10.0.0.1 b"]}, "host name")],
)
def test_a_bad_entry_is_refused_beforehand(args: dict[str, object], why: str, alpine: Machine) -> None:
    with pytest.raises(ByhandError, match=why):
        alpine.step("host/entry", **{"address": "10.0.0.1", "names": ["a"], **args})


# ---- time/zone


def test_a_zone_is_set(debian: Machine) -> None:
    program = debian.step("time/zone", zone="Asia/Kolkata")
    program.there_and_back()
    program.survives_kill_9(lambda: debian.part("etc"))
    program.expect("apply", 0)
    assert debian.said("date", "-d", "@0", "+%H:%M") == "05:30"
    program.expect("undo", 0)
    debian.said("sh", "-c", "cp --remove-destination /usr/share/zoneinfo/Asia/Tokyo /etc/localtime && rm /etc/timezone")
    program.there_and_back()  # a copy comes back as a copy


def test_a_zone_on_alpine(alpine: Machine, debian: Machine) -> None:
    """Its zones are in a package that is not to be had here: two of Debian's, which are the same files."""
    alpine.step("time/zone", zone="Asia/Tokyo").refused("there is no zone Asia/Tokyo")
    alpine.said("mkdir", "-p", "/usr/share/zoneinfo/Asia")
    (alpine.root / "usr/share/zoneinfo/Asia/Tokyo").write_bytes((debian.root / "usr/share/zoneinfo/Asia/Tokyo").read_bytes())
    program = alpine.step("time/zone", zone="Asia/Tokyo")
    program.there_and_back()
    program.survives_kill_9(lambda: alpine.part("etc"))
    program.expect("apply", 0)
    assert alpine.said("date", "-d", "@0", "+%H:%M") == "09:00"
    program.expect("undo", 0)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "zone1970", "tzdata"])
def test_a_zone_there_is_not(zone: str, debian: Machine) -> None:
    debian.step("time/zone", zone=zone).refused(f"there is no zone {zone} in /usr/share/zoneinfo")


@pytest.mark.parametrize("zone", ["../../../etc/passwd", "/etc/passwd", "Europe/Berlin; id", "-x"])
def test_what_is_no_zone_is_refused_beforehand(zone: str, alpine: Machine) -> None:
    with pytest.raises(ByhandError, match="no time zone"):
        alpine.step("time/zone", zone=zone)


# ---- locale/default


def test_a_language_is_made_and_spoken(debian: Machine) -> None:
    program = debian.step("locale/default", lang="de_AT.UTF-8")
    program.there_and_back()
    program.expect("apply", 0)
    assert debian.said("cat", "/etc/default/locale").endswith("LANG=de_AT.UTF-8")
    assert debian.said("env", "LC_ALL=de_AT.UTF-8", "date", "-d", "@0", "+%B") == "Jänner"
    assert debian.said("grep", "-c", "^de_AT.UTF-8 UTF-8$", "/etc/locale.gen") == "1"
    program.expect("undo", 0)


def test_a_language_that_is_there_is_only_named(debian: Machine) -> None:
    put(debian, "/etc/default/locale", "LC_TIME=C\nLANG=C\n")
    program = debian.step("locale/default", lang="C.UTF-8")
    program.there_and_back()
    program.survives_kill_9(lambda: debian.part("etc", "usr/lib/locale"))
    program.expect("apply", 0)
    assert debian.said("cat", "/etc/default/locale") == "LC_TIME=C\nLANG=C.UTF-8"
    program.expect("undo", 0)


def test_a_language_there_is_not(debian: Machine) -> None:
    debian.step("locale/default", lang="xx_YY.UTF-8").refused("there is no locale xx_YY.UTF-8")


def test_a_language_on_alpine(alpine: Machine) -> None:
    program = alpine.step("locale/default", lang="sr_RS.UTF-8@latin")
    program.there_and_back()
    program.survives_kill_9(lambda: alpine.part("etc"))
    program.expect("apply", 0)
    assert alpine.said("sh", "-lc", 'echo "$LANG"') == "sr_RS.UTF-8@latin"
    program.expect("undo", 0)
