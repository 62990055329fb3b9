"""One exit status for a play on many hosts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from byhand.tasks.targets import worst_of

FINE, CHANGED_3, FAILED, DRIFT, LOST, ERROR = (0, ""), (3, ""), (7, ""), (4, ""), (3, "lost"), (125, "error")


@pytest.mark.parametrize(
    ("verb", "hosts", "status"),
    [
        ("apply", [FINE], 0), ("apply", [FAILED], 7), ("apply", [LOST], 3), ("check", [DRIFT], 4),
        ("apply", [FINE, FINE], 0), ("apply", [FINE, FAILED], 1), ("apply", [FINE, LOST], 3), ("apply", [LOST, FAILED], 1),
        ("apply", [FINE, CHANGED_3], 1), ("apply", [FINE, DRIFT], 1), ("apply", [FINE, ERROR], 1),
        ("check", [FINE, DRIFT], 4), ("check", [LOST, DRIFT], 4), ("check", [LOST, FINE], 3), ("check", [DRIFT, FAILED], 1),
        ("diff", [FINE, DRIFT], 4),
    ],
)  # fmt: skip
def test_the_worst_of_many_is_told(verb: str, hosts: list[tuple[int, str]], status: int) -> None:
    outcomes = {str(i): SimpleNamespace(status=one, why=why) for i, (one, why) in enumerate(hosts)}
    assert worst_of(outcomes, verb) == status
