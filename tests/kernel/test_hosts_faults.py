"""Plays on hosts when something breaks: the host is as it was, or its journal knows; check tells the truth, undo works."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest
from invoking import until
from looks import differences
from machine import machine
from ssh_hosts import Controller, SshHost, controller, ended, run_id, ssh_host

PLAY = """title: Two files
steps:
  - name: The first
    file/content: {path: /etc/motd, content: "new\\n"}
  - name: Wait
    command/shell: {script: "touch /tmp/waits; while [ ! -e /tmp/go ]; do sleep 0.1; done"}
  - name: The second
    file/content: {path: /etc/second, content: "two\\n"}
"""
FOLDER = "var/lib/byhand"


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[SshHost]:
    if os.geteuid() != 0:
        pytest.skip("machines need root")
    with machine(request.param) as made, ssh_host(made) as found:
        yield found


@pytest.fixture
def here(host: SshHost) -> Iterator[Controller]:
    """A controller with the play; the host waits where the play says."""
    with controller() as found:
        host.more = ""
        found.write("play.yml", PLAY)
        found.write("hosts", f"one {host.line}\n")
        host.machine.said("rm", "-rf", f"/{FOLDER}", "/tmp/waits", "/tmp/go", "/etc/second")
        host.machine.said("sh", "-c", "printf 'old\\377' >/etc/motd; chmod 600 /etc/motd")
        yield found


def started(here: Controller, host: SshHost) -> subprocess.Popen[str]:
    """A play that has changed the first file and waits."""
    process = here.start("run", "play.yml", "-i", "hosts")
    until(lambda: (host.machine.root / "tmp/waits").exists() or process.poll() is not None, 30)
    assert process.poll() is None, process.communicate()
    assert motd(host) == b"new\n"
    return process


def motd(host: SshHost) -> bytes:
    return (host.machine.root / "etc/motd").read_bytes()


def status(host: SshHost) -> str:
    """How the host's own record says that the first run there ended; "" while it has not."""
    runs = sorted((host.machine.root / FOLDER / "runs").iterdir())
    file = runs[0] / "status"
    return file.read_text().strip() if file.exists() else ""


def is_undone(here: Controller, host: SshHost) -> None:
    """The host is as it was, its record and a check say so, and an undo of the run finds nothing to do."""
    until(lambda: status(host) != "", 20)
    assert status(host) == "129"
    assert motd(host) == b"old\xff" and (host.machine.root / "etc/motd").stat().st_mode & 0o777 == 0o600
    checked = here.play("check", "--json")
    assert checked.status == 4, checked.err
    [run] = (host.machine.root / FOLDER / "runs").iterdir()
    undone = here.undo(run.name)
    assert undone.status == 0 and "undone" not in undone.err, undone.err
    assert motd(host) == b"old\xff"


def end_client(here: Controller, host: SshHost, process: subprocess.Popen[str]) -> None:
    [client] = here.clients(process)
    os.kill(client, signal.SIGKILL)


def end_session(here: Controller, host: SshHost, process: subprocess.Popen[str]) -> None:
    assert host.sessions
    for pid in host.sessions:
        os.kill(pid, signal.SIGKILL)


def end_controller(here: Controller, host: SshHost, process: subprocess.Popen[str]) -> None:
    process.kill()


@pytest.mark.parametrize("cut", [end_client, end_session, end_controller])
def test_what_a_cut_connection_leaves_is_undone_at_once(
    here: Controller, host: SshHost, cut: Callable[[Controller, SshHost, subprocess.Popen[str]], None]
) -> None:
    process = started(here, host)
    cut(here, host, process)
    result = ended(process)
    if cut is end_controller:
        assert result.status == -signal.SIGKILL
    else:
        assert result.status == 3
        assert "one: " in result.err and "is in its journal: playbook.undo --run" in result.err
    is_undone(here, host)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_goes_to_the_host_and_what_is_undone_there_is_shown(here: Controller, host: SshHost, number: int) -> None:
    process = started(here, host)
    os.kill(process.pid, number)
    result = ended(process)
    assert result.status == 128 + number, result.err
    assert "undone" in result.err and "one: The first" in result.err
    is_undone(here, host)


