"""What a container sees: its own processes, names, devices, and little of the host."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from invoking import Byhand

KINDS = ("mnt", "pid", "uts", "ipc", "net", "cgroup")
DEVICES = {"null": "1:3", "zero": "1:5", "full": "1:7", "random": "1:8", "urandom": "1:9", "tty": "5:0"}


def test_the_tree_inside_is_the_images(byhand: Byhand) -> None:
    assert "ID=alpine" in byhand.said("cat", "/etc/os-release").splitlines()


def test_the_command_is_process_1(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "echo $$") == "1"


def test_each_namespace_is_another_than_the_hosts(byhand: Byhand) -> None:
    inside = dict(
        zip(
            KINDS,
            byhand.said("sh", "-c", f"for kind in {' '.join(KINDS)}; do readlink /proc/self/ns/$kind; done").splitlines(),
            strict=True,
        )
    )
    for kind in KINDS:
        assert inside[kind].startswith(f"{kind}:["), inside[kind]
        assert inside[kind] != os.readlink(f"/proc/self/ns/{kind}"), f"the {kind} namespace is the host's"


def test_its_hostname_is_the_one_it_was_given_and_the_hosts_stays(byhand: Byhand) -> None:
    before = os.uname().nodename
    assert (
        byhand.said("sh", "-c", "hostname; cat /etc/hostname; echo $HOSTNAME", flags=["--hostname", "lab.one"]).split() == ["lab.one"] * 3
    )
    assert os.uname().nodename == before


def test_without_a_hostname_it_is_the_containers_id(byhand: Byhand) -> None:
    name = byhand.said("hostname")
    assert len(name) == 12 and int(name, 16) >= 0


def test_proc_shows_its_own_processes_only(byhand: Byhand) -> None:
    found = byhand.said("sh", "-c", "ls /proc | grep '^[0-9]'").split()
    assert found[0] == "1" and len(found) <= 3


def test_the_root_cannot_be_left(byhand: Byhand) -> None:
    inside = byhand.said("sh", "-c", "ls / | tr '\\n' ' '; cd /; cd ../../../..; pwd; grep -c byhand /proc/self/mountinfo")
    names, place = inside.splitlines()[0].rsplit(" ", 1)
    assert place == "/"
    assert {"bin", "etc", "proc", "sys", "dev"} <= set(names.split())
    assert not any(name.startswith(".byhand") for name in byhand.said("ls", "-A", "/").split()), "the old root's folder is gone"


def test_no_mount_of_the_host_is_left_inside(byhand: Byhand) -> None:
    rows = [row.split() for row in byhand.said("cat", "/proc/self/mounts").splitlines()]
    places = {row[1] for row in rows}
    expected = {"/", "/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}
    assert expected <= places
    for place in places - expected:
        assert place.startswith(("/proc/", "/sys/")), f"{place} is mounted inside"
    assert not any("/.byhand" in place for place in places)


def test_sys_cannot_be_written(byhand: Byhand) -> None:
    result = byhand.run("sh", "-c", "echo x >/sys/kernel/mm/transparent_hugepage/enabled")
    assert result.status != 0 and "ead-only" in result.err


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_is_what_it_should_be(byhand: Byhand, name: str) -> None:
    said = byhand.said("stat", "-c", "%F %t:%T %a", f"/dev/{name}")
    assert said == f"character special file {DEVICES[name]} 666"


def test_dev_is_complete(byhand: Byhand) -> None:
    script = """
        for link in fd stdin stdout stderr ptmx; do readlink /dev/$link; done
        for place in pts shm mqueue; do stat -f -c %T /dev/$place; done
        ls /dev | tr '\\n' ' '
    """
    links = byhand.said("sh", "-c", script).splitlines()
    assert links[:5] == ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"]
    assert links[5] == "devpts" and links[6] == "tmpfs"
    assert set(links[8].split()) == {*DEVICES, "fd", "stdin", "stdout", "stderr", "ptmx", "pts", "shm", "mqueue", "core"}


def test_writing_to_dev_null_leaves_a_device(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "echo gone >/dev/null; test -c /dev/null && wc -c </dev/null") == "0"


def test_a_pseudo_terminal_can_be_opened_inside(byhand: Byhand) -> None:
    assert byhand.run("sh", "-c", ": <>/dev/ptmx").status == 0


def test_shared_memory_has_docker_s_size_and_mode(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "stat -c %a /dev/shm; df -k /dev/shm | tail -1 | awk '{print $2}'").split() == ["1777", "65536"]


def test_the_masked_places_of_proc_are_empty(byhand: Byhand) -> None:
    said = byhand.said(
        "sh", "-c", "head -c 16 /proc/kcore | wc -c; wc -c </proc/timer_list; ls /proc/scsi /sys/firmware 2>/dev/null | grep -vc : || true"
    )
    assert said.split()[:2] == ["0", "0"]


DANGEROUS = ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity", "/proc/sys/vm/drop_caches")


@pytest.mark.parametrize("place", [place for place in DANGEROUS if os.path.exists(place)])
def test_what_reaches_the_whole_machine_cannot_be_written(byhand: Byhand, place: str) -> None:
    result = byhand.run("sh", "-c", f"echo x >{place}")
    assert result.status != 0 and "ead-only" in result.err, result.err


def test_it_has_docker_s_capabilities_and_no_more(byhand: Byhand) -> None:
    rows = dict(row.split(":\t") for row in byhand.said("grep", "^Cap", "/proc/self/status").splitlines())
    # chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot audit_write setfcap
    wanted = sum(1 << number for number in (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 29, 31))
    here = int(next(row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("CapBnd")).split()[1], 16)
    assert int(rows["CapBnd"], 16) == wanted & here
    assert int(rows["CapPrm"], 16) == int(rows["CapEff"], 16) == wanted & here
    assert int(rows["CapInh"], 16) == 0 and int(rows["CapAmb"], 16) == 0


@pytest.mark.parametrize(
    "command", ["mount -t tmpfs t /mnt", "mknod /tmp/d b 8 0", "hostname other", "ip link add d type dummy", "unshare -m true"]
)
def test_what_needs_more_capabilities_is_refused(byhand: Byhand, command: str) -> None:
    result = byhand.run("sh", "-c", command)
    assert result.status != 0, result.out


def test_another_user_has_no_capabilities_at_all(byhand: Byhand) -> None:
    rows = dict(row.split(":\t") for row in byhand.said("grep", "^Cap", "/proc/self/status", flags=["--user", "1000"]).splitlines())
    assert {rows[kind] for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}


def test_descriptors_of_the_caller_do_not_leak(byhand: Byhand, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the caller")
    # No pipeline in there: process 1 is the shell that would hold its ends.
    descriptor = os.open(secret, os.O_RDONLY)
    high = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    os.dup2(high, 200, inheritable=True)
    try:
        os.set_inheritable(descriptor, True)
        said = byhand.said("sh", "-c", "ls -l /proc/1/fd; cut -d' ' -f1 /proc/1/stat", close_fds=False)
    finally:
        for number in (descriptor, high, 200):
            os.close(number)
    numbers = {row.split()[-3] for row in said.splitlines() if "->" in row}
    assert numbers == {"0", "1", "2"}, said
    assert str(tmp_path) not in said


def test_the_working_folder_is_inside_the_root(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "/bin/pwd; readlink /proc/1/cwd; readlink /proc/1/root") == "/\n/\n/"


def test_a_command_with_the_name_of_a_busybox_applet_is_the_images_own(byhand: Byhand) -> None:
    ours = subprocess.run(["busybox"], capture_output=True, text=True).stdout.split(" multi-call")[0]
    result = byhand.run("cat", "--help")
    assert result.err.startswith("BusyBox v") and not result.err.startswith(ours), "the host's busybox ran in the image's place"
    assert byhand.said("readlink", "/proc/1/exe") == "/bin/busybox"


def test_a_program_is_told_the_name_it_was_called_by(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "tr '\\0' '|' </proc/1/cmdline; echo; echo $0").splitlines()[0].startswith("sh|-c|")


def test_its_session_and_group_are_its_own(byhand: Byhand) -> None:
    fields = byhand.said("cat", "/proc/1/stat").rpartition(")")[2].split()
    assert all(number in ("0", "1") for number in fields[1:4]), "parent, group and session are not the host's numbers"


def test_cgroups_inside_begin_at_its_own_group(byhand: Byhand) -> None:
    for row in byhand.said("cat", "/proc/self/cgroup").splitlines():
        if any(kind in row.split(":")[1].split(",") for kind in ("memory", "pids", "cpu")):
            assert row.endswith(":/"), row


def test_lo_is_the_first_thing_that_is_up(byhand: Byhand) -> None:
    assert byhand.run("ping", "-c1", "-W2", "127.0.0.1").status == 0
