"""Processes that unpack layers while others are still being downloaded.

They are forked before the download begins, when this process has one thread only: a fork
beside curl's listening threads could copy a lock that nobody would ever open.
"""

from __future__ import annotations

import json
import os
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from byhand.engine import run
from byhand.errors import ByhandError

COUNT = 2
JOB = struct.Struct("=I")  # a job is its number: small writes to a pipe stay whole
LONGEST = 3000  # characters of an error: its line fits a pipe's 4,096 bytes


@dataclass
class Workers:
    """A queue of job numbers, and what came of them once it is closed."""

    jobs: int
    results: int
    children: list[run.Child]
    closed: bool = field(default=False)

    def submit(self, number: int) -> None:
        """Give job ``number`` to the worker that is free first."""
        os.write(self.jobs, JOB.pack(number))

    def finish(self) -> None:
        """Wait for every job; raises the ByhandError of the first that failed."""
        self.close()
        with os.fdopen(self.results, "rb", closefd=False) as pipe:
            reports = [json.loads(line) for line in pipe]
        for child in self.children:
            child.wait()
        self.children.clear()
        for report in sorted(reports, key=lambda report: int(report["job"])):
            raise ByhandError(report["message"], hint=report["hint"])

    def close(self) -> None:
        """No more jobs: each worker ends when it has done its last."""
        if not self.closed:
            self.closed = True
            os.close(self.jobs)


@contextmanager
def started(do: Callable[[int], None], count: int = COUNT) -> Iterator[Workers]:
    """Fork ``count`` workers that call ``do`` with each number submitted."""
    jobs, submit = os.pipe()
    report, results = os.pipe()

    def work() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C the parent ends them in order
        os.close(submit)
        os.close(report)
        while job := os.read(jobs, JOB.size):
            number = JOB.unpack(job)[0]
            try:
                do(number)
            except ByhandError as error:
                line = {"job": number, "message": error.message[:LONGEST], "hint": error.hint[:500]}
                os.write(results, json.dumps(line).encode() + b"\n")

    children = [run.start_child(work) for _ in range(count)]
    os.close(jobs)
    os.close(results)
    workers = Workers(submit, report, children)
    try:
        yield workers
    finally:
        workers.close()
        for child in workers.children:
            child.wait()
        os.close(report)
