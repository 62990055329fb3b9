"""The one place that starts processes.

Everything else hands commands and programs to these functions, so that there is
one behaviour for locale, missing tools, exit statuses and output.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from byhand.errors import ByhandError, CommandFailed, MissingTool

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Result:
    """What came of a command: its exit status (128+n for signal n) and its output."""

    status: int
    stdout: bytes
    stderr: bytes


def search_path() -> str:
    """PATH with the administrator's folders: Debian leaves them out for users."""
    return os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin") + ":" + SBIN


def which(tool: str) -> str | None:
    """The absolute path of ``tool`` on this host, or None."""
    return shutil.which(tool, path=search_path())


def capture(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    ok: Sequence[int] | None = (0,),
    on_stdout: Callable[[str], None] | None = None,
    on_stderr: Callable[[str], None] | None = None,
) -> Result:
    """Run ``argv`` to its end and return what it printed.

    ``ok``: the statuses that are not an error; None accepts any.
    ``on_stdout``, ``on_stderr``: called with each line as it comes (then that output is empty).
    Raises MissingTool when the program is not there, CommandFailed on another status.
    """
    # Imported here: sh costs 15 ms, and a container's start never captures anything.
    import sh

    program = which(argv[0])
    if program is None:
        raise MissingTool(f"{argv[0]}: not found on this host", hint="invoke host.setup installs the tools")
    environment = {**os.environ, **(env or {}), "LC_ALL": "C", "PATH": search_path()}
    options: dict[str, Any] = {
        "_in": stdin,
        "_env": environment,
        "_tty_out": False,
        "_ok_code": range(256),
        "_return_cmd": True,
        "_decode_errors": "surrogateescape",
    }
    if cwd is not None:
        options["_cwd"] = cwd
    if on_stdout is not None:
        options["_out"] = on_stdout
    if on_stderr is not None:
        options["_err"] = on_stderr
    try:
        done: Any = sh.Command(program)(*argv[1:], **options)
        result = Result(done.exit_code, done.stdout, done.stderr)
    except sh.SignalException as error:
        result = Result(128 - error.exit_code, error.stdout, error.stderr)
    if ok is not None and result.status not in ok:
        raise CommandFailed(argv[0], result.status, result.stderr.decode(errors="replace"))
    return result


def replace(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> NoReturn:
    """Become ``argv``: this process's descriptors, terminal and process id are kept.

    Standard output and error are flushed first. Raises MissingTool.
    """
    program = which(argv[0])
    if program is None:
        raise MissingTool(f"{argv[0]}: not found on this host")
    sys.stdout.flush()
    sys.stderr.flush()
    _own_descriptors_only()
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and what it becomes would too
        signal.signal(number, signal.SIG_DFL)
    os.execve(program, list(argv), {**os.environ, **(env or {})})


@dataclass(frozen=True)
class Child:
    """A forked child of this process, and the pipe that brings its error."""

    pid: int
    reader: int

    def wait(self) -> None:
        """Wait for its end; a ByhandError raised there is raised here."""
        with os.fdopen(self.reader, "rb") as pipe:
            message = pipe.read().decode(errors="replace")
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if status != 0:
            first, _, rest = message.partition("\n  ")
            raise ByhandError(first or f"a child process ended with status {status}", hint=rest)


def start_child(function: Callable[[], None]) -> Child:
    """Run ``function`` in a forked child that goes on beside this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reader)
            function()
            status = 0
        except ByhandError as error:
            os.write(writer, str(error).encode(errors="backslashreplace")[:4000])
        except BaseException:  # the parent must learn of anything at all
            os.write(writer, traceback.format_exc().encode(errors="backslashreplace")[-4000:])
        finally:
            os._exit(status)
    os.close(writer)
    return Child(child, reader)


def _own_descriptors_only() -> None:
    """Let nothing but stdin, stdout and stderr pass to the next program of this process."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            # The listing's own descriptor is in the list and closed by now.
            with contextlib.suppress(OSError):
                os.set_inheritable(int(name), False)


def follow(argv: Sequence[str], on_line: Callable[[str], None], *, env: Mapping[str, str] | None = None) -> int:
    """Run ``argv``, hand over each line of its output as it comes, and return its status.

    It is a process group of its own; an interrupt (Ctrl-C, SIGTERM, SIGHUP) is passed on
    to all of it, and what comes of it is waited for. Its standard input is empty.
    """
    # Not sh: Invoke has subprocess loaded already, and sh's threads cost a short play more than its steps.
    import subprocess

    program = which(argv[0])
    if program is None:
        raise MissingTool(f"{argv[0]}: not found on this host")
    environment = {**os.environ, **(env or {}), "PATH": search_path()}
    asked: list[int] = []
    process: subprocess.Popen[str] | None = None

    def pass_on(number: int, _frame: object) -> None:
        asked.append(number)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            # What the shell is just about to start does not get this one. What undoes ignores the second.
            signal.setitimer(signal.ITIMER_REAL, 0.3)

    def pass_on_again(_number: int, _frame: object) -> None:
        if process is not None and process.poll() is None:
            os.killpg(process.pid, asked[-1])

    previous = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    previous[signal.SIGALRM] = signal.signal(signal.SIGALRM, pass_on_again)
    try:
        process = subprocess.Popen(
            [program, *argv[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
            start_new_session=True, text=True, encoding="utf-8", errors="surrogateescape",
        )  # fmt: skip
        for number in asked[:1]:
            pass_on(number, None)
        with process:
            for line in process.stdout or ():
                on_line(line)
        return process.returncode if process.returncode >= 0 else 128 - process.returncode
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in previous.items():
            signal.signal(number, handler)


class Pipe:
    """A process that is written to and read from, line by line."""

    def __init__(self, argv: Sequence[str]) -> None:
        import subprocess
        import tempfile

        program = which(argv[0])
        if program is None:
            raise MissingTool(f"{argv[0]}: not found on this host")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the pipe)
        self._process = subprocess.Popen(
            [program, *argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True,
            env={**os.environ, "PATH": search_path()},
        )  # fmt: skip

    def send(self, text: str) -> None:
        """Write ``text``; a process that is gone is noticed by whoever reads."""
        stdin = self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            if stdin is not None:
                stdin.write(text.encode("utf-8", "surrogateescape"))
                stdin.flush()

    def lines(self) -> Iterator[str]:
        """The lines it prints, until it ends; bytes that are not UTF-8 and carriage returns are kept."""
        stdout = self._process.stdout
        while stdout is not None and (line := stdout.readline()):
            yield line.decode("utf-8", "surrogateescape")

    def errors(self) -> str:
        """What it said on its standard error."""
        self._process.wait()
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def close(self) -> None:
        """End it: its input ends, then, if that is not enough, it does."""
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        import subprocess

        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()


def open_pipe(argv: Sequence[str]) -> Pipe:
    """Start ``argv`` with a pipe to and from it. Raises MissingTool."""
    return Pipe(argv)


def in_child(function: Callable[[], None]) -> None:
    """Run ``function`` in a forked child, so that what it does to itself (chroot, chdir,
    umask, dropped privileges) ends with it. A ByhandError raised there is raised here.
    """
    start_child(function).wait()


def shell(program: Path, verb: str, *, env: Mapping[str, str] | None = None) -> Result:
    """Run a compiled program's verb to its end; any status is returned, none is raised."""
    return capture(["sh", str(program), verb], env=env, ok=None)
