"""What a host is told to do: text that shellcheck and both shells understand, and answers nobody can forge."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from byhand.engine import remote_run
from byhand.engine.remote_run import Place, Said

NASTY = 'it\'s $(id) `id` "x"\\ é'


def scripts(value: str) -> dict[str, str]:
    """Every text a host is sent, with a value where values go."""
    place = Place(f"/tmp/{value}", "20260101T000000.000001-abcd", "f00d")
    return {
        "opened": remote_run.opened(place),
        "locked": remote_run.locked(place, f"me {value}", 3),
        "written": remote_run.written(place, 1, f"echo {value!r}\nEND_OF_PROGRAM\n", {"run": value}),
        "applied": remote_run.given({"BYHAND_SECRET_a": value}) + remote_run.applied(place, 2, "beef", last=True),
        "applied, more to come": remote_run.applied(place, 2, "beef", last=False, results=["a", "b_2"]),
        "unfinished": remote_run.unfinished(place, 3),
        "taken back": remote_run.taken_back(place, 2, 2),
        "checked": remote_run.checked("echo hello\n", "check", "beef"),
        "undone": remote_run.undone(place, "beef"),
    }


NASTY_SCRIPTS = scripts(NASTY)
PLAIN_SCRIPTS = scripts("a folder")


@pytest.mark.parametrize("text", PLAIN_SCRIPTS.values(), ids=PLAIN_SCRIPTS)
def test_the_text_is_clean_shell(text: str) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    # Expressions in single quotes are for another shell; $? is asked of a here-document's command.
    ignored = "SC2016,SC2181"
    done = subprocess.run(["shellcheck", "-s", "sh", "-e", ignored, "-"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("shell", [["dash"], ["busybox", "ash"]])
@pytest.mark.parametrize("text", NASTY_SCRIPTS.values(), ids=NASTY_SCRIPTS)
def test_both_shells_parse_it(shell: list[str], text: str) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    done = subprocess.run([*shell, "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


@pytest.mark.parametrize("shell", [["dash"], ["busybox", "ash"]])
def test_a_program_is_written_whole_with_its_record_or_not_at_all(shell: list[str], tmp_path: Path) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    place = Place(f"{tmp_path}/{NASTY}", "run", "f00d")
    text = f"echo {NASTY}\nEND_OF_PROGRAM\n"
    done = subprocess.run(shell, input=remote_run.written(place, 1, text, {"é": NASTY}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / NASTY / "runs/run/1"
    assert (folder / "program").read_text() == text and sorted(path.name for path in folder.iterdir()) == ["program"]
    (tmp_path / "file").touch()
    place = Place(f"{tmp_path}/file", "run", "f00d")
    done = subprocess.run(shell, input=remote_run.written(place, 1, text, {}), capture_output=True, text=True, check=False)
    assert done.returncode == 125 and "byhand: the program cannot be written" in done.stdout


def test_what_steps_printed_is_read_byte_for_byte() -> None:
    said = Said("f00d")
    lines = ["plain\n", "no end\x1ef00d result a out\n", "one\r\n", "\x1ebeef ok x\n", "\x1ef00d result a outx y z\n", "\n"]
    lines += ["\x1ef00d result a err\n", "\n", "\x1ef00d result a rc\n", "3\n", "\n"]
    assert [said.feed(line) for line in lines[:2]] == ["plain\n", "no end"]
    assert "".join(said.feed(line) for line in lines[2:]) == ""
    assert said.text("a", "out") == "one\r\n\x1ebeef ok x\n\x1ef00d result a outx y z\n"
    assert (said.text("a", "err"), said.text("a", "rc"), said.text("b", "out")) == ("", "3\n", "")
    assert not said.busy


def test_who_holds_the_host_is_read() -> None:
    said = Said("f00d")
    assert said.feed("\x1ef00d busy\n") == "" and said.feed("me\n") == ""
    assert said.busy and said.text("", "holder").strip() == "me"
