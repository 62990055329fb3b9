"""Typed arguments: each type turns what a person wrote into a value, or says what is wrong.

A type is a function ``(value) -> value``; it raises BadValue. Values that a command would
take for an option or a separator are refused here, before anything is rendered.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Callable
from typing import Any

from byhand.errors import BadValue, UsageError, nearest

Value = Any
Type = Callable[[Any], Value]

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}\Z", re.ASCII)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?\Z", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_LABEL = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\Z", re.ASCII)
_ENV_NAME = re.compile(r"[^=\0]+\Z")
_CPUS_IN_SET = re.compile(r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*\Z", re.ASCII)


def text(value: Any) -> str:
    """Any text but one that holds a NUL, which no command can be given."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadValue("text", value, f"is a {_kind(value)}", "text")
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
    raise BadValue("words", value, f"is a {_kind(value)}", "a list of texts")


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


def port(value: Any) -> int:
    """A TCP or UDP port, 1 to 65535."""
    if not re.match(r"\d{1,5}\Z", str(value), re.ASCII) or not 1 <= int(value) <= 65535:
        raise BadValue("port", value, "is not a port", "a number from 1 to 65535")
    return int(value)


def cidr(value: Any) -> str:
    """An IPv4 network or interface address with its prefix length: 10.98.0.1/24."""
    import ipaddress

    try:
        found = ipaddress.IPv4Interface(str(value))
    except ValueError as error:
        raise BadValue("network", value, str(error), "an address and a prefix length, such as 10.98.0.1/24") from None
    if "/" not in str(value):
        raise BadValue("network", value, "has no prefix length", f"{value}/24")
    return str(found)


def address(value: Any) -> str:
    """An IPv4 address."""
    import ipaddress

    try:
        return str(ipaddress.IPv4Address(str(value)))
    except ValueError as error:
        raise BadValue("address", value, str(error), "four numbers, such as 10.98.0.2") from None


def interface(value: Any) -> str:
    """A network interface's name: 1 to 15 characters, no ``/``, space or ``:`` (ip-link(8))."""
    found = operand(value)
    if len(found.encode("utf-8", "surrogateescape")) > 15 or re.search(r"[\s/:]", found) or found in (".", ".."):
        raise BadValue("interface", found, "is no interface name", "1 to 15 characters, no space, '/' or ':'")
    return found


def hostname(value: Any) -> str:
    """A host name (hostname(7): labels of letters, digits and ``-``; 64 characters, the kernel's limit)."""
    found = text(value)
    if len(found) > 64 or not all(_LABEL.match(label) for label in found.split(".")):
        raise BadValue("hostname", found, "is not a host name", "letters, digits, '-' and '.', 64 characters at most")
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
        raise BadValue("mapping", value, f"is a {_kind(value)}", "names and values")
    return value


TYPES: dict[str, Type] = {
    "text": text, "line": line, "operand": operand, "name": name, "path": path, "overlay_path": overlay_path,
    "int": integer, "count": count, "bool": boolean, "words": words, "command": command, "size": size,
    "cpus": cpus, "cpuset": cpuset, "port": port, "cidr": cidr, "address": address, "interface": interface,
    "hostname": hostname, "mode": mode, "user": user, "env": env, "digest": digest, "url": url, "mapping": mapping,
}  # fmt: skip


def convert(value: Any, kind: str, *, many: bool = False, choices: list[str] | None = None, label: str = "") -> Value:
    """``value`` as type ``kind``; ``many``: a list, each item of that type.

    ``label`` names the argument in the error. Raises BadValue.
    """
    if kind not in TYPES:
        raise UsageError(f"unknown type '{kind}'", hint=nearest(kind, TYPES))
    try:
        if many:
            items = value if isinstance(value, (list, tuple)) else [value]
            return [convert(item, kind, choices=choices, label=label) for item in items]
        found = TYPES[kind](value)
        if choices and found not in choices:
            raise BadValue("value", found, "is not one of the choices", ", ".join(map(str, choices)))
        return found
    except BadValue as error:
        if label and not many:
            raise BadValue(label, value, error.wrong, error.right) from None
        raise


def _kind(value: Any) -> str:
    names = {dict: "mapping", list: "list", bool: "truth value", type(None): "nothing"}
    return names.get(type(value), type(value).__name__)
