"""The flags of playbook.verify and host.verify, and what they ask of pytest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from byhand.tasks.flags import JSON, Flag, remainder
from byhand.tasks.reports import JUNIT, VERBOSE, writable
from byhand.tasks.targets import FORKS, HOSTS, INVENTORY, LIMIT

TAP = Flag("tap", "print the results as TAP 14", switch=True)
VERIFY = (HOSTS, INVENTORY, LIMIT, FORKS, TAP, JSON, replace(JUNIT, help="write a JUnit XML file: a case a test"), VERBOSE)
# Flags and the plugin's options for them.
_OPTIONS = {
    "hosts": "--hosts", "limit": "--play-limit", "forks": "--play-forks", "tags": "--play-tags", "skip_tags": "--play-skip-tags",
    "inventory": "--play-inventory", "param": "--play-param",
}  # fmt: skip


def verified(books: Sequence[str], given: Mapping[str, Any]) -> int:
    """Run the tests of playbooks as the flags say; the exit status. Raises ByhandError."""
    from byhand.errors import UsageError
    from byhand.verify.running import Wanted, verify

    if given["tap"] and given["json"]:
        raise UsageError("--tap and --json are both for standard output", hint="one of them")
    options = [f"{option}={value}" for flag, option in _OPTIONS.items() for value in _values(given.get(flag))]
    junit = str(writable(given["junit"], "--junit")) if given["junit"] else ""
    lines = "tap" if given["tap"] else "json" if given["json"] else ""
    return verify(Wanted(books, options, junit, lines, bool(given["verbose"]), remainder()))


def _values(found: Any) -> list[str]:
    return [found] if isinstance(found, str) and found else list(found or [])
