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


def arguments(value: Any) -> list[str]:
    """Words of a command that has options of its own: a list, since one text would be one word."""
    if not isinstance(value, (list, tuple)) or not value:
        raise BadValue("arguments", value, "is not a list of words", "each word by itself, such as [-p, tcp, -j, ACCEPT]")
    return words(value)


def ip_prefix(value: Any) -> str:
    """An IPv4 or IPv6 address with its prefix length, as ip-address(8) prints it: 10.0.0.1/24, fd00::1/64."""
    import ipaddress

    try:
        found = ipaddress.ip_interface(str(value))
    except ValueError as error:
        raise BadValue("address", value, str(error), "an address and a prefix length, such as 10.0.0.1/24 or fd00::1/64") from None
    if "/" not in str(value):
        raise BadValue("address", value, "has no prefix length", f"{found}")
    return str(found)


def destination(value: Any) -> str:
    """Where a route leads (ip-route(8)): default, or a network as ``ip`` prints it; a host's has no prefix length."""
    import ipaddress

    if value == "default":
        return "default"
    try:
        found = ipaddress.ip_network(str(value))
    except ValueError as error:
        raise BadValue("destination", value, str(error), "default, or a network such as 10.1.0.0/16 or fd00:1::/64") from None
    if not found.prefixlen:
        raise BadValue("destination", value, "is every address", "default")
    return str(found.network_address if found.prefixlen == found.max_prefixlen else found)


def nft_name(value: Any) -> str:
    """The name of a table, chain or set (nft(8), Lexical conventions; ``-`` besides, which nft 1.0.6 takes)."""
    found = text(value)
    if not re.match(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,127}\Z", found, re.ASCII):
        raise BadValue("name", found, "is not a name nft takes", "letters, digits, '_', '.', '-', a letter first")
    return found


def nft(value: Any) -> str:
    """A piece of one nft(8) statement: nothing in it ends the statement or the braces around it."""
    found = line(value)
    rest = re.sub(r'"[^"]*"', "", found)
    depth = 0
    for character in rest:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0 or character in ';#\\"' or not character.isprintable():
            raise BadValue("nft text", found, f"holds {character!r} where it would end the statement", "one statement, quotes closed")
    if depth or not rest.strip() or found != found.strip():
        wrong = "has a '{' that nothing closes" if depth else "is empty, or has space around it"
        raise BadValue("nft text", found, wrong, "one statement, braces closed")
    return found


def mapping(value: Any) -> dict[str, Any]:
    """Names and values; templates get at its items, it is never printed whole."""
    if not isinstance(value, dict):
        raise BadValue("mapping", value, f"is a {_kind(value)}", "names and values")
    return value


def account(value: Any) -> str:
    """A user's or a group's name, as useradd(8) and adduser(8) take it: 32 characters at most."""
    found = text(value)
    if not re.match(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,31}\Z", found, re.ASCII):
        raise BadValue("account", found, "is no user's or group's name", "letters, digits, '_', '.', '-', the first a letter or '_'")
    return found


def field(value: Any) -> str:
    """Text that can stand in a field of passwd(5): no ``:`` and no control character."""
    found = line(value)
    if ":" in found or re.search(r"[\x00-\x1f\x7f]", found):
        raise BadValue("field", found, "holds ':' or a control character", "text without them: ':' parts the fields of passwd(5)")
    return found


def home(value: Any) -> str:
    """An absolute path that can stand in a field of passwd(5)."""
    return path(field(value))


def crypt(value: Any) -> str:
    """A password as shadow(5) has it: its hash (crypt(5)), ``*`` for none, ``!`` in front of what is locked."""
    found = text(value)
    if not re.match(r"(\*|!{1,2}\*?|!?\$[a-z0-9]+\$[a-zA-Z0-9./$=,_-]{10,})\Z", found, re.ASCII):
        raise BadValue("password", "…", "is not a password's hash", "what `openssl passwd -6` or `mkpasswd` prints, '*' or '!'")
    return found


def ssh_key(value: Any) -> str:
    """A public key as a line of authorized_keys (sshd(8)): its kind, base64, a comment; without options."""
    import base64
    import binascii

    found = line(value).strip()
    kind, _, rest = found.partition(" ")
    try:
        blob = base64.b64decode(rest.split(" ")[0].encode("utf-8", "surrogateescape"), validate=True)
    except binascii.Error:
        blob = b""
    # RFC 4253, 6.6: a string with the key's kind comes first, its length in four bytes before it.
    said = blob[4 : 4 + int.from_bytes(blob[:4], "big")]
    if not kind or said != kind.encode("utf-8", "surrogateescape") or len(blob) < 32 or re.search(r"[\x00-\x1f\x7f]", found):
        raise BadValue("key", found, "is no public key", "a line of ssh-keygen's .pub file: ssh-ed25519 AAAA… comment")
    return found


def unit(value: Any) -> str:
    """A service's name, as systemd.unit(5) and OpenRC have it, instances too: getty@tty1."""
    found = text(value)
    if not re.match(r"[a-zA-Z0-9_][a-zA-Z0-9:_.@\\-]{0,254}\Z", found, re.ASCII):
        raise BadValue("service", found, "is no service's name", "letters, digits, ':', '_', '.', '@', '-', as in getty@tty1")
    return found


def word(value: Any) -> str:
    """One word of a line of configuration: not empty, no blanks, no leading ``-`` or ``#``."""
    found = operand(value)
    if found.startswith("#") or not found.isprintable() or any(c.isspace() for c in found):
        raise BadValue("word", found, "is not one word", "no blanks, no leading '#'")
    return found


