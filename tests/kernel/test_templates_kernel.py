"""Kernel parameters, modules and limits, really set on throw-away machines: BusyBox with OpenRC, and Debian."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from machine import Machine, machine

from byhand.errors import ByhandError


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param) as found:
        yield found


@pytest.fixture(scope="module")
def alpine() -> Iterator[Machine]:
    with machine("alpine") as found:
        yield found


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian") as found:
        yield found


FORWARD, PORTS = "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/ip_local_port_range"


def busybox(host: Machine) -> bool:
    """Whether it is the machine that steps are killed on: once is enough where both run the same text."""
    return bool(host.facts.os_release["ID"] == "alpine")


# ---- sysctl/file


def test_parameters_are_set_now_and_for_the_next_boot(host: Machine) -> None:
    before = (host.said("cat", FORWARD), host.said("cat", PORTS))
    assert before[0] == "0"
    program = host.step("sysctl/file", name="60-router", settings=["net.ipv4.ip_forward = 1", "net.ipv4.ip_local_port_range=2000  3000"])
    after = program.there_and_back()
    assert "etc/sysctl.d/60-router.conf" in after
    assert (host.said("cat", FORWARD), host.said("cat", PORTS)) == before
    program.expect("apply", 0)
    assert (host.said("cat", FORWARD), host.said("cat", PORTS)) == ("1", "2000\t3000")
    wanted = "net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 2000  3000"
    assert host.said("cat", "/etc/sysctl.d/60-router.conf") == wanted
    # sysctl itself reads the file as it was meant.
    if host.run("which", "sysctl").status == 0:
        host.said("sh", "-c", f"echo 0 >{FORWARD}")
        host.said("sysctl", "-p", "/etc/sysctl.d/60-router.conf")
        assert host.said("cat", FORWARD) == "1"
    program.expect("undo", 0)
    assert (host.said("cat", FORWARD), host.said("cat", PORTS)) == before


def test_parameters_come_back_after_a_kill(alpine: Machine) -> None:
    program = alpine.step("sysctl/file", name="router", settings=["net.ipv4.ip_forward=1", "net.ipv4.ip_default_ttl=65"])
    values = [FORWARD, "/proc/sys/net/ipv4/ip_default_ttl"]
    program.survives_kill_9(lambda: {**alpine.part("etc"), "values": alpine.said("cat", *values)})


def test_an_interfaces_dots_are_slashes(alpine: Machine) -> None:
    alpine.said("ip", "link", "add", "a.b", "type", "bridge")
    alpine.step("sysctl/file", name="x", settings=["net.ipv4.conf.a/b.forwarding=1"]).there_and_back()
    alpine.said("ip", "link", "del", "a.b")


def test_a_former_file_and_its_mode_come_back(host: Machine) -> None:
    host.said("sh", "-c", "mkdir -p /etc/sysctl.d && printf 'old = 1' >/etc/sysctl.d/mine.conf && chmod 600 /etc/sysctl.d/mine.conf")
    program = host.step("sysctl/file", name="mine", settings=["net.ipv4.ip_forward=1"], now=False)
    program.there_and_back()
    if busybox(host):
        program.survives_kill_9(lambda: host.part("etc"))
    assert host.said("cat", FORWARD) == "0"
    host.said("rm", "/etc/sysctl.d/mine.conf")


def test_what_the_kernel_does_not_take_changes_nothing(host: Machine) -> None:
    host.step("sysctl/file", name="x", settings=["net.ipv4.no_such=1"]).refused("this kernel has no parameter net.ipv4.no_such")
    host.step("sysctl/file", name="x", settings=["net.ipv4.ip_forward=1", "net.ipv4.ip_default_ttl=9999"]).refused(
        "the kernel does not take net.ipv4.ip_default_ttl=9999"
    )
    assert host.said("cat", FORWARD) == "0"


def test_a_parameter_that_was_changed_since_stays(host: Machine) -> None:
    program = host.step("sysctl/file", name="x", settings=["net.ipv4.ip_default_ttl=65"])
    program.expect("apply", 0)
    host.said("sh", "-c", "echo 66 >/proc/sys/net/ipv4/ip_default_ttl")
    program.expect("undo", 0)
    assert host.said("cat", "/proc/sys/net/ipv4/ip_default_ttl") == "66"
    host.said("sh", "-c", "echo 64 >/proc/sys/net/ipv4/ip_default_ttl")


@pytest.mark.parametrize("setting", ["net.ipv4.ip_forward", "../../etc/passwd=x", "a.b=$(id)\nc", "net.ipv4.x=\x1b"])
def test_what_is_no_setting_is_refused_beforehand(setting: str, host: Machine) -> None:
    with pytest.raises(ByhandError, match="sysctl/file: settings"):
        host.step("sysctl/file", name="x", settings=[setting])


# ---- kernel/module: no kernel of the machines that run the tests loads modules, but some are part of it


def test_a_module_that_is_part_of_the_kernel_is_loaded(host: Machine) -> None:
    program = host.step("kernel/module", name="nf-conntrack")
    after = program.there_and_back()
    assert "etc/modules-load.d/nf-conntrack.conf" in after
    if busybox(host):
        program.survives_kill_9(lambda: host.part("etc"))


def test_a_module_is_named_for_the_next_boot_only(host: Machine) -> None:
    program = host.step("kernel/module", name="no_such", loaded=False)
    program.there_and_back()
    if busybox(host):
        program.survives_kill_9(lambda: host.part("etc"))
    program.expect("apply", 0)
    assert host.said("cat", "/etc/modules-load.d/no_such.conf") == "no_such"
    program.expect("undo", 0)


def test_a_module_there_is_not_is_said_in_one_line(host: Machine) -> None:
    program = host.step("kernel/module", name="no_such")
    program.refused("modprobe")
    assert host.run("test", "-e", "/etc/modules-load.d/no_such.conf").status != 0


def test_a_former_list_of_modules_comes_back(host: Machine) -> None:
    host.said("sh", "-c", "mkdir -p /etc/modules-load.d && echo '# mine' >/etc/modules-load.d/loop.conf")
    host.step("kernel/module", name="loop").there_and_back()
    host.said("rm", "/etc/modules-load.d/loop.conf")


# ---- limits/set


def test_a_limit_is_kept_and_pam_reads_it(debian: Machine) -> None:
    program = debian.step("limits/set", name="web", domain="daemon", type="soft", item="nofile", value=77)
    assert "etc/security/limits.d/web.conf" in program.there_and_back()
    program.survives_kill_9(lambda: debian.part("etc/security"))
    program.expect("apply", 0)
    debian.said(
        "sh",
        "-c",
        "printf 'auth sufficient pam_rootok.so\\naccount sufficient pam_rootok.so\\nsession required pam_limits.so\\n' >/etc/pam.d/su",
    )
    assert debian.said("su", "-s", "/bin/sh", "daemon", "-c", "ulimit -Sn") == "77"
    program.expect("undo", 0)
    assert debian.said("su", "-s", "/bin/sh", "daemon", "-c", "ulimit -Sn") != "77"


def test_a_limit_among_others(debian: Machine) -> None:
    file = "/etc/security/limits.d/some.conf"
    debian.said("sh", "-c", f"printf '# mine\\n@www\\thard nofile 1\\n* soft core 0\\n@www hard nofile 2' >{file} && chmod 640 {file}")
    program = debian.step("limits/set", name="some", domain="@www", type="hard", item="nofile", value="unlimited")
    program.there_and_back()
    program.survives_kill_9(lambda: debian.part("etc/security"))
    program.expect("apply", 0)
    assert debian.said("cat", file) == "# mine\n@www hard nofile unlimited\n* soft core 0"
    debian.said("sh", "-c", f"echo 'new - cpu 1' >>{file}")
    program.expect("undo", 0)
    assert debian.said("cat", file) == "# mine\n@www\thard nofile 1\n@www hard nofile 2\n* soft core 0\nnew - cpu 1"
    debian.said("rm", file)


def test_two_limits_in_one_file_are_undone_in_any_order(debian: Machine) -> None:
    before = debian.part("etc/security")
    one = debian.step("limits/set", name="two", domain="*", item="cpu", value=1)
    one.expect("apply", 0)
    two = debian.play("steps: [{id: it, limits/set: {name: two, domain: '*', item: core, value: 0}}]", name="play2")
    two.expect("apply", 0)
    one.expect("undo", 0)
    assert debian.said("cat", "/etc/security/limits.d/two.conf") == "* - core 0"
    two.expect("undo", 0)
    after = debian.part("etc/security")
    # The first file was one's, but not all in it: two's undo gives back what stood there before two.
    assert set(after) - set(before) <= {"etc/security/limits.d/two.conf"}
    debian.said("rm", "-f", "/etc/security/limits.d/two.conf")


def test_no_limits_without_pam(alpine: Machine) -> None:
    alpine.step("limits/set", name="x", domain="*", item="nofile", value=1).refused("there is no /etc/security/limits.d")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"domain": "a b"}, "not one word"),
        ({"domain": "#a"}, "not one word"),
        ({"item": "files"}, "choices"),
        ({"value": "many"}, "no limit"),
    ],
)
def test_a_bad_limit_is_refused_beforehand(args: dict[str, str], why: str, debian: Machine) -> None:
    with pytest.raises(ByhandError, match=why):
        debian.step("limits/set", **{"name": "x", "domain": "*", "item": "nofile", "value": "1", **args})
