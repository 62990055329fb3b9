"""The hosts a play may go to: Ansible's inventories, and targets given directly.

``load`` reads files, folders and ``host1,host2,`` lists into an Inventory. Variables are merged as
ansible-core 2.19 merges them, later ones winning: the inventory's own ``all``, its groups (parents
before children; at one depth by ``ansible_group_priority``, then name), ``group_vars/all``,
``group_vars/GROUP``, the host's line, ``host_vars/HOST``. Every value remembers its file and line.
Values are data: what is in ``{{ }}`` is left for the play to evaluate.

One difference: where a host is named like a group, the host's variables are its own, and not
the group's as in Ansible.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from byhand.engine import inventory_ini, inventory_yaml, patterns, source
from byhand.engine.inventory_names import checked, is_ipv6, split_port
from byhand.engine.inventory_tree import Place, Tree, Var, Vars
from byhand.engine.inventory_vars import Beside
from byhand.errors import BadValue, SourceError, nearest, shorten

CONNECTIONS = ("ssh", "local", "docker", "podman", "byhand")
_SAME = {"smart": "ssh", "paramiko": "ssh", "paramiko_ssh": "ssh"}
_IGNORED_NAMES = ("host_vars", "group_vars", "vars_plugins")
_IGNORED_ENDINGS = (".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry")
_YAML = (".yml", ".yaml", ".json")
_LOOKS_YAML = re.compile(r"---(\s|\Z)|\{|(\"[^\"]*\"|'[^']*'|[^\s\[=:#]+):\s*(#.*|\{.*)?\Z")
_TARGET = re.compile(r"([a-z]+)://(.*)\Z", re.DOTALL)
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,254}\Z")
_TARGETS = "ssh://[USER@]HOST[:PORT], local://, docker://NAME, podman://NAME or byhand://NAME"


@dataclass(frozen=True)
class Host:
    """A host: its name, its groups (sorted, without ``all``), and its variables with their origins."""

    name: str
    own: Vars = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    inherited: Vars = field(default_factory=dict, repr=False)

    @cached_property
    def vars(self) -> Mapping[str, Any]:
        """What is set for this host itself, by its line or by host_vars."""
        return {key: var.value for key, var in self.own.items()}

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """All variables, merged."""
        return {key: var.value for key, var in {**self.inherited, **self.own}.items()}

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """Where each variable comes from: ``group_vars/web.yml:3`` for instance."""
        return {key: str(var.place) for key, var in {**self.inherited, **self.own}.items()}

    @property
    def address(self) -> str:
        """What to connect to. Raises SourceError for what a tool would read as an option."""
        return self._word("ansible_host", "ansible_ssh_host") or self.name

    @property
    def user(self) -> str:
        """The user to connect as, "" when the connection's own settings decide. Raises SourceError."""
        return self._word("ansible_user", "ansible_ssh_user")

    @property
    def port(self) -> int | None:
        """The port to connect to, None when the connection's own settings decide. Raises SourceError."""
        found = self._var("ansible_port", "ansible_ssh_port")
        if found is None or found.value in (None, ""):
            return None
        text = str(found.value)
        if isinstance(found.value, bool) or not re.match(r"\d{1,5}\Z", text, re.ASCII) or not 0 < int(text) < 65536:
            raise found.place.error(f"host {shorten(self.name)}: {shorten(found.value)} is not a port", "a number from 1 to 65535")
        return int(text)

    @property
    def connection(self) -> str:
        """``ssh`` (the default), ``local``, ``docker``, ``podman`` or ``byhand``. Raises SourceError for another."""
        found = self._var("ansible_connection")
        if found is None:
            return "ssh"
        word = str(found.value).rpartition(".")[2]  # community.docker.docker
        word = _SAME.get(word, word)
        if word not in CONNECTIONS:
            raise found.place.error(f"host {shorten(self.name)}: unknown connection {shorten(found.value)}", nearest(word, CONNECTIONS))
        return word

    def _var(self, *names: str) -> Var | None:
        return next((found for name in names if (found := self.own.get(name) or self.inherited.get(name))), None)

    def _word(self, *names: str) -> str:
        found = self._var(*names)
        text = "" if found is None or found.value is None else str(found.value)
        if found is not None and (text.startswith("-") or not text.isprintable()):
            raise found.place.error(f"host {shorten(self.name)}: {shorten(text)} would be read as an option, or cannot be printed")
        return text


