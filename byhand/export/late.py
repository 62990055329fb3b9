"""Values that are known only while the play runs: they pass through templates as marks.

What depends on a registered result cannot be rendered here. A mark takes its place; it
holds a single quote, so that the text a template makes of it tells how often it was quoted
(once for a word, twice for a word of a script in a word, never in a here-document), and
Ansible's ``{{ }}`` that replaces it quotes as often.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import nodes

from byhand.engine import environment, secret
from byhand.engine.evaluate import Pending
from byhand.errors import ByhandError, shorten

_OPEN, _CLOSE = "\ue002", "\ue003"  # private use: no text of a playbook has them
_PIECE = re.compile(r"\{\{((?:(?!\{\{|\}\}|\{%|%\}).)*)\}\}", re.DOTALL)
_SYNTAX = re.compile(r"\{(?=[{%#])")
_PLAIN = re.compile(r"\w+(\.\w+|\[\d+\])*\Z", re.ASCII)
# A single quote within single quotes: byhand_quote is a variable of the play.
_REPLACE = """ | replace("'", byhand_quote)"""
# Stands for the folder of a program's run; a task makes one of its own for as long as it takes.
FOLDER = f"{_OPEN}'f{_CLOSE}"
# What a value could hold that a template might look at: parts of a path, an end of line, an option.
SAMPLES = ("/x", "\n", " y")


class Jinja(str):
    """Text that Ansible evaluates; any other text is data to it."""

    __slots__ = ()


class Marks:
    """The marks of one step, and what stands for each."""

    def __init__(self) -> None:
        self._expressions: list[str] = []

    def text(self, raw: str) -> str:
        """``raw`` with a mark for each ``{{ }}``. Raises ByhandError for Jinja's statements."""
        if _OPEN in raw or _CLOSE in raw:
            raise ByhandError("holds characters that stand for results")
        found = _PIECE.sub(lambda match: self._mark(match[1].strip(" \t\n-+")), raw)
        if _SYNTAX.search(found):
            raise ByhandError(f"{shorten(raw)} is more than expressions in {{{{ }}}}")
        return found

    def _mark(self, expression: str) -> str:
        self._expressions.append(backslashes(f"{{{{ {expression} }}}}")[3:-3])
        return f"{_OPEN}'{len(self._expressions) - 1}{_CLOSE}"

    def resolve(self, text: str) -> str:
        """``text`` with Ansible's expressions for its marks: Jinja, or as it was when it has none."""
        return self._jinja(text) if _OPEN in text else text

    def blocks(self, blocks: Mapping[str, str]) -> dict[str, str]:
        """``resolve`` for a step's blocks: all are Jinja when one is, since a script is made of several."""
        return {block: self._jinja(text) if marked(blocks) else text for block, text in blocks.items()}

    def _jinja(self, text: str) -> Jinja:
        found = escaped(text)
        quote = "'"
        for depth in range(8):
            form = re.escape(_OPEN + quote) + r"(\d+)" + _CLOSE
            found = re.sub(form, lambda match, depth=depth: self._expression(int(match[1]), depth), found)  # type: ignore[misc]
            quote = quote.replace("'", "'\\''")
        if _OPEN in found:
            raise ByhandError("a result is quoted more often than can be followed")
        return Jinja(found)

    def _expression(self, number: int, depth: int) -> str:
        text = self._expressions[number]
        if depth == 0:
            return f"{{{{ {text} }}}}"
        return f"{{{{ {text if _PLAIN.match(text) else f'({text})'}{_REPLACE * depth} }}}}"

    def resolved(self, value: Any) -> Any:
        """``resolve`` for every text in a value."""
        if isinstance(value, str):
            return self.resolve(value)
        if isinstance(value, Mapping):
            return {key: self.resolved(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.resolved(item) for item in value]
        return value


def in_folder(text: str) -> str:
    """A script with the shell's own ``$folder`` for the folder of a run."""
    quote, word = "'", "'\"$folder\"'"
    for _ in range(8):
        quote, word = quote.replace("'", "'\\''"), word if quote == "'" else word.replace("'", "'\\''")
        text = text.replace(f"{_OPEN}{quote}f{_CLOSE}", word)
    return text


def without(raw: str) -> str:
    """``raw`` with dots for what is not known yet."""
    return _PIECE.sub("…", raw)


def escaped(text: str) -> str:
    """Jinja that gives this text."""
    return Jinja(_SYNTAX.sub("{{ '{' }}", text)) if _SYNTAX.search(text) else str(text)


def marked(value: Any) -> bool:
    """Whether a mark is anywhere in a value."""
    if isinstance(value, str):
        return _OPEN in value
    if isinstance(value, Mapping):
        return any(map(marked, value.values()))
    return isinstance(value, (list, tuple)) and any(map(marked, value))


def longer(value: Any, sample: str) -> Any:
    """A value with a sample behind each of its marks."""
    if isinstance(value, str):
        return value.replace(_CLOSE, _CLOSE + sample)
    if isinstance(value, Mapping):
        return {key: longer(item, sample) for key, item in value.items()}
    return [longer(item, sample) for item in value] if isinstance(value, (list, tuple)) else value


def shorter(text: str, sample: str) -> str:
    """The text made of ``longer`` values without the samples."""
    return text.replace(_CLOSE + sample, _CLOSE)


def names(text: str, *, bare: bool) -> tuple[set[str], set[str]]:
    """The variables an expression needs, and the facts among them by their names."""
    tree = environment.expressions()[0].parse(f"{{{{ {text} }}}}" if bare else text)
    stored = {found.name for found in tree.find_all(nodes.Name) if found.ctx == "store"}
    needed = {found.name for found in tree.find_all(nodes.Name) if found.ctx == "load"} - stored
    facts = {found.attr for found in tree.find_all(nodes.Getattr) if isinstance(found.node, nodes.Name) and found.node.name == "facts"}
    return needed, facts


def backslashes(text: str) -> str:
    """Jinja as Ansible reads it in a value: there a backslash in a string is one, and no escape.

    Raises ByhandError for a string that cannot be written so.
    """
    if "\\" not in text:
        return text
    found = ""
    for _, kind, raw in environment.expressions()[0].lex(text):
        if kind == "string" and "\\" in raw:
            value = str(raw[1:-1]).encode("ascii", "backslashreplace").decode("unicode-escape")
            quote = next((mark for mark in "'\"" if mark not in value), "")
            if not quote or value.endswith("\\"):
                raise ByhandError(f"{shorten(raw)} is a text that ansible has no form for")
            raw = quote + value + quote
        found += raw
    return found


def depends(texts: Iterable[tuple[str, bool]], late: Mapping[str, str]) -> set[str]:
    """All names that expressions come down to."""
    found: set[str] = set()
    open_ = list(texts)
    while open_:
        text, bare = open_.pop()
        wanted = names(text, bare=bare)[0] - found
        found |= wanted
        open_ += [(late[name], False) for name in wanted & late.keys()]
    return found


def needed(texts: Iterable[tuple[str, bool]], variables: Mapping[str, Any], late: Mapping[str, str]) -> dict[str, Any]:
    """The task's variables that Ansible needs for expressions.

    ``late``: step variables that depend on results, as they are written. Raises ByhandError
    for a variable that is no plain data.
    """
    found: dict[str, Any] = {}
    open_ = list(texts)
    while open_:
        text, bare = open_.pop()
        wanted, facts = names(text, bare=bare)
        for name in sorted(wanted - found.keys()):
            if name in late:
                found[name] = Jinja(backslashes(late[name]))
                open_.append((late[name], False))
            elif name == "facts":
                found[name] = {fact: plain(getattr(variables["facts"], fact), f"facts.{fact}") for fact in sorted(facts)}
            elif name in variables and not isinstance(variables[name], Pending):
                found[name] = plain(variables[name], name)
    return found


def plain(value: Any, name: str) -> Any:
    """``value`` when it is data that YAML can hold. Raises ByhandError."""
    if secret.is_in(value):
        raise ByhandError(f"'{name}' is a secret")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "_asdict"):
        return plain(value._asdict(), name)
    if isinstance(value, Mapping):
        return {str(key): plain(item, name) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(item, name) for item in value]
    raise ByhandError(f"'{name}' is no plain data")


def condition(text: str) -> Any:
    """An expression as Ansible takes a condition: what is neither true nor false there becomes so."""
    if text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    tree: Any = environment.expressions()[0].parse(f"{{{{ {text} }}}}").body[0]
    return Jinja(text if _truth(tree.nodes[0]) else f"({text}) | string | lower not in ['', 'false', '0', '[]', '{{}}', 'none']")


def _truth(node: nodes.Node) -> bool:
    """Whether an expression can only be true or false."""
    if isinstance(node, (nodes.And, nodes.Or)):
        return _truth(node.left) and _truth(node.right)
    if isinstance(node, nodes.Getattr):
        return node.attr in ("changed", "failed", "skipped")
    return isinstance(node, (nodes.Compare, nodes.Not, nodes.Test)) or (isinstance(node, nodes.Filter) and node.name == "bool")
