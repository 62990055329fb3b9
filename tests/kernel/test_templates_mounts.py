"""Mounts, lines of fstab and swap files, really mounted and used on throw-away machines: BusyBox, and Debian's util-linux."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from machine import Machine, machine

from byhand.errors import ByhandError


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param) as found:
        found.said("mkdir", "-p", "/srv/from", "/srv/it's a $(mount) point\n", "/srv/plain")
        found.said("sh", "-c", "echo here >/srv/from/file; echo 'a file' >/srv/file; : >/srv/other")
        yield found


ODD = "/srv/it's a $(mount) point\n"


def busybox(host: Machine) -> bool:
    """Whether it is the machine that steps are killed on: once is enough where both run the same text."""
    return bool(host.facts.os_release["ID"] == "alpine")


# ---- mount/mounted


@pytest.mark.parametrize(
    "args",
    [
        {"source": "tmpfs", "path": "/srv/plain", "type": "tmpfs", "options": "size=64k,mode=700,noexec,nosuid"},
        {"source": "a \\name\t", "path": ODD, "type": "tmpfs"},
        {"source": "/srv/from", "path": ODD, "type": "none", "options": "bind"},
        {"source": "/srv/from", "path": "/srv/plain", "type": "none", "options": "bind,ro,nodev"},
        {"source": "/srv/file", "path": "/srv/other", "type": "none", "options": "bind"},
    ],
    ids=str,
)
def test_what_is_mounted_is_unmounted(args: dict[str, str], host: Machine) -> None:
    program = host.step("mount/mounted", **args)
    program.there_and_back()
    if args["options" if "options" in args else "path"] in ("bind,ro,nodev", ODD) and busybox(host):
        program.survives_kill_9(lambda: host.part("etc", "srv"))
    program.expect("apply", 0)
    if "ro" in args.get("options", "").split(","):
        assert host.run("touch", "/srv/plain/new").status != 0
    program.expect("undo", 0)


def test_a_disk_is_mounted(host: Machine) -> None:
    """An ext4 file system in a file, by way of a loop device; both are there as on any host."""
    loop(host)
    program = host.step("mount/mounted", source="/srv/disk", path="/srv/plain", type="ext4", options="loop,ro")
    program.there_and_back()
    program.expect("apply", 0)
    assert "ext4" in host.said("grep", " /srv/plain ", "/proc/mounts")
    program.expect("undo", 0)
    host.said("rm", "/srv/disk")


def loop(host: Machine) -> None:
    """Makes /srv/disk, 8 MB of ext4, and the nodes of loop devices."""
    host.said(
        "sh", "-euc", "truncate -s 8M /srv/disk; mkfs.ext4 -q /srv/disk; [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237"
    )
    host.said("sh", "-euc", "for n in $(seq 0 63); do [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n; done")


def test_another_mount_in_its_place_is_not_touched(host: Machine) -> None:
    host.said("mount", "-t", "tmpfs", "theirs", "/srv/plain")
    host.step("mount/mounted", source="ours", path="/srv/plain", type="tmpfs").refused("/srv/plain has another mount already")
    host.step("mount/mounted", source="theirs", path="/srv/plain", type="tmpfs", options="ro").refused("or one with other options")
    host.step("mount/mounted", source="theirs", path="/srv/plain", type="tmpfs").expect("check", 0)
    host.said("umount", "/srv/plain")


def test_what_was_mounted_there_since_stays(host: Machine) -> None:
    program = host.step("mount/mounted", source="ours", path="/srv/plain", type="tmpfs")
    program.expect("apply", 0)
    host.said("sh", "-c", "umount /srv/plain && mount -t tmpfs theirs /srv/plain")
    program.expect("undo", 0)
    assert host.said("grep", "-c", "^theirs /srv/plain ", "/proc/mounts") == "1"
    host.said("umount", "/srv/plain")


def test_a_mount_in_use_is_said_to_be_so(host: Machine) -> None:
    program = host.step("mount/mounted", source="ours", path="/srv/plain", type="tmpfs")
    program.expect("apply", 0)
    undone = host.run("sh", "-c", f"cd /srv/plain && sh {program.path} undo")
    assert undone.status == 1
    assert "busy" in undone.err
    program.expect("undo", 0)


def test_where_nothing_can_be_mounted(host: Machine) -> None:
    host.step("mount/mounted", source="x", path="/srv/none", type="tmpfs").refused("/srv/none is not there, or leads through a link")
    host.said("ln", "-s", "plain", "/srv/link")
    host.step("mount/mounted", source="x", path="/srv/link", type="tmpfs").refused("/srv/link is not there, or leads through a link")
    host.step("mount/mounted", source="x", path="/srv/plain", type="nosuchfs").refused("mount")
    host.said("rm", "/srv/link")


# ---- mount/entry


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"source": "UUID=1-2", "path": "/data", "type": "ext4", "pass": 2}, "UUID=1-2 /data ext4 defaults 0 2"),
        (
            {"source": "#a b", "path": "/a b\\\tc", "type": "none", "options": "bind,ro"},
            "\\043a\\040b /a\\040b\\134\\011c none bind,ro 0 0",
        ),
        ({"source": "/swap", "type": "swap", "options": "pri=1"}, "/swap none swap pri=1 0 0"),
    ],
)
def test_a_line_of_fstab(args: dict[str, object], line: str, host: Machine) -> None:
    host.said("sh", "-c", "printf '# mine\\n/dev/sda1\\t/\\text4 ro 0 1\\n/old /data auto ro 0 0\\n/swap swap swap sw 0 0' >/etc/fstab")
    former = host.said("cat", "/etc/fstab")
    host.said("chmod", "600", "/etc/fstab")
    program = host.step("mount/entry", **args)
    (program.there_and_back if args["type"] == "ext4" else lambda: None)()
    program.expect("apply", 0)
    rows = host.said("cat", "/etc/fstab").splitlines()
    assert line in rows
    assert rows[:2] == former.splitlines()[:2]
    if host.run("which", "findmnt").status == 0 and args["type"] != "swap":
        found = host.said("findmnt", "-F", "/etc/fstab", "-n", "-r", "-o", "SOURCE,TARGET,FSTYPE,OPTIONS", "--target", str(args["path"]))
        assert found.split(" ")[2:] == line.split(" ")[2:4]
    program.expect("undo", 0)
    assert host.said("cat", "/etc/fstab") == former


def test_mount_itself_reads_the_line(host: Machine) -> None:
    program = host.step("mount/entry", source="/srv/from", path=ODD.rstrip("\n"), type="none", options="bind")
    host.said("mkdir", "-p", ODD.rstrip("\n"))
    program.expect("apply", 0)
    host.said("mount", ODD.rstrip("\n"))
    assert host.said("cat", ODD.rstrip("\n") + "/file") == "here"
    host.said("umount", ODD.rstrip("\n"))
    program.expect("undo", 0)


def test_fstab_comes_back_after_a_kill(host: Machine) -> None:
    host.said("sh", "-c", "printf '# mine\\n/old /data auto ro 0 0\\nlast' >/etc/fstab")
    program = host.step("mount/entry", source="/new", path="/data", type="ext4")
    if busybox(host):
        program.survives_kill_9(lambda: host.part("etc"))
    program.expect("apply", 0)
    host.said("sh", "-c", "echo '/their /other ext4 defaults 0 0' >>/etc/fstab")
    program.expect("undo", 0)
    assert host.said("cat", "/etc/fstab") == "# mine\n/old /data auto ro 0 0\nlast\n/their /other ext4 defaults 0 0"
    host.said("rm", "/etc/fstab")
    program.there_and_back()
    host.said("touch", "/etc/fstab")


@pytest.mark.parametrize(
    ("args", "why"), [({"type": "a b"}, "not one word"), ({"options": "ro\n/x"}, "not one word"), ({"path": "data"}, "not absolute"),
                      ({"source": "-a"}, "starts with '-'")]
)  # fmt: skip
@pytest.mark.parametrize("template", ["mount/entry", "mount/mounted"])
def test_a_bad_mount_is_refused_beforehand(template: str, args: dict[str, str], why: str, host: Machine) -> None:
    with pytest.raises(ByhandError, match=why):
        host.step(template, **{"source": "a", "path": "/a", "type": "tmpfs", **args})


# ---- swap/file: on an ext4 file system of its own, since the machines' root is an overlay, which cannot hold one


@pytest.fixture(scope="module")
def swapping() -> Iterator[Machine]:
    with machine("debian") as found:
        loop(found)
        found.said("mkdir", "/mnt/disk")
        found.said("mount", "-o", "loop", "/srv/disk", "/mnt/disk")
        try:
            yield found
        finally:
            found.said("sh", "-c", "awk '/^.mnt.disk/ { print $1 }' /proc/swaps | xargs -r swapoff; umount /mnt/disk")


def test_a_file_is_used_for_swap(swapping: Machine) -> None:
    program = swapping.step("swap/file", path="/mnt/disk/it's a swap", size="1m", priority=7)
    program.expect("check", 4)
    program.expect("apply", 0)
    assert "/mnt/disk/it's\\040a\\040swap" in swapping.said("cat", "/proc/swaps")
    assert swapping.said("stat", "-c", "%a %s", "/mnt/disk/it's a swap") == "600 1048576"
    program.expect("check", 0)
    assert "changed" not in program.expect("apply", 0).err
    program.expect("undo", 0)
    assert swapping.said("ls", "/mnt/disk") == "lost+found"
    program.survives_kill_9(lambda: {"swaps": swapping.said("cat", "/proc/swaps"), **swapping.part("mnt/disk")})


def test_a_swap_file_that_is_there_is_used_and_stays(swapping: Machine) -> None:
    swapping.said("sh", "-c", "head -c 1M /dev/zero >/mnt/disk/old; chmod 600 /mnt/disk/old; mkswap -q /mnt/disk/old")
    program = swapping.step("swap/file", path="/mnt/disk/old", size="1m")
    program.expect("apply", 0)
    program.expect("check", 0)
    swapping.step("swap/file", path="/mnt/disk/old", size="2m").expect("check", 4)
    program.expect("undo", 0)
    assert "/mnt/disk/old" not in swapping.said("cat", "/proc/swaps")
    program = swapping.step("swap/file", path="/mnt/disk/old", size="2m")
    program.refused("is there and is no swap file of that size")
    assert swapping.said("ls", "/mnt/disk") == "lost+found\nold"


@pytest.mark.parametrize(
    ("path", "size", "why"),
    [("/srv/swap", "1m", "swapon: "), ("/mnt/disk/swap", "1k", "mkswap: "), ("/mnt/disk/full", "20m", "No space left")],
)
def test_no_swap_on_an_overlay_and_none_of_a_wrong_size(path: str, size: str, why: str, swapping: Machine) -> None:
    before = swapping.part("mnt/disk", "srv")
    ran = swapping.step("swap/file", path=path, size=size).run()
    assert ran.status != 0
    assert why in ran.err
    after = swapping.part("mnt/disk", "srv")
    del before["srv/disk"], after["srv/disk"]  # the disk it is on: its time of change is another one
    assert after == before
