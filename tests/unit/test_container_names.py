"""Names of containers that were given none: never one that another has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from byhand.containers import names, store
from byhand.errors import Conflict


def test_many_that_were_given_no_name_have_each_their_own(state_root: Path) -> None:
    found = [store.claim_some_name(f"{number:012x}") for number in range(1500)]
    assert len(set(found)) == 1500
    assert {path.name: path.read_text() for path in (state_root / "names").iterdir()} == {
        name: f"{number:012x}\n" for number, name in enumerate(found)
    }


def test_when_every_name_is_taken_the_id_makes_one(state_root: Path) -> None:
    for first in names._FIRST:
        for second in names._SECOND:
            store.claim_name(f"{first}_{second}", "another")
    name = store.claim_some_name("0123456789ab")
    assert re.fullmatch(r"[a-z]+_[a-z]+_0123456789ab", name)
    assert (state_root / "names" / name).read_text() == "0123456789ab\n"


def test_a_name_that_was_asked_for_is_refused_when_it_is_taken(state_root: Path) -> None:
    store.claim_name("mine", "0123456789ab")
    with pytest.raises(Conflict, match="the name 'mine' is taken by container 0123456789ab"):
        store.claim_name("mine", "another")
    assert (state_root / "names/mine").read_text() == "0123456789ab\n"
