"""``compile``: a play of a thousand steps becomes a program; the time, and the memory at most."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import goal
from bench.lab import REPOSITORY, Lab
from bench.process import Argv, BenchError, environment, failure
from bench.race import Contestant, Row, race
from bench.report import Measurement, Target

STEPS = 1000
SHOW = "invoke playbook.show"
COLD = "invoke playbook.show, empty cache"
ALONE = "the compile alone"
ALONE_COLD = "the compile alone, empty cache"
INVOKE = "invoke --version"

# What playbook.show does between its flags and its output; says the seconds it took.
_ALONE = """\
import sys, time
from pathlib import Path
import yaml, jinja2  # invoke's start has them, or pays for them, once and for all plays
begun = time.perf_counter()
from byhand.engine import play, playbook
book = playbook.find(sys.argv[1])
program = play.compiled(play.Request(book), Path("/tmp/run/1"))
seconds = time.perf_counter() - begun
assert len(program.pieces) == int(sys.argv[2]), len(program.pieces)
Path(sys.argv[3]).write_text(str(seconds))
"""


def measure(lab: Lab) -> Measurement:
    """Time it with what was parsed before at hand, and without; then look at the memory."""
    folder = lab.temporary / "compile"
    folder.mkdir()
    play = folder / "thousand.yml"
    play.write_text(goal.ours(STEPS // goal.STEPS))
    root = folder / "state"
    env = {"BYHAND_ROOT": str(root), "PYTHONPATH": str(REPOSITORY)}

    def forget() -> None:
        shutil.rmtree(root / "cache", ignore_errors=True)

    said = folder / "seconds"
    show: Argv = [lab.invoke, "playbook.show", play]
    alone: Argv = [sys.executable, "-c", _ALONE, play, str(STEPS), said]
    inner: dict[str, list[float]] = {ALONE: [], ALONE_COLD: []}

    def note(name: str) -> Callable[[], None]:
        return lambda: inner[name].append(float(said.read_text()))

    entries = [
        Contestant(SHOW, show, env=env, cwd=REPOSITORY),
        Contestant(COLD, show, env=env, cwd=REPOSITORY, before=forget),
        Contestant(ALONE_COLD, alone, env=env, cwd=REPOSITORY, before=forget, after=note(ALONE_COLD)),
        Contestant(ALONE, alone, env=env, cwd=REPOSITORY, before=lambda: _warm(show, env), after=note(ALONE)),
        Contestant(INVOKE, [lab.invoke, "--version"], cwd=REPOSITORY),
    ]
    rows = race(entries, min(lab.runs, 9))
    for name, taken in inner.items():  # its own clock, without Python's start
        if rows[name].samples:
            rows[name] = Row(name, tuple(taken[-len(rows[name].samples) :]))
    memory = {"playbook.show": peak(show, env)}
    applied: Argv = [lab.invoke, "playbook.run", _harmless(folder)]
    memory["playbook.run"] = peak(applied, env)
    return Measurement(
        name="compile",
        summary=f"a play of {STEPS} steps becomes a program",
        ours=SHOW,
        rows=rows,
        targets=[*_in_time(rows), *(Target(f"memory of {name}", value, 150, unit=" MB") for name, value in memory.items())],
        notes=["playbook.run is of a thousand echo steps; memory is the largest process's peak (getrusage(2), ru_maxrss)"],
    )


def _in_time(rows: Mapping[str, Row]) -> list[Target]:
    found = []
    for name in (SHOW, COLD, ALONE, ALONE_COLD):
        median = rows[name].median
        found.append(Target(name, None if median is None else median * 1000, 500, unit=" ms"))
    return found


def peak(argv: Argv, env: Mapping[str, str]) -> float:
    """The most memory that ``argv`` or a child of it had at one time, in MB; the median of three runs.

    Raises BenchError when it fails.
    """
    words = [os.fspath(word) for word in argv]
    taken = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            _become(words, environment(env))
        _, status, usage = os.wait4(child, 0)
        if status != 0:
            raise BenchError(failure(words, os.waitstatus_to_exitcode(status), b""))
        taken.append(usage.ru_maxrss * 1024 / 1e6)
    return statistics.median(taken)


def _become(words: list[str], env: Mapping[str, str]) -> None:
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.chdir(REPOSITORY)
        os.execve(words[0], words, env)
    finally:
        os._exit(127)


def _warm(argv: Argv, env: Mapping[str, str]) -> None:
    peak(argv, env)


def _harmless(folder: Path) -> Path:
    """A thousand steps that change nothing here."""
    path = folder / "echo.yml"
    steps = "".join(f'  - name: echo {n}\n    command/run: {{argv: [/bin/echo, "{n}"]}}\n' for n in range(STEPS))
    path.write_text(f"title: {STEPS} steps of echo\nsteps:\n{steps}")
    return path
