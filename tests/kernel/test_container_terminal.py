"""`-it` at a real terminal."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from invoking import REPO, Byhand


class Terminal:
    """A person at a terminal: what is typed, and what is seen."""

    def __init__(self, byhand: Byhand, words: list[str], size: tuple[int, int] = (24, 80)) -> None:
        self.near, far = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.near)
        self.seen = b""

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, "-m", "invoke", *words], cwd=REPO, env={**byhand.environment, "TERM": "xterm"},
            stdin=far, stdout=far, stderr=far, preexec_fn=own_terminal,  # noqa: PLW1509 (no threads here)
        )  # fmt: skip
        self.far = far

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.near, text.encode())

    def expect(self, text: str, seconds: float = 10) -> str:
        """Read until ``text`` is seen; what came before and with it."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.seen:
            ready, _, _ = select.select([self.near], [], [], 0.1)
            if ready:
                try:
                    self.seen += os.read(self.near, 65536)
                except OSError as error:
                    if error.errno != errno.EIO:
                        raise
            assert time.monotonic() < deadline, f"{text!r} was not seen, but {self.seen!r}"
        before, found, self.seen = self.seen.partition(text.encode())
        return (before + found).decode(errors="replace")

    def wait(self) -> int:
        deadline = time.monotonic() + 15
        while self.process.poll() is None:
            if select.select([self.near], [], [], 0.05)[0]:
                self.seen += os.read(self.near, 65536)
            assert time.monotonic() < deadline, f"it does not end; seen: {self.seen!r}"
        return int(self.process.returncode)


@contextmanager
def terminal(byhand: Byhand, *command: str, flags: tuple[str, ...] = ("-it",), size: tuple[int, int] = (24, 80)) -> Iterator[Terminal]:
    words = ["container.run", "--image", "alpine", "--rm", *flags, *(["--", *command] if command else [])]
    person = Terminal(byhand, words, size)
    try:
        yield person
    finally:
        if person.process.poll() is None:
            for _ in range(3):
                person.process.send_signal(signal.SIGTERM)
                time.sleep(0.2)
        person.process.wait(timeout=10)
        os.close(person.near)
        os.close(person.far)


def test_a_shell_at_a_terminal_can_be_used(byhand: Byhand) -> None:
    with terminal(byhand, "sh") as person:
        person.type("tty; echo one$((1+1))\n")
        assert "/dev/pts/0" in person.expect("one2")
        person.type("exit 7\n")
        assert person.wait() == 7


def test_without_flags_and_command_a_person_gets_the_images_shell(byhand: Byhand) -> None:
    with terminal(byhand, flags=()) as person:
        person.type("echo $0-$$-$TERM\n")
        person.expect("/bin/sh-1-xterm")
        person.type("exit\n")
        assert person.wait() == 0


def test_the_console_is_the_terminal(byhand: Byhand) -> None:
    with terminal(
        byhand, "sh", "-c", "echo over >/dev/console; echo tty >/dev/tty; ls -l /dev/pts; test -t 0 && test -t 1 && test -t 2 && echo all"
    ) as person:
        for text in ("over", "tty", "ptmx", "all"):
            person.expect(text)
        assert person.wait() == 0


def test_the_size_of_the_window_is_passed_on_and_its_changes_too(byhand: Byhand) -> None:
    script = "stty size; trap 'echo changed to $(stty size)' WINCH; echo ready; while :; do sleep 0.05; done"
    with terminal(byhand, "sh", "-c", script, size=(33, 111)) as person:
        person.expect("33 111")
        person.expect("ready")
        person.resize(40, 120)
        person.expect("changed to 40 120")


def test_ctrl_c_reaches_the_process_and_not_the_tool(byhand: Byhand) -> None:
    with terminal(byhand, "sh") as person:
        person.type("echo rea''dy; sleep 60; echo after-$?\n")
        person.expect("ready")
        time.sleep(0.2)
        person.type("\x03")
        # The shell is process 1 and stays; what it ran was ended by the signal.
        person.type("echo still-$((20+2))\n")
        person.expect("still-22")
        person.type("exit 0\n")
        assert person.wait() == 0


def test_ctrl_c_ends_a_command_that_handles_it(byhand: Byhand) -> None:
    with terminal(byhand, "sh", "-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done") as person:
        person.expect("ready")
        person.type("\x03")
        assert person.wait() == 9


def test_ctrl_d_ends_the_shell(byhand: Byhand) -> None:
    with terminal(byhand, "sh") as person:
        person.type("echo rea''dy\n")
        person.expect("ready\r\n")
        person.expect("# ")
        time.sleep(0.2)  # the shell sets the terminal's modes after its prompt
        person.type("\x04")
        assert person.wait() == 0


def test_the_terminals_modes_are_as_before(byhand: Byhand) -> None:
    with terminal(byhand, "sh", "-c", "stty -echo raw; exit 3") as person:
        assert person.wait() == 3
        assert termios.tcgetattr(person.near) == person.before


def test_the_terminals_modes_are_as_before_after_a_signal(byhand: Byhand) -> None:
    with terminal(byhand, "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done") as person:
        person.expect("ready")
        person.process.terminate()
        assert person.wait() == 5
        assert termios.tcgetattr(person.near) == person.before


def test_a_terminal_that_is_closed_ends_the_container(byhand: Byhand) -> None:
    person = Terminal(byhand, ["container.run", "--image", "alpine", "--rm", "-it", "--", "sh"])
    person.type("echo rea''dy\n")
    person.expect("ready")
    os.close(person.far)
    os.close(person.near)
    person.process.wait(timeout=15)
    deadline = time.monotonic() + 5
    while byhand.folders():
        assert time.monotonic() < deadline, "the container is still there"
        time.sleep(0.02)


def test_tty_with_interactive_and_no_terminal_is_refused(byhand: Byhand) -> None:
    result = byhand.run("true", flags=["-it"])
    assert result.status == 125 and "terminal" in result.err
    assert byhand.folders() == []


def test_tty_alone_works_without_a_terminal(byhand: Byhand) -> None:
    result = byhand.run("sh", "-c", "tty; test -t 1 && exit 4", flags=["--tty"])
    assert result.status == 4 and result.out == b"/dev/pts/0\r\n"
