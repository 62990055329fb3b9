"""One template file: a documented command as check, save, apply, undo and diff.

The front matter is YAML in a leading Jinja comment; the blocks are POSIX sh. DESIGN:
a new module is one new file in templates/, nothing in Python changes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byhand.engine import cache, source
from byhand.engine.arguments import Argument, arguments
from byhand.errors import NotFound, SourceError, nearest, shorten

BLOCKS = ("check", "save", "apply", "undo", "diff")
_KEYS = {"summary", "man", "why", "args", "always", "undo", "lasting", "foreground", "changes"}
# What every template is given besides its arguments, when it is rendered.
GIVEN = ("facts", "folder", "step_id")
_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*\Z", re.ASCII)
_FRONT = re.compile(r"\A\{#-?\n?(.*?)-?#\}[ \t]*\n?", re.DOTALL)
_BLOCK = re.compile(r"\{%[-+]?\s*block\s+(\w+)\s*[-+]?%\}")


@dataclass(frozen=True)
class Template:
    """A parsed template. ``undo_none`` and ``always`` are reasons, "" when there is a block."""

    name: str
    path: Path
    text: str
    summary: str
    why: str
    man: tuple[str, ...]
    args: Mapping[str, Argument]
    blocks: frozenset[str]
    always: str = ""
    undo_none: str = ""
    lasting: bool = False
    foreground: bool = False
    changes: bool = True


def folders() -> list[Path]:
    """Where templates are looked for: ./templates, then byhand's own."""
    return unique([Path.cwd() / "templates", packaged("templates")])


def packaged(kind: str) -> Path:
    """byhand's own templates or playbooks: in a wheel below the package, else beside it."""
    inside = Path(__file__).resolve().parent.parent / "_data" / kind
    return inside if inside.is_dir() else Path(__file__).resolve().parent.parent.parent / kind


def unique(paths: list[Path]) -> list[Path]:
    """``paths`` without those that are the same folder as one before."""
    seen: dict[str, Path] = {}
    for path in paths:
        seen.setdefault(os.path.realpath(path), path)
    return list(seen.values())


def find(name: str) -> Template:
    """The template ``area/name``. Raises NotFound with the nearest name, SourceError when it does not parse."""
    if _NAME.match(name):
        for folder in folders():
            path = folder / f"{name}.sh.j2"
            if os.path.isfile(path):
                return load(name, path)
    raise NotFound(f"no template {shorten(name)}", hint=nearest(name[:200], names()))


def names() -> list[str]:
    """Every template's name, sorted."""
    return sorted({name for folder in folders() for name in _in(folder)})


def _in(folder: Path) -> Iterator[str]:
    for path in folder.glob("*/*.sh.j2"):
        name = f"{path.parent.name}/{path.name.removesuffix('.sh.j2')}"
        if _NAME.match(name):
            yield name


def load(name: str, path: Path) -> Template:
    """Read one template file. Raises SourceError with file and line."""
    fields = cache.parsed(path, _parse, "template")
    args = {arg: Argument(name=arg, **{**spec, "choices": tuple(spec.get("choices", ()))}) for arg, spec in fields["args"].items()}
    return Template(
        name=name,
        path=path,
        text=fields["text"],
        summary=fields["summary"],
        why=fields["why"],
        man=tuple(fields["man"]),
        args=args,
        blocks=frozenset(fields["blocks"]),
        always=fields["always"],
        undo_none=fields["undo"],
        lasting=fields["lasting"],
        foreground=fields["foreground"],
        changes=fields["changes"],
    )


def _parse(path: Path) -> dict[str, Any]:
    shown = str(path)
    text = source.read(shown)
    match = _FRONT.match(text)
    if not match:
        raise SourceError("has no front matter", path=shown, line=1, hint="begin with {# and YAML: summary, man, why, args")
    first = text[: match.start(1)].count("\n") + 1
    front, lines = source.load(match[1], shown, first_line=first)
    if not isinstance(front, dict):
        raise SourceError("the front matter is not a mapping", path=shown, line=first)
    for key in front:
        if key not in _KEYS:
            raise SourceError(f"unknown key '{key}'", path=shown, line=lines[key], hint=nearest(key, _KEYS))
    for key in ("summary", "why"):
        if not isinstance(front.get(key), str) or not front[key].strip():
            raise SourceError(f"the front matter has no {key}", path=shown, line=first)
    # Comment text becomes blank lines, so that Jinja's line numbers are the file's own.
    body = "\n" * text[: match.end()].count("\n") + text[match.end() :]
    blocks = _blocks(body, shown)
    undo = _reason(front, "undo", shown, lines).removeprefix("none").lstrip(", ")
    always = _reason(front, "always", shown, lines)
    _require(blocks, undo, always, shown)
    man = front.get("man") or []
    for name in GIVEN:
        if name in (front.get("args") or {}):
            line = lines.get(f"args/{name}", first)
            raise SourceError(f"'{name}' cannot be an argument: every template is given one", path=shown, line=line)
    return {
        "text": body,
        "summary": front["summary"],
        "why": front["why"],
        "man": man if isinstance(man, list) else [man],
        "args": arguments(front.get("args") or {}, shown, lines, "args"),
        "blocks": blocks,
        "always": always,
        "undo": undo,
        "lasting": front.get("lasting") is True,
        "foreground": front.get("foreground") is True,
        "changes": front.get("changes") is not False,
    }


def _reason(front: dict[str, Any], key: str, path: str, lines: source.Lines) -> str:
    found = front.get(key, "")
    if not isinstance(found, str):
        raise SourceError(f"'{key}' must give a reason", path=path, line=lines.get(key, 0))
    return found


def _blocks(body: str, path: str) -> list[str]:
    found = []
    for match in _BLOCK.finditer(body):
        if match[1] not in BLOCKS:
            line = body[: match.start()].count("\n") + 1
            raise SourceError(f"unknown block '{match[1]}'", path=path, line=line, hint=nearest(match[1], BLOCKS))
        found.append(match[1])
    return found


def _require(blocks: list[str], undo: str, always: str, path: str) -> None:
    if "apply" not in blocks:
        raise SourceError("has no apply block", path=path)
    if ("check" in blocks) == bool(always):
        raise SourceError("needs a check block, or 'always: why' in its front matter, not both", path=path)
    if ("undo" in blocks) == bool(undo):
        raise SourceError("needs an undo block, or 'undo: none, why' in its front matter, not both", path=path)
