"""Services under a real systemd and a real OpenRC: started, stopped, at boot or not, and put back to what they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from machine import Machine, machine

UNIT = """[Unit]
Description=Sleeps (it's $(test))
[Service]
ExecStart=/bin/sleep 1000
ExecReload=/bin/touch /run/reloaded
[Install]
WantedBy=multi-user.target
"""
SCRIPT = """#!/sbin/openrc-run
description="Sleeps"
command=/bin/sleep
command_args=1000
command_background=yes
pidfile=/run/sleeps.pid
"""
RELOAD = "extra_started_commands=reload\nreload() { touch /run/reloaded; }\n"


@pytest.fixture(scope="module")
def systemd() -> Iterator[Machine]:
    with machine("debian", ["systemd", "systemd-sysv", "cron"], systemd=True) as found:
        yield found


@pytest.fixture(scope="module")
def openrc() -> Iterator[Machine]:
    with machine("alpine") as found:
        # What boots a real machine would set this host's kernel: it boots with nothing to start.
        found.said("sh", "-c", "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; rm /etc/runlevels/*/*")
        found.said("sh", "-c", "openrc sysinit && openrc boot && openrc default")
        yield found


@pytest.fixture(params=["systemd", "openrc"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A machine with a service, sleeps, that is not running."""
    found: Machine = request.getfixturevalue(request.param)
    service = (
        {"service/unit": {"name": "sleeps", "content": UNIT}}
        if request.param == "systemd"
        else {"service/openrc_script": {"name": "sleeps", "content": SCRIPT + RELOAD}}
    )
    before = found.snapshot()
    made = found.play(_play(service), name="play-made")
    made.expect("apply", 0)
    yield found
    made.expect("undo", 0)
    assert found.snapshot() == before


def _play(*steps: dict[str, Any]) -> str:
    import json

    return json.dumps({"steps": [{"name": "Step", "id": "it", **step} for step in steps]})


def state(host: Machine, name: str = "sleeps") -> tuple[str, str]:
    """Whether it is started at boot, and whether it runs."""
    if (host.root / "run/systemd/system").exists():
        return host.run("systemctl", "is-enabled", name).out.strip(), host.run("systemctl", "is-active", name).out.strip()
    levels = [path.name for path in (host.root / "etc/runlevels").iterdir() if (path / name).is_symlink()]
    return " ".join(levels), "active" if host.run("rc-service", name, "status").status == 0 else "inactive"


@pytest.mark.parametrize(("running", "enabled"), [(True, None), (None, True)])
def test_a_service_is_started_and_stopped_again(running: bool | None, enabled: bool | None, host: Machine) -> None:
    before = state(host)
    program = host.step("service/running", name="sleeps", running=running, enabled=enabled)
    program.there_and_back()
    assert state(host) == before
    program.expect("apply", 0)
    assert state(host)[1] == ("active" if running else "inactive")
    assert (state(host)[0] in ("enabled", "default")) is bool(enabled)
    program.expect("undo", 0)


def test_a_service_that_runs_is_stopped_and_comes_back(host: Machine) -> None:
    on = host.play(_play({"service/running": {"name": "sleeps", "running": True, "enabled": True}}), name="play-on")
    on.expect("apply", 0)
    before = state(host)
    program = host.step("service/running", name="sleeps", running=False, enabled=False)
    program.there_and_back()
    assert state(host) == before == ("default" if before[0] == "default" else "enabled", "active")
    program.survives_kill_9(lambda: {"state": state(host)})
    on.expect("undo", 0)


def test_a_service_killed_at_each_line(host: Machine) -> None:
    program = host.step("service/running", name="sleeps", running=True, enabled=True)
    program.survives_kill_9(lambda: {"state": state(host)})


def test_a_handler_restarts_and_reloads(host: Machine) -> None:
    on = host.play(_play({"service/running": {"name": "sleeps", "running": True}}), name="play-on")
    on.expect("apply", 0)
    first = host.said("pidof", "sleep") if not (host.root / "run/systemd/system").exists() else _main(host)
    reload = host.play(_play({"service/reload": {"name": "sleeps"}}), name="play-reload")
    reload.expect("apply", 0)
    assert (host.root / "run/reloaded").exists()
    assert first == (host.said("pidof", "sleep") if not (host.root / "run/systemd/system").exists() else _main(host))
    restart = host.play(_play({"service/restart": {"name": "sleeps"}}), name="play-restart")
    restart.expect("apply", 0)
    restart.expect("undo", 0)
    assert first != (host.said("pidof", "sleep") if not (host.root / "run/systemd/system").exists() else _main(host))
    assert state(host)[1] == "active"
    on.expect("undo", 0)
    (host.root / "run/reloaded").unlink()


def _main(host: Machine) -> str:
    return host.said("systemctl", "show", "-p", "MainPID", "sleeps")


def test_a_service_that_is_not_there(host: Machine) -> None:
    host.step("service/running", name="nonesuch", running=True).refused("nonesuch")
    host.step("service/running", name="nonesuch", enabled=True).refused("nonesuch")
    assert host.step("service/restart", name="nonesuch").run().status != 0


def test_a_service_that_cannot_start_says_so(host: Machine) -> None:
    if (host.root / "run/systemd/system").exists():
        bad = {
            "service/unit": {
                "name": "fails",
                "content": UNIT.replace("[Service]", "[Service]\nType=oneshot").replace("sleep 1000", "false"),
            }
        }
    else:
        bad = {"service/openrc_script": {"name": "fails", "content": "#!/sbin/openrc-run\nstart() { return 1; }\n"}}
    made = host.play(_play(bad), name="play-bad")
    made.expect("apply", 0)
    host.step("service/running", name="fails", running=True, enabled=True).refused("fails")
    assert state(host, "fails")[0] in ("", "disabled")
    if (host.root / "run/systemd/system").exists():
        host.said("systemctl", "reset-failed")
    made.expect("undo", 0)


def test_a_debian_package_with_both_kinds_of_script(systemd: Machine) -> None:
    assert state(systemd, "cron") == ("enabled", "active")
    systemd.step("service/running", name="cron", running=False, enabled=False).there_and_back()
    assert state(systemd, "cron") == ("enabled", "active")


def test_what_is_not_for_the_boot_is_refused(systemd: Machine) -> None:
    systemd.step("service/running", name="systemd-journald.service", enabled=True).refused("no [Install]")


# ---- service/unit


@pytest.mark.parametrize("host", ["systemd"], indirect=True)
def test_a_unit_is_changed_and_systemd_knows(host: Machine) -> None:
    program = host.step("service/unit", name="sleeps.service", content=UNIT.replace("1000", "2000"))
    program.there_and_back()
    program.expect("apply", 0)
    assert "sleep 2000" in host.said("systemctl", "show", "-p", "ExecStart", "sleeps")
    program.expect("undo", 0)
    assert "sleep 1000" in host.said("systemctl", "show", "-p", "ExecStart", "sleeps")
    program.survives_kill_9(lambda: {"unit": host.said("systemctl", "show", "-p", "ExecStart,NeedDaemonReload", "sleeps").split(";")[0]})
    drop = host.step("service/unit", name="sleeps", dropin="10-nice", content="[Service]\nNice=5\n")
    drop.there_and_back()
    drop.expect("apply", 0)
    assert host.said("systemctl", "show", "-p", "Nice", "sleeps") == "Nice=5"
    drop.expect("undo", 0)
    assert host.said("systemctl", "show", "-p", "Nice", "sleeps") == "Nice=0"
    host.step("service/unit", name="sleeps", absent=True).there_and_back()


def test_a_timer_and_a_template(systemd: Machine) -> None:
    systemd.step("service/unit", name="each@.service", content="[Service]\nExecStart=/bin/echo %i\n").there_and_back()
    systemd.play(
        _play(
            {"service/unit": {"name": "tick.service", "content": "[Service]\nExecStart=/bin/true\n"}, "id": "one"},
            {"service/unit": {"name": "tick.timer", "content": "[Timer]\nOnBootSec=1h\n[Install]\nWantedBy=timers.target\n"}, "id": "two"},
            {"service/running": {"name": "tick.timer", "running": True, "enabled": True}, "id": "three"},
        )
    ).there_and_back()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[Service]\nExecStart=/no/such/program\n", "/no/such/program"),
        ("[Service]\n", "ExecStart"),
        ("[Service]\nExecStart=relative\n", "relative"),
    ],
)
def test_a_unit_that_systemd_cannot_use_is_refused(content: str, why: str, systemd: Machine) -> None:
    systemd.step("service/unit", name="bad", content=content).refused(why)


def test_without_systemd_a_unit_is_a_file() -> None:
    with machine("debian") as plain:
        plain.said("mkdir", "-p", "/etc/systemd/system")
        plain.step("service/unit", name="a", content=UNIT).there_and_back()
        plain.step("service/running", name="a", running=True).refused("neither systemd nor OpenRC")


# ---- service/openrc_script


def test_a_script_is_replaced_and_comes_back(openrc: Machine) -> None:
    program = openrc.step("service/openrc_script", name="crond", content=SCRIPT + "# it's $(touch /pwned) `x`\n")
    assert "pwned" not in program.there_and_back()
    program.survives_kill_9(
        lambda: {"script": openrc.said("sha256sum", "/etc/init.d/crond"), "all": openrc.said("ls", "-a", "/etc/init.d")}
    )


@pytest.mark.parametrize(("content", "why"), [("#!/bin/sh\n", "first line"), ("#!/sbin/openrc-run\nif\n", "sh refuses bad")])
def test_a_script_that_is_none_is_refused(content: str, why: str, openrc: Machine) -> None:
    openrc.step("service/openrc_script", name="bad", content=content).refused(why)
