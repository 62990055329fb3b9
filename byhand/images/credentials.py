"""Who to be at a registry: docker's and containers' credential files and helpers.

Sources: docker login's documentation of config.json (``auths``, ``credsStore``,
``credHelpers``) and containers-auth.json(5). A password is handed to curl on standard
input and appears nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byhand.engine import run
from byhand.errors import CommandFailed, SourceError

DOCKER_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")


@dataclass(frozen=True)
class Credential:
    """A user and password, or an identity token that is changed for access tokens."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


def find(host: str, path: str = "", environ: Mapping[str, str] | None = None) -> Credential | None:
    """The credential for repository ``path`` at registry ``host``, None when there is none.

    Raises SourceError for a file that cannot be used.
    """
    for file in _files(os.environ if environ is None else environ):
        data = _read(file)
        for key in _keys(host, path):
            if found := _in_file(data, key, file):
                return found
    return None


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
        return
    home = Path(environ.get("HOME") or "/root")
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"
    yield Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=str(file)) from None
    except ValueError as error:
        raise SourceError(f"not JSON: {error}", path=str(file)) from None
    if not isinstance(data, dict):
        raise SourceError("not a JSON object", path=str(file))
    return data


def _keys(host: str, path: str) -> list[str]:
    """The names a registry may have in a file, most specific first."""
    if host == "registry-1.docker.io":
        return list(DOCKER_HUB_KEYS)
    parts = path.split("/") if path else []
    scoped = [f"{host}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1)]
    return [*scoped, host, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/", f"http://{host}"]


def _in_file(data: dict[str, Any], key: str, file: Path) -> Credential | None:
    helpers = data.get("credHelpers")
    if isinstance(helpers, dict) and isinstance(helpers.get(key), str):
        return _from_helper(helpers[key], key, file)
    auths = data.get("auths")
    entry = auths.get(key) if isinstance(auths, dict) else None
    if isinstance(entry, dict) and (found := _decoded(entry, key, file)):
        return found
    store = data.get("credsStore")
    if isinstance(store, str) and store and isinstance(entry, dict):
        return _from_helper(store, key, file)
    return None


def _decoded(entry: dict[str, Any], key: str, file: Path) -> Credential | None:
    token = str(entry.get("identitytoken") or "")
    user, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if auth := entry.get("auth"):
        try:
            user, colon, password = base64.b64decode(str(auth), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            colon = ""
        if not colon:
            raise SourceError(f"'auth' for {key} is not base64 of USER:PASSWORD", path=str(file))
        password = password.rstrip("\0")
    return Credential(user, password, token) if user or token else None


def _from_helper(name: str, key: str, file: Path) -> Credential | None:
    """Ask ``docker-credential-NAME get``, which reads the key and prints JSON."""
    if "/" in name:
        raise SourceError(f"the credential helper '{name}' is not a plain name", path=str(file))
    result = run.capture([f"docker-credential-{name}", "get"], stdin=key.encode(), ok=None)
    if result.status:  # helpers say what went wrong on standard output
        said = (result.stderr + result.stdout).decode(errors="replace")
        if "not found" in said.lower():
            return None
        raise CommandFailed(f"docker-credential-{name}", result.status, said)
    try:
        found = json.loads(result.stdout)
        user, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError):
        raise SourceError(f"docker-credential-{name} printed no credential for {key}", path=str(file)) from None
    return Credential(identity_token=secret) if user == "<token>" else Credential(user, secret)
