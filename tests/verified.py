"""What ``pytest PLAYBOOK.yml`` says, in a forked process: it has all that this one has imported, and leaves nothing in it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import REPO


def verified(book: Path, words: Sequence[str], own: str) -> None:
    """Each test of the playbook must pass, and of its ``own`` file of tests there must be some, none skipped."""
    argv = ["-c", str(REPO / "pyproject.toml"), f"--rootdir={REPO}", "-rA", "-q", "--color=no"]
    argv += ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist"]
    argv += ["-p", "no:unraisableexception"]  # of objects that this process has: its own session tells of them
    with tempfile.TemporaryFile("w+") as output:
        pid = os.fork()
        if pid == 0:
            status = 3
            try:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
                status = pytest.main([*argv, *words, str(book)])
                sys.stdout.flush()
            finally:
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        output.seek(0)
        said = output.read()
    assert status == 0, said
    assert re.search(rf"^PASSED .*{own}::", said, re.MULTILINE), said
    assert not re.search(rf"^SKIPPED .*{own}", said, re.MULTILINE), said