@dataclass(frozen=True)
class Group:
    """A group: the hosts named in it (not those of its children), its place among groups, its inline variables."""

    name: str
    hosts: tuple[str, ...]
    children: tuple[str, ...]
    parents: tuple[str, ...]
    vars: Mapping[str, Any]
    depth: int
    priority: int


@dataclass(frozen=True)
class Inventory:
    """Hosts in the order of the files, and groups."""

    hosts: Mapping[str, Host]
    groups: Mapping[str, Group]
    _tree: Tree = field(repr=False, compare=False)
    _all: Vars = field(repr=False, default_factory=dict)

    def select(self, pattern: str, limit: str = "") -> list[Host]:
        """The hosts that ``pattern`` means and ``limit`` leaves, in the pattern's order.

        ``localhost`` is this machine when no inventory names it. Raises UsageError for what means nothing.
        """
        names = self._names(pattern)
        if limit:
            left = set(self._names(limit))
            names = [name for name in names if name in left]
        return [self.hosts.get(name) or self._local(name) for name in names]

    def members(self, groups: Iterable[str]) -> list[str]:
        """The hosts in these groups and in all below them, each once."""
        seen: set[str] = set()
        return list(dict.fromkeys(host for group in groups for node in self._tree.below(group, seen) for host in node.hosts))

    def _names(self, pattern: str) -> list[str]:
        return patterns.select(pattern, self.hosts, self.groups, self.members)

    def _local(self, name: str) -> Host:
        return Host(name, {"ansible_connection": Var("local", Place("implicit localhost"))}, (), self._all)


def load(paths: Sequence[str]) -> Inventory:
    """The inventory in files, folders of files, and lists with commas (``web1,web2,``), in this order.

    Raises SourceError, with file and line, for what cannot be read or makes no sense.
    """
    tree = Tree()
    beside: list[Beside] = []
    for path in paths:
        if "\0" in path:
            raise SourceError("cannot be the name of a file", path=shorten(path))
        if "," in path and not os.path.exists(path):
            _read_list(path, tree)
            continue
        _read(path, tree, 0)
        beside.append(Beside(path if os.path.isdir(path) else os.path.dirname(path)))
    tree.finish()
    return _merged(tree, beside)


def _read_list(text: str, tree: Tree) -> None:
    place = Place(f"hosts {shorten(text)}")
    for word in text.split(","):
        if word.strip():
            name, port = split_port(word.strip(), place)
            tree.add_host(name, "ungrouped", place, port)


def _read(path: str, tree: Tree, depth: int) -> None:
    if os.path.isdir(path):
        if depth > 20:
            raise SourceError("folders in folders, deeper than 20", path=path)
        try:
            names = sorted(os.listdir(path))
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}", path=path) from None
        for name in names:
            if not name.startswith(".") and name not in _IGNORED_NAMES and not name.endswith(_IGNORED_ENDINGS):
                _read(os.path.join(path, name), tree, depth + 1)
        return
    if not os.path.isfile(path) and os.path.exists(path):
        raise SourceError("is neither a file nor a folder", path=path)
    text = source.read(path)
    if text.startswith("#!"):
        raise SourceError(
            "inventory scripts are not run", path=path, line=1, hint="ansible-inventory -i FILE --list --export --yaml > hosts.yml"
        )
    ending = os.path.splitext(path)[1]
    if ending == ".toml":
        raise SourceError("TOML inventories are not read", path=path, hint="INI or YAML")
    (inventory_yaml if ending in _YAML or (not ending and _is_yaml(text)) else inventory_ini).read(text, path, tree)


