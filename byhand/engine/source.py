"""YAML with line numbers, and nothing YAML can do beyond plain data.

PyYAML's safe loader survives an alias bomb, walking its result does not: the number of
values is counted while they are made. Tags, recursion, repeated keys and keys that are
not text are refused with file and line.
"""

from __future__ import annotations

import re
from typing import Any

from byhand.errors import SourceError, shorten

LIMIT = 100_000
DEPTH = 60
_CORE = "tag:yaml.org,2002:"
_TRUTH = {"yes": True, "true": True, "on": True, "y": True, "no": False, "false": False, "off": False, "n": False}
Lines = dict[str, int]


def load(text: str, path: str, *, first_line: int = 1) -> tuple[Any, Lines]:
    """The document in ``text`` and the line of each value in it.

    Lines are keyed by the value's place, ``steps/0/name`` for instance ("" is the whole).
    Raises SourceError for anything that is not one document of plain data.
    """
    import yaml

    shift = first_line - 1
    root = _compose(text, path, shift)
    lines: Lines = {}
    if root is None:
        return None, lines
    made = 0

    def value(node: Any, place: str, above: tuple[int, ...]) -> Any:
        nonlocal made
        made += 1
        line = node.start_mark.line + 1 + shift
        if made > LIMIT:
            raise SourceError(f"more than {LIMIT} values: aliases explode", path=path, line=line)
        if id(node) in above:
            raise SourceError("an alias holds itself", path=path, line=line)
        if len(above) > DEPTH:
            raise SourceError(f"nested deeper than {DEPTH}", path=path, line=line)
        lines[place] = line
        if isinstance(node, yaml.MappingNode):
            return mapping(node, place, (*above, id(node)))
        if isinstance(node, yaml.SequenceNode):
            _refuse_tag(node, "seq", path, line)
            return [value(item, f"{place}/{i}" if place else str(i), (*above, id(node))) for i, item in enumerate(node.value)]
        return _scalar(node, path, line)

    def mapping(node: Any, place: str, above: tuple[int, ...]) -> dict[str, Any]:
        _refuse_tag(node, "map", path, node.start_mark.line + 1 + shift)
        found: dict[str, Any] = {}
        for key_node, item in node.value:
            line = key_node.start_mark.line + 1 + shift
            key = _scalar(key_node, path, line) if isinstance(key_node, yaml.ScalarNode) else None
            if isinstance(key, (bool, int, float)):
                key = str(key_node.value)
            if not isinstance(key, str):
                raise SourceError("a key must be text", path=path, line=line)
            if key == "<<":
                raise SourceError("merge keys are not supported", path=path, line=line, hint="write the keys out")
            if key in found:
                raise SourceError(f"the key {shorten(key)} stands twice", path=path, line=line)
            inside = f"{place}/{key}" if place else key
            found[key] = value(item, inside, above)
            lines[f"{inside}#key"] = line
        return found

    return value(root, "", ()), lines


def _compose(text: str, path: str, shift: int) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_depth(yaml.parse(text, Loader=loader), path, shift)
        return yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 + shift if mark else 0
        raise SourceError(f"not YAML: {error.problem or error.context}", path=path, line=line) from None
    except yaml.reader.ReaderError as error:
        line = text.encode("utf-8", "surrogateescape")[: error.position].count(b"\n") + 1 + shift
        code = error.character if isinstance(error.character, int) else ord(error.character)
        raise SourceError(f"not YAML: the character {code:#06x} cannot stand here", path=path, line=line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = str(error).splitlines()[0] if str(error) else "nested too deeply"
        raise SourceError(f"not YAML: {what}", path=path) from None


def _refuse_depth(events: Any, path: str, shift: int) -> None:
    """Composing recurses in C and would end the process (PyYAML 6.0.3: 100,000 brackets are enough)."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith("StartEvent")
        depth -= name.endswith("EndEvent")
        if depth > DEPTH + 3:  # the stream and the document count too
            raise SourceError(f"nested deeper than {DEPTH}", path=path, line=event.start_mark.line + 1 + shift)


def _refuse_tag(node: Any, expected: str, path: str, line: int) -> None:
    if node.tag != _CORE + expected:
        raise SourceError(f"the tag {shorten(node.tag)} is not plain data", path=path, line=line, hint="remove the tag")


def _scalar(node: Any, path: str, line: int) -> Any:
    kind = node.tag.removeprefix(_CORE)
    text: str = node.value
    if kind in {"str", "timestamp", "merge", "value"}:
        return text
    if kind == "null":
        return None
    if kind == "bool":
        if text.lower() not in _TRUTH:
            raise SourceError(f"{shorten(text)} is not a truth value", path=path, line=line, hint="true or false")
        return _TRUTH[text.lower()]
    if kind == "int":
        return _integer(text)
    if kind == "float":
        try:
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            return text
    raise SourceError(f"the tag {shorten(node.tag)} is not plain data", path=path, line=line, hint="remove the tag")


def _integer(text: str) -> int | str:
    """Decimal numbers only: YAML 1.1 reads 0644 as octal and 12:30 as base 60; both stay text."""
    if re.match(r"[-+]?(0|[1-9]\d{0,17})\Z", text, re.ASCII):
        return int(text)
    return text


def read(path: str) -> str:
    """A source file as text. Raises SourceError when it cannot be read or is not UTF-8."""
    try:
        with open(path, "rb") as file:
            data = file.read(4_000_001)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=path) from None
    if len(data) > 4_000_000:
        raise SourceError("is larger than 4 MB", path=path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SourceError(f"is not UTF-8 (byte {data[error.start]:#04x})", path=path, line=line) from None
