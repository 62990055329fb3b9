"""From flags and an image's config to all a container is: docker's rules, typed.

Where docker-run(1) and the OCI image specification ("Image Configuration") say how a flag
and the config combine, that is what happens here. Every error names its flag.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from byhand import values
from byhand.containers import limits
from byhand.engine import source, state
from byhand.errors import BadValue, SourceError

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# docker's default set (capabilities(7)) without mknod: devices are refused by the mounts as well.
CAPABILITIES = (
    "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "net_bind_service", "net_raw", "sys_chroot", "audit_write", "setfcap",
)  # fmt: skip
NETWORKS = ("default", "none", "host")


class Volume(NamedTuple):
    """A host's folder or file inside a container. ``made``: a named volume, created when missing."""

    source: str
    target: str
    readonly: bool = False
    folder: bool = True
    made: bool = False


class Spec(NamedTuple):
    """A container as asked for. ``tmpfs``: (target, mount options) pairs."""

    image: str
    argv: tuple[str, ...]
    env: tuple[str, ...]
    workdir: str
    user: str
    hostname: str
    name: str
    network: str
    limits: limits.Limits
    volumes: tuple[Volume, ...] = ()
    tmpfs: tuple[tuple[str, str], ...] = ()
    tty: bool = False
    interactive: bool = False
    read_only: bool = False
    rm: bool = False
    capabilities: tuple[str, ...] = CAPABILITIES

    @property
    def search(self) -> list[str]:
        """The absolute folders of the container's PATH."""
        path = next((v.partition("=")[2] for v in reversed(self.env) if v.startswith("PATH=")), DEFAULT_PATH)
        return [folder for folder in path.split(":") if folder.startswith("/") and ".." not in folder.split("/")]


def build(given: Mapping[str, Any], words: Sequence[str], config: Mapping[str, Any], *, id: str, name: str) -> Spec:
    """The spec from ``container.run``'s flags, the command's ``words`` and the image's config.

    ``config`` is the OCI config's ``config`` object. Raises BadValue, SourceError.
    """
    tty, interactive = bool(given["tty"]), bool(given["interactive"])
    return Spec(
        image=given["image"],
        argv=_argv(given.get("entrypoint"), words, config),
        env=_env(config, given.get("env") or [], given.get("env_file") or [], given.get("hostname") or id, tty),
        workdir=values.convert(given.get("workdir") or config.get("WorkingDir") or "/", "path", label="--workdir"),
        user=values.convert(given.get("user") or config.get("User") or "0", "user", label="--user"),
        hostname=values.convert(given.get("hostname") or id, "hostname", label="--hostname"),
        name=name,
        network=network(given.get("network") or "default"),
        limits=limits.parse(*(given.get(key) for key in ("memory", "memory_swap", "cpus", "cpu_shares", "cpuset_cpus", "pids_limit"))),
        volumes=tuple(volume(text) for text in given.get("volume") or []),
        tmpfs=tuple(_tmpfs(text) for text in given.get("tmpfs") or []),
        tty=tty,
        interactive=interactive,
        read_only=bool(given.get("read_only")),
        rm=bool(given.get("rm")),
    )


def _argv(entrypoint: str | None, words: Sequence[str], config: Mapping[str, Any]) -> tuple[str, ...]:
    """--entrypoint replaces the image's and drops its Cmd; words replace Cmd."""
    first = _texts(config, "Entrypoint") if entrypoint is None else [entrypoint] if entrypoint else []
    rest = list(words) or ([] if entrypoint is not None else _texts(config, "Cmd"))
    argv = [values.convert(word, "text", label="command") for word in [*first, *rest]]
    if not argv or not argv[0]:
        raise BadValue(
            "command", " ".join(argv), "is empty, and the image has none of its own", "invoke container.run --image IMAGE -- COMMAND"
        )
    return tuple(argv)


def _texts(config: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts in an image's config, which anybody may have written."""
    found = config.get(key) or []
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise BadValue(f"the image's {key}", found, "is not a list of texts", "an image made by the OCI image specification")
    return found


def _env(config: Mapping[str, Any], given: Sequence[str], files: Sequence[str], hostname: str, tty: bool) -> tuple[str, ...]:
    found: dict[str, str] = {"PATH": DEFAULT_PATH, "HOSTNAME": hostname}
    if tty:
        found["TERM"] = "xterm"
    pairs = _texts(config, "Env")
    for path in files:
        pairs += env_file(path)
    pairs += [_from_host(text) for text in given]
    for pair in pairs:
        if pair:
            name, _, value = values.convert(pair, "env", label="--env").partition("=")
            found[name] = value
    return tuple(f"{name}={value}" for name, value in found.items())


def _from_host(text: str) -> str:
    """``NAME`` alone takes the value it has here, and nothing when it has none (docker's rule)."""
    if text and "=" not in text:
        return f"{text}={os.environ[text]}" if text in os.environ else ""
    return text


def env_file(path: str) -> list[str]:
    """The variables in a file: ``NAME=VALUE`` or ``NAME`` a line, ``#`` begins a comment line."""
    if not path or not os.path.isfile(path):
        raise BadValue("--env-file", path, "is no file here", "a file with NAME=VALUE lines")
    found = []
    for number, row in enumerate(source.read(path).split("\n"), 1):
        text = row.rstrip("\r").lstrip()
        if not text or text.startswith("#"):
            continue
        name = text.partition("=")[0]
        if not name or re.search(r"\s", name) or "\0" in text:
            raise SourceError(f"'{name}' is not a variable's name", path=path, line=number, hint="NAME=VALUE, no space before '='")
        found.append(_from_host(text))
    return found


def network(text: str) -> str:
    """The network a container joins; docker's ``bridge`` is the default one. Raises BadValue."""
    if text == "bridge":
        return "default"
    if text not in NETWORKS:
        raise BadValue("--network", text, "is not a network here", ", ".join(NETWORKS))
    return text


def volume(text: str) -> Volume:
    """``HOST:TARGET[:ro|rw]`` or ``NAME:TARGET[:ro|rw]``, docker's --volume."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise BadValue("--volume", text, "is not a volume", "/HOST/PATH:/TARGET or NAME:/TARGET, and :ro or :rw")
    if len(parts) == 3 and parts[2] not in ("ro", "rw"):
        raise BadValue("--volume", text, f"the option '{parts[2]}' is not known", "ro or rw")
    target = values.convert(parts[1], "path", label="--volume")
    if target == "/":
        raise BadValue("--volume", text, "would hide the container's whole tree", "a target below /")
    readonly = parts[-1] == "ro" and len(parts) == 3
    given = parts[0]
    if given.startswith(("/", ".", "~")):
        place = os.path.realpath(os.path.expanduser(given))
        if not os.path.exists(place):
            raise BadValue("--volume", text, f"{place} does not exist", "mkdir it first, or give a volume's name")
        return Volume(place, target, readonly, os.path.isdir(place))
    name = values.convert(given, "name", label="--volume")
    return Volume(str(state.root() / "volumes" / name / "data"), target, readonly, made=True)


def _tmpfs(text: str) -> tuple[str, str]:
    target, _, options = text.partition(":")
    if options and not re.match(r"[a-zA-Z0-9_=,%.-]+\Z", options, re.ASCII):
        raise BadValue("--tmpfs", text, "has options that are not mount options", "/TARGET:size=64m,mode=1777")
    place = values.convert(target, "path", label="--tmpfs")
    if place == "/":
        raise BadValue("--tmpfs", text, "would hide the container's whole tree", "a target below /")
    return place, "nosuid,nodev" + (f",{options}" if options else ",noexec")
