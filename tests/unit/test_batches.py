"""How many hosts at a time, and when to stop: Ansible's serial, max_fail_percentage and any_errors_fatal."""

from __future__ import annotations

import pytest

from byhand.engine.batches import batches, verdict
from byhand.errors import BadValue


@pytest.mark.parametrize(
    ("serial", "sizes"),
    [
        ([], [10]),
        ([3], [3, 3, 3, 1]),
        (["3"], [3, 3, 3, 1]),
        ([1, 5], [1, 5, 4]),
        (["30%"], [3, 3, 3, 1]),
        (["33%"], [3, 3, 3, 1]),
        (["1%"], [1] * 10),
        ([1, "20%", "100%"], [1, 2, 7]),
        (["100%"], [10]),
        ([50], [10]),
        ([0], [10]),
        ([1, 0], [1, 9]),
    ],
)
def test_hosts_are_cut_into_batches(serial: list[int | str], sizes: list[int]) -> None:
    hosts = list(range(10))
    found = batches(hosts, serial)
    assert [len(batch) for batch in found] == sizes
    assert [host for batch in found for host in batch] == hosts


def test_no_hosts_are_no_batch() -> None:
    assert batches([], [2]) == []


@pytest.mark.parametrize("wrong", ["many", "-1", -1, True, "30 %", "5%%", "", None, 1.5])
def test_sizes_that_are_none(wrong: object) -> None:
    with pytest.raises(BadValue, match="neither a number of hosts nor a percentage"):
        batches([1, 2], [wrong])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("failed", "size", "percentage", "fatal", "says"),
    [
        (0, 4, None, False, ""),
        (3, 4, None, False, ""),
        (4, 4, None, False, "all 4 hosts"),
        (1, 4, 25, False, ""),
        (2, 4, 25, False, "max_fail_percentage: 25"),
        (1, 4, 0, False, "max_fail_percentage: 0"),
        (0, 4, 0, False, ""),
        (1, 1, 100, False, "all 1 hosts"),
        (1, 100, None, True, "any_errors_fatal"),
        (0, 100, None, True, ""),
    ],
)
def test_when_no_other_host_is_begun(failed: int, size: int, percentage: float | None, fatal: bool, says: str) -> None:
    found = verdict(failed, size, percentage, any_errors_fatal=fatal)
    assert says in found and bool(says) == bool(found)
