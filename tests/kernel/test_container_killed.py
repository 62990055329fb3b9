"""kill -9 at any moment: system.recover makes the host what it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from invoking import REPO, Byhand, await_line, until
from sabotage import STEPS, Program, changes, play, quiet, without_network

from tests.host_snapshot import Snapshot

AFTER_A_RUN = ("start", "netns", "cgroup", "overlay", "address", "name", "record")


@pytest.fixture(scope="module")
def before(state_folder: Path) -> Snapshot:
    return quiet(Byhand(state_folder))


def recover(byhand: Byhand) -> None:
    result = byhand.invoke("system.recover")
    assert result.status == 0, result.err


def test_the_second_recover_has_nothing_to_do(byhand: Byhand, before: Snapshot) -> None:
    assert play(Program.of(byhand, "true").broken("cable", "real; kill -9 $$").store()).status == 137
    assert recovered(byhand, before) == []
    again = byhand.invoke("system.recover")
    assert again.status == 0 and "nothing to recover" in again.err, again.err


def recovered(byhand: Byhand, before: Snapshot) -> list[str]:
    recover(byhand)
    without_network(byhand)
    return changes(byhand, before)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_program_that_is_killed_at_a_step_is_recovered(byhand: Byhand, before: Snapshot, step: str, moment: str) -> None:
    body = "kill -9 $$; real" if moment == "before" else "real; kill -9 $$"
    assert play(Program.of(byhand, "true").broken(step, body).store()).status == 137
    assert recovered(byhand, before) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_printed_program_that_is_killed_is_recovered_without_its_text(
    byhand: Byhand, before: Snapshot, step: str, tmp_path: Path
) -> None:
    file = tmp_path / "program"
    file.write_text(Program.of(byhand, "true").broken(step, "real; kill -9 $$").text)
    assert play(file).status == 137
    assert recovered(byhand, before) == []


@pytest.mark.parametrize("step", AFTER_A_RUN)
def test_recover_that_is_killed_itself_can_be_run_again(byhand: Byhand, before: Snapshot, step: str, tmp_path: Path) -> None:
    mark = tmp_path / "killed"
    program = Program.of(byhand, "true").replaced("apply", "start", "kill -9 $$")
    program = program.replaced("undo", step, f"real; [ -e {mark} ] || {{ : >{mark}; kill -9 $$; }}")
    assert play(program.store()).status == 137
    first = byhand.invoke("system.recover")
    assert mark.exists(), "this step was not undone at all"
    assert first.status != 0 or "stuck" in first.err or "could not" in first.err or first.err
    assert recovered(byhand, before) == []


@pytest.mark.parametrize("rm", [True, False])
def test_a_running_container_whose_program_is_killed_is_recovered(byhand: Byhand, before: Snapshot, rm: bool) -> None:
    words = ["container.run", "--image", "alpine", *(["--rm"] if rm else []), "--", "sh", "-c", "echo ready; sleep 300 & exec sleep 300"]
    process = byhand.start(*words)
    await_line(process, b"ready")
    process.kill()
    process.wait()
    recover(byhand)
    if rm:
        assert byhand.folders() == []
    else:
        (folder,) = byhand.folders()
        assert (folder / "exit").read_text() == "137\n"
        assert byhand.invoke("container.rm", folder.name).status == 0
    process.communicate(timeout=10)
    without_network(byhand)
    assert changes(byhand, before) == []


def test_a_killed_container_is_shown_as_dead_and_rm_removes_it(byhand: Byhand, before: Snapshot) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--name", "gone", "--", "sh", "-c", "echo ready; exec sleep 300")
    await_line(process, b"ready")
    process.kill()
    process.wait()
    assert " dead " in byhand.invoke("container.ps", "--all").text + " "
    removed = byhand.invoke("container.rm", "--force", "gone")
    assert removed.status == 0, removed.err
    process.communicate(timeout=10)
    without_network(byhand)
    assert changes(byhand, before) == []


def test_the_container_is_killed_together_with_its_program(byhand: Byhand, before: Snapshot) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sh", "-c", "echo ready; exec sleep 300")
    await_line(process, b"ready")
    first = int((byhand.folders()[0] / "pid").read_text())
    process.kill()
    os.kill(first, signal.SIGKILL)
    process.communicate(timeout=10)
    assert recovered(byhand, before) == []


@pytest.mark.parametrize("delay", [round(0.03 * step, 2) for step in range(1, 15)])
def test_the_tool_is_killed_at_any_time(byhand: Byhand, before: Snapshot, delay: float) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sleep", "0.3")
    time.sleep(delay)
    process.kill()
    process.wait()
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    process.stderr.close()
    # What it had started just then ends by itself or is the container.
    time.sleep(0.05)
    assert recovered(byhand, before) == []


@pytest.mark.parametrize("delay", [0.1, 0.15, 0.2, 0.25, 0.3])
def test_recover_is_killed_at_any_time(byhand: Byhand, before: Snapshot, delay: float) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sh", "-c", "echo ready; exec sleep 300")
    await_line(process, b"ready")
    process.kill()
    process.wait()
    helper = subprocess.Popen(
        [sys.executable, "-m", "invoke", "system.recover"],
        cwd=REPO,
        env=byhand.environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(delay)
    os.killpg(helper.pid, signal.SIGKILL)
    helper.wait()
    time.sleep(0.05)
    found = recovered(byhand, before)
    process.communicate(timeout=10)
    assert found == []


def test_recover_leaves_a_running_container_alone(byhand: Byhand, before: Snapshot) -> None:
    with byhand.running("sh", "-c", "echo ready; exec sleep 60") as process:
        assert byhand.invoke("system.recover").status == 0
        time.sleep(0.1)
        assert process.poll() is None
    until(lambda: byhand.folders() == [])
    without_network(byhand)
    assert changes(byhand, before) == []


def test_a_new_container_runs_beside_the_remains_of_a_killed_one(byhand: Byhand, before: Snapshot) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sh", "-c", "echo ready; exec sleep 300")
    await_line(process, b"ready")
    process.kill()
    process.wait()
    assert byhand.run("sh", "-c", "ping -c1 -W2 $(ip route | awk '/default/{print $3}')").status == 0
    recover(byhand)
    process.communicate(timeout=10)
    without_network(byhand)
    assert changes(byhand, before) == []
