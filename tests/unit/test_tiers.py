"""A skip where a tier must run is a failure that names what was missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.host_snapshot import Snapshot
from tests.support import REPO, write

SKIPPED = "import pytest\n\n\ndef test_it():\n    pytest.skip('the tool frob is not installed')\n"
WHOLE_FILE = "import pytest\n\npytest.importorskip('no_such_module_here')\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    write(tmp_path / "tests/kernel/test_kernel_skip.py", SKIPPED)
    write(tmp_path / "tests/kernel/test_kernel_file.py", WHOLE_FILE)
    write(tmp_path / "tests/unit/test_unit_skip.py", SKIPPED)
    write(tmp_path / "pytest.ini", "[pytest]\n")
    shutil.copy(REPO / "tests/conftest.py", tmp_path / "tests/conftest.py")
    return tmp_path


def run(suite: Path, must_run: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "BYHAND_MUST_RUN": must_run}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words], cwd=suite, env=env, capture_output=True, text=True
    )


def test_a_skip_is_a_skip_where_nothing_must_run(suite: Path) -> None:
    done = run(suite, "")
    assert done.returncode == 0
    assert "3 skipped" in done.stdout


def test_a_skip_in_a_tier_that_must_run_is_a_failure_with_its_reason(suite: Path) -> None:
    done = run(suite, "kernel,vm", "tests/kernel/test_kernel_skip.py", "tests/unit")
    assert done.returncode == 1
    assert "1 failed, 1 skipped" in done.stdout
    assert "kernel must run here (BYHAND_MUST_RUN), and this test was skipped: the tool frob is not installed" in done.stdout


def test_a_file_that_skips_itself_is_a_failure_too(suite: Path) -> None:
    done = run(suite, "kernel", "tests/kernel/test_kernel_file.py")
    assert done.returncode != 0
    assert "this file was skipped: could not import 'no_such_module_here'" in done.stdout


def test_a_tier_that_does_not_exist_is_refused(suite: Path) -> None:
    done = run(suite, "kernle")
    assert done.returncode == 4
    assert "BYHAND_MUST_RUN names no tier: kernle" in done.stderr


def test_tests_are_marked_by_their_folder(suite: Path) -> None:
    (suite / "tests/kernel/test_kernel_file.py").unlink()
    assert "1 skipped, 1 deselected" in run(suite, "", "-m", "unit").stdout


def test_no_two_files_of_tests_have_one_name() -> None:
    """pytest imports each by its bare name: the second of two would end the whole run, before any test."""
    names = Counter(path.name for path in (REPO / "tests").rglob("test_*.py"))
    assert names and [name for name, count in names.items() if count > 1] == []


def test_every_test_has_a_state_folder_of_its_own(state_root: Path) -> None:
    assert Path(os.environ["BYHAND_ROOT"]) == state_root
    assert not state_root.exists()


OTHERS = [r"^temporary: . /(run|dev|tmp/\.?[^/]*byhand)"]


def look(*skip: str) -> Snapshot:
    """A snapshot without what other programs on this machine may change at the same time."""
    return Snapshot.take(skip=["mounts", "links", "addresses", "routes", "rules", "cgroups", "netns", "sysctls", *skip])


def test_a_snapshot_sees_what_was_left_behind(state_root: Path) -> None:
    before = look()
    assert look().differences(before, ignore=OTHERS) == []
    write(state_root / "runs/x/journal", "begin a\n")
    write(Path(os.environ["TMPDIR"]) / "left", "")
    process = subprocess.Popen(["sh", "-c", "exec sleep 60"])
    try:
        while Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
            pass
        found = look().differences(before)
        assert f"processes: + {process.pid} sleep 60" in found
        assert any(line.startswith("files: + runs/x/journal -0") for line in found)
        assert f"temporary: + {os.environ['TMPDIR']}/left" in found
        assert look().differences(before, ignore=["^processes:", "runs", "left", *OTHERS]) == []
        assert look("processes", "files", "temporary").differences(before) == []
    finally:
        process.kill()
        process.wait()
    (state_root / "runs/x/journal").write_text("begin b\n")
    changed = look()
    (state_root / "runs/x/journal").write_text("begin c\n")
    assert len(look().differences(changed, ignore=OTHERS)) == 2
