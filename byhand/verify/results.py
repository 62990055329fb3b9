"""The results of a pytest run as TAP 14 and as JSON lines, and as the exit status of ``playbook.verify``.

TAP is the Test Anything Protocol (testanything.org), version 14: a plan, a line a test, and why
it failed as a YAML block.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from byhand.engine import report
from byhand.engine.report_drift import DRIFT, UNREACHABLE
from byhand.errors import UsageError

VERSION = 1
_NOT_REACHED = ("unreachable", "lost", "busy", "not started")


class Recorder:
    """Each test's last word: of set-up, call and teardown the one that decides."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.interrupted = False
        self._usage = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # What could not be collected ends pytest by a kind of its own.
        self.interrupted = excinfo.type is KeyboardInterrupt

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.take(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.states.append("error")

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        # The error of ours that a playbook's collector put into pytest's.
        found = call.excinfo.value.__context__ if call.excinfo else None
        self._usage |= isinstance(node, pytest.Collector) and getattr(found, "exit_code", 1) == UsageError.exit_code

    def take(self, found: pytest.TestReport) -> None:
        if found.failed:
            state = dict(found.user_properties).get("state")
            self.states.append(str(state or ("drift" if found.when == "call" else "error")))

    @property
    def status(self) -> int:
        """4 when a host is not as it should be, else 2 for a value that cannot be used, 1 when a test could not be made, 3 for no host."""
        found = set(self.states)
        if "drift" in found:
            return DRIFT
        if self._usage:
            return UsageError.exit_code
        if found - set(_NOT_REACHED):
            return 1
        return UNREACHABLE if found else 0


class Silent:
    """pytest's own words to nobody; its options stay, which ``-p no:terminal`` would not know."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        if config.pluginmanager.has_plugin("terminalreporter"):
            config.get_terminal_writer()._file = open(os.devnull, "w")  # noqa: SIM115 (until the process ends)


class _Written:
    """Lines to a file, or to standard output by the name ``-``, as the results come."""

    def __init__(self, path: str) -> None:
        self._file = None if path == "-" else open(path, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 (unconfigure)

    def say(self, text: str) -> None:
        if self._file is None:
            report.data(text + "\n")
        else:
            self._file.write(text + "\n")

    def pytest_unconfigure(self) -> None:
        if self._file is not None:
            self._file.close()


class Tap(_Written):
    """TAP 14. The plan comes last, when the number of tests is known."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._count = 0
        self.say("TAP version 14")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        self._count += 1
        name = _tap(report.nodeid)
        if hasattr(report, "wasxfail"):
            self.say(f"{'not ok' if report.skipped else 'ok'} {self._count} - {name} # TODO {_tap(report.wasxfail)}")
            return
        if report.skipped:
            self.say(f"ok {self._count} - {name} # SKIP {_tap(_reason(report))}")
            return
        self.say(f"{'not ok' if report.failed else 'ok'} {self._count} - {name}")
        if not report.failed:
            return
        self.say("  ---")
        for key, value in _told(report).items():
            self.say(f"  {key}: {json.dumps(value)}")  # JSON is YAML
        self.say("  ...")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.say(f"Bail out! {_tap(_line(report.longreprtext))}")

    def pytest_sessionfinish(self) -> None:
        self.say(f"1..{self._count}")


class Lines(_Written):
    """A JSON object a line: ``test`` for each, ``error`` for what could not be collected, ``end`` with playbook.verify's status."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._recorder = Recorder()
        self._counts = {"passed": 0, "failed": 0, "skipped": 0, "errors": 0}

    def _event(self, word: str, **fields: Any) -> None:
        self.say(json.dumps({"version": VERSION, "event": word, **fields}))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        self._recorder.take(report)
        self._counts[report.outcome] = self._counts.get(report.outcome, 0) + 1
        reason = _reason(report) if report.skipped else ""
        self._event("test", test=report.nodeid, outcome=report.outcome, **_told(report), reason=reason)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._recorder.pytest_collectreport(report)
            self._counts["errors"] += 1
            self._event("error", test=report.nodeid, message=report.longreprtext)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._event("end", status=self._recorder.status or int(exitstatus), **self._counts)


def _told(found: pytest.TestReport) -> dict[str, Any]:
    known = dict(found.user_properties)
    fields = {key: str(known.get(key, "")) for key in ("host", "state", "where")}
    return {**fields, "seconds": round(found.duration, 3), "message": found.longreprtext if found.failed else ""}


def _reason(found: pytest.TestReport) -> str:
    if hasattr(found, "wasxfail"):
        return f"expected to fail: {found.wasxfail}"
    return found.longrepr[2].removeprefix("Skipped: ") if isinstance(found.longrepr, tuple) else ""


def _line(text: str) -> str:
    """What a text of what went wrong comes to: its last line that is no hint, of which the first words are set in."""
    return next((line for line in reversed(text.splitlines()) if line.strip() and not line.startswith(" ")), "")


def _tap(text: str) -> str:
    """Text that is one description: TAP takes ``#`` and ``\\`` for its own."""
    return " ".join(text.replace("\\", "\\\\").replace("#", "\\#").split())
