"""Types of what a host's own files hold: accounts, keys, units, zones, schedules."""

from __future__ import annotations

import re
from typing import Any

from byhand.errors import BadValue
from byhand.values.plain import command, line, operand, path, text


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