def test_a_network_that_drops_everything_is_noticed_here_and_the_host_goes_on(here: Controller, host: SshHost) -> None:
    host.more = "-o ServerAliveInterval=1 -o ServerAliveCountMax=2"
    here.write("hosts", f"one {host.line}\n")
    process = started(here, host)
    with host.cut():
        result = ended(process, 30)
        assert result.status == 3
        assert "one: " in result.err
        run = run_id(result.err)
        # The play is still at work there: it holds the host, and says who it is.
        assert motd(host) == b"new\n" and status(host) == ""
        second = here.play("run")
        assert second.status == 3
        assert f"one: busy: root@{os.uname().nodename} (process {process.pid}) runs " in second.err and run in second.err
        waiting = here.start("run", "play.yml", "-i", "hosts", "--wait", "30")
        host.machine.said("touch", "/tmp/go")
        until(lambda: status(host) == "0", 20)
        assert ended(waiting).status == 0, "the lock is free although the connection is not known to be dead"
    assert here.play("check").status == 0
    undone = here.undo(run)
    assert undone.status == 0, undone.err
    assert motd(host) == b"old\xff" and not (host.machine.root / "etc/second").exists()


def test_a_host_whose_sshd_goes_away_and_comes_back(here: Controller, host: SshHost) -> None:
    process = started(here, host)
    host.stop()
    assert ended(process).status == 3
    gone = here.play("check")
    assert gone.status == 3 and "one: " in gone.err
    host.start()
    is_undone(here, host)


def test_a_host_that_loses_power_is_undone_from_its_journal(here: Controller, host: SshHost) -> None:
    process = started(here, host)
    run = next((host.machine.root / FOLDER / "runs").iterdir()).name
    host.machine.run("sh", "-c", "kill -9 -1")  # everything but the machine's first process
    host.stop()
    assert ended(process).status == 3
    host.start()
    assert motd(host) == b"new\n" and status(host) == ""
    checked = here.play("check", "--json")
    assert checked.status == 4, "the first is there, the second is not"
    assert '"drift"' in checked.text and '"ok"' in checked.text
    undone = here.undo(run)
    assert undone.status == 0, undone.err
    assert motd(host) == b"old\xff"
    assert status(host) == "undone"


@pytest.fixture
def small(host: SshHost, here: Controller) -> Iterator[None]:
    """A state folder of 64 KB on the host."""
    host.machine.said("sh", "-c", f"mkdir -p /{FOLDER} && mount -t tmpfs -o size=64k tmpfs /{FOLDER}")
    yield
    host.machine.said("umount", f"/{FOLDER}")


FILL = f"dd if=/dev/zero of=/{FOLDER}/fill bs=4096 2>/dev/null || :"


@pytest.mark.usefixtures("small")
def test_a_full_disk_is_said_and_nothing_is_begun(here: Controller, host: SshHost) -> None:
    host.machine.said("sh", "-c", FILL)
    before = host.machine.snapshot()
    result = here.play("run")
    assert result.status not in (0, 3, 4), result.err
    assert "o space left on device" in result.err
    assert here.play("check").status == 4
    assert differences(before, host.machine.snapshot()) == {}
    host.machine.said("rm", f"/{FOLDER}/fill")
    host.machine.said("touch", "/tmp/go")
    assert here.play("run").status == 0


@pytest.mark.usefixtures("small")
def test_a_disk_that_fills_up_while_a_play_runs(here: Controller, host: SshHost) -> None:
    here.write("play.yml", PLAY.replace("touch /tmp/waits;", f"{FILL};"))
    second = host.machine.root / "etc/second"
    second.write_text("x" * 30_000)  # what stood before is kept, and needs room
    host.machine.said("touch", "/tmp/go")
    result = here.play("run")
    assert result.status not in (0, 3, 4), result.err
    assert motd(host) == b"old\xff", result.err
    assert second.read_text() == "x" * 30_000
    assert here.play("check").status == 4
    host.machine.said("rm", f"/{FOLDER}/fill")
    undone = here.undo(run_id(result.err))
    assert motd(host) == b"old\xff", undone.err
    assert undone.status == 0, undone.err
    assert here.play("check").status == 4


@pytest.mark.usefixtures("small")
def test_a_run_is_undone_on_a_full_disk(here: Controller, host: SshHost) -> None:
    host.machine.said("touch", "/tmp/go")
    applied = here.play("run")
    assert applied.status == 0, applied.err
    host.machine.said("sh", "-c", FILL)
    undone = here.undo(run_id(applied.err))
    assert motd(host) == b"old\xff", undone.err
    assert not (host.machine.root / "etc/second").exists()
    host.machine.said("rm", f"/{FOLDER}/fill")
    again = here.undo(run_id(applied.err))
    assert motd(host) == b"old\xff", again.err
    assert not (host.machine.root / "etc/second").exists()
