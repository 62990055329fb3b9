"""Each type takes what is right and says what is wrong with the rest."""

from __future__ import annotations

from typing import Any

import pytest

from byhand import values
from byhand.errors import BadValue, UsageError

GOOD: list[tuple[str, Any, Any]] = [
    ("text", "", ""),
    ("text", "$(id) 'é' \n", "$(id) 'é' \n"),
    ("text", 5, "5"),
    ("line", "a b", "a b"),
    ("operand", "a-b", "a-b"),
    ("name", "web.1_a-b", "web.1_a-b"),
    ("name", "a" * 128, "a" * 128),
    ("path", "/", "/"),
    ("path", "//a/./b//", "/a/b"),
    ("path", "/a..b/...", "/a..b/..."),
    ("overlay_path", "/a b", "/a b"),
    ("int", "-5", -5),
    ("int", 0, 0),
    ("count", "0", 0),
    ("bool", "Yes", True),
    ("bool", "", False),
    ("bool", False, False),
    ("words", "a b", ["a b"]),
    ("words", ["a", 1, ""], ["a", "1", ""]),
    ("words", [], []),
    ("command", ["-", ""], ["-", ""]),
    ("size", "7m", 7 << 20),
    ("size", "1.5k", 1536),
    ("size", "4KiB", 4096),
    ("size", "1GB", 1 << 30),
    ("size", 4096, 4096),
    ("size", "0", 0),
    ("cpus", "1.5", 1.5),
    ("cpus", ".5", 0.5),
    ("cpus", 2, 2.0),
    ("cpuset", "0-3,7", "0-3,7"),
    ("cpuset", 0, "0"),
    ("port", "65535", 65535),
    ("cidr", "10.98.0.1/24", "10.98.0.1/24"),
    ("address", "10.0.0.1", "10.0.0.1"),
    ("interface", "a" * 15, "a" * 15),
    ("hostname", "a-b.example", "a-b.example"),
    ("mode", "644", "0644"),
    ("mode", "4755", "4755"),
    ("user", "www-data:adm", "www-data:adm"),
    ("user", "2147483647", "2147483647"),
    ("env", "A=b=c\n'", "A=b=c\n'"),
    ("env", "A=", "A="),
    ("digest", "sha256:" + "a" * 64, "sha256:" + "a" * 64),
    ("url", "https://a.example/x?y=$(z)", "https://a.example/x?y=$(z)"),
    ("mapping", {"a": 1}, {"a": 1}),
]

