"""The cache saves time and never changes what is read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from byhand.engine import cache


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("one")
    return path


@pytest.fixture
def parse() -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        calls.append(str(path))
        return {"text": path.read_text()}

    calls: list[str] = []
    read.calls = calls  # type: ignore[attr-defined]
    return read


def entries(state_root: Path) -> list[Path]:
    return list((state_root / "cache").glob("*.json"))


def test_what_was_parsed_is_not_parsed_again(source: Path, parse: Any) -> None:
    assert cache.parsed(source, parse, "x") == cache.parsed(source, parse, "x") == {"text": "one"}
    assert len(parse.calls) == 1


def test_a_changed_source_is_parsed_again(source: Path, parse: Any) -> None:
    cache.parsed(source, parse, "x")
    source.write_text("other")
    assert cache.parsed(source, parse, "x") == {"text": "other"}


def test_a_source_changed_to_the_same_size_is_parsed_again(source: Path, parse: Any) -> None:
    cache.parsed(source, parse, "x")
    source.write_text("two")
    os.utime(source, ns=(1, 1))
    assert cache.parsed(source, parse, "x") == {"text": "two"}


def test_another_version_of_byhand_parses_again(source: Path, parse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parsed(source, parse, "x")
    monkeypatch.setattr(cache, "__version__", "999")
    cache.parsed(source, parse, "x")
    assert len(parse.calls) == 2


def test_two_readings_of_one_file_are_kept_apart(source: Path, parse: Any) -> None:
    cache.parsed(source, parse, "x")
    cache.parsed(source, parse, "y")
    assert len(parse.calls) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"5", b"null", b'{"stamp": 1}', b"\xff\xfe", b'{"value": 1}', b"[" * 100_000])
def test_a_corrupt_entry_is_parsed_again(content: bytes, source: Path, parse: Any, state_root: Path) -> None:
    cache.parsed(source, parse, "x")
    (entry,) = entries(state_root)
    entry.write_bytes(content)
    assert cache.parsed(source, parse, "x") == {"text": "one"}
    assert json.loads(entry.read_bytes())["value"] == {"text": "one"}


def test_an_entry_that_is_a_folder_costs_speed_only(source: Path, parse: Any, state_root: Path) -> None:
    cache.parsed(source, parse, "x")
    (entry,) = entries(state_root)
    entry.unlink()
    entry.mkdir()
    assert cache.parsed(source, parse, "x") == {"text": "one"}


def test_a_folder_that_others_can_write_is_not_used(source: Path, parse: Any, state_root: Path) -> None:
    cache.parsed(source, parse, "x")
    (state_root / "cache").chmod(0o777)
    assert cache.folder() is None
    cache.parsed(source, parse, "x")
    assert len(parse.calls) == 2


def test_a_folder_that_is_a_link_is_not_used(source: Path, parse: Any, state_root: Path, tmp_path: Path) -> None:
    state_root.mkdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (state_root / "cache").symlink_to(tmp_path / "elsewhere")
    assert cache.folder() is None
    assert cache.parsed(source, parse, "x") == {"text": "one"}
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_of_someone_else_is_not_used(source: Path, parse: Any, state_root: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a folder to another user needs root")
    (state_root / "cache").mkdir(parents=True, mode=0o700)
    os.chown(state_root / "cache", 65534, 65534)
    assert cache.folder() is None
    assert cache.parsed(source, parse, "x") == {"text": "one"}
    assert entries(state_root) == []


def test_where_no_folder_can_be_made_everything_is_parsed(
    source: Path, parse: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BYHAND_ROOT", str(tmp_path / "file" / "below"))
    assert cache.parsed(source, parse, "x") == cache.parsed(source, parse, "x") == {"text": "one"}
    assert len(parse.calls) == 2


def test_the_folder_is_closed_to_others(source: Path, parse: Any, state_root: Path) -> None:
    cache.parsed(source, parse, "x")
    assert (state_root / "cache").stat().st_mode & 0o077 == 0
    assert entries(state_root)[0].stat().st_mode & 0o077 == 0
