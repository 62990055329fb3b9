"""Starting and ending processes: each is ended by its own pid, none by name."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

# What the name of a benchmark's own folder begins with.
TEMPORARY = "byhand-bench-"

Word = str | os.PathLike[str]
Argv = Sequence[Word]


class BenchError(Exception):
    """A measurement cannot be made; the message says why, in one line."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with ``extra`` over it, in the C.UTF-8 locale.

    PYTHONDONTWRITEBYTECODE is left out: with it every start would compile its modules anew.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **(extra or {})}


def call(argv: Argv, *, env: Mapping[str, str] | None = None, cwd: Path | None = None, check: bool = True) -> str:
    """Run ``argv`` to its end and return its standard output.

    Raises BenchError when the program is missing or, with ``check``, when it
    ends with a status other than 0.
    """
    try:
        done = subprocess.run(
            [os.fspath(word) for word in argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(env),
            cwd=cwd,
            check=False,
        )
    except OSError as error:
        raise BenchError(f"{argv[0]}: {error.strerror}") from error
    if check and done.returncode != 0:
        raise BenchError(failure(argv, done.returncode, done.stderr or done.stdout))
    return done.stdout.decode(errors="replace")


def failure(argv: Argv, status: int, output: bytes) -> str:
    """One line for a command that failed: its words, its status, the last thing it said."""
    words = " ".join(os.path.basename(word) if n == 0 else os.fspath(word) for n, word in enumerate(argv))
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    said = f": {lines[-1].strip()}" if lines else ""
    return f"{words[:80]}: exit status {status}{said[:200]}"


class Server:
    """A server of the benchmark's own: started here, stopped here, by pid.

    ``ready`` is asked every 50 ms until it says yes; ``log`` gets all output.
    """

    def __init__(
        self,
        argv: Argv,
        *,
        log: Path,
        ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> None:
        self.argv, self.log = argv, log
        self._output: IO[bytes] = log.open("wb")
        try:
            self._process = subprocess.Popen(
                [os.fspath(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                env=environment(env),
                start_new_session=True,  # Ctrl-C is ours to pass on, in order
            )
        except OSError as error:
            self._output.close()
            raise BenchError(f"{argv[0]}: {error.strerror}") from error
        end = time.monotonic() + timeout
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise BenchError(failure(argv, self._process.returncode, log.read_bytes()))
            time.sleep(0.05)

    def stop(self, grace: float = 20) -> None:
        """TERM, then KILL after ``grace`` seconds; a second call does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._output.close()


def stragglers(folder: Path) -> list[int]:
    """Processes whose command line or environment names ``folder``, such as a container's shim.

    ``folder`` must be one that the benchmark made (its name tells): what is found gets ended.
    """
    if not folder.is_absolute() or not folder.name.startswith(TEMPORARY):
        raise ValueError(f"not a folder of the benchmark's own: {folder}")
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in words:
            found.append(int(entry.name))
    return found


def end_stragglers(folder: Path, grace: float = 5) -> None:
    """End what still runs out of ``folder``, a folder that this benchmark made."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + grace
        for pid in stragglers(folder):
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue
        while stragglers(folder) and time.monotonic() < end:
            time.sleep(0.05)
