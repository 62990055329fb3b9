"""Credential files and helpers."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from byhand.errors import CommandFailed, SourceError
from byhand.images.credentials import Credential, find


def auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def written(folder: Path, data: dict[str, Any]) -> dict[str, str]:
    (folder / "config.json").write_text(json.dumps(data))
    return {"DOCKER_CONFIG": str(folder), "HOME": str(folder)}


@pytest.mark.parametrize(
    ("key", "host", "path"),
    [
        ("own.example:5000", "own.example:5000", "a/b"),
        ("https://own.example", "own.example", "a"),
        ("own.example/a", "own.example", "a/b"),
        ("https://index.docker.io/v1/", "registry-1.docker.io", "library/alpine"),
        ("docker.io", "registry-1.docker.io", "library/alpine"),
    ],
)
def test_a_registry_is_found_by_each_of_its_names(tmp_path: Path, key: str, host: str, path: str) -> None:
    environ = written(tmp_path, {"auths": {key: auth("me", 'a:b\\"c')}})
    assert find(host, path, environ) == Credential("me", 'a:b\\"c')


def test_the_most_specific_entry_is_taken(tmp_path: Path) -> None:
    environ = written(tmp_path, {"auths": {"x.example": auth("all", "1"), "x.example/team": auth("team", "2")}})
    assert find("x.example", "team/app", environ) == Credential("team", "2")
    assert find("x.example", "other/app", environ) == Credential("all", "1")


def test_another_registry_gets_nothing(tmp_path: Path) -> None:
    environ = written(tmp_path, {"auths": {"x.example": auth("me", "1")}})
    assert find("x.example.org", "a", environ) is None


def test_a_named_file_is_the_only_one(tmp_path: Path) -> None:
    environ = written(tmp_path, {"auths": {"x.example": auth("me", "1")}})
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {"y.example": auth("you", "2")}}))
    environ["REGISTRY_AUTH_FILE"] = str(tmp_path / "auth.json")
    assert find("y.example", "a", environ) == Credential("you", "2")
    assert find("x.example", "a", environ) is None


def test_an_identity_token_is_kept_apart(tmp_path: Path) -> None:
    environ = written(tmp_path, {"auths": {"x.example": {"identitytoken": "T"}}})
    assert find("x.example", "a", environ) == Credential(identity_token="T")


@pytest.mark.parametrize("data", [{"auths": {"x.example": {"auth": "!"}}}, {"auths": {"x.example": {"auth": "YQ=="}}}])
def test_a_broken_entry_names_the_file(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match=r"config\.json: 'auth' for x.example"):
        find("x.example", "a", written(tmp_path, data))


def helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    tool = folder / "docker-credential-mine"
    tool.write_text(f"#!/bin/sh\nread -r key\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_helper_is_asked_on_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, monkeypatch, """printf '{"Username":"me","Secret":"for %s"}' "$key" """)
    environ = written(tmp_path, {"credHelpers": {"x.example": "mine"}})
    assert find("x.example", "a", environ) == Credential("me", "for x.example")


def test_a_helper_without_the_credential_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, monkeypatch, "echo 'credentials not found in native keychain'; exit 1")
    assert find("x.example", "a", written(tmp_path, {"credHelpers": {"x.example": "mine"}})) is None


def test_a_helper_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, monkeypatch, "echo 'the keychain is locked'; exit 1")
    with pytest.raises(CommandFailed, match="keychain is locked"):
        find("x.example", "a", written(tmp_path, {"credHelpers": {"x.example": "mine"}}))


def test_a_password_is_not_in_a_credentials_repr() -> None:
    assert "secret" not in repr(Credential("me", "secret", "secret"))
