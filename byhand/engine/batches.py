"""How many hosts at a time, and when to stop: ``serial``, ``max_fail_percentage``, ``any_errors_fatal``.

The words and their meaning are Ansible's ("Controlling playbook execution: strategies and
more", "Error handling in playbooks"): hosts are played batch by batch; a batch in which more
than ``max_fail_percentage`` percent failed, or all did, is the last one. Ansible plays the
hosts of a batch step by step together; here each plays on its own, so that within a batch
those that have not begun are not begun either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from byhand.errors import BadValue

T = TypeVar("T")


def batches(hosts: Sequence[T], serial: Sequence[int | str]) -> list[list[T]]:
    """``hosts`` cut into batches; the last size goes on until no host is left.

    A size is a number or a percentage of all hosts (rounded down, at least one); 0 means all.
    Raises BadValue for any other.
    """
    sizes = [_size(one, len(hosts)) for one in serial] or [len(hosts)]
    found: list[list[T]] = []
    at = 0
    while at < len(hosts):
        size = sizes[min(len(found), len(sizes) - 1)] or len(hosts)
        found.append(list(hosts[at : at + size]))
        at += size
    return found


def _size(given: int | str, count: int) -> int:
    percent = re.match(r"(\d{1,3}(?:\.\d+)?)%\Z", given, re.ASCII) if isinstance(given, str) else None
    if percent:
        return max(1, int(count * float(percent[1]) / 100))
    if isinstance(given, str) and re.match(r"\d{1,6}\Z", given, re.ASCII):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise BadValue("serial", given, "is neither a number of hosts nor a percentage", "2, 25% or a list of them")
    return given


def verdict(failed: int, size: int, max_fail_percentage: float | None, *, any_errors_fatal: bool) -> str:
    """Why no other host is begun after ``failed`` of a batch's ``size`` hosts, "" when they are."""
    if any_errors_fatal and failed:
        return f"{failed} of {size} hosts failed (any_errors_fatal)"
    if max_fail_percentage is not None and failed / size * 100 > max_fail_percentage:
        return f"{failed} of {size} hosts failed (max_fail_percentage: {max_fail_percentage:g})"
    return f"all {size} hosts of the batch failed" if failed == size else ""
