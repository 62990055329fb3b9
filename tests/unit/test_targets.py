"""Plays on many hosts: one exit status, and what a dry run prints."""

from __future__ import annotations

import platform
from pathlib import Path
from types import SimpleNamespace

import pytest

from byhand.tasks.targets import worst_of
from tests.support import invoke, write

FINE, CHANGED_3, FAILED, DRIFT, LOST, ERROR = (0, ""), (3, ""), (7, ""), (4, ""), (3, "lost"), (125, "error")


@pytest.mark.parametrize(
    ("verb", "hosts", "status"),
    [
        ("apply", [FINE], 0), ("apply", [FAILED], 7), ("apply", [LOST], 3), ("check", [DRIFT], 4),
        ("apply", [FINE, FINE], 0), ("apply", [FINE, FAILED], 1), ("apply", [FINE, LOST], 3), ("apply", [LOST, FAILED], 1),
        ("apply", [FINE, CHANGED_3], 1), ("apply", [FINE, DRIFT], 1), ("apply", [FINE, ERROR], 1),
        ("check", [FINE, DRIFT], 4), ("check", [LOST, DRIFT], 4), ("check", [LOST, FINE], 3), ("check", [DRIFT, FAILED], 1),
        ("diff", [FINE, DRIFT], 4),
    ],
)  # fmt: skip
def test_the_worst_of_many_is_told(verb: str, hosts: list[tuple[int, str]], status: int) -> None:
    outcomes = {str(i): SimpleNamespace(status=one, why=why) for i, (one, why) in enumerate(hosts)}
    assert worst_of(outcomes, verb) == status


def test_a_dry_run_prints_what_would_run_on_each_host(tmp_path: Path, state_root: Path) -> None:
    words = "{{ inventory_hostname }} {{ facts.kernel }} {{ colour }}"
    write(tmp_path / "play.yml", f"steps:\n  - file/content: {{path: {tmp_path}/made, content: '{words}'}}\n")
    write(tmp_path / "hosts", "one ansible_connection=local colour=red\ntwo ansible_connection=local colour=blue\n")
    both = invoke("playbook.run", "play.yml", "-i", "hosts", "--dry-run", cwd=tmp_path)
    assert both.returncode == 0, both.stderr
    assert [row for row in both.stdout.splitlines() if row.startswith("# ====")] == ["# ==== one", "# ==== two"]
    for text in (f"'one {platform.release()} red'", f"'two {platform.release()} blue'"):
        assert text in both.stdout
    one = invoke("playbook.run", "play.yml", "-i", "hosts", "--limit", "two", "--explain", cwd=tmp_path)
    assert one.stdout.startswith("#!/bin/sh\n") and "#    Why: " in one.stdout and "blue'" in one.stdout
    assert not (tmp_path / "made").exists() and not (state_root / "runs").exists()
