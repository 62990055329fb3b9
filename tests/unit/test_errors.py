"""An error is one or two lines that can be printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.errors import BadValue, ByhandError, CommandFailed, SourceError, nearest, shorten

ANY = st.text(st.characters(), max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("utf-8", "surrogateescape"))


@given(ANY)
def test_any_text_is_shortened_to_one_printable_line(text: str) -> None:
    shown = shorten(text)
    assert shown.isprintable()
    assert len(shown) <= 82
    assert shown[0] == shown[-1] == "'"
    shown.encode("utf-8")


def test_a_short_plain_text_is_shown_as_it_is() -> None:
    assert shorten("plain é") == "'plain é'"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert shorten("x" * 100) == "'" + "x" * 79 + "…'"


def test_a_value_that_is_no_text_is_shown_without_quotes() -> None:
    assert shorten(["a\n", None]) == r"['a\n', None]"


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("stpes", ["steps", "vars"], "did you mean 'steps'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("zzz", [], ""),
        ("zzz", [f"a{i:02}" for i in range(20)], "known: " + ", ".join(f"a{i:02}" for i in range(12)) + ", …"),
    ],
)
def test_the_nearest_word_is_suggested_or_all_are_listed(word: str, known: list[str], hint: str) -> None:
    assert nearest(word, known) == hint


def test_the_hint_stands_on_a_line_of_its_own() -> None:
    assert str(ByhandError("what", hint="do this")) == "what\n  do this"
    assert str(ByhandError("what")) == "what"


def test_a_source_error_begins_with_file_and_line() -> None:
    assert str(SourceError("is wrong", path="a.yml", line=3)) == "a.yml:3: is wrong"
    assert str(SourceError("is wrong", path="a.yml")) == "a.yml: is wrong"


def test_a_failed_command_shows_the_last_line_it_said() -> None:
    error = CommandFailed("ip", 2, "first\nRTNETLINK answers: File exists\n\n")
    assert str(error) == "ip: exit status 2: RTNETLINK answers: File exists"
    assert str(CommandFailed("ip", 2, "")) == "ip: exit status 2"


def test_a_bad_value_without_a_right_one_has_no_second_line() -> None:
    assert str(BadValue("size", "x", "is not a size", "")) == "size 'x': is not a size"
