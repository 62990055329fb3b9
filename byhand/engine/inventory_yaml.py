"""Ansible's YAML (and JSON) inventories: groups at the top, each with hosts, children and vars.

Read by byhand.engine.source: plain data only, no tags, no repeated keys, octal and dates stay
text. What Ansible skips with a warning (unknown keys, values of the wrong type) is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.engine import source
from byhand.engine.inventory_names import hosts
from byhand.engine.inventory_tree import Place, Tree, Var
from byhand.errors import nearest, shorten

_KEYS = ("hosts", "children", "vars")


def read(text: str, path: str, tree: Tree) -> None:
    """Add what a YAML inventory says to ``tree``. Raises SourceError with file and line."""
    data, lines = source.load(text, path)
    if data is None:
        return
    if not isinstance(data, dict):
        raise Place(path, lines.get("", 0)).error("a YAML inventory is a mapping of groups", "all: {hosts: {web1: {}}}")
    if isinstance(data.get("plugin"), str):
        place = Place(path, lines.get("plugin", 0))
        raise place.error(
            f"inventory plugins are not run (plugin: {shorten(data['plugin'])[1:-1]})",
            "ansible-inventory -i FILE --list --export --yaml > hosts.yml",
        )
    reader = _Reader(path, lines, tree)
    for name, group in data.items():
        reader.group(name, group, name)


class _Reader:
    def __init__(self, path: str, lines: source.Lines, tree: Tree) -> None:
        self.path, self.lines, self.tree = path, lines, tree

    def at(self, place: str) -> Place:
        return Place(self.path, self.lines.get(f"{place}#key", 0) or self.lines.get(place, 0))

    def group(self, name: str, data: Any, place: str) -> None:
        here = self.at(place)
        if not name or not name.isprintable():
            raise here.error(f"{shorten(name)} is not a group's name")
        self.tree.group(name)
        for key, value in self.mapping(data, place, f"group {shorten(name)}").items():
            inside = f"{place}/{key}"
            if key not in _KEYS:
                raise self.at(inside).error(f"group {shorten(name)}: unknown key {shorten(key)}", nearest(key, _KEYS))
            value = {value: None} if isinstance(value, str) else value
            found = self.mapping(value, inside, f"{key} of group {shorten(name)}")
            if key == "vars":
                for word, one in found.items():
                    self.tree.set_group(name, word, one, self.at(f"{inside}/{word}"))
            elif key == "children":
                for child, one in found.items():
                    self.group(child, one, f"{inside}/{child}")
                    self.tree.add_child(name, child, self.at(f"{inside}/{child}"))
            else:
                for pattern, one in found.items():
                    self.host(pattern, one, name, f"{inside}/{pattern}")

    def host(self, pattern: str, data: Any, group: str, place: str) -> None:
        here = self.at(place)
        found = self.mapping(data, place, f"host {shorten(pattern)}")
        own = {key: Var(value, self.at(f"{place}/{key}")) for key, value in found.items()}
        names, port = hosts(pattern, here)
        for name in names:
            self.tree.add_host(name, group, here, port).update(own)

    def mapping(self, data: Any, place: str, what: str) -> Mapping[str, Any]:
        if data is None:
            return {}
        if not isinstance(data, dict):
            hint = "write 'web1:' without the dash, one a line" if isinstance(data, list) else ""
            raise self.at(place).error(f"{what} must be a mapping, not {shorten(data)}", hint)
        return data
