"""Groups and hosts while an inventory is read, and the order in which groups speak.

The rules are ansible-core's (``ansible/inventory/data.py`` and ``helpers.py``, 2.19): a group
without a parent is a child of ``all``; a host of no other group is in ``ungrouped``; groups
speak by depth, then ``ansible_group_priority``, then name, and the last one wins.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from byhand.engine.inventory_names import LIMIT, checked
from byhand.errors import SourceError, shorten

PRIORITY = "ansible_group_priority"


class Place(NamedTuple):
    """Where something was written: a file as the user named it and a line, 0 when unknown."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path

    def error(self, message: str, hint: str = "") -> SourceError:
        return SourceError(message, path=self.path, line=self.line, hint=hint)


class Var(NamedTuple):
    """A variable's value and where it was written."""

    value: Any
    place: Place


Vars = Mapping[str, Var]


@dataclass
class Node:
    """A group that is being read. ``children`` and ``parents`` are in the order they were named."""

    name: str
    vars: dict[str, Var] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, Place] = field(default_factory=dict)
    parents: dict[str, Place] = field(default_factory=dict)
    priority: int = 1
    depth: int = 0

    @property
    def rank(self) -> tuple[int, int, str]:
        return self.depth, self.priority, self.name


class Tree:
    """What the readers fill: ``groups``, and ``hosts`` with their own variables, in file order."""

    def __init__(self) -> None:
        self.groups: dict[str, Node] = {"all": Node("all"), "ungrouped": Node("ungrouped")}
        self.hosts: dict[str, dict[str, Var]] = {}
        self.member_of: dict[str, dict[str, None]] = {}
        self.first: dict[str, str] = {}  # where a host is named first: a file, or "" for a list

    def group(self, name: str) -> Node:
        """The group of that name, made when it is new."""
        return self.groups.setdefault(name, Node(name))

    def set_group(self, group: str, name: str, value: Any, place: Place) -> None:
        """Set a group's variable. Raises SourceError for a priority that is not a whole number."""
        if name != PRIORITY:
            self.group(group).vars[name] = Var(value, place)
            return
        try:
            self.group(group).priority = int(value)
        except (TypeError, ValueError, OverflowError):
            raise place.error(f"{PRIORITY} {shorten(value)} is not a whole number") from None

    def add_host(self, name: str, group: str, place: Place, port: int | None = None) -> dict[str, Var]:
        """Put a host into a group; its own variables come back, to be added to.

        The port counts where the host is named first, as in Ansible. Raises SourceError for a
        name that cannot be one, and past 100,000 hosts.
        """
        own = self.hosts.get(name)
        if own is None:
            checked(name, place)
            if len(self.hosts) >= LIMIT:
                raise place.error(f"more than {LIMIT:,} hosts", "split the inventory")
            own = self.hosts[name] = {}
            self.member_of[name] = {}
            self.first[name] = place.path if place.line else ""
            if port is not None:
                own["ansible_port"] = Var(port, place)
        self.group(group).hosts[name] = None
        self.member_of[name][group] = None
        return own

    def add_child(self, parent: str, child: str, place: Place) -> None:
        self.group(parent).children.setdefault(child, place)
        self.group(child).parents.setdefault(parent, place)

    def finish(self) -> None:
        """Hang loose groups below ``all``, sort out ``ungrouped``, measure depths.

        Raises SourceError when groups are each other's children.
        """
        for name, node in self.groups.items():
            if name != "all" and not node.parents:
                self.add_child("all", name, Place("", 0))
        ungrouped = self.groups["ungrouped"]
        for host, groups in self.member_of.items():
            if groups.keys() - {"all", "ungrouped"}:
                groups.pop("ungrouped", None)
                ungrouped.hosts.pop(host, None)
            else:
                groups["ungrouped"] = None
                ungrouped.hosts[host] = None
        self._measure()

    def _measure(self) -> None:
        """A group's depth is its longest way down from ``all`` (Kahn's algorithm)."""
        waiting = {name: len(node.parents) for name, node in self.groups.items()}
        ready = [name for name, count in waiting.items() if not count]
        while ready:
            node = self.groups[ready.pop()]
            del waiting[node.name]
            for child in node.children:
                below = self.groups[child]
                below.depth = max(below.depth, node.depth + 1)
                waiting[child] -= 1
                if not waiting[child]:
                    ready.append(child)
        if waiting:
            raise self._loop(waiting)

    def _loop(self, left: Mapping[str, int]) -> SourceError:
        """Groups that are left all have a parent that is left: going up finds the loop."""
        way: dict[str, None] = {}
        at = next(iter(left))
        while at not in way:
            way[at] = None
            at = next(parent for parent in self.groups[at].parents if parent in left)
        names = list(way)
        loop = [at, *reversed(names[names.index(at) :])]
        places = [self.groups[above].children[below] for above, below in itertools.pairwise(loop)]
        shown = shorten(" → ".join(loop if len(loop) < 8 else [*loop[:6], "…", loop[-1]]), 200)[1:-1]
        place = next(place for place in places if place.path)
        return place.error(f"groups hold each other: {shown}", "remove one of these children")

    def above(self, groups: Iterable[str]) -> list[Node]:
        """These groups and all above them but ``all``, in the order in which they speak."""
        seen: dict[str, None] = dict.fromkeys(groups)
        todo = list(seen)
        while todo:
            for parent in self.groups[todo.pop()].parents:
                if parent not in seen:
                    seen[parent] = None
                    todo.append(parent)
        seen.pop("all", None)
        return sorted((self.groups[name] for name in seen), key=lambda node: node.rank)

    def below(self, group: str, seen: set[str]) -> Iterator[Node]:
        """A group and all below it, level by level, without those in ``seen``, which grows."""
        level = [group]
        while level:
            fresh = [name for name in dict.fromkeys(level) if name not in seen]
            seen.update(fresh)
            yield from (self.groups[name] for name in fresh)
            level = [child for name in fresh for child in self.groups[name].children]
