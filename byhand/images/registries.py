"""Which servers to ask for an image: containers' registries.conf, version 2.

Source: containers-registries.conf(5) and containers-registries.conf.d(5).
``$CONTAINERS_REGISTRIES_CONF``, else the user's file, else /etc's; then the drop-in
folders, where a later file's settings replace an earlier one's.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byhand.errors import ByhandError, SourceError
from byhand.images.reference import DEFAULT_DOMAIN, Reference

SYSTEM = Path("/etc/containers")
DOCKER_HUB = "registry-1.docker.io"
FROM_MIRROR = ("all", "digest-only", "tag-only")


@dataclass(frozen=True)
class Endpoint:
    """One place an image may be fetched from: a server, the repository's path there.

    ``insecure``: without a verified certificate, or by plain http.
    """

    host: str
    path: str
    insecure: bool = False
    mirror: bool = False


@dataclass(frozen=True)
class Mirror:
    """A ``[[registry.mirror]]`` entry; ``pull`` is all, digest-only or tag-only."""

    location: str
    insecure: bool = False
    pull: str = "all"


@dataclass(frozen=True)
class Registry:
    """A ``[[registry]]`` entry: what its prefix matches, and where that is."""

    prefix: str
    location: str
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()

    def matches(self, name: str) -> bool:
        """Whether ``name``, DOMAIN/PATH, starts with the prefix at a boundary."""
        if self.prefix.startswith("*."):
            return name.partition("/")[0].partition(":")[0].endswith(self.prefix[1:])
        return name == self.prefix or name.startswith((f"{self.prefix}/", f"{self.prefix}:"))


@dataclass(frozen=True)
class Registries:
    """The settings of all the files together."""

    search: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    registries: tuple[Registry, ...] = ()

    def candidates(self, reference: Reference) -> list[Reference]:
        """What a short name may stand for, best first; the reference itself when it is full.

        Without search registries a short name is docker's.
        """
        if not reference.short:
            return [reference]
        written = reference.path.removeprefix("library/")
        if alias := self.aliases.get(written):
            full = Reference.parse(alias)
            return [reference.at(full.domain, full.path)]
        if not self.search:
            return [reference]
        return [reference if domain == DEFAULT_DOMAIN else reference.at(domain, written) for domain in self.search]

    def endpoints(self, reference: Reference) -> list[Endpoint]:
        """Where to ask for a full reference, in order: the mirrors, then its own registry.

        Raises ByhandError when registries.conf blocks it.
        """
        matching = [registry for registry in self.registries if registry.matches(reference.name)]
        if not matching:
            return [_endpoint(reference.name, False)]
        registry = max(matching, key=lambda entry: len(entry.prefix))
        if registry.blocked:
            raise ByhandError(f"{reference}: registries.conf blocks '{registry.prefix}'")
        mirrors = [
            _endpoint(_moved(registry, reference, mirror.location), mirror.insecure, True)
            for mirror in registry.mirrors
            if mirror.pull == "all" or (mirror.pull == "digest-only") == bool(reference.digest)
        ]
        return [*mirrors, _endpoint(_moved(registry, reference, registry.location), registry.insecure)]


def load(environ: Mapping[str, str] | None = None, system: Path = SYSTEM) -> Registries:
    """Read the files that are there; SourceError names the one that cannot be used."""
    environ = os.environ if environ is None else environ
    user = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or "/") / ".config") / "containers"
    merged = Registries()
    for path in _files(environ, user, system):
        merged = _merge(merged, _parse(path))
    return merged


def _files(environ: Mapping[str, str], user: Path, system: Path) -> Iterable[Path]:
    named = environ.get("CONTAINERS_REGISTRIES_CONF")
    if named:
        yield Path(named)
    else:
        yield from [path for path in (user / "registries.conf", system / "registries.conf") if path.is_file()][:1]
    for folder in (system, user):
        if not named:
            yield from sorted((folder / "registries.conf.d").glob("*.conf"))


def _parse(path: Path) -> Registries:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"not TOML: {error}", path=str(path)) from None
    if isinstance(data.get("registries"), dict):
        raise SourceError("is in the old version 1 format", path=str(path), hint="see containers-registries.conf(5)")
    search = _typed(data, "unqualified-search-registries", list, [], path)
    aliases = _typed(data, "aliases", dict, {}, path)
    return Registries(
        tuple(str(domain) for domain in search),
        {str(short): str(full) for short, full in aliases.items()},
        tuple(_registry(entry, path) for entry in _tables(data, "registry", path)),
    )


def _registry(entry: dict[str, Any], path: Path) -> Registry:
    location = _typed(entry, "location", str, "", path).rstrip("/")
    prefix = _typed(entry, "prefix", str, "", path).rstrip("/") or location
    if not prefix:
        raise SourceError("a [[registry]] has neither 'prefix' nor 'location'", path=str(path))
    by_digest = _typed(entry, "mirror-by-digest-only", bool, False, path)
    return Registry(
        prefix,
        location,
        _typed(entry, "insecure", bool, False, path),
        _typed(entry, "blocked", bool, False, path),
        tuple(_mirror(table, by_digest, path) for table in _tables(entry, "mirror", path)),
    )


def _mirror(entry: dict[str, Any], by_digest: bool, path: Path) -> Mirror:
    pull = _typed(entry, "pull-from-mirror", str, "digest-only" if by_digest else "all", path)
    location = _typed(entry, "location", str, "", path).rstrip("/")
    if pull not in FROM_MIRROR:
        raise SourceError(f"pull-from-mirror '{pull}' is none of {', '.join(FROM_MIRROR)}", path=str(path))
    if not location:
        raise SourceError("a [[registry.mirror]] has no 'location'", path=str(path))
    return Mirror(location, _typed(entry, "insecure", bool, False, path), pull)


def _tables(data: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    found = _typed(data, key, list, [], path)
    if not all(isinstance(table, dict) for table in found):
        raise SourceError(f"'{key}' is not a list of tables", path=str(path), hint=f"write [[{key}]]")
    return list(found)


def _typed(data: dict[str, Any], key: str, kind: type, default: Any, path: Path) -> Any:
    value = data.get(key, default)
    if not isinstance(value, kind):
        raise SourceError(f"'{key}' is not a {kind.__name__}", path=str(path))
    return value


def _merge(first: Registries, second: Registries) -> Registries:
    replaced = {registry.prefix for registry in second.registries}
    kept = tuple(registry for registry in first.registries if registry.prefix not in replaced)
    return Registries(second.search or first.search, {**first.aliases, **second.aliases}, kept + second.registries)


def _moved(registry: Registry, reference: Reference, location: str) -> str:
    """``reference``'s name with the registry's prefix replaced by ``location``."""
    if registry.prefix.startswith("*."):
        return f"{location}/{reference.path}" if location else reference.name
    return (location or registry.prefix) + reference.name[len(registry.prefix) :]


def _endpoint(name: str, insecure: bool, mirror: bool = False) -> Endpoint:
    host, _, path = name.partition("/")
    if host == DEFAULT_DOMAIN:
        host = DOCKER_HUB
    return Endpoint(host, path, insecure or _is_loopback(host), mirror)


def _is_loopback(host: str) -> bool:
    """docker takes 127.0.0.0/8, ::1 and localhost for registries that may be insecure."""
    bare = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False
