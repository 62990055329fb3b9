"""Every kind of wrong YAML gets one line with file and line; plain data stays what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.engine import source
from byhand.errors import SourceError

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))

WRONG: dict[str, tuple[str, int, str]] = {
    "a Python tag": ("a: 1\nb: !!python/object/apply:os.system [id]", 2, "python/object/apply:os.system"),
    "an own tag": ("a: !vault x", 1, "!vault"),
    "a binary": ("a: !!binary aGk=", 1, "binary"),
    "a set": ("!!set {a, b}", 1, "set"),
    "a tag that does not fit": ("a: !!map [1]", 1, "map"),
    "an alias bomb": (BOMB, 1, "aliases explode"),
    "a list that holds itself": ("a:\n  &x\n  - *x", 2, "holds itself"),
    "a mapping that holds itself": ("&x {a: *x}", 1, "holds itself"),
    "an alias of nothing": ("a: *x", 1, "undefined alias"),
    "a key twice": ("a: 1\nb: 2\na: 3", 3, "'a' stands twice"),
    "a key twice further in": ("a:\n  - b: 1\n    b: 2", 3, "'b' stands twice"),
    "a merge key": ("a: &a {b: 1}\nc:\n  <<: *a", 3, "merge keys"),
    "a list as a key": ("a: 1\n[b]: 1", 2, "key must be text"),
    "nothing as a key": ("~: 1", 1, "key must be text"),
    "two documents": ("a: 1\n---\nb: 2", 2, "another document"),
    "a tab as indentation": ("a:\n\tb: 1", 2, "cannot start any token"),
    "a control character": ("a: 1\nb: \x07", 2, "0x0007"),
    "an open bracket": ("a: [1, 2\nb: 3", 2, "expected"),
    "an open quote": ("a: 'x\n", 2, "end of stream"),
    "a colon in plain text": ("a: b: c", 1, "mapping values are not allowed"),
    "a truth value that is none": ("a: !!bool maybe", 1, "'maybe' is not a truth value"),
    "brackets without end": ("[" * 100_000, 1, "nested deeper"),
    "braces without end": ("{a: " * 100_000, 1, "nested deeper"),
    "dashes without end": ("a: 1\nb:\n  " + "- " * 500_000 + "x", 3, "nested deeper"),
    "question marks without end": ("? " * 100_000, 1, "nested deeper"),
    "deep indentation": ("".join(" " * i + "a:\n" for i in range(2_000)), 62, "nested deeper"),
    "many values": ("- x\n" * 100_001, 100_000, "more than 100000 values"),
    "an unknown version": ("%YAML 3.0\n---\na: 1", 1, "incompatible"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_yaml_is_named_with_file_and_line(what: str) -> None:
    text, line, message = WRONG[what]
    with pytest.raises(SourceError) as caught:
        source.load(text, "my.yml")
    assert str(caught.value).startswith(f"my.yml:{line}: ")
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 2
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("what", ["a Python tag", "a key twice", "a control character", "two documents"])
def test_lines_count_from_where_the_text_begins(what: str) -> None:
    text, line, _ = WRONG[what]
    with pytest.raises(SourceError) as caught:
        source.load(text, "my.yml", first_line=11)
    assert caught.value.line == line + 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0644", "0644"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("+5", 5),
        ("-7", -7),
        ("1.5", 1.5),
        ("2020-01-01", "2020-01-01"),
        ("=", "="),
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("!!str 5", "5"),
        ("'5'", "5"),
    ],
)
def test_a_scalar_is_what_a_person_reads_in_it(text: str, expected: Any) -> None:
    found, _ = source.load(f"a: {text}", "my.yml")
    assert found == {"a": expected}
    assert type(found["a"]) is type(expected)


def test_keys_that_look_like_other_types_stay_as_written() -> None:
    assert source.load("yes: 1\n5: 2\n1.0: 3", "x")[0] == {"yes": 1, "5": 2, "1.0": 3}


def test_aliases_of_plain_data_are_copies() -> None:
    assert source.load("a: &a [1]\nb: *a", "x")[0] == {"a": [1], "b": [1]}


def test_each_value_has_its_line() -> None:
    _, lines = source.load("a: 1\nb:\n  - x\n  - c: 2\n", "x")
    assert (lines["a"], lines["b/0"], lines["b/1"], lines["b/1/c"], lines["b/1/c#key"]) == (1, 3, 4, 4, 4)


def test_sixty_levels_are_not_too_deep() -> None:
    found, _ = source.load("[" * 60 + "]" * 60, "x")
    assert isinstance(found, list)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~"])
def test_an_empty_document_is_none(text: str) -> None:
    assert source.load(text, "x")[0] is None


@given(st.text(max_size=80))
def test_any_text_gives_plain_data_or_a_clear_error(text: str) -> None:
    try:
        found, _ = source.load(text, "x")
    except SourceError as error:
        found = str(error).partition(":")[0]
    assert isinstance(found, (dict, list, str, int, float, bool, type(None)))


def test_a_file_that_is_no_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(SourceError, match=r"a\.yml:2: is not UTF-8 \(byte 0xff\)"):
        source.read(str(path))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(b"#" * 4_000_001)
    with pytest.raises(SourceError, match="larger than 4 MB"):
        source.read(str(path))


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        source.read(str(tmp_path / "none.yml"))
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        source.read(str(tmp_path))
