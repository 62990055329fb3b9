"""Whatever step fails, and whatever signal comes: nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from invoking import Byhand, await_line
from sabotage import CONTAINER, NETWORK, STEPS, Program, changes, play, quiet, without_network

from byhand.networks import network
from tests.host_snapshot import Snapshot


@pytest.fixture(scope="module")
def before(state_folder: Path) -> Snapshot:
    return quiet(Byhand(state_folder))


def test_the_steps_these_tests_break_are_all_there_are(byhand: Byhand, tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_text(Program.of(byhand, "true").text)
    assert tuple(row.split()[0] for row in play(file, "list").text.splitlines()) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_when_a_step_fails_nothing_is_left(byhand: Byhand, before: Snapshot, step: str) -> None:
    program = Program.of(byhand, "true").broken(step, "echo broken >&2; false").store()
    result = play(program)
    assert result.status == 125
    assert "broken" in result.err and "failed" in result.err
    if step in NETWORK:
        assert changes(byhand, before, but=("^files: . networks/default",)) == []
    without_network(byhand)
    assert changes(byhand, before) == []


@pytest.mark.parametrize("step", STEPS)
def test_when_a_step_fails_after_its_work_nothing_is_left(byhand: Byhand, before: Snapshot, step: str) -> None:
    program = Program.of(byhand, "true").broken(step, "real; false").store()
    assert play(program).status == 125
    if step in NETWORK:
        assert changes(byhand, before, but=("^files: . networks/default",)) == []
    without_network(byhand)
    assert changes(byhand, before) == []


@pytest.mark.parametrize("step", CONTAINER)
def test_a_container_that_fails_leaves_the_network_it_found(byhand: Byhand, before: Snapshot, step: str) -> None:
    assert byhand.run("true").status == 0
    with_network = Snapshot.take(root=byhand.root)
    assert play(Program.of(byhand, "true").broken(step, "false").store()).status == 125
    # A bridge loses its carrier some time after its last cable.
    bridge = rf"^(links|addresses|routes): . .*{network.bridge_name(byhand.root)}"
    assert changes(byhand, with_network, but=(bridge,)) == []
    without_network(byhand)
    assert changes(byhand, before) == []


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
@pytest.mark.parametrize("step", ["bridge", "forward", "overlay", "cgroup", "netns", "cable"])
def test_a_signal_during_set_up_leaves_nothing(byhand: Byhand, before: Snapshot, step: str, name: str) -> None:
    program = Program.of(byhand, "true").broken(step, f"kill -{name} $$; real").store()
    assert play(program).status in (125, 128 + getattr(signal, f"SIG{name}"))
    without_network(byhand)
    assert changes(byhand, before) == []


@pytest.mark.parametrize("delay", [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_tool_at_any_time_leaves_nothing(byhand: Byhand, before: Snapshot, delay: float, number: signal.Signals) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sleep", "0.4", start_new_session=True)
    time.sleep(delay)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    # At first Python imports Invoke and the tasks; from when a task runs (flags.guarded) there is one clear line and no more.
    assert b"Traceback" not in err or b"in guarded" not in err, err.decode()
    without_network(byhand)
    assert changes(byhand, before) == []


def test_an_image_that_is_missing_leaves_nothing(byhand: Byhand, before: Snapshot) -> None:
    assert byhand.run("true", image="127.0.0.1:1/no/such", timeout=60).status == 125
    assert changes(byhand, before) == []


@pytest.mark.parametrize("command", [["/no/such"], ["sh", "-c", "exit 3"]])
def test_a_command_that_fails_leaves_nothing_with_rm(byhand: Byhand, before: Snapshot, command: list[str]) -> None:
    assert byhand.run(*command).status in (127, 3)
    without_network(byhand)
    assert changes(byhand, before) == []


def test_reset_takes_back_everything_of_a_busy_host(byhand: Byhand, before: Snapshot) -> None:
    forward = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    for number in range(2):
        assert byhand.invoke("container.run", "--image", "alpine", "--name", f"n{number}", "-v", "shelf:/x", "--", "true").status == 0
    process = byhand.start("container.run", "--image", "alpine", "--name", "busy", "--", "sh", "-c", "echo ready; exec sleep 60")
    await_line(process, b"ready")
    byhand.clean()
    process.communicate(timeout=10)
    left = [row for row in changes(byhand, before) if not row.startswith("files: - ")]
    assert left == []
    assert Path("/proc/sys/net/ipv4/ip_forward").read_text() == forward
    quiet(byhand)


def test_ip_forward_is_as_it_was(byhand: Byhand, before: Snapshot) -> None:
    place = Path("/proc/sys/net/ipv4/ip_forward")
    kept = place.read_text()
    try:
        for value in ("0\n", "1\n"):
            place.write_text(value)
            assert byhand.run("true").status == 0
            assert place.read_text() == "1\n"
            without_network(byhand)
            assert place.read_text() == value
    finally:
        place.write_text(kept)


def test_a_tool_that_breaks_leaves_nothing(byhand: Byhand, before: Snapshot, tmp_path: Path) -> None:
    for tool in ("ip", "mount", "cgset", "iptables-restore"):
        folder = tmp_path / tool
        folder.mkdir()
        (folder / tool).write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
        (folder / tool).chmod(0o755)
        program = Program.of(byhand, "true").store()
        done = subprocess.run(
            ["sh", str(program)],
            capture_output=True,
            env={"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"},
            timeout=30,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 125, (tool, done)
        without_network(byhand)
        assert changes(byhand, before) == [], tool
