"""What the README shows of a program is what a program looks like here."""

from __future__ import annotations

import re
from pathlib import Path

from invoking import Byhand

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
COMMAND = ("container.run", "--image", "alpine", "--memory", "64m", "--rm")


def shown(mark: str) -> list[str]:
    block = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, flags=re.DOTALL)
    assert block, mark
    return block[1].splitlines()


def without_names(line: str) -> str:
    """A line without what differs from one container and host to another."""
    line = re.sub(r"\b(byhand0|byh[0-9a-f]{8})\b", "BRIDGE", line)
    line = re.sub(r"\b[0-9a-f]{12}\b", "ID", line)
    line = re.sub(r"\b\d+\.\d+\.\d+\.\d+/\d+\b", "ADDRESS", line)
    return re.sub(r"(Take the name) \w+", r"\1 NAME", line)


def test_the_contents_shown_in_the_readme_are_a_programs(byhand: Byhand) -> None:
    program = byhand.invoke(*COMMAND, "--dry-run", "--", "cat", "/etc/os-release").lines
    contents = [without_names(line) for line in program if re.match(r"# +\d+  \S", line)]
    assert contents == [without_names(line) for line in shown("dry-run")]


def test_the_step_shown_in_the_readme_is_in_the_explained_program(byhand: Byhand) -> None:
    program = [without_names(line) for line in byhand.invoke(*COMMAND, "--explain", "--", "cat", "/etc/os-release").lines]
    step = [without_names(line) for line in shown("explain")]
    assert "\n".join(step) in "\n".join(program)