BAD: list[tuple[str, Any, str]] = [
    ("text", "a\0b", "NUL"),
    ("text", None, "nothing"),
    ("text", True, "truth value"),
    ("text", {"a": 1}, "mapping"),
    ("text", ["a"], "list"),
    ("line", "a\nb", "more than one line"),
    ("line", "a\r", "more than one line"),
    ("operand", "", "empty"),
    ("operand", "-rf", "starts with '-'"),
    ("name", "", "is not a name"),
    ("name", "-a", "is not a name"),
    ("name", "a b", "is not a name"),
    ("name", "a\n", "is not a name"),
    ("name", "é", "is not a name"),
    ("name", "a" * 129, "is not a name"),
    ("path", "a/b", "is not absolute"),
    ("path", "", "is not absolute"),
    ("path", "/a/../b", "'..'"),
    ("path", "/..", "'..'"),
    ("overlay_path", "/a:b", "parts mount options"),
    ("overlay_path", "/a,b", "parts mount options"),
    ("overlay_path", "/a\\b", "parts mount options"),
    ("overlay_path", "/a\nb", "parts mount options"),
    ("int", "1.5", "whole number"),
    ("int", "", "whole number"),
    ("int", True, "whole number"),
    ("int", "٣", "whole number"),
    ("int", "9" * 5000, "whole number"),
    ("count", "-1", "negative"),
    ("bool", "maybe", "neither true nor false"),
    ("bool", 2, "neither true nor false"),
    ("words", {"a": 1}, "mapping"),
    ("words", None, "nothing"),
    ("words", ["a\0"], "NUL"),
    ("command", [], "no words"),
    ("command", [""], "program is empty"),
    ("size", "abc", "is not a size"),
    ("size", "-1", "is not a size"),
    ("size", "1x", "is not a size"),
    ("size", "", "is not a size"),
    ("size", True, "is not a size"),
    ("size", "1e9", "is not a size"),
    ("size", "8388608t", "larger than"),
    ("size", "9" * 400, "larger than"),
    ("cpus", "0.001", "too small"),
    ("cpus", "0", "too small"),
    ("cpus", "-1", "is not a number"),
    ("cpus", ".", "is not a number"),
    ("cpus", "nan", "is not a number"),
    ("cpuset", "3-1", "runs backwards"),
    ("cpuset", "a", "is not a list of processors"),
    ("cpuset", "0,", "is not a list of processors"),
    ("cpuset", "9" * 5000, "is not a list of processors"),
    ("port", "0", "is not a port"),
    ("port", "65536", "is not a port"),
    ("port", "http", "is not a port"),
    ("cidr", "10.0.0.1", "no prefix length"),
    ("cidr", "10.0.0.1/33", "10.0.0.1/33"),
    ("cidr", "fe80::1/64", "fe80::1"),
    ("address", "10.0.0.256", "256"),
    ("address", "host", "host"),
    ("interface", "a" * 16, "is no interface name"),
    ("interface", "é" * 8, "is no interface name"),
    ("interface", "a b", "is no interface name"),
    ("interface", "a/b", "is no interface name"),
    ("interface", "a:b", "is no interface name"),
    ("interface", "..", "is no interface name"),
    ("interface", "-a", "starts with '-'"),
    ("hostname", "", "is not a host name"),
    ("hostname", "a_b", "is not a host name"),
    ("hostname", "-a", "is not a host name"),
    ("hostname", "a..b", "is not a host name"),
    ("hostname", "a" * 65, "is not a host name"),
    ("mode", "888", "is not a file mode"),
    ("mode", "u+x", "is not a file mode"),
    ("user", "", "is not a user"),
    ("user", "a:b:c", "is not a user"),
    ("user", "-x", "is not a user"),
    ("user", "2147483648", "larger than any id"),
    ("user", "9" * 5000, "larger than any id"),
    ("env", "A", "is not a variable"),
    ("env", "=b", "is not a variable"),
    ("digest", "sha256:abc", "is not a digest"),
    ("digest", "md5:" + "a" * 64, "is not a digest"),
    ("url", "ftp://x", "is not an address"),
    ("url", "https://a b", "is not an address"),
    ("mapping", ["a"], "list"),
]


@pytest.mark.parametrize(("kind", "given", "expected"), GOOD)
def test_a_good_value_is_taken(kind: str, given: Any, expected: Any) -> None:
    found = values.convert(given, kind)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("kind", "given", "wrong"), BAD)
def test_a_bad_value_is_named_with_what_is_wrong_and_what_would_be_right(kind: str, given: Any, wrong: str) -> None:
    with pytest.raises(BadValue) as caught:
        values.convert(given, kind, label="--flag")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("--flag ")
    assert wrong in lines[0]
    assert len(lines) == 2 and lines[1].startswith("  right: ")
    if isinstance(given, str) and given.isalnum() and given.isascii() and len(given) < 70:
        assert f"'{given}'" in lines[0]
    assert caught.value.exit_code == 2


def test_every_type_has_a_good_and_a_bad_value_here() -> None:
    assert {kind for kind, _, _ in GOOD} == set(values.TYPES)
    assert {kind for kind, _, _ in BAD} == set(values.TYPES)


def test_of_many_values_the_bad_one_is_named() -> None:
    with pytest.raises(BadValue, match=r"^ports 'x': is not a port"):
        values.convert(["80", "x"], "port", many=True, label="ports")


def test_one_value_where_many_are_taken_is_a_list_of_one() -> None:
    assert values.convert("80", "port", many=True) == [80]


def test_a_value_that_is_no_choice_lists_the_choices() -> None:
    with pytest.raises(BadValue, match="is not one of the choices\n  right: v1, v2"):
        values.convert("v3", "name", choices=["v1", "v2"], label="cgroup")


def test_an_unknown_type_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'port'"):
        values.convert("1", "prot")
