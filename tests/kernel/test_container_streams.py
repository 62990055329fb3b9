"""Standard input, output and error of a container, byte for byte; its exit code; signals."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from invoking import Byhand, await_line, until

DATA = random.Random(1).randbytes(10 << 20)


def test_ten_megabytes_go_in_and_out_unchanged(byhand: Byhand) -> None:
    result = byhand.run("cat", flags=["--interactive"], stdin=DATA)
    assert result.status == 0 and result.out == DATA


def test_ten_megabytes_go_to_stderr_unchanged(byhand: Byhand) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "-i", "--", "sh", "-c", "cat >&2", stdin=subprocess.PIPE)
    out, err = process.communicate(DATA, timeout=60)
    assert process.returncode == 0 and out == b"" and err == DATA


def test_without_interactive_standard_input_is_empty(byhand: Byhand) -> None:
    assert byhand.run("cat", stdin=b"not for the container").out == b""


def test_stdout_and_stderr_are_two_streams(byhand: Byhand) -> None:
    result = byhand.run("sh", "-c", "echo out; echo err >&2")
    assert (result.out, result.err) == (b"out\n", "err\n")


def test_nothing_is_printed_but_what_the_command_prints(byhand: Byhand) -> None:
    result = byhand.run("true")
    assert (result.out, result.err) == (b"", "")


def test_closing_standard_input_reaches_the_container(byhand: Byhand) -> None:
    result = byhand.run("sh", "-c", "cat; echo the end", flags=["-i"], stdin=b"a")
    assert result.out == b"athe end\n"


def test_a_reader_that_goes_away_ends_the_writer(byhand: Byhand) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sh", "-c", "yes; kill -l $?")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(100)
    process.stdout.close()
    assert process.wait(timeout=20) != 0
    assert "roken pipe" not in process.stderr.read().decode()
    process.stderr.close()


@pytest.mark.parametrize("code", [0, 1, 3, 125, 126, 127, 128, 255])
def test_the_exit_code_is_the_command_s_own(byhand: Byhand, code: int) -> None:
    assert byhand.run("sh", "-c", f"exit {code}").status == code


@pytest.mark.parametrize("name", ["KILL", "TERM", "SEGV", "INT", "HUP"])
def test_a_command_that_a_signal_ends_is_128_and_its_number(byhand: Byhand, name: str) -> None:
    # Process 1 has no default actions: a child of it is what the signal ends, and the shell passes that on.
    assert byhand.run("sh", "-c", f"sh -c 'kill -{name} $$'; exit $?").status == 128 + getattr(signal, f"SIG{name}")


def test_killing_process_1_from_the_host_is_137(byhand: Byhand) -> None:
    with byhand.running("sh", "-c", "echo ready; exec sleep 60", flags=["--name", "victim"]) as process:
        folder = byhand.folders()[0]
        os.kill(int((folder / "pid").read_text()), signal.SIGKILL)
        assert process.wait(timeout=10) == 137
    assert byhand.folders() == []


@pytest.mark.parametrize(("command", "status", "said"), [
    (["/no/such/program"], 127, "/no/such/program: not found"), (["nosuchprogram"], 127, "nosuchprogram: not found"),
    (["/etc/passwd"], 126, "/etc/passwd: cannot be run"), (["/etc"], 126, "/etc: cannot be run"),
])  # fmt: skip
def test_a_command_that_cannot_be_run_is_named(byhand: Byhand, command: list[str], status: int, said: str) -> None:
    result = byhand.run(*command)
    assert result.status == status and said in result.err
    assert len(result.err.splitlines()) == 1


def test_a_program_whose_interpreter_is_missing_is_named(byhand: Byhand) -> None:
    script = "printf '#!/no/interpreter\\n' >/x; chmod +x /x; exec /x"
    assert byhand.run("sh", "-c", script).status in (126, 127)


def test_a_command_of_a_format_the_kernel_does_not_know_is_refused(byhand: Byhand, tmp_path: Path) -> None:
    file = tmp_path / "bad"
    file.write_bytes(b"\x7fELF not really")
    file.chmod(0o755)
    result = byhand.run("/bad", flags=["-v", f"{file}:/bad"])
    assert result.status in (126, 127) and "/bad" in result.err


@pytest.mark.parametrize("given", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"])
def test_a_signal_to_the_tool_reaches_process_1_and_its_exit_code_comes_back(byhand: Byhand, given: str) -> None:
    script = f"trap 'echo got {given}; exit 42' {given}; echo ready; while :; do sleep 0.02; done"
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sh", "-c", script)
    await_line(process, b"ready")
    process.send_signal(getattr(signal, f"SIG{given}"))
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (42, f"got {given}\n".encode(), b"")


def test_a_signal_is_delivered_once(byhand: Byhand) -> None:
    script = "n=0; trap 'n=$((n+1))' TERM; echo ready; i=0; while [ $i -lt 25 ]; do sleep 0.02; i=$((i+1)); done; echo $n"
    process = byhand.start("container.run", "--image", "alpine", "--rm", "--", "sh", "-c", script)
    await_line(process, b"ready")
    process.terminate()
    assert process.communicate(timeout=10)[0] == b"1\n"


def test_the_third_signal_ends_a_container_that_ignores_them(byhand: Byhand) -> None:
    process = byhand.start(
        "container.run", "--image", "alpine", "--rm", "--", "sh", "-c", "trap '' TERM INT; echo ready; while :; do sleep 0.02; done"
    )
    await_line(process, b"ready")
    for _ in range(3):
        assert process.poll() is None
        process.terminate()
        time.sleep(0.2)
    assert process.wait(timeout=10) == 137
    process.communicate()
    until(lambda: byhand.folders() == [])


def test_what_the_command_left_running_ends_with_it(byhand: Byhand) -> None:
    started = time.monotonic()
    assert byhand.run("sh", "-c", "sleep 300 & setsid sleep 300 & exit 7").status == 7
    assert time.monotonic() - started < 10
