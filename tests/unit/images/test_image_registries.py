"""Which servers registries.conf says to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from byhand.errors import ByhandError, SourceError
from byhand.images.reference import Reference
from byhand.images.registries import Registries, load

DIGEST = "sha256:" + "0" * 64
MIRRORED = """
[[registry]]
prefix = "docker.io"
location = "registry.example/hub"
[[registry.mirror]]
location = "near.example:5000/proxy"
insecure = true
[[registry.mirror]]
location = "exact.example"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.example"
pull-from-mirror = "tag-only"
"""

CASES = [
    # settings, reference, endpoints as host/path, + for insecure
    ("", "alpine", ["registry-1.docker.io/library/alpine"]),
    ("", "quay.io/a/b", ["quay.io/a/b"]),
    ("", "localhost:5000/x", ["localhost:5000/x+"]),
    ("", "127.8.0.1/x/y", ["127.8.0.1/x/y+"]),
    ("", "[::1]:5000/x", ["[::1]:5000/x+"]),
    (
        MIRRORED,
        "alpine",
        [
            "near.example:5000/proxy/library/alpine+",
            "tags.example/library/alpine",
            "registry.example/hub/library/alpine",
        ],
    ),
    (
        MIRRORED,
        f"alpine@{DIGEST}",
        [
            "near.example:5000/proxy/library/alpine+",
            "exact.example/library/alpine",
            "registry.example/hub/library/alpine",
        ],
    ),
    ('[[registry]]\nlocation = "own.example"\ninsecure = true', "own.example/a", ["own.example/a+"]),
    ('[[registry]]\nlocation = "own.example"\ninsecure = true', "own.example.org/a", ["own.example.org/a"]),
    ('[[registry]]\nprefix = "own.example/a"\nlocation = "b.example/c"', "own.example/a/d", ["b.example/c/d"]),
    ('[[registry]]\nprefix = "own.example/a"\nlocation = "b.example/c"', "own.example/ab", ["own.example/ab"]),
    ('[[registry]]\nprefix = "*.example"\nlocation = "b.org"', "x.example:5000/d", ["b.org/d"]),
    ('[[registry]]\nprefix = "*.example"\ninsecure = true', "x.example/d", ["x.example/d+"]),
    (
        '[[registry]]\nlocation = "o.example"\n[[registry]]\nprefix = "o.example/deep"\nlocation = "d.example"',
        "o.example/deep/x",
        ["d.example/x"],
    ),
    (
        '[[registry]]\nlocation = "docker.io"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.example"',
        "alpine",
        ["registry-1.docker.io/library/alpine"],
    ),
]


def settings(folder: Path, text: str, **environ: str) -> Registries:
    (folder / "registries.conf").write_text(text)
    return load({"HOME": str(folder / "home"), **environ}, folder)


@pytest.mark.parametrize(("text", "name", "expected"), CASES)
def test_endpoints_come_in_the_order_to_try(tmp_path: Path, text: str, name: str, expected: list[str]) -> None:
    found = settings(tmp_path, text).endpoints(Reference.parse(name))
    assert [f"{e.host}/{e.path}{'+' if e.insecure else ''}" for e in found] == expected


def test_without_any_file_a_short_name_is_dockers(tmp_path: Path) -> None:
    found = load({"HOME": str(tmp_path)}, tmp_path / "nothing")
    assert [str(r) for r in found.candidates(Reference.parse("alpine"))] == ["docker.io/library/alpine:latest"]


def test_search_registries_are_tried_in_order(tmp_path: Path) -> None:
    found = settings(tmp_path, 'unqualified-search-registries = ["own.example", "docker.io"]')
    assert [str(r) for r in found.candidates(Reference.parse("alpine:3"))] == [
        "own.example/alpine:3",
        "docker.io/library/alpine:3",
    ]


def test_an_alias_stands_before_the_search(tmp_path: Path) -> None:
    text = 'unqualified-search-registries = ["own.example"]\n[aliases]\n"tool" = "quay.io/team/tool"'
    found = settings(tmp_path, text)
    assert [str(r) for r in found.candidates(Reference.parse("tool:2"))] == ["quay.io/team/tool:2"]


def test_a_full_name_is_never_searched_for(tmp_path: Path) -> None:
    found = settings(tmp_path, 'unqualified-search-registries = ["own.example"]')
    full = Reference.parse("docker.io/library/alpine")
    assert found.candidates(full) == [full]


def test_the_users_file_replaces_the_systems_and_drop_ins_add(tmp_path: Path) -> None:
    user = tmp_path / "home" / ".config" / "containers"
    (user / "registries.conf.d").mkdir(parents=True)
    (user / "registries.conf").write_text('unqualified-search-registries = ["user.example"]')
    (user / "registries.conf.d" / "10.conf").write_text('[[registry]]\nlocation = "a.example"\ninsecure = true')
    found = settings(tmp_path, 'unqualified-search-registries = ["system.example"]')
    assert found.search == ("user.example",)
    assert found.registries[0].insecure


def test_the_environment_names_another_file(tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_text('unqualified-search-registries = ["mine.example"]')
    found = settings(tmp_path, "", CONTAINERS_REGISTRIES_CONF=str(tmp_path / "mine.conf"))
    assert found.search == ("mine.example",)


def test_a_blocked_registry_is_refused(tmp_path: Path) -> None:
    found = settings(tmp_path, '[[registry]]\nlocation = "bad.example"\nblocked = true')
    with pytest.raises(ByhandError, match=r"blocks 'bad\.example'"):
        found.endpoints(Reference.parse("bad.example/x"))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("= broken", "not TOML"),
        ('[registries.search]\nregistries = ["x"]', "version 1"),
        ("[[registry]]\ninsecure = true", "neither 'prefix' nor 'location'"),
        ('[[registry]]\nlocation = "x"\ninsecure = "yes"', "'insecure' is not a bool"),
        ('registry = "x"', "'registry' is not a list"),
        ('[[registry]]\nlocation = "x"\n[[registry.mirror]]\nlocation = "y"\npull-from-mirror = "no"', "none of all"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(SourceError, match=wrong) as raised:
        settings(tmp_path, text)
    assert str(tmp_path / "registries.conf") in raised.value.message


def test_a_missing_named_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        load({"CONTAINERS_REGISTRIES_CONF": str(tmp_path / "none.conf")}, tmp_path)
