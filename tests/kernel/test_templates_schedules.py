"""Cron jobs and systemd timers on throw-away machines: what they hold is read and run by the real cron, crond and systemd-analyze."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from machine import Machine, machine

from byhand.errors import ByhandError

PACKAGES = ["cron", "git", "systemd", "unzip", "xz-utils", "zstd"]


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param, PACKAGES if request.param == "debian" else []) as found:
        yield found


@pytest.fixture(scope="module")
def alpine() -> Iterator[Machine]:
    with machine("alpine") as found:
        yield found


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", PACKAGES) as found:
        yield found


def table(host: Machine, name: str, user: str = "root") -> str:
    """The file a job is in."""
    return f"/etc/cron.d/{name}" if host.facts.os_release["ID"] == "debian" else f"/etc/crontabs/{user}"


def busybox(host: Machine) -> bool:
    """Whether it is the machine that steps are killed on: once is enough where both run the same text."""
    return bool(host.facts.os_release["ID"] == "alpine")


# ---- cron/job


def test_a_job_goes_there_and_back(host: Machine) -> None:
    program = host.step("cron/job", name="backup", schedule="*/5  0-6 * jan Sun", command="it's $(date +%s) \\n #", user="daemon")
    program.there_and_back()
    if busybox(host):
        program.survives_kill_9(lambda: host.part("etc"))
    program.expect("apply", 0)
    rows = host.said("cat", table(host, "backup", "daemon")).splitlines()
    assert host.said("stat", "-c", "%a %U", table(host, "backup", "daemon")) == "600 root"
    if host.facts.os_release["ID"] == "debian":
        assert rows == ["# byhand: backup", "*/5 0-6 * jan Sun daemon it's $(date +\\%s) \\n #"]
    else:
        assert rows == ["# byhand: backup", "*/5 0-6 * jan Sun it's $(date +%s) \\n #"]
    program.expect("undo", 0)


def test_cron_itself_runs_the_job_with_its_percents(host: Machine) -> None:
    command = "printf '%s\\n' \"$(id -un)\" 100% >/tmp/ran.$$ && mv /tmp/ran.$$ /tmp/ran"
    program = host.step("cron/job", name="at.once", schedule="@reboot", command=command, user="daemon")
    program.expect("apply", 0)
    program.expect("check", 0)
    debian = host.facts.os_release["ID"] == "debian"
    daemon = "cron -f" if debian else "crond -f -d 0 -c /etc/crontabs"
    host.said("sh", "-c", f"rm -f /tmp/ran /run/crond.reboot; ({daemon}) >/tmp/cron.log 2>&1 & echo $! >/tmp/cron.pid")
    try:
        deadline = time.monotonic() + 20
        while host.run("test", "-e", "/tmp/ran").status and time.monotonic() < deadline:
            time.sleep(0.05)
        assert host.run("cat", "/tmp/ran").out == "daemon\n100%\n", host.run("cat", "/tmp/cron.log").out
    finally:
        host.run("sh", "-c", "kill $(cat /tmp/cron.pid)")
        host.run("rm", "-f", "/run/crond.reboot", "/run/crond.pid", "/tmp/ran")
    program.expect("undo", 0)


def test_a_job_among_others_in_busyboxs_table(alpine: Machine) -> None:
    before = alpine.said("cat", "/etc/crontabs/root")
    alpine.said("sh", "-c", "printf '# byhand: mine\\n0 0 * * * old\\n# byhand: bare\\n\\n@daily last' >>/etc/crontabs/root")
    program = alpine.step("cron/job", name="mine", schedule="@hourly", command="new")
    program.there_and_back()
    program.survives_kill_9(lambda: alpine.part("etc/crontabs"))
    program.expect("apply", 0)
    rest = "\n# byhand: mine\n@hourly new\n# byhand: bare\n\n@daily last"
    assert alpine.said("cat", "/etc/crontabs/root") == before + "\n" + rest
    alpine.said("sh", "-c", "echo '@daily theirs' >>/etc/crontabs/root")
    program.expect("undo", 0)
    assert alpine.said("cat", "/etc/crontabs/root") == before + "\n" + rest.replace("@hourly new", "0 0 * * * old") + "\n@daily theirs"
    bare = alpine.step("cron/job", name="bare", schedule="@hourly", command="new")
    bare.expect("apply", 0)
    assert alpine.said("tail", "-n", "5", "/etc/crontabs/root").splitlines()[:3] == ["# byhand: bare", "@hourly new", ""]
    bare.expect("undo", 0)


def test_no_job_for_a_user_there_is_not(host: Machine) -> None:
    host.step("cron/job", name="x", schedule="@daily", command="true", user="nobody.such").refused("nobody.such")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"schedule": "61 * * * *"}, "is no minute"),
        ({"schedule": "* * * *"}, "4 fields"),
        ({"command": "a\n* * * * * root b"}, "more than one line"),
        ({"name": "../passwd"}, "not a name"),
        ({"user": "a b"}, "not a user"),
    ],
)
def test_a_bad_job_is_refused_beforehand(args: dict[str, str], why: str, alpine: Machine) -> None:
    with pytest.raises(ByhandError, match=why):
        alpine.step("cron/job", **{"name": "x", "schedule": "@daily", "command": "true", **args})


# ---- timer/unit: systemd is there but does not run, as in an image that is being made


def test_a_timer_goes_there_and_back(debian: Machine) -> None:
    command = ["/usr/bin/printf", "%s $HOME\n", "it's", 'a "b" \\', ";", "ü"]
    program = debian.step("timer/unit", name="backup", calendar="Mon..Fri 06:30", command=command, user="daemon", persistent=False)
    after = program.there_and_back()
    assert after["etc/systemd/system/timers.target.wants/backup.timer"][3] == "/etc/systemd/system/backup.timer"
    program.expect("apply", 0)
    assert debian.said("systemctl", "is-enabled", "backup.timer") == "enabled"
    service = debian.said("cat", "/etc/systemd/system/backup.service")
    assert 'ExecStart=/usr/bin/printf "%%s $$HOME\\n" "it\'s" "a \\"b\\" \\\\" ";" "ü"' in service
    assert "User=daemon" in service
    assert "Persistent=false" in debian.said("cat", "/etc/systemd/system/backup.timer")
    program.expect("undo", 0)


def test_a_timer_comes_back_after_a_kill(debian: Machine) -> None:
    program = debian.step("timer/unit", name="backup", calendar="daily", command=["/bin/true"])
    program.survives_kill_9(lambda: debian.part("etc/systemd"))


def test_former_units_come_back(debian: Machine) -> None:
    make = "printf '[Timer]\\nOnCalendar=weekly' >old.timer; chmod 600 old.timer; mkdir -p timers.target.wants"
    make += "; ln -s ../old.timer timers.target.wants"
    debian.said("sh", "-euc", f"cd /etc/systemd/system; {make}")
    debian.step("timer/unit", name="old", calendar="daily", command=["/bin/true"]).there_and_back()
    debian.said("sh", "-c", "cd /etc/systemd/system && rm old.timer timers.target.wants/old.timer")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"calendar": "sometimes"}, "sometimes"),
        ({"calendar": "-h"}, "-h"),
        ({"command": ["/no/such/program"]}, "/no/such/program"),
        ({"user": "nobody.such"}, "nobody.such"),
    ],
)
def test_units_that_systemd_would_not_load_never_get_there(args: dict[str, object], why: str, debian: Machine) -> None:
    debian.step("timer/unit", **{"name": "x", "calendar": "daily", "command": ["/bin/true"], **args}).refused(why)


def test_no_timer_without_systemd(alpine: Machine) -> None:
    alpine.step("timer/unit", name="x", calendar="daily", command=["/bin/true"]).refused("this host has no systemd: use cron/job")


@pytest.mark.parametrize(
    ("args", "why"), [({"command": ["true"]}, "no absolute path"), ({"calendar": "daily\nUser=root"}, "more than one line")]
)
def test_a_bad_timer_is_refused_beforehand(args: dict[str, object], why: str, debian: Machine) -> None:
    with pytest.raises(ByhandError, match=why):
        debian.step("timer/unit", **{"name": "x", "calendar": "daily", "command": ["/bin/true"], **args})
