"""Secrets: values that a program uses and nobody sees.

A playbook says where a secret is kept (``secrets: {token: {env: TOKEN}}``). In the play it
is a mark, which the program has as ``"$secret_token"``: what ``--dry-run`` prints is what
runs, and the value is nowhere in it. The value is read when the play runs, given to the
program in its environment, kept there in a variable that nothing it starts inherits, and
masked in all that is shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from byhand.errors import ByhandError, MissingTool

# Where a secret may be kept: a file, the environment, the password manager pass(1), a file
# encrypted with age(1) or gpg(1), or what a command prints.
KINDS = ("file", "env", "pass", "age", "gpg", "command")
MASK = "****"
# Types of arguments whose value needs no look before it is used.
TYPES = frozenset(("text", "line", "words", "command", "env", "mapping"))
ONE_LINE = frozenset(("line", "env"))
_SHORTEST = 3  # characters; what is shorter is in every word


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """A mark: no text from outside holds one, since part of it is new in each process."""
    return re.compile(f"\ue000({_NAME}):{os.urandom(8).hex()}\ue001")


_NAME = "[a-z][a-z0-9_]*"
_USED = re.compile(rf'"\$secret_({_NAME})"', re.ASCII)


class Secret(str):
    """A secret as an expression sees it: it can be put into text, and nothing else."""

    __slots__ = ()

    def _no(self, *_: object) -> NoReturn:
        raise TypeError("a secret can be put into a text, and not be looked at")

    # Every way to look at it; the types of str's own methods are of no use here.
    for _name in ("eq", "ne", "lt", "le", "gt", "ge", "contains", "getitem", "iter", "len", "mod"):
        vars()[f"__{_name}__"] = _no
    for _name in ("lower", "upper", "split", "strip", "startswith", "endswith", "replace", "encode"):
        vars()[_name] = _no
    del _name

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __bool__(self) -> bool:
        return True


def mark(name: str) -> Secret:
    """What stands for the secret ``name`` until the program has it."""
    return Secret(_pattern().pattern.replace(f"({_NAME})", name))


def is_in(value: Any) -> bool:
    """Whether a value, or anything in it, holds a secret."""
    if isinstance(value, str):
        return "\ue000" in str.__str__(value) and _pattern().search(str.__str__(value)) is not None
    if isinstance(value, Mapping):
        return any(is_in(item) for item in value.values())
    return isinstance(value, (list, tuple)) and any(is_in(item) for item in value)


def names(value: Any) -> set[str]:
    """The secrets that a value holds."""
    if isinstance(value, str):
        return set(_pattern().findall(str.__str__(value)))
    if isinstance(value, Mapping):
        return {name for item in value.values() for name in names(item)}
    return {name for item in value for name in names(item)} if isinstance(value, (list, tuple)) else set()


def pieces(text: str) -> list[str]:
    """``text`` cut at its secrets: what is between them at even places, their names at odd ones."""
    return _pattern().split(text)


def hidden(text: str) -> str:
    """``text`` with its secrets masked."""
    plain = str.__str__(text)
    return _pattern().sub(MASK, plain) if "\ue000" in plain else plain


def used(shell: str) -> list[str]:
    """The names of the secrets that shell text uses."""
    return sorted(set(_USED.findall(shell)))


def fetch(where: Mapping[str, Mapping[str, Any]], one_line: Iterable[str] = ()) -> dict[str, str]:
    """The values of secrets, by name; line breaks at the end are not part of one.

    ``where``: what the playbook says of each; a file's name is relative to its ``folder``.
    ``one_line``: those used where a second line would be another line. Raises ByhandError.
    """
    found = {}
    for name, spec in where.items():
        value = _fetch(name, spec, str(spec.get("folder", ""))).rstrip("\n")
        if not value:
            raise ByhandError(f"the secret '{name}' is empty")
        if "\0" in value:
            raise ByhandError(f"the secret '{name}' holds a NUL character, which no command can be given")
        if name in one_line and "\n" in value:
            raise ByhandError(f"the secret '{name}' has more than one line, and is used where one is wanted")
        found[name] = value
    return found


def _fetch(name: str, spec: Mapping[str, Any], folder: str) -> str:
    kind = next(key for key in KINDS if key in spec)
    if kind == "env":
        value = os.environ.get(str(spec["env"]))
        if value is None:
            raise ByhandError(f"the secret '{name}' is not in the environment", hint=f"{spec['env']}=… invoke …")
        return value
    place = os.path.join(folder, os.path.expanduser(str(spec[kind]))) if kind in ("file", "age", "gpg") else ""
    if kind == "file":
        try:
            return Path(place).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise ByhandError(f"the secret '{name}': {place}: {error.strerror}") from None
    identity = ["--identity", os.path.join(folder, os.path.expanduser(str(spec["identity"])))] if "identity" in spec else []
    argv = {
        "pass": ["pass", "show", "--", str(spec.get("pass"))],
        "age": ["age", "--decrypt", *identity, "--", place],
        "gpg": ["gpg", "--batch", "--quiet", "--decrypt", "--", place],
        "command": list(spec.get("command", ())),
    }[kind]
    from byhand.engine import run

    try:
        done = run.capture(argv, ok=None)
    except MissingTool as error:
        raise ByhandError(f"the secret '{name}': {error.message}") from None
    if done.status:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"status {done.status}"]
        raise ByhandError(f"the secret '{name}': {argv[0]}: {said[-1]}")
    text = done.stdout.decode("utf-8", "surrogateescape")
    return text.partition("\n")[0] if kind == "pass" else text  # pass keeps the password in an entry's first line


class Mask:
    """Hides secrets in what is shown, wherever they stand; each line of a secret of several."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        lines = {line for value in values for line in (value, *value.splitlines()) if len(line) >= _SHORTEST}
        self._found = re.compile("|".join(re.escape(line) for line in sorted(lines, key=len, reverse=True))) if lines else None

    def __call__(self, text: str) -> str:
        return self._found.sub(MASK, text) if self._found else text


def environment(values: Mapping[str, str]) -> dict[str, str]:
    """What a program finds its secrets in."""
    return {f"BYHAND_SECRET_{name}": value for name, value in values.items()}
