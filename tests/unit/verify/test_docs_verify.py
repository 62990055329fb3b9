"""docs/verify.md: its example runs, and its options are those there are."""

from __future__ import annotations

import os
import re

import pytest
import yaml  # noqa: F401 (its C part cannot be imported twice, and pytester forgets what a run imported)

from tests.support import REPO

TEXT = (REPO / "docs/verify.md").read_text()


def test_the_example_of_tests_beside_a_playbook(pytester: pytest.Pytester) -> None:
    files = re.findall(r"<!-- verify: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert [name for name, _ in files] == ["play.yml", "test_motd.py"]
    for name, text in files:
        (pytester.path / name).write_text(text)
    motd = pytester.path / "motd"
    motd.write_text("root says hello\n")
    motd.chmod(0o644)
    words = ["-p", "byhand.verify.plugin", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={pytester.path}", "play.yml"]
    pytester.runpytest_inprocess(*words, f"--play-param=path={motd}").assert_outcomes(passed=2)
    motd.chmod(0o600)
    pytester.runpytest_inprocess(*words, f"--play-param=path={motd}").assert_outcomes(failed=2)


def test_the_options_told_are_those_there_are(pytester: pytest.Pytester) -> None:
    ran = pytester.runpytest_inprocess("-p", "byhand.verify.plugin", "-c", os.devnull, "--help")
    options = set(re.findall(r"^ +(--play-[a-z-]+)", "\n".join(ran.outlines), re.MULTILINE))
    rows = "\n".join(line for line in TEXT.splitlines() if line.startswith("| `--"))
    assert options and set(re.findall(r"--play-[a-z-]+", rows)) == options