def ip(value: Any) -> str:
    """An IPv4 or IPv6 address."""
    import ipaddress

    try:
        found = ipaddress.ip_address(text(value))
    except ValueError as error:
        raise BadValue("address", value, str(error), "such as 10.98.0.2 or 2001:db8::2") from None
    if "%" in str(found):
        raise BadValue("address", value, "names an interface", str(found).partition("%")[0])
    return str(found)


def zone(value: Any) -> str:
    """A time zone's name below /usr/share/zoneinfo: Europe/Berlin (tzselect(8))."""
    found = text(value)
    if len(found) > 128 or not re.match(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9][A-Za-z0-9_+-]*){0,3}\Z", found, re.ASCII):
        raise BadValue("zone", found, "is no time zone's name", "such as Europe/Berlin or UTC")
    return found


def locale(value: Any) -> str:
    """A locale's name: LANGUAGE[_COUNTRY][.CHARSET][@VARIANT] (setlocale(3)), or C or POSIX."""
    found = text(value)
    if not re.match(r"(C|POSIX|[a-z]{2,3}(_[A-Z]{2})?)(\.[A-Za-z0-9-]{1,20})?(@[a-z]{1,20})?\Z", found, re.ASCII):
        raise BadValue("locale", found, "is no locale's name", "such as de_DE.UTF-8")
    return found


def setting(value: Any) -> str:
    """``KEY=VALUE``, a kernel parameter as sysctl.conf(5) has it, blanks around ``=`` taken out."""
    key, equals, rest = (part.strip(" \t") for part in line(value).partition("="))
    if not equals or not re.match(r"[a-z0-9_]+(\.[A-Za-z0-9_/:@-]+)+\Z", key, re.ASCII) or ".." in key.replace("/", "."):
        raise BadValue("setting", value, "is no kernel parameter and its value", "such as net.ipv4.ip_forward=1")
    if not rest or not rest.isprintable():
        raise BadValue("setting", value, "has no value that can be written", f"{key}=1")
    return f"{key}={rest}"


def limit(value: Any) -> str:
    """A limit's value: a whole number, or unlimited (limits.conf(5))."""
    found = str(value)
    if isinstance(value, bool) or not re.match(r"(-?\d{1,19}|unlimited|infinity)\Z", found, re.ASCII):
        raise BadValue("limit", value, "is no limit", "a whole number, or unlimited")
    return found


# crontab(5): each field's name, least and greatest number, and the names it takes for them.
_CRON = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_CRON_WORDS = ("@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")


def schedule(value: Any) -> str:
    """When a cron job runs: five fields or a word such as @daily (crontab(5)), one blank between them."""
    fields = line(value).split()
    if len(fields) == 1 and fields[0] in _CRON_WORDS:
        return fields[0]
    if len(fields) != 5:
        raise BadValue("schedule", value, f"has {len(fields)} fields", "minute hour day month weekday, or one of " + " ".join(_CRON_WORDS))
    for field, (called, least, most, names) in zip(fields, _CRON, strict=True):
        for part in field.split(","):
            match = re.match(r"(?:\*|(\w{1,3})(?:-(\w{1,3}))?)(?:/(\d{1,2}))?\Z", part, re.ASCII)
            ends = [_cron_number(end, least, names) for end in match.groups()[:2] if end is not None] if match else [-1]
            if any(not least <= end <= most for end in ends) or ends != sorted(ends) or (match and match[3] and int(match[3]) == 0):
                raise BadValue("schedule", value, f"'{field}' is no {called}", f"{least} to {most}, *, a-b, */n, lists of them with ','")
    return " ".join(fields)


def _cron_number(end: str, least: int, names: tuple[str, ...]) -> int:
    if end.isdigit():
        return int(end)
    return names.index(end.lower()) + least if end.lower() in names else -1


def systemd_command(value: Any) -> str:
    """A command's words as the line ExecStart= takes (systemd.service(5), COMMAND LINES); the program an absolute path.

    Nothing in them is a variable, a specifier or a prefix of systemd's.
    """
    found = command(value)
    if not found[0].startswith("/"):
        raise BadValue("command", value, "its program is no absolute path", "the program's path first, such as /usr/bin/env")
    if "$" in found[0]:
        raise BadValue("command", value, "its program's path holds a '$', which systemd refuses", "another path")
    escapes = {"\\": "\\\\", '"': '\\"', "%": "%%", "$": "$$", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    quoted = ["".join(escapes.get(c, c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}") for c in item) for item in found]
    return " ".join(item if re.match(r"[A-Za-z0-9_./:,@%+=-]+\Z", item, re.ASCII) and item != ";" else f'"{item}"' for item in quoted)


TYPES: dict[str, Type] = {
    "text": text, "line": line, "operand": operand, "name": name, "path": path, "overlay_path": overlay_path,
    "int": integer, "count": count, "bool": boolean, "words": words, "command": command, "size": size,
    "cpus": cpus, "cpuset": cpuset, "port": port, "cidr": cidr, "address": address, "interface": interface,
    "hostname": hostname, "mode": mode, "user": user, "env": env, "digest": digest, "url": url, "mapping": mapping,
    "arguments": arguments, "ip_prefix": ip_prefix, "destination": destination,
    "nft_name": nft_name, "nft": nft,
    "account": account, "field": field, "home": home, "crypt": crypt, "ssh_key": ssh_key, "unit": unit,
    "word": word, "ip": ip, "zone": zone, "locale": locale, "setting": setting, "limit": limit, "schedule": schedule,
    "systemd_command": systemd_command,
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
