"""Archives made with tar, zip archives unpacked, and scripts run, on throw-away machines."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator

import pytest
from machine import Machine, machine
from test_templates_schedules import PACKAGES


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", PACKAGES) as found:
        yield found


@pytest.fixture(scope="module")
def alpine() -> Iterator[Machine]:
    with machine("alpine") as found:
        yield found


@pytest.fixture(params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Machine:
    found: Machine = request.getfixturevalue(request.param)
    found.said("sh", "-c", "rm -rf /srv/* /var/lib/byhand")
    return found


def busybox(host: Machine) -> bool:
    """Whether it is the machine that steps are killed on: once is enough where both run the same text."""
    return bool(host.facts.os_release["ID"] == "alpine")


# ---- archive/create


@pytest.mark.parametrize("end", [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst"])
def test_an_archive_is_made_and_the_same_again(end: str, debian: Machine) -> None:
    debian.said(
        "sh",
        "-euc",
        "rm -rf /srv/* && cd /srv && mkdir -p 'a b\\n/-c' && echo x >'a b\\n/-c/it' && ln -s it 'a b\\n/-c/l' && chown -R daemon .",
    )
    program = debian.step("archive/create", source="/srv/a b\\n", path=f"/srv/$(out)'{end}", mtime=5)
    if end == ".tar.xz":
        program.there_and_back()
    program.expect("apply", 0)
    names = debian.said("tar", "-tvf", f"/srv/$(out)'{end}", "--numeric-owner", "--quoting-style=literal", "--utc").splitlines()
    assert [row.split(None, 5)[5] for row in names] == ["a b\\n/", "a b\\n/-c/", "a b\\n/-c/it", "a b\\n/-c/l -> it"]
    assert all(row.split()[1] == "0/0" and row.split()[3:5] == ["1970-01-01", "00:00"] for row in names)
    before = debian.said("cksum", f"/srv/$(out)'{end}")
    debian.said("sh", "-c", "touch '/srv/a b\\n/-c/it'")
    program.expect("check", 0)
    debian.said("sh", "-c", "echo y >'/srv/a b\\n/-c/it'")
    program.expect("check", 4)
    debian.said("sh", "-c", "echo x >'/srv/a b\\n/-c/it'")
    assert debian.said("cksum", f"/srv/$(out)'{end}") == before
    program.expect("undo", 0)


def test_a_former_archive_comes_back_after_a_kill(debian: Machine) -> None:
    debian.said("sh", "-euc", "rm -rf /srv/* && cd /srv && mkdir from && echo x >from/x && echo former >a.tar.gz && chmod 600 a.tar.gz")
    program = debian.step("archive/create", source="/srv/from", path="/srv/a.tar.gz")
    program.there_and_back()
    program.survives_kill_9(lambda: debian.part("srv"))


def test_archives_that_cannot_be(host: Machine) -> None:
    host.said("mkdir", "/srv/from")
    host.step("archive/create", source="/srv/from", path="/srv/a.rar").refused("/srv/a.rar ends in none of")
    host.step("archive/create", source="/srv/from", path="/srv/from/a.tar").refused("/srv/from/a.tar would be in itself")
    if host.facts.os_release["ID"] == "alpine":
        host.step("archive/create", source="/srv/from", path="/srv/a.tar").refused("install GNU tar first")
    else:
        host.step("archive/create", source="/srv/none", path="/srv/a.tar").refused("/srv/none is not there")


# ---- archive/unpack, of zip


def archive(host: Machine, *members: tuple[str, bytes, int], path: str = "srv/it's [a].zip") -> None:
    """A zip archive with members as (name, content, mode)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, mode << 16
            file.writestr(info, content)
    (host.root / path).write_bytes(packed.getvalue())


FILE, DIR, LINK = stat.S_IFREG | 0o644, stat.S_IFDIR | 0o755, stat.S_IFLNK | 0o777
GOOD = [("top/", b"", DIR), ("top/bin/run", b"#!", stat.S_IFREG | 0o6777), ("top/it's $(a) b", b"text", FILE), ("top/l", b"bin/run", LINK)]


@pytest.mark.parametrize(("strip", "place"), [(0, "srv/new it's/top/"), (1, "srv/new it's/")])
def test_a_zip_archive_is_unpacked(strip: int, place: str, host: Machine) -> None:
    archive(host, *GOOD)
    program = host.step("archive/unpack", source="/srv/it's [a].zip", path="/srv/new it's", strip=strip)
    after = program.there_and_back()
    assert after[f"{place}bin/run"][0] == "0o100755"
    assert after[f"{place}l"][3] == "bin/run"
    assert after[f"{place}it's $(a) b"][:3] == ("0o100644", 0, 0)
    if strip and busybox(host):
        program.survives_kill_9(lambda: host.part("srv"))


@pytest.mark.parametrize(
    "members",
    [
        [("../out", b"x", FILE)],
        [("a/../../out", b"x", FILE)],
        [("/srv/out", b"x", FILE)],
        [("a", b"/srv", LINK), ("a/out", b"x", FILE)],
        [("a", b"/etc/passwd", LINK)],
        [("a", b"..", LINK), ("a/out", b"x", FILE)],
        [("l", b".", LINK), ("m", b"l/l/../..", LINK), ("m/out", b"x", FILE)],
    ],
    ids=str,
)
def test_a_zip_archive_that_leads_outside_is_refused(members: list[tuple[str, bytes, int]], host: Machine) -> None:
    archive(host, *members)
    host.step("archive/unpack", source="/srv/it's [a].zip", path="/srv/new").refused("")


def test_zip_archives_that_cannot_be_unpacked(host: Machine) -> None:
    (host.root / "srv/bad.zip").write_bytes(b"PK\3\4 and nothing")
    host.step("archive/unpack", source="/srv/bad.zip", path="/srv/new").refused("failed")
    archive(host, ("a", b"", FILE), ("b", b"", FILE), path="srv/two.zip")
    host.step("archive/unpack", source="/srv/two.zip", path="/srv/new", strip=1).refused("the archive has not one folder at its top")


def test_a_machine_without_unzip_says_so() -> None:
    with machine("debian") as bare:
        archive(bare, *GOOD)
        bare.step("archive/unpack", source="/srv/it's [a].zip", path="/srv/new").refused("a zip archive needs unzip")


# ---- command/script


def test_a_script_is_run_by_its_interpreter(host: Machine) -> None:
    script = 'cat <<"EOF"\n$1 it\'s\nEOF\nprintf "%s|" "$0" "$@"\ncat\n'
    assert (
        host.step("command/script", script=script, argv=["a b", "$(c)", "-x"]).expect("apply", 0).out == "$1 it's\n/dev/fd/4|a b|$(c)|-x|"
    )
    assert (
        host.step("command/script", script="BEGIN { print ARGV[1] }", interpreter=["awk", "-f"], argv=["ü"]).expect("apply", 0).out == "ü\n"
    )
    assert host.step("command/script", script="false\necho no").run().out == ""
    assert host.step("command/script", script="exit 7").expect("apply", 7).err == "failed   Step\n"
