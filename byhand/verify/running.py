"""A playbook's tests, run by pytest in this process: what ``playbook.verify`` and ``host.verify`` do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from byhand.engine import playbook
from byhand.errors import ByhandError, UsageError

_INTERRUPTED = 130
_PYTEST = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


class NotWritten(ByhandError):
    """A report could not be written to its end."""

    exit_code = 1


@dataclass(frozen=True)
class Wanted:
    """What to verify. ``books``: playbooks by name or file; the rest are options of the plugin, and pytest's own ``words``.

    ``junit``: the file of the JUnit XML, "" for none. ``lines``: "tap" or "json" to standard output instead of pytest's own.
    """

    books: Sequence[str]
    options: Sequence[str] = ()
    junit: str = ""
    lines: str = ""
    verbose: bool = False
    words: Sequence[str] = ()


def verify(wanted: Wanted) -> int:
    """Ask and test; 0 when all is as it should be, 4 when not, 3 when a host was not reached, 1 when a test could not be made.

    Raises UsageError, NotFound, SourceError for a playbook that is not there or wrong.
    """
    import pytest

    from byhand.verify import results

    paths = [os.path.abspath(playbook.find(name).path) for name in wanted.books]
    # Nobody's configuration but ours: a verification says the same in every folder.
    for name in _PYTEST:
        os.environ.pop(name, None)
    argv = ["-c", os.devnull, "--rootdir", os.path.dirname(paths[0]), "-p", "no:cacheprovider", "--import-mode=importlib"]
    argv += ["-p", "byhand.verify.plugin"]
    # pytest would rewrite the assertions of an installed plugin's package, and this process has imported ours.
    argv += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    argv += [*wanted.options, *(["--junitxml", wanted.junit] if wanted.junit else [])]
    argv += [f"--play-{wanted.lines}", "-"] if wanted.lines else ["--no-header", "--tb=short", *(["-v"] if wanted.verbose else [])]
    recorder = results.Recorder()
    plugins = [recorder, results.Silent()] if wanted.lines else [recorder]
    try:
        status = pytest.main([*argv, *paths, *wanted.words], plugins=plugins)
    except OSError as error:
        raise NotWritten(f"{error.filename}: {error.strerror}") from None
    if recorder.interrupted:
        return _INTERRUPTED
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise UsageError("there is nothing to test", hint="no step and no test was selected")
    if status == pytest.ExitCode.USAGE_ERROR:
        return UsageError.exit_code
    return recorder.status or int(status != pytest.ExitCode.OK)
