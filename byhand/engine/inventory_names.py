"""Host names as inventories write them: ranges, ports, and names that cannot be one.

``web[01:20]``, ``db-[a:f]``, ``n[0:10:2]`` and several of them in one name ("Adding ranges of
hosts", Ansible's guide to inventories); ``host:2222`` and ``[2001:db8::1]:2222``.
"""

from __future__ import annotations

import itertools
import math
import re
import string
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from byhand.errors import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from byhand.engine.inventory_tree import Place

LIMIT = 100_000
_BRACKETED = re.compile(r"\[([^\[\]]+)\]:(\d+)\Z", re.ASCII)
_WITH_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])+):([^:\[\]]*)\Z")
_RANGES = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"\d{1,15}\Z", re.ASCII)


def hosts(text: str, place: Place) -> tuple[list[str], int | None]:
    """The names that a host pattern stands for, and the port behind them, if there is one.

    Raises SourceError for a range that is none, for a port that is none, and for a range of
    more than 100,000 names, before they are made.
    """
    name, port = split_port(text, place)
    return (expand(name, place) if "[" in name or "]" in name else [name]), port


def split_port(text: str, place: Place) -> tuple[str, int | None]:
    """``host:port`` in two; an IPv6 address has a port only behind brackets. Raises SourceError."""
    found = _BRACKETED.match(text)
    if found is None:
        if text.count(":") > 1 and is_ipv6(text):
            return text, None
        found = _WITH_PORT.match(text)
    if found is None:
        return text, None
    name, port = found.groups()
    if not (_NUMBER.match(port) and 0 < int(port) < 65536):
        raise place.error(f"host {shorten(text)}: {shorten(port)} is not a port", "what follows ':' is a port from 1 to 65535")
    return name, int(port)


def is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def expand(text: str, place: Place) -> list[str]:
    """All names of a pattern with ranges, the last range counting fastest. Raises SourceError."""
    parts = _RANGES.split(text)
    if any("[" in part or "]" in part for part in parts):
        raise place.error(f"host {shorten(text)}: a bracket without its partner")
    fixed = parts[::2]
    if len(parts) > 20:
        raise place.error(f"host {shorten(text)}: more than nine ranges in a name")
    ranges = [_range(part, text, place) for part in parts[1::2]]
    count = math.prod(len(values) for values, _ in ranges)
    if count > LIMIT:
        raise place.error(f"host {shorten(text)} stands for {count:,} hosts, more than {LIMIT:,}")
    words = [[str(value).zfill(width) for value in values] for values, width in ranges]
    return ["".join(itertools.chain.from_iterable(zip(fixed, (*chosen, ""), strict=True))) for chosen in itertools.product(*words)]


def _range(inside: str, text: str, place: Place) -> tuple[Sequence[object], int]:
    """The values of one range, and the width that zeros fill."""
    right = "ranges are written [1:20], [01:20], [a:f] or [0:10:2]"
    shown = shorten(f"[{inside}]")
    bounds = inside.split(":")
    if len(bounds) not in {2, 3}:
        raise place.error(f"host {shorten(text)}: {shown} is not a range", right)
    first, last, step = bounds[0] or "0", bounds[1], bounds[2] if len(bounds) == 3 else "1"
    if not _NUMBER.match(step) or int(step) == 0:
        raise place.error(f"host {shorten(text)}: the step {shorten(step)} is not a number above 0", right)
    letters = string.ascii_letters
    width = 0
    values: Sequence[object]
    if len(first) == len(last) == 1 and first in letters and last in letters:
        values = letters[letters.index(first) : letters.index(last) + 1 : int(step)]
    elif _NUMBER.match(first) and _NUMBER.match(last):
        if first[0] == "0" and len(first) > 1:
            width = len(first)
            if width != len(last):
                raise place.error(f"host {shorten(text)}: {first} and {last} are not of one width", "write [01:20], or [1:20]")
        values = range(int(first), int(last) + 1, int(step))
    else:
        raise place.error(f"host {shorten(text)}: {shown} is not a range", right)
    if not values:
        raise place.error(f"host {shorten(text)}: the range {shown} begins after its end")
    return values, width


def checked(name: str, place: Place) -> None:
    """Raise SourceError for a name that no host can have: a tool would read it as something else."""
    if not name:
        raise place.error("a host without a name")
    if name.startswith("-"):
        hint = "a YAML inventory's name ends in .yml" if name == "---" else ""
        raise place.error(f"host {shorten(name)}: a name that starts with '-' would be an option", hint)
    if len(name) > 1000 or not name.isprintable() or any(c.isspace() for c in name):
        raise place.error(f"host {shorten(name)}: not a name (spaces, control characters or too long)")
