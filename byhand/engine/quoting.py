"""How values become shell words: the only place where text is made safe for sh.

Quoting follows POSIX.1-2017, Shell Command Language, 2.2: between single quotes
every character stands for itself, and a single quote cannot occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from byhand.engine import secret

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+-][A-Za-z0-9_./:,@%+=-]*\Z", re.ASCII)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
# Words that are syntax where a command is expected (POSIX 2.4, and those it lets shells add).
_RESERVED = frozenset("case coproc do done elif else esac fi for function if in namespace select then time until while".split())


class Sh(str):
    """Text that is shell syntax already and is not quoted again."""

    __slots__ = ()


class Unquotable(ValueError):
    """A value has no form as a shell word (NUL, None, a mapping, a truth value)."""


def quote(text: str) -> str:
    """``text`` as one shell word: as it is when plain, else between single quotes; a secret in it is a variable."""
    if secret.is_in(text):
        parts = [f'"$secret_{part}"' if i % 2 else quote(part) if part else "" for i, part in enumerate(secret.pieces(text))]
        return "".join(parts)
    if "\0" in text:
        raise Unquotable("a NUL character cannot be passed to a command")
    if _PLAIN.match(text) and text not in _RESERVED and not _ASSIGNMENT.match(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def words(value: object) -> str:
    """Any value a template may print, as shell words: text and numbers one, lists several."""
    if isinstance(value, Sh):
        return str(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool) or value is None:
        raise Unquotable(f"{value} is not text: say what to print for it with an if")
    if isinstance(value, (int, float)):
        return quote(str(value))
    if isinstance(value, (list, tuple)):
        return " ".join(words(item) for item in value)
    raise Unquotable(f"a {type(value).__name__} has no form as a shell word")


def finalize(value: object) -> object:
    """Jinja's hook for every ``{{ }}``: what is printed is quoted (undefined values raise)."""
    # jinja2.Undefined must raise its own error, which names the variable.
    return str(value) if _is_undefined(value) else words(value)


def _is_undefined(value: object) -> bool:
    return type(value).__module__ == "jinja2.runtime" and "Undefined" in type(value).__name__


def heredoc(body: str, stem: str = "EOF") -> Sh:
    """``body`` as a here-document that nothing in it can end: its delimiter is no line of it.

    The text starts at ``<<`` and its last line is the delimiter; it ends in a newline.
    """
    text = body if body.endswith("\n") else body + "\n"
    if "\0" in text:
        raise Unquotable("a NUL character cannot be passed to a command")
    if secret.is_in(text):
        raise Unquotable("a secret cannot stand in a here-document")
    delimiter = _delimiter(frozenset(text.split("\n")), stem)
    return Sh(f"<<'{delimiter}'\n{text}{delimiter}\n")


def _delimiter(lines: frozenset[str], stem: str) -> str:
    """A here-document's delimiter that is no line of it and that dash does not confuse with one."""
    special = [line for line in lines if not line.isascii()]
    for first in ["", *"_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;=+-%@/!?#*~^&|<>()[]{} "]:
        delimiter: str = first + stem
        while delimiter in lines:
            delimiter += "_"
        if not any(_loses_a_byte(line, delimiter) for line in special):
            return delimiter
    raise Unquotable("the text has lines that begin with every delimiter there is")


def _loses_a_byte(line: str, delimiter: str) -> bool:
    """dash 0.5.12 drops a byte above 127 that follows the beginning of the delimiter at a line's beginning."""
    same = 0
    while same < min(len(line), len(delimiter)) and line[same] == delimiter[same]:
        same += 1
    return 0 < same < len(line) and ord(line[same]) > 127


def comment(text: str) -> Sh:
    """``text`` as one line that can stand behind ``#``: whatever could end the line is shown."""
    shown = secret.hidden(text)
    return Sh(shown if shown.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown))


def command_line(argv: Iterable[str]) -> str:
    """``argv`` as a person would type it."""
    return " ".join(quote(word) for word in argv)
