"""The hosts a play may go to: Ansible's inventories, and targets given directly.

``load`` reads files, folders and ``host1,host2,`` lists into an Inventory. Variables are merged as
ansible-core 2.19 merges them, later ones winning: the inventory's own ``all``, its groups (parents
before children; at one depth by ``ansible_group_priority``, then name), ``group_vars/all``,
``group_vars/GROUP``, the host's line, ``host_vars/HOST``; of each folder the one beside the
inventory before the one beside the playbook. Every value remembers its file and line.
``{{ }}`` in a value is evaluated when the value is wanted (inventory_values).

One difference: where a host is named like a group, the host's variables are its own, and not
the group's as in Ansible.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from byhand.engine import inventory_ini, inventory_yaml, patterns, source
from byhand.engine.inventory_host import CONNECTIONS, Around, Host
from byhand.engine.inventory_names import checked, is_ipv6, split_port
from byhand.engine.inventory_tree import Place, Tree, Var, Vars
from byhand.engine.inventory_vars import Beside
from byhand.errors import BadValue, SourceError, UsageError, nearest, shorten

__all__ = ["CONNECTIONS", "Group", "Host", "Inventory", "load", "target"]

_IGNORED_NAMES = ("host_vars", "group_vars", "vars_plugins")
_IGNORED_ENDINGS = (".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry")
_YAML = (".yml", ".yaml", ".json")
_LOOKS_YAML = re.compile(r"---(\s|\Z)|\{|(\"[^\"]*\"|'[^']*'|[^\s\[=:#]+):\s*(#.*|\{.*)?\Z")
_TARGET = re.compile(r"([a-z]+)://(.*)\Z", re.DOTALL)
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,254}\Z")
_TARGETS = "ssh://[USER@]HOST[:PORT], local://, docker://NAME, podman://NAME or byhand://NAME"


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
    _around: Around = field(repr=False, compare=False, default_factory=Around)

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
        return Host(name, {"ansible_connection": Var("local", Place("implicit localhost"))}, (), self._all, self._around)


class Members(Mapping[str, list[str]]):
    """``groups``: the hosts in each group and in all below it, looked up when they are asked for."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def __getitem__(self, name: str) -> list[str]:
        if name not in self._inventory.groups:
            raise KeyError(name)
        return self._inventory.members([name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._inventory.groups)

    def __len__(self) -> int:
        return len(self._inventory.groups)


def load(paths: Sequence[str], playbook: str = "") -> Inventory:
    """The inventory in files, folders of files, and lists with commas (``web1,web2,``), in this order.

    ``playbook``: its file, whose folder may hold ``group_vars`` and ``host_vars`` too, "" for none.

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
    if playbook:
        beside.append(Beside(os.path.dirname(playbook)))
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
    from_files = {key: var for folder in beside for key, var in folder.group("all").items()}
    shared: dict[tuple[str, ...], tuple[tuple[str, ...], Vars]] = {}
    hosts: dict[str, Host] = {}
    around = Around(hosts, files=tree.first)
    for name, inline in tree.hosts.items():
        direct = tuple(tree.member_of[name])
        if direct not in shared:
            nodes = tree.above(direct)
            merged = dict(tree.groups["all"].vars)
            for node in nodes:
                merged |= node.vars
            merged |= from_files
            for folder in beside:
                for node in nodes:
                    merged |= folder.group(node.name)
            shared[direct] = tuple(sorted(node.name for node in nodes)), merged
        groups, inherited = shared[direct]
        own = inline
        for folder in beside:
            own = own | dict(folder.host(name))
        hosts[name] = Host(name, own, groups, inherited, around)
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
    found = Inventory(hosts, groups_made, tree, {**tree.groups["all"].vars, **from_files}, around)
    around.groups = Members(found)
    return found


def chosen(wanted: str, paths: Sequence[str], limit: str = "", playbook: str = "") -> list[Host]:
    """The hosts a command line names: targets (``ssh://web1,local://``), or a pattern ("" is all) of the inventories in ``paths``.

    Raises what ``load``, ``target`` and ``Inventory.select`` do.
    """
    if wanted and all("://" in word for word in wanted.split(",")):
        require_no_limit(limit)
        words = list(dict.fromkeys(wanted.split(",")))
        found = [target(word) for word in words]
        names = [host.name for host in found]
        # Of several on one machine each is told apart by all that was written of it.
        return [host if names.count(host.name) == 1 else replace(host, name=word) for word, host in zip(words, found, strict=True)]
    return load(paths, playbook).select(wanted or "all", limit)


def require_no_limit(limit: str) -> None:
    """Where no inventory is asked for its hosts. Raises UsageError for a limit, which would choose among them and be ignored."""
    if limit:
        raise UsageError(
            f"--limit {shorten(limit)} chooses among the hosts of an inventory, and none is asked", hint="name one by --inventory"
        )


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
