"""The live view at a real terminal: what a person sees while a play runs, and a terminal left as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from invoking import REPO, Byhand
from test_container_terminal import Terminal

PLAY = """title: Slow steps
steps:
  - name: A quick step
    command/shell: {script: "true"}
  - name: A slow step with a rather long name that no narrow window has room for in its whole length
    command/shell: {script: "touch FOLDER/slow; while [ ! -e FOLDER/go ]; do sleep 0.05; done; echo over"}
  - name: Not on one
    when: inventory_hostname | default('') == 'two'
    command/shell: {script: "echo no such luck; exit 5"}
  - name: The last step
    command/shell: {script: "true"}
"""
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """As much of a terminal as a live view uses: lines, the cursor up, erasing, wrapping. ``lines`` is all there ever was."""

    def __init__(self, columns: int) -> None:
        self.columns, self.rows, self.row, self.column, self.cursor = columns, [""], 0, 0, True

    def show(self, text: str) -> Screen:
        for part in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|[\s\S]", text):
            if part.startswith("\x1b["):
                self._control(part[2:-1], part[-1])
            elif part == "\r":
                self.column = 0
            elif part == "\n":
                self.row += 1
            else:
                assert part.isprintable(), f"{part!r} on the screen"
                self._put(part)
            while len(self.rows) <= self.row:
                self.rows.append("")
        return self

    def _control(self, numbers: str, letter: str) -> None:
        if letter == "A":
            self.row = max(0, self.row - int(numbers or 1))
        elif letter == "K":
            self.rows[self.row] = "" if numbers == "2" else self.rows[self.row][: self.column]
        elif letter in "hl" and numbers == "?25":
            self.cursor = letter == "h"
        else:
            assert letter == "m", f"a control this screen does not know: {numbers}{letter}"

    def _put(self, character: str) -> None:
        if self.column == self.columns:
            self.row, self.column = self.row + 1, 0
            self.rows.append("")
        row = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = row[: self.column] + character + row[self.column + 1 :]
        self.column += 1

    @property
    def lines(self) -> list[str]:
        return [row.rstrip() for row in self.rows if row.strip()]


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Person(Terminal):
    """Somebody who watches a play and remembers all of it."""

    def __init__(self, folder: Path, *words: str, size: tuple[int, int] = (24, 100), **settings: str) -> None:
        self.folder, self.columns, self.all = folder, size[1], ""
        (folder / "play.yml").write_text(PLAY.replace("FOLDER", str(folder)))
        (folder / "hosts").write_text("one ansible_connection=local\ntwo ansible_connection=local\n")
        self.near, self.far = pty.openpty()
        self.resize(*size)
        self.seen = b""
        words = ("-r", str(REPO), "playbook.run", str(folder / "play.yml"), *words)
        environment = {**Byhand(folder / "state").environment, "TERM": "xterm", **settings}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "invoke", *words], cwd=REPO, env=environment, stdin=self.far, stdout=self.far, stderr=self.far,
            preexec_fn=_own_terminal,  # noqa: PLW1509 (no threads here)
        )  # fmt: skip

    def expect(self, text: str, seconds: float = 20) -> str:
        found = super().expect(text, seconds)
        self.all += found
        return found

    def go(self) -> None:
        (self.folder / "go").touch()

    def end(self) -> tuple[int, Screen]:
        status = self.wait()
        time.sleep(0.05)
        os.set_blocking(self.near, False)
        try:
            while part := os.read(self.near, 65536):
                self.seen += part
        except OSError:
            pass
        self.all += self.seen.decode()
        return status, Screen(self.columns).show(self.all)


@contextmanager
def watching(folder: Path, *words: str, size: tuple[int, int] = (24, 100), **settings: str) -> Iterator[Person]:
    person = Person(folder, *words, size=size, **settings)
    try:
        yield person
    finally:
        if person.process.poll() is None:
            person.process.terminate()
        person.process.wait(timeout=20)
        os.close(person.near)
        os.close(person.far)


def test_the_running_step_is_shown_below_the_finished_ones_with_its_time(tmp_path: Path) -> None:
    with watching(tmp_path) as person:
        person.expect("running ")
        person.expect("1.0s")
        screen = Screen(person.columns).show(person.all + person.seen.decode())
        assert screen.lines[0].startswith("changed ") and screen.lines[0].endswith("A quick step")
        assert "A slow step" in screen.lines[1] and not screen.cursor
        person.go()
        status, screen = person.end()
        assert status == 0
        text = "".join(screen.lines)
        assert re.match(r"changed +[\d.]+s  A quick stepchanged +[\d.]+s  A slow step .* in its whole length    overchanged", text), text
        assert "running" not in "\n".join(screen.lines) and screen.cursor
        assert screen.lines[-1].startswith("3 changed, 1 skipped in ")


@pytest.mark.parametrize("columns", [20, 40, 79])
def test_a_narrow_window_is_never_filled_by_more_than_a_line(tmp_path: Path, columns: int) -> None:
    with watching(tmp_path, size=(10, columns)) as person:
        person.expect("running ")
        person.expect("…")
        person.go()
        status, screen = person.end()
        assert status == 0 and "running" not in "\n".join(screen.lines) and screen.cursor


def test_a_window_that_is_made_smaller_is_drawn_in_its_new_size(tmp_path: Path) -> None:
    with watching(tmp_path) as person:
        person.expect("running ")
        person.resize(24, 30)
        person.expect("…")
        drawn = person.expect("…").rpartition("\r")[2]
        assert len(re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", drawn)) <= 30
        person.go()
        assert person.end()[0] == 0


def test_several_hosts_are_a_table_and_failures_stand_above_it(tmp_path: Path) -> None:
    with watching(tmp_path, "-i", str(tmp_path / "hosts"), "--forks", "1") as person:
        person.expect("waiting")
        screen = Screen(person.columns).show(person.all + person.seen.decode())
        table = "\n".join(screen.lines)
        assert re.search(r"HOST +DONE +STATE +STEP", table) and re.search(r"one +\d/4 +running +[\d.]+s  A slow step", table), table
        assert re.search(r"two +waiting", table), table
        person.go()
        person.expect("no such luck")
        status, screen = person.end()
        assert status == 1, screen.lines
        text = "\n".join(screen.lines)
        assert "running" not in text and "HOST" not in text and screen.cursor
        assert re.search(r"failed +[\d.]+s  two: Not on one\n +no such luck\n", text), text
        assert re.search(r"one: 3 changed, 1 skipped in [\d.]+s", text)
        assert re.search(r"2 hosts: 1 changed, 1 failed in [\d.]+s   run \S+$", text)


def test_ctrl_c_undoes_the_run_and_leaves_the_terminal_clean(tmp_path: Path) -> None:
    with watching(tmp_path) as person:
        person.expect("running ")
        person.type("\x03")
        status, screen = person.end()
        assert status == 130
        assert screen.cursor and "running" not in "\n".join(screen.lines).replace("^C", "")
        assert any(line.startswith("failed") for line in screen.lines)


def test_a_signal_leaves_the_terminal_clean_while_hosts_are_played(tmp_path: Path) -> None:
    with watching(tmp_path, "-i", str(tmp_path / "hosts"), "--forks", "1") as person:
        person.expect("waiting")
        person.process.send_signal(signal.SIGTERM)
        status, screen = person.end()
        assert status == 143, person.all
        assert screen.cursor and "HOST" not in "\n".join(screen.lines)


@pytest.mark.parametrize("settings", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_that_knows_lines_only_gets_lines_only(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / "go").touch()
    with watching(tmp_path, **settings) as person:
        status, screen = person.end()
        assert status == 0 and "\x1b" not in person.all and len(screen.lines) >= 5


def test_no_color_is_respected_and_colours_are_there_without_it(tmp_path: Path) -> None:
    for name, settings, expected in (("plain", {"NO_COLOR": "1"}, False), ("coloured", {"NO_COLOR": ""}, True)):
        folder = tmp_path / name
        folder.mkdir()
        with watching(folder, **settings) as person:
            person.expect("running ")
            person.go()
            assert person.end()[0] == 0
            assert (re.search(r"\x1b\[[0-9;]*(3[1-6])[0-9;]*m", person.all) is not None) == expected, person.all


def test_a_play_that_is_quickly_over_draws_nothing(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with watching(tmp_path) as person:
        status, _ = person.end()
        assert status == 0 and HIDE not in person.all and SHOW not in person.all
