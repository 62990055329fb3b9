"""The lab of a whole network (experiment 41) fails at each of its steps in turn, on a machine of its own, and leaves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from looks import same
from machine import Machine, Play, machine

from byhand.engine.compile import Compiler, Options
from byhand.engine.play import variables
from byhand.verify import labs

LAB = "41-network"
TOOLS = ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", TOOLS) as found:
        yield found


def steps() -> list[str]:
    """The ids of the lab's steps, in their order."""
    program = Compiler(Options("/none"), variables()).program(labs.book(LAB), {})
    return [piece.id for piece in program.pieces]


def broken(text: str, step: str) -> str:
    """A program in which a step is needed, does all it should and fails then."""
    head, main, tail = text.rpartition('\nmain "$@"')
    assert f"\napply_{step}() {{" in head
    # A new network begins with what this host's has set: it may forward packets already.
    if f"\ncheck_{step}() {{" in head:
        head = head.replace(f"\ncheck_{step}() {{", f"\nreal_check_{step}() {{") + f"\ncheck_{step}() {{\n  return 1\n}}"
    return head.replace(f"\napply_{step}() {{", f"\nreal_{step}() {{") + f"\napply_{step}() {{\n  real_{step}\n  return 3\n}}" + main + tail


@pytest.fixture(scope="module")
def play(debian: Machine) -> Play:
    return debian.play_book(labs.book(LAB))


@pytest.fixture(scope="module")
def before(debian: Machine) -> dict[str, Any]:
    return debian.network()


@pytest.mark.parametrize("step", steps())
def test_a_failure_at_each_step_leaves_the_host_as_it_was(step: str, debian: Machine, play: Play, before: dict[str, Any]) -> None:
    whole = (debian.root / play.path.lstrip("/")).read_text()
    faulty = Play(debian, "/root/play.broken.sh")
    (debian.root / faulty.path.lstrip("/")).write_text(broken(whole, step))
    ran = faulty.run()
    assert ran.status == 3, ran.err
    assert len(re.findall(r"^failed ", ran.err, re.MULTILINE)) == 1 and "stuck" not in ran.err, ran.err
    same(before, debian.network(), f"a failure at {step} left something")
