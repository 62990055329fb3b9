"""The pytest plugin: ``pytest PLAYBOOK.yml --hosts=…`` has a test for each step on each host.

It comes with the package. testinfra gets byhand's modules and ``byhand://`` at once; nothing is collected until a playbook
is named, and what that needs is imported only then: every pytest on a machine that has byhand loads this file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from byhand.verify.collected import PlayFile

_STEPS = re.compile(r"^steps:", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Options of plays; --hosts is testinfra's, and takes patterns of the inventory too."""
    # By the name of its entry point, or it would be loaded twice; where plugins are loaded by themselves it is one of them.
    pluginmanager.import_plugin("pytest11.testinfra", consider_entry_points=True)
    group = parser.getgroup("byhand", "playbooks as tests (byhand)")
    many: dict[str, Any] = {"action": "append", "default": []}
    group.addoption("--play-param", metavar="NAME=VALUE", help="a parameter of the playbook", **many)
    group.addoption("--play-inventory", metavar="FILE", help="an inventory as Ansible has them", **many)
    group.addoption("--play-limit", metavar="PATTERN", default="", help="of the hosts only these")
    group.addoption("--play-tags", metavar="TAGS", default="", help="only steps with one of these tags (comma-separated)")
    group.addoption("--play-skip-tags", metavar="TAGS", default="", help="no steps with one of these tags")
    group.addoption("--play-forks", metavar="N", default="5", help="how many hosts at a time (5)")
    group.addoption("--play-tap", metavar="FILE", default="", help="write the results as TAP 14, - for standard output")
    group.addoption("--play-json", metavar="FILE", default="", help="write the results as JSON lines, - for standard output")


def pytest_configure(config: pytest.Config) -> None:
    """Teach testinfra byhand's modules and containers; begin the reports that are asked for."""
    from byhand.verify import modules

    modules.register()
    if not hasattr(config, "workerinput") and (config.option.play_tap or config.option.play_json):
        from byhand.verify import results

        if config.option.play_tap == config.option.play_json:
            raise pytest.UsageError(f"--play-tap and --play-json cannot both be written to {config.option.play_tap}")
        for flag, name, kind in (("tap", config.option.play_tap, results.Tap), ("json", config.option.play_json, results.Lines)):
            try:
                if name:
                    config.pluginmanager.register(kind(name), f"byhand-{kind.__name__}")
            except OSError as error:
                raise pytest.UsageError(f"--play-{flag}: {name}: {error.strerror}") from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A playbook that is named on the command line; others beside the tests are left alone."""
    if file_path.suffix not in (".yml", ".yaml") or not parent.session.isinitpath(file_path):
        return None
    try:
        if not _STEPS.search(file_path.read_text(encoding="utf-8", errors="replace")):
            return None
    except OSError:
        return None
    from byhand.verify.collected import PlayFile

    found: pytest.Collector = PlayFile.from_parent(parent, path=file_path)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """The hosts of a play's own tests are those of the play, reached as the play reaches them."""
    file = _play_file(metafunc.definition)
    if file is None or "_testinfra_host" not in metafunc.fixturenames:
        return (yield)
    hosts = file.testinfra_hosts()
    metafunc.parametrize("_testinfra_host", hosts, ids=[host.backend.get_pytest_id() for host in hosts], scope="module", indirect=True)
    # testinfra's own hook is to leave this one alone.
    names, metafunc.fixturenames = metafunc.fixturenames, [name for name in metafunc.fixturenames if name != "_testinfra_host"]
    try:
        return (yield)
    finally:
        metafunc.fixturenames = names


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A step took as long as its host took to answer; a play's own tests say on which host they were, and whether it was there.

    What they say has the play's secrets masked.
    """
    report = yield
    file = _play_file(item)
    if file is not None:
        if report.failed and (shown := file.mask(report.longreprtext)) != report.longreprtext:
            report.longrepr = shown
        report.sections = [(name, file.mask(text)) for name, text in report.sections]
    host: Any = item.callspec.params.get("_testinfra_host") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    if host is not None and file is not None:
        report.user_properties.append(("host", host.backend.get_hostname()))
        from byhand.verify.collected import unreached

        if call.excinfo and (why := unreached(call.excinfo.value)):
            report.user_properties.append(("state", why))
            report.longrepr = f"{why}: {call.excinfo.value}"
    seconds = getattr(item, "byhand_seconds", None)
    if seconds is not None and call.when == "call":
        report.duration = seconds
    return report


def _play_file(node: pytest.Item | pytest.Collector) -> PlayFile | None:
    """The playbook that a test belongs to, None for others; as long as none was collected nothing is imported."""
    collected = sys.modules.get("byhand.verify.collected")
    return node.getparent(collected.PlayFile) if collected else None
