"""Snapshots: the program that takes them is sh wherever it may run, and what it prints is read as it was meant."""

from __future__ import annotations

import subprocess
import sys

import pytest

from byhand.engine.proof import at_fault
from byhand.engine.snapshot import Difference, Snapshot, differences, read
from tests.support import REPO, SHELLS

PROGRAM = REPO / "byhand" / "engine" / "snapshot.sh"
SUM = "9" * 64


def test_the_program_is_clean() -> None:
    done = subprocess.run(["shellcheck", "-s", "sh", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_can_read_it(shell: str) -> None:
    done = subprocess.run([*SHELLS[shell], "-n", str(PROGRAM)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_said_of_a_file_comes_together() -> None:
    found = read(["file\tregular file 644 0:0 3 bytes\t/etc/a b\n", f"sum\t{SUM}  /etc/a b\n", "written\t123\t/opt/big\n"])
    assert found.things == {("file", "/etc/a b"): f"regular file 644 0:0 3 bytes {SUM}", ("file", "/opt/big"): "123"}


@pytest.mark.parametrize("shown", [f"\\{SUM}  /opt/a\\nb\\\\c\n", f"{SUM}  /opt/a\nb\\c\n"], ids=["GNU", "BusyBox"])
def test_a_name_may_hold_tabs_line_breaks_and_backslashes(shown: str) -> None:
    text = "file\tregular file 644 0:0 1 bytes\t/opt/a\nb\\c\nsum\t" + shown + "file\tdirectory 755 0:0\t/opt/x\ty\n"
    found = read(text.splitlines(keepends=True))
    assert found.things == {("file", "/opt/a\nb\\c"): f"regular file 644 0:0 1 bytes {SUM}", ("file", "/opt/x\ty"): "directory 755 0:0"}


def test_differences_say_which_way() -> None:
    before = Snapshot({("user", "a"): "1", ("user", "b"): "1", ("user", "same"): "1"})
    after = Snapshot({("user", "a"): "2", ("user", "c"): "1", ("user", "same"): "1"})
    assert [str(one) for one in differences(before, after)] == ["changed: user a", "missing: user b", "left: user c"]


def test_the_settings_of_an_interface_that_came_are_not_told_apart_from_it() -> None:
    after = Snapshot({("interface", "veth0"): "up", ("kernel setting", "net.ipv4.conf.veth0.mtu"): "1", ("kernel setting", "vm.x"): "1"})
    assert [one.name for one in differences(Snapshot({}), after)] == ["veth0", "vm.x"]


def test_nothing_is_at_fault_without_steps() -> None:
    assert at_fault(Difference("file", "/etc/a", None, "x"), []) is None
    assert at_fault(Difference("user", "bob", None, "x"), []) is None


def test_what_draws_is_imported_only_to_draw() -> None:
    script = "import sys, byhand.engine.report_view, byhand.engine.report_live, byhand.tasks.playbook; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=REPO, check=False).returncode == 0
