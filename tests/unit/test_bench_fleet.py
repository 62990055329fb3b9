"""The benchmark of a fleet: what it compares, the distance it makes, the promises it holds byhand to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO))

from bench import fleet, goal, relay  # noqa: E402 (bench is no package of byhand's)
from bench.process import BenchError  # noqa: E402
from bench.race import Row  # noqa: E402


def test_the_goal_has_fifty_steps() -> None:
    assert len(list(goal.entries())) == goal.STEPS == 50


def test_a_tree_at_the_goal_is_accepted(tmp_path: Path) -> None:
    goal.make(tmp_path)
    goal.require(tmp_path, "host")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        ("rm site03/secret", "site03/secret"),
        ("chmod 644 site03/secret", "site03/secret"),
        ("echo more >>site07/site.conf", "site07/site.conf"),
        ("ln -sfn secret site01/current", "site01/current"),
        ("chmod 755 site10", "site10"),
        ("sed -i 5d sites", "sites"),
        (": >other", "other"),
    ],
)
def test_one_path_that_is_not_as_it_must_be_is_named(tmp_path: Path, spoil: str, named: str) -> None:
    goal.make(tmp_path)
    subprocess.run(["sh", "-euc", spoil], cwd=tmp_path, check=True)
    with pytest.raises(BenchError, match=f"host: /srv/bench/{named} is "):
        goal.require(tmp_path, "host")


def test_a_file_that_was_written_again_with_the_same_content_shows(tmp_path: Path) -> None:
    goal.make(tmp_path)
    before = goal.stamps(tmp_path)
    assert goal.stamps(tmp_path) == before
    (tmp_path / "sites").write_text((tmp_path / "sites").read_text())
    assert [path for path, stamp in goal.stamps(tmp_path).items() if before[path] != stamp] == [str(tmp_path / "sites")]


def test_our_play_reaches_the_goal_and_then_changes_nothing(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    play = tmp_path / "play.yml"
    play.write_text(goal.ours(root=str(tree)))
    command = [sys.executable, "-m", "invoke", "-r", str(REPO), "playbook.run", str(play)]
    environment = {**os.environ, "BYHAND_ROOT": str(tmp_path / "state")}
    for again in (False, True):
        before = goal.stamps(tree)
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        goal.require(tree, "here")
        assert (goal.stamps(tree) == before) is again


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The two sides of a relay of 0.2 s, in a process of its own."""
    near, near_device = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    far, far_device = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    child = os.fork()
    if child == 0:
        try:
            for device in (near_device, far_device):
                device.setblocking(False)
            relay.relay(near_device.fileno(), far_device.fileno(), 0.2)
        finally:
            os._exit(1)
    try:
        near.settimeout(5)
        far.settimeout(5)
        yield near, far
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for end in (near, near_device, far, far_device):
            end.close()


def test_frames_to_the_hosts_come_later_and_in_their_order(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    begun = time.monotonic()
    frames = [f"{n}".encode() * n for n in range(1, 6)]
    for frame in frames:
        near.send(frame)
    assert far.recv(2000) == frames[0]
    assert time.monotonic() - begun >= 0.2
    assert [far.recv(2000) for _ in frames[1:]] == frames[1:]
    assert time.monotonic() - begun < 1.5


def test_frames_on_the_way_back_do_not_wait_for_those_on_the_way_there(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    near.send(b"there")
    far.send(b"back")
    assert near.recv(2000) == b"back"
    far.setblocking(False)
    with pytest.raises(BlockingIOError):
        far.recv(2000)


def rows(ansible: float, pyinfra: float) -> dict[str, Row]:
    names = {fleet.OURS: 2.0, fleet.ANSIBLE: ansible, fleet.PIPELINED: ansible, fleet.PYINFRA: pyinfra}
    return {name + kind: Row(name + kind, (seconds,)) for name, seconds in names.items() for kind in (fleet.FIRST, fleet.SECOND)}


def test_each_promise_is_asked_of_both_runs() -> None:
    found = fleet.targets(rows(20.0, 5.9), 10, 3)
    assert [(target.text.split(" /")[0], target.met) for target in found] == [
        ("ansible-playbook", True), ("ansible-playbook, pipelining", True), ("pyinfra", False),
        ("ansible-playbook", True), ("ansible-playbook, pipelining", True), ("pyinfra", False),
    ]  # fmt: skip


def test_a_tool_that_could_not_take_part_is_not_counted_as_met() -> None:
    without = rows(20.0, 9.0) | {fleet.ANSIBLE: Row(fleet.ANSIBLE, missing="not installed")}
    assert [target.met for target in fleet.targets(without, 10, 3)][:2] == [None, True]
