"""Tiers by folder, a state folder for every test, and skips that can be made failures.

The tier of a test is the folder below tests/ that it lies in: unit and cases need no root,
kernel needs root and real tools, host and vm need more. ``BYHAND_MUST_RUN=kernel,vm`` makes
a skip in those tiers a failure, so that green means run.
"""

from __future__ import annotations

import os
import platform
import signal
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TIERS = {
    "unit": "parts of byhand, without root",
    "cases": "golden programs: the same inputs give exactly the same text",
    "kernel": "real mounts, namespaces, groups and networks, as root",
    "host": "a host that was set up, looked at with testinfra",
    "vm": "a virtual machine (cgroup v2, other distributions)",
}


def pytest_configure(config: pytest.Config) -> None:
    # Started by nohup or by a shell's &, a session ignores these, and so would all that its tests start: sh(1) cannot trap them then.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    for tier, what in TIERS.items():
        config.addinivalue_line("markers", f"{tier}: {what}")
    unknown = must_run() - TIERS.keys()
    if unknown:
        raise pytest.UsageError(f"BYHAND_MUST_RUN names no tier: {', '.join(sorted(unknown))} (tiers: {', '.join(TIERS)})")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = tier_of(item.path)
        if tier:
            item.add_marker(tier)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test of a tier that must run is a failed one, and says what was missing."""
    report = yield
    tier = tier_of(item.path)
    if report.skipped and not hasattr(report, "wasxfail") and tier in must_run():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{tier} must run here (BYHAND_MUST_RUN), and this test was skipped: {reason.removeprefix('Skipped: ')}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that skips itself, by importorskip for instance."""
    report = yield
    tier = tier_of(collector.path)
    if report.skipped and tier in must_run():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{tier} must run here (BYHAND_MUST_RUN), and this file was skipped: {reason.removeprefix('Skipped: ')}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What ran, tier by tier, and where: the kernel, its control groups, and the distribution.

    A test that ran elsewhere says where by the property ``ran on``.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for outcome in ("passed", "failed", "error", "skipped", "xfailed"):
        for report in terminalreporter.stats.get(outcome, ()):
            tier = tier_of(Path(terminalreporter.config.rootpath, report.nodeid.partition("::")[0]))
            counts[dict(getattr(report, "user_properties", ())).get("ran on", here()), tier or "other", outcome] += 1
    for place in sorted({place for place, _, _ in counts}):
        terminalreporter.section(place, sep="-")
        for tier in [*TIERS, "other"]:
            told = [f"{count} {outcome}" for (where, name, outcome), count in counts.items() if (where, name) == (place, tier)]
            if told:
                terminalreporter.write_line(f"{tier:<8} {', '.join(told)}")


def here() -> str:
    """This machine in one line, as the summary names it."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    kinds = {kind for _, place, kind, *_ in mounts if place.startswith("/sys/fs/cgroup")}
    groups = "hybrid" if kinds >= {"cgroup", "cgroup2"} else "v2" if "cgroup2" in kinds else "v1"
    release = platform.freedesktop_os_release().get("PRETTY_NAME", "an unknown distribution")
    return f"ran on Linux {platform.release()}, control groups {groups}, {release}"


def tier_of(path: Path) -> str:
    """The tier of a test's file, "" when it lies in none."""
    if not path.is_relative_to(TESTS):
        return ""
    first = path.relative_to(TESTS).parts[:1]
    return first[0] if first and first[0] in TIERS else ""


def must_run() -> set[str]:
    return {word.strip() for word in os.environ.get("BYHAND_MUST_RUN", "").split(",") if word.strip()}


@pytest.fixture(autouse=True)
def state_root(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder and a folder for temporary files of this test's own."""
    folder = tmp_path_factory.mktemp("state")
    (folder / "tmp").mkdir()
    monkeypatch.setenv("BYHAND_ROOT", str(folder / "byhand"))
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    monkeypatch.setenv("NO_COLOR", "1")
    return folder / "byhand"
