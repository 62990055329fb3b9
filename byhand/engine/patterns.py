"""Which hosts a pattern means: ``hosts:`` and ``--limit``.

Ansible's language ("Patterns: targeting hosts and groups"): names, globs, groups, ``all``, unions
(``a:b`` or ``a,b``), intersections (``:&c``), exclusions (``:!d``), ``~regex``, and positions in
what a pattern means (``web[0]``, ``web[-1]``, ``web[1:3]`` with both ends, ``web[2:]``). Unions come
first, then intersections, then exclusions, whatever their order. What Ansible only warns of is an
error: a name that is neither a host nor a group.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from byhand.engine import source
from byhand.engine.inventory_names import is_ipv6
from byhand.errors import UsageError, nearest, shorten

LOCAL = ("localhost", "127.0.0.1", "::1")
_POSITION = re.compile(r"(.+)\[(?:(-?\d{1,9})|(\d{1,9})[:-](\d{0,9}))\]\Z", re.ASCII)
_DEEPEST = 5


def select(
    pattern: str, hosts: Mapping[str, Any], groups: Mapping[str, Any], members: Callable[[Iterable[str]], Iterable[str]], depth: int = 0
) -> list[str]:
    """The names of the hosts that ``pattern`` means, in its order, each once.

    ``members`` gives the hosts of groups with all below them. Raises UsageError for a part that
    means nothing, with the nearest name.
    """
    parts = [part for part in split(pattern, hosts, depth) if part]
    if not parts:
        raise UsageError("an empty host pattern", hint="all, a host, a group, or several: web:db")
    unions = [part for part in parts if part[0] not in "&!"] or ["all"]
    found: dict[str, None] = {}
    for part in unions:
        found |= dict.fromkeys(_one(part, hosts, groups, members))
    for sign in "&!":
        for part in parts:
            if part[0] == sign:
                other = set(_one(part[1:], hosts, groups, members, may_miss=sign == "!"))
                found = {name: None for name in found if (name in other) == (sign == "&")}
    return list(found)


def split(pattern: str, hosts: Mapping[str, Any], depth: int = 0) -> list[str]:
    """The parts of a pattern; commas and colons in brackets do not part, nor those of IPv6.

    ``@FILE`` stands for the patterns in a file, one a line.
    """
    commas = _cut(pattern, ",")
    parts = commas if len(commas) > 1 else [pattern]
    found: list[str] = []
    for part in parts:
        part = part.strip()
        bare = part.lstrip("&!")
        if bare in hosts or is_ipv6(bare):
            found.append(part)
        elif part.startswith("@"):
            if depth >= _DEEPEST:
                raise UsageError(f"host pattern {shorten(part)}: files in files, deeper than {_DEEPEST}")
            if not part[1:] or not part.isprintable():
                raise UsageError(f"host pattern {shorten(part)}: not the name of a file")
            for line in source.read(part[1:]).splitlines():
                found += split(line, hosts, depth + 1) if line.strip() else []
        else:
            found += [word.strip() for word in _cut(part, ":")]
    return found


def _cut(text: str, mark: str) -> list[str]:
    """Cut at ``mark``, but not within brackets nor behind a backslash."""
    parts, depth, start, skip = [], 0, 0, False
    for i, c in enumerate(text):
        if skip:
            skip = False
        elif c == "\\":
            skip = True
        elif c in "[({":
            depth += 1
        elif c in "])}":
            depth = max(0, depth - 1)
        elif c == mark and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def _one(
    part: str,
    hosts: Mapping[str, Any],
    groups: Mapping[str, Any],
    members: Callable[[Iterable[str]], Iterable[str]],
    *,
    may_miss: bool = False,
) -> Iterable[str]:
    """The hosts of one part. A glob may find nothing in an exclusion, a name may not: it may be a slip."""
    if part in hosts:
        return [part]
    position = None if part.startswith("~") else _POSITION.match(part)
    word = position[1] if position else part
    matches = _matcher(word)
    in_groups = [name for name in groups if matches(name)]
    found = dict.fromkeys(members(in_groups))
    glob = word.startswith("~") or any(c in word for c in ".?*[")
    if glob or not in_groups:
        found |= dict.fromkeys(name for name in hosts if matches(name))
    if not found and not in_groups:
        if word in LOCAL:
            return [word]
        if word != "all" and not (glob and (may_miss or not hosts)):
            raise UsageError(f"host pattern {shorten(word)} means no host and no group", hint=nearest(word, [*groups, *hosts]))
    return _positions(list(found), position, part) if position and found else found


def _matcher(word: str) -> Callable[[str], Any]:
    try:
        return re.compile(word[1:] if word.startswith("~") else fnmatch.translate(word)).match
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"host pattern {shorten(word)}: not a regular expression: {error}") from None


def _positions(found: list[str], position: re.Match[str], part: str) -> list[str]:
    _, one, first, last = position.groups()
    if one is None:
        chosen = found[int(first) : int(last) + 1] if last else found[int(first) :]
    else:
        index = int(one)
        chosen = found[index : index + 1 or None] if -len(found) <= index < len(found) else []
    if not chosen:
        raise UsageError(f"host pattern {shorten(part)}: {shorten(position[1])} has {len(found)} hosts", hint="positions count from 0")
    return chosen
