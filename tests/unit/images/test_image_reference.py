"""Image names, as docker's grammar has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.errors import BadValue, ByhandError
from byhand.images.reference import Reference

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"

GOOD = [
    # text, full form, familiar form
    ("alpine", "docker.io/library/alpine:latest", "alpine"),
    ("alpine:3.23", "docker.io/library/alpine:3.23", "alpine:3.23"),
    ("team/app", "docker.io/team/app:latest", "team/app"),
    ("docker.io/alpine", "docker.io/library/alpine:latest", "alpine"),
    ("docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine"),
    ("index.docker.io/alpine", "docker.io/library/alpine:latest", "alpine"),
    ("library/alpine", "docker.io/library/alpine:latest", "alpine"),
    ("localhost/x", "localhost/x:latest", "localhost/x"),
    ("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x"),
    ("localhost:5000/x:v1", "localhost:5000/x:v1", "localhost:5000/x:v1"),
    ("quay.io/a/b/c:1", "quay.io/a/b/c:1", "quay.io/a/b/c:1"),
    ("127.0.0.1:5000/x", "127.0.0.1:5000/x:latest", "127.0.0.1:5000/x"),
    ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x"),
    ("[2001:db8::1]/x:v", "[2001:db8::1]/x:v", "[2001:db8::1]/x:v"),
    ("HOST/x", "HOST/x:latest", "HOST/x"),
    ("Host.example/x", "Host.example/x:latest", "Host.example/x"),
    ("a__b/c-d.e_f---g", "docker.io/a__b/c-d.e_f---g:latest", "a__b/c-d.e_f---g"),
    ("alpine:UPPER_is.fine-here", "docker.io/library/alpine:UPPER_is.fine-here", "alpine:UPPER_is.fine-here"),
    (f"alpine@{DIGEST}", f"docker.io/library/alpine@{DIGEST}", f"alpine@{DIGEST}"),
    (f"alpine:3@{DIGEST}", f"docker.io/library/alpine:3@{DIGEST}", f"alpine:3@{DIGEST}"),
    ("a:" + "t" * 128, "docker.io/library/a:" + "t" * 128, "a:" + "t" * 128),
    ("foo_bar.com:8080", "docker.io/library/foo_bar.com:8080", "foo_bar.com:8080"),
]

BAD = [
    # text, what the error says
    ("", "empty"),
    ("Alpine", "upper-case"),
    ("team/App", "upper-case"),
    (HEX, "image id"),
    ("alpine:", "nothing follows"),
    ("alpine:.x", "not a tag"),
    ("alpine:-x", "not a tag"),
    ("alpine:" + "t" * 129, "129 characters"),
    ("-alpine", "not a part of a path"),
    ("a//b", "part of the path is empty"),
    ("a/", "path is empty"),
    ("/a", "a part of the path is empty"),
    ("a b", "not a part of a path"),
    ("a\nb", "not a part of a path"),
    ("alpine\n", "not a part of a path"),
    ("a___b", "not a part of a path"),
    ("a..b", "not a part of a path"),
    ("a-", "not a part of a path"),
    ("../a", "not a host name"),
    ("a/../b", "not a part of a path"),
    ("-host.x/a", "not a host name"),
    ("host:port/a", "not a host name"),
    ("[::1/a", "not a host name"),
    ("alpine@", "digest"),
    ("alpine@sha256:abc", "64 lower-case"),
    (f"alpine@sha256:{HEX.upper()}", "64 lower-case"),
    (f"alpine@md5:{HEX}", "not known"),
    ("x/" + "a" * 256, "characters, more than 255"),
    ("alpine:é", "not a tag"),
    ("álpine", "not a part of a path"),
]


@pytest.mark.parametrize(("text", "full", "familiar"), GOOD)
def test_a_name_has_a_full_and_a_familiar_form(text: str, full: str, familiar: str) -> None:
    reference = Reference.parse(text)
    assert str(reference) == full
    assert reference.familiar == familiar
    assert Reference.parse(full) == reference
    assert Reference.parse(familiar) == reference


@pytest.mark.parametrize(("text", "wrong"), BAD)
def test_an_error_names_the_value_and_what_is_wrong_with_it(text: str, wrong: str) -> None:
    with pytest.raises(BadValue) as raised:
        Reference.parse(text)
    assert wrong in raised.value.message
    assert raised.value.message.startswith("image reference '")
    assert "\n" not in raised.value.message


def test_only_a_name_without_a_domain_is_short() -> None:
    assert Reference.parse("alpine").short
    assert Reference.parse("team/app").short
    assert not Reference.parse("docker.io/library/alpine").short
    assert not Reference.parse("localhost:5000/x").short


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_a_bad_value(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ByhandError:
        return
    assert Reference.parse(str(reference)) == reference
    assert Reference.parse(reference.familiar) == reference
    assert ".." not in reference.path.split("/")
