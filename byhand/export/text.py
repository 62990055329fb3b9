"""Plays as YAML that people read and ansible-lint finds nothing in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from byhand.engine import quoting
from byhand.export.late import Jinja, escaped


@dataclass(frozen=True)
class Entry:
    """A task, or a block with its ``parts``; ``comment`` stands above it, ``remark`` behind its name."""

    fields: Mapping[str, Any]
    comment: str = ""
    remark: str = ""
    parts: Mapping[str, list[Entry]] = field(default_factory=dict)


@dataclass(frozen=True)
class Play:
    """A play: its keys, its tasks, its handlers."""

    fields: Mapping[str, Any]
    tasks: list[Entry]
    handlers: list[Entry]


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key, and no value stands in two places by an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 (PyYAML's signature)
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True


def _plain(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|" if "\n" in text else None)


_Dumper.add_representer(str, _plain)
_Dumper.add_representer(Jinja, _plain)


def render(header: list[str], plays: list[Play]) -> str:
    """The whole file."""
    lines = ["---", *(f"# {quoting.comment(text)}".rstrip() for text in header)]
    for number, play in enumerate(plays):
        lines += ["", *_item(play.fields, 0)] if number or header else _item(play.fields, 0)
        for key, entries in (("tasks", play.tasks), ("handlers", play.handlers)):
            if entries:
                lines += [f"  {key}:", *_entries(entries, 4)]
    text = "\n".join(lines) + "\n"
    long = any(len(line) > 160 for line in lines)
    return text.replace("---\n", "---\n# yamllint disable rule:line-length\n", 1) if long else text


def _entries(entries: list[Entry], indent: int) -> Iterator[str]:
    for number, entry in enumerate(entries):
        if number and (entry.comment or entries[number - 1].parts):
            yield ""
        if entry.comment:
            yield f"{' ' * indent}# {quoting.comment(entry.comment)}"
        first, *rest = _item(entry.fields, indent)
        yield f"{first} # {entry.remark}" if entry.remark else first
        yield from rest
        for part, inside in entry.parts.items():
            if inside:
                yield f"{' ' * (indent + 2)}{part}:"
                yield from _entries(inside, indent + 4)


def _item(fields: Mapping[str, Any], indent: int) -> list[str]:
    """A mapping as an item of a list."""
    safe = {key: _safe(value) for key, value in fields.items()}
    dumped: str = yaml.dump([safe], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000, default_flow_style=False)
    lines = dumped.rstrip("\n").split("\n")
    # PyYAML indents the items of the outermost list too.
    shift = len(lines[0]) - len(lines[0].lstrip(" "))
    return [" " * indent + line[shift:] if line else "" for line in lines]


def _safe(value: Any) -> Any:
    """Data as data: text that looks like an expression becomes one that gives this text.

    Ansible's own ``!unsafe`` would do, but ansible-lint 26 evaluates it all the same.
    """
    if isinstance(value, Jinja):
        return value
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, Mapping):
        return {key: _safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_safe(item) for item in value]
    return value