def _is_yaml(text: str) -> bool:
    """A file without an ending is YAML when its first line of content is."""
    lines = (line.rstrip() for line in text.removeprefix("\ufeff").splitlines())
    return bool(_LOOKS_YAML.match(next((line for line in lines if line and line[0] not in "#;"), "")))


def _merged(tree: Tree, beside: Sequence[Beside]) -> Inventory:
    from_files = {key: var for found in beside for key, var in found.group("all").items()}
    shared: dict[tuple[str, ...], tuple[tuple[str, ...], Vars]] = {}
    hosts: dict[str, Host] = {}
    for name, inline in tree.hosts.items():
        direct = tuple(tree.member_of[name])
        if direct not in shared:
            nodes = tree.above(direct)
            merged = dict(tree.groups["all"].vars)
            for node in nodes:
                merged |= node.vars
            merged |= from_files
            for found in beside:
                for node in nodes:
                    merged |= found.group(node.name)
            shared[direct] = tuple(sorted(node.name for node in nodes)), merged
        groups, inherited = shared[direct]
        own = inline
        for found in beside:
            own = own | dict(found.host(name))
        hosts[name] = Host(name, own, groups, inherited)
    groups_made = {
        node.name: Group(
            node.name,
            tuple(node.hosts),
            tuple(node.children),
            tuple(node.parents),
            {key: var.value for key, var in node.vars.items()},
            node.depth,
            node.priority,
        )
        for node in tree.groups.values()
    }
    return Inventory(hosts, groups_made, tree, {**tree.groups["all"].vars, **from_files})


def target(text: str) -> Host:
    """A host given directly: ``ssh://user@host:port``, ``local://``, ``docker://``, ``podman://`` or ``byhand://NAME``.

    Raises BadValue for anything else.
    """
    found = _TARGET.match(text)
    if not found:
        raise BadValue("target", text, "not a target", _TARGETS)
    kind, rest = found.groups()
    if kind not in CONNECTIONS:
        raise BadValue("target", text, f"unknown kind {shorten(kind)}", nearest(kind, CONNECTIONS) or _TARGETS)
    place = Place(f"target {shorten(text)}")
    values: dict[str, Any] = {"ansible_connection": kind}
    if kind == "local":
        if rest:
            raise BadValue("target", text, "this machine has no other name", "local://")
        name = "localhost"
    elif kind == "ssh":
        name = _ssh(text, rest, values, place)
    else:
        if not _CONTAINER.match(rest):
            raise BadValue("target", text, f"{shorten(rest)} is not a container's name", f"{kind}://NAME")
        name = values["ansible_host"] = rest
    return Host(name, {key: Var(value, place) for key, value in values.items()})


def _ssh(text: str, rest: str, values: dict[str, Any], place: Place) -> str:
    user, at, host = rest.rstrip("/").rpartition("@")
    if at and not _USER.match(user):
        hint = "a password has no place here: use a key" if ":" in user else "ssh://USER@HOST"
        raise BadValue("target", text.replace(user, "…") if ":" in user else text, "not a user's name", hint)
    try:
        name, port = split_port(host, place)
        name = name[1:-1] if name.startswith("[") and name.endswith("]") else name
        checked(name, place)
    except SourceError as error:
        raise BadValue("target", text, error.message.partition(": ")[2], "ssh://[USER@]HOST[:PORT]") from None
    if not is_ipv6(name) and re.search(r"[\[\]/?#:\\,;'\"`$()<>|&*!]", name):
        raise BadValue("target", text, f"{shorten(name)} is not a host's name", "ssh://[USER@]HOST[:PORT]")
    values |= {"ansible_host": name} | ({"ansible_user": user} if user else {}) | ({"ansible_port": port} if port else {})
    return name
