"""Ansible's INI inventories.

Read as ansible-core 2.19's own plugin reads them (``ansible-doc -t inventory ini``): a host's
line is split as a shell would split it, with comments; what follows ``=`` is a Python literal
where it is one, else text. Its documentation says that values in ``:vars`` are always text;
what it does, and so what happens here, is the same as on a host's line, but that the rest of
the line is the value, quotes and ``#`` included.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from typing import Any

from byhand.engine.inventory_names import hosts
from byhand.engine.inventory_tree import Place, Tree, Var
from byhand.errors import nearest, shorten

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?\Z")
_CHILD = re.compile(r"([^:\]\s]+)\s*(?:#.*)?\Z")
_KINDS = ("hosts", "children", "vars")
_PLAIN = re.compile(r"[A-Za-z_/][\w./@-]*\Z", re.ASCII)
_LITERALS = {"True": True, "False": False, "None": None}
_LONGEST = 65_536


def read(text: str, path: str, tree: Tree) -> None:
    """Add what an INI inventory says to ``tree``. Raises SourceError with file and line."""
    _Reader(path, tree).read(text)


class _Reader:
    def __init__(self, path: str, tree: Tree) -> None:
        self.path, self.tree = path, tree
        self.declared: set[str] = set(tree.groups)
        self.children: dict[tuple[str, str], Place] = {}
        self.sections: dict[str, Place] = {}

    def read(self, text: str) -> None:
        group, kind = "ungrouped", "hosts"
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            place = Place(self.path, number)
            if line[0] == "[" and (found := _SECTION.match(line)):
                group, kind = self.section(found[1], found[2] or "hosts", place)
            elif line[0] == "[" and line[-1] == "]":
                raise place.error(f"not a section: {shorten(line)}", "sections are [group], [group:children] and [group:vars]")
            elif kind == "hosts":
                self.host(line, group, place)
            elif kind == "vars":
                self.variable(line, group, place)
            else:
                self.child(line, group, place)
        self.close()

    def section(self, group: str, kind: str, place: Place) -> tuple[str, str]:
        if kind not in _KINDS:
            raise place.error(f"{shorten(f'[{group}:{kind}]')}: a section of an unknown kind", nearest(kind, _KINDS))
        if kind == "vars":
            self.sections.setdefault(group, place)
        else:
            self.declared.add(group)
            self.tree.group(group)
        return group, kind

    def host(self, line: str, group: str, place: Place) -> None:
        words = _split(line, place)
        found: dict[str, Var] = {}
        for word in words[1:]:
            key, equals, value = word.partition("=")
            if not equals or not key:
                raise place.error(f"{shorten(word)} is not key=value", "a host's line is: NAME key=value …; quote a value with spaces")
            found[key] = Var(literal(value, place), place)
        names, port = hosts(words[0], place)
        for name in names:
            self.tree.add_host(name, group, place, port).update(found)

    def variable(self, line: str, group: str, place: Place) -> None:
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise place.error(f"{shorten(line)} is not key=value")
        self.tree.set_group(group, key, literal(value, place), place)

    def child(self, line: str, group: str, place: Place) -> None:
        found = _CHILD.match(line)
        if not found:
            raise place.error(f"{shorten(line)} is not a group's name", "[group:children] holds one group's name a line")
        self.children.setdefault((group, found[1]), place)

    def close(self) -> None:
        """Groups may be named before they are declared, but they must be declared."""
        for (parent, child), place in self.children.items():
            if child not in self.declared:
                raise self.undeclared(child, place, "the group")
            self.tree.add_child(parent, child, place)
        for group, place in self.sections.items():
            if group not in self.declared:
                raise self.undeclared(group, place, "the group")

    def undeclared(self, group: str, place: Place, what: str) -> Exception:
        hint = nearest(group, self.declared - {group})
        return place.error(
            f"{what} {shorten(group)} is declared nowhere", hint if hint.startswith("did") else f"add a line {shorten(f'[{group}]')[1:-1]}"
        )


def _split(line: str, place: Place) -> list[str]:
    """A host's line as words (shlex in POSIX mode with comments, as ansible-core)."""
    if not any(c in line for c in "'\"\\#"):
        return re.findall(r"[^ \t\r\n]+", line)
    try:
        return shlex.split(line, comments=True)
    except ValueError as error:
        raise place.error(f"{shorten(line)}: {str(error).lower()}") from None


def literal(text: str, place: Place) -> Any:
    """The value of a Python literal, or the text itself where it is none.

    Tuples and sets become lists; bytes and numbers that JSON has not become text. Raises
    SourceError for a literal that cannot be made.
    """
    if text in _LITERALS:
        return _LITERALS[text]
    if _PLAIN.match(text) or not text or len(text) > _LONGEST:
        return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
        return _plain(value)
    except (ValueError, SyntaxError):
        return text
    except (TypeError, MemoryError, RecursionError) as error:
        raise place.error(f"{shorten(text)}: not a value: {error or 'nested too deeply'}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(key) if isinstance(key, bytes) else key: _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [_plain(item) for item in sorted(value, key=repr)]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if value is ...:
        return "..."
    return str(value) if isinstance(value, complex) else value
