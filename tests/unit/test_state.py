"""Where things that last are kept, and that they are written whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from byhand.engine import state
from byhand.errors import BadValue, Busy, ByhandError
from tests.support import REPO


@pytest.mark.parametrize("bad", ["/tmp/a b", "/tmp/a:b", "/tmp/a,b", "/tmp/a\\b", "/tmp/a\nb", "/tmp/é", "/tmp/'a", "/tmp/$(id)"])
def test_a_root_that_mount_options_cannot_hold_is_refused(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYHAND_ROOT", bad)
    with pytest.raises(BadValue, match="mount options cannot hold it"):
        state.root()


def test_a_root_is_absolute_and_without_links(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BYHAND_ROOT", "link/below")
    assert state.root() == tmp_path / "real" / "below"


def test_a_relative_root_is_judged_by_where_it_leads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a:b").mkdir()
    monkeypatch.chdir(tmp_path / "a:b")
    monkeypatch.setenv("BYHAND_ROOT", "fine")
    with pytest.raises(BadValue, match="a:b/fine"):
        state.root()


def test_without_a_root_given_it_is_the_systems_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BYHAND_ROOT", "")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    expected = Path("/var/lib/byhand") if os.geteuid() == 0 else tmp_path / "byhand"
    assert state.root() == expected


def test_a_file_is_written_whole_with_its_mode_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    state.write(path, "é\udcff", mode=0o640, durable=True)
    assert path.read_bytes() == b"\xc3\xa9\xff"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in path.parent.iterdir()] == ["file"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ByhandError, match="file/below/x: cannot be written: Not a directory"):
        state.write(tmp_path / "file" / "below" / "x", "")
    with pytest.raises(ByhandError, match="cannot be made: Not a directory"):
        state.make_folder(tmp_path / "file" / "below")


def test_a_lock_is_held_by_a_living_process_only(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    assert state.is_locked(path) is False
    with state.locked(path):
        assert state.is_locked(path) is True
        assert subprocess.run(["flock", "-n", str(path), "true"]).returncode == 1
    assert state.is_locked(path) is False


def test_one_run_at_a_time_says_who_holds_the_machine() -> None:
    with state.alone(state.holder("playbook.run mine", "20260101T000000")):
        child = subprocess.run([sys.executable, "-c", HOLD, "0"], capture_output=True, text=True, cwd=REPO, check=False)
        waited = subprocess.Popen([sys.executable, "-c", HOLD, "20"], stdout=subprocess.PIPE, text=True, cwd=REPO)
        holder = rf"busy: .*@.* \(process {os.getpid()}\) runs 'playbook\.run mine' since .*, run 20260101T000000"
        with pytest.raises(Busy, match=holder), state.alone("me"):
            pass
    assert child.stdout.startswith(f"busy: {state.person()} (process {os.getpid()}) runs ")
    assert waited.stdout is not None
    assert waited.stdout.readline() == "held\n"
    os.kill(waited.pid, signal.SIGKILL)
    waited.wait(10)
    waited.stdout.close()
    with state.alone("me"):
        pass


HOLD = """
import sys, time
from byhand.engine import state
try:
    with state.alone("a child", int(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
except Exception as error:
    print(error.message)
"""
