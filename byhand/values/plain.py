"""Types of plain values: text, numbers, paths, and what a name may be."""

from __future__ import annotations

import math
import posixpath
import re
from typing import Any

from byhand.errors import BadValue

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}\Z", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?\Z", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_ENV_NAME = re.compile(r"[^=\0]+\Z")
_CPUS_IN_SET = re.compile(r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*\Z", re.ASCII)


def text(value: Any) -> str:
    """Any text but one that holds a NUL, which no command can be given."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadValue("text", value, f"is a {kind_of(value)}", "text")
    found = str(value)
    if "\0" in found:
        raise BadValue("text", found, "holds a NUL character, which no command can be given", "text without NUL")
    return found


def line(value: Any) -> str:
    """Text without a line break."""
    found = text(value)
    if "\n" in found or "\r" in found:
        raise BadValue("text", found, "has more than one line", "one line")
    return found


def operand(value: Any) -> str:
    """Text that a command cannot take for an option: not empty, no leading ``-``."""
    found = text(value)
    if not found:
        raise BadValue("value", found, "is empty", "at least one character")
    if found.startswith("-"):
        raise BadValue("value", found, "starts with '-', as an option does", "another first character")
    return found


def name(value: Any) -> str:
    """An object's name: letters, digits, ``_ . -``, 128 at most (docker's rule)."""
    found = text(value)
    if not _NAME.match(found):
        raise BadValue("name", found, "is not a name", "letters, digits, '_', '.', '-', the first a letter or digit")
    return found


def path(value: Any) -> str:
    """An absolute path, made normal (no ``//``, ``.`` or ``..``)."""
    found = text(value)
    if not found.startswith("/"):
        raise BadValue("path", found, "is not absolute", "a path that starts with '/'")
    if ".." in found.split("/"):
        raise BadValue("path", found, "leads upwards with '..'", "a path without '..'")
    return "/" + posixpath.normpath(found).lstrip("/")


def overlay_path(value: Any) -> str:
    """An absolute path that can stand in overlay's mount options (mount(8): ``:`` and ``,`` part them)."""
    found = path(value)
    if any(c in found for c in ":,\\\n"):
        raise BadValue("path", found, "holds a character that parts mount options", "no ':', ',', '\\' or newline")
    return found


def integer(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not re.match(r"[+-]?\d{1,18}\Z", str(value), re.ASCII):
        raise BadValue("number", value, "is not a whole number", "digits, such as 10")
    return int(value)


def count(value: Any) -> int:
    """A whole number, not negative."""
    found = integer(value)
    if found < 0:
        raise BadValue("number", value, "is negative", "0 or more")
    return found


def boolean(value: Any) -> bool:
    """true or false, as YAML or a flag has them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "yes", "1", "on"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "no", "0", "off", ""):
        return False
    raise BadValue("truth value", value, "is neither true nor false", "true or false")


def words(value: Any) -> list[str]:
    """A list of texts: the words of a command. One text is a list of one."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return [text(value)]
    if isinstance(value, (list, tuple)):
        return [text(item) for item in value]
    raise BadValue("words", value, f"is a {kind_of(value)}", "a list of texts")


def command(value: Any) -> list[str]:
    """A command's words, at least one; the first is not empty."""
    found = words(value)
    if not found:
        raise BadValue("command", value, "has no words", "a list of texts, the program first")
    if not found[0]:
        raise BadValue("command", value, "its program is empty", "the program's name first")
    return found


def size(value: Any) -> int:
    """Bytes: a number with docker's suffixes b, k, m, g, t (powers of 1024; docker-run(1))."""
    found = str(value).strip() if not isinstance(value, bool) else "?"
    match = _SIZE.match(found)
    if not match:
        raise BadValue("size", value, "is not a size", "a number and b, k, m, g or t, such as 512m")
    amount = float(match[1]) * _UNITS[match[2].lower()]
    if not math.isfinite(amount) or amount >= 2**63:
        raise BadValue("size", value, "is larger than the kernel can count", "less than 8 million terabytes")
    return int(amount)


def cpus(value: Any) -> float:
    """A number of processors, such as 1.5 (at least 0.01: the kernel's shortest quota is 1 ms)."""
    if not re.match(r"\d{0,6}(\.\d{1,9})?\Z", str(value), re.ASCII) or str(value) in ("", "."):
        raise BadValue("cpus", value, "is not a number of processors", "a decimal number, such as 1.5")
    found = float(value)
    if found < 0.01:
        raise BadValue("cpus", value, "is too small", "at least 0.01")
    return found


def cpuset(value: Any) -> str:
    """A list of processors as cpuset(7) writes it: 0-3,7."""
    found = str(value)
    if isinstance(value, bool) or not _CPUS_IN_SET.match(found):
        raise BadValue("cpuset", value, "is not a list of processors", "numbers and ranges, such as 0-1,3")
    for part in found.split(","):
        first, _, last = part.partition("-")
        if last and int(last) < int(first):
            raise BadValue("cpuset", value, f"the range {part} runs backwards", f"{last}-{first}")
    return found


def mode(value: Any) -> str:
    """A file's mode in octal, such as 0644 (quote it in YAML)."""
    if isinstance(value, bool) or not re.match(r"[0-7]{3,4}\Z", str(value), re.ASCII):
        raise BadValue("mode", value, "is not a file mode", "three or four octal digits, such as '0644'")
    return str(value).rjust(4, "0")


def user(value: Any) -> str:
    """``USER[:GROUP]``, each a name or a number (docker's --user)."""
    found = text(value)
    if not re.match(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*\$?(:[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?\Z", found, re.ASCII):
        raise BadValue("user", found, "is not a user", "NAME, UID, NAME:GROUP or UID:GID")
    for part in found.split(":"):
        if part.isdigit() and (len(part) > 10 or int(part) > 2**31 - 1):
            raise BadValue("user", found, f"{part} is larger than any id", "0 to 2147483647")
    return found


def env(value: Any) -> str:
    """``NAME=VALUE``; the value is kept byte for byte."""
    found = text(value)
    variable, equals, _ = found.partition("=")
    if not equals or not _ENV_NAME.match(variable):
        raise BadValue("variable", found, "is not a variable", "NAME=VALUE")
    return found


def digest(value: Any) -> str:
    """``sha256:`` and 64 hexadecimal digits."""
    found = text(value)
    if not re.match(r"sha256:[0-9a-f]{64}\Z", found):
        raise BadValue("digest", found, "is not a digest", "sha256: and 64 hexadecimal digits")
    return found


def url(value: Any) -> str:
    """An http, https or file address without spaces."""
    found = text(value)
    if not re.match(r"(https?|file)://[^\s\x00-\x1f]+\Z", found):
        raise BadValue("url", found, "is not an address", "http://…, https://… or file://…")
    return found


def mapping(value: Any) -> dict[str, Any]:
    """Names and values; templates get at its items, it is never printed whole."""
    if not isinstance(value, dict):
        raise BadValue("mapping", value, f"is a {kind_of(value)}", "names and values")
    return value


def kind_of(value: Any) -> str:
    names = {dict: "mapping", list: "list", bool: "truth value", type(None): "nothing"}
    return names.get(type(value), type(value).__name__)
