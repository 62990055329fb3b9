"""Contestants, and the race that times them in turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.process import Argv, BenchError, environment, failure


def _nothing() -> None:
    """The hook that does nothing."""


@dataclass(frozen=True)
class Contestant:
    """One command to time.

    ``before`` runs before each sample and ``after`` after each that ended well, both
    outside the clock; either may raise BenchError.
    ``missing``: why it cannot take part ("not installed"), else "".
    ``at_most``: fewer samples than the others, for what takes many seconds; 0 = as many.
    """

    name: str
    argv: Argv = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    before: Callable[[], None] = _nothing
    after: Callable[[], None] = _nothing
    missing: str = ""
    at_most: int = 0


@dataclass(frozen=True)
class Row:
    """What came of a contestant: its samples in seconds, or why there are none."""

    name: str
    samples: tuple[float, ...] = ()
    missing: str = ""

    @property
    def median(self) -> float | None:
        """The median in seconds; None when there is no sample."""
        return statistics.median(self.samples) if self.samples else None


def race(contestants: Sequence[Contestant], runs: int, warmups: int = 1) -> dict[str, Row]:
    """Time each contestant ``runs`` times, in turns, after ``warmups`` untimed rounds.

    The order moves on by one each round, so that nobody always follows the same
    neighbour. One that fails is out of the race, with its last words as the reason.
    """
    samples: dict[str, list[float]] = {entry.name: [] for entry in contestants}
    out = {entry.name: entry.missing for entry in contestants if entry.missing}
    for number in range(-warmups, runs):
        turn = number % len(contestants)
        for entry in [*contestants[turn:], *contestants[:turn]]:
            if entry.name in out or (entry.at_most and number >= entry.at_most):
                continue
            try:
                seconds = _sample(entry)
            except BenchError as error:
                out[entry.name] = f"failed: {error}"
                samples[entry.name].clear()
                continue
            if number >= 0:
                samples[entry.name].append(seconds)
        _progress(f"round {max(number + 1, 0)} of {runs}")
    _progress("")
    return {name: Row(name, tuple(taken), out.get(name, "")) for name, taken in samples.items()}


def _sample(entry: Contestant) -> float:
    """One timed run, in seconds. Raises BenchError when it does not end with 0."""
    argv = [os.fspath(word) for word in entry.argv]
    env = environment(entry.env)
    entry.before()
    start = time.perf_counter()
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=env, cwd=entry.cwd, check=False)
    except OSError as error:
        raise BenchError(f"{argv[0]}: {error.strerror}") from error
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise BenchError(failure(argv, done.returncode, done.stderr or done.stdout))
    entry.after()
    return seconds


def _progress(text: str) -> None:
    """A line that is written over, for a person at a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
