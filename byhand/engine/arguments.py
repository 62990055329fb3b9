"""The inputs of templates and playbooks: declared, and bound to what was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from byhand import values
from byhand.engine import source
from byhand.errors import BadValue, SourceError, UsageError, nearest

if TYPE_CHECKING:
    from byhand.engine.playbook import Playbook

_ARG_KEYS = {"type", "required", "default", "help", "many", "choices", "optional"}
_ARG_TYPES: dict[str, type] = {
    "type": str, "help": str, "short": str, "required": bool, "optional": bool, "many": bool, "choices": list,
}  # fmt: skip


@dataclass(frozen=True)
class Argument:
    """One input of a template or a playbook.

    ``optional``: it may be left out or null, and is then None in the template.
    """

    name: str
    type: str
    help: str = ""
    required: bool = False
    optional: bool = False
    default: Any = None
    many: bool = False
    choices: tuple[Any, ...] = ()
    short: str = ""

    def convert(self, value: Any, label: str) -> Any:
        """``value`` as this argument's type; BadValue names ``label``."""
        if value is None and self.optional:
            return None
        return values.convert(value, self.type, many=self.many, choices=list(self.choices) or None, label=label)


class Missing(UsageError):
    """A required argument or parameter is not given."""


def arguments(found: Any, path: str, lines: source.Lines, place: str, extra: frozenset[str] = frozenset()) -> dict[str, dict[str, Any]]:
    """The ``args`` of a template or ``params`` of a playbook, checked, as plain fields."""
    if not isinstance(found, dict):
        raise SourceError(f"'{place}' must be a mapping", path=path, line=lines.get(place, 0))
    checked: dict[str, dict[str, Any]] = {}
    for arg, given in found.items():
        line = lines[f"{place}/{arg}"]
        spec = {"type": given} if isinstance(given, str) else dict(given or {}) if isinstance(given, (dict, type(None))) else None
        if spec is None:
            raise SourceError(f"'{arg}' must be a type or a mapping", path=path, line=line)
        for key in spec:
            if key not in _ARG_KEYS | extra:
                raise SourceError(f"'{arg}' has an unknown key '{key}'", path=path, line=line, hint=nearest(key, _ARG_KEYS | extra))
        for key, wanted in _ARG_TYPES.items():
            if key in spec and not isinstance(spec[key], wanted):
                what = {bool: "true or false", str: "text", list: "a list"}[wanted]
                raise SourceError(f"'{key}' of '{arg}' must be {what}", path=path, line=lines.get(f"{place}/{arg}/{key}", line))
        kind = spec.get("type", "text")
        if kind not in values.TYPES:
            raise SourceError(f"'{arg}' has an unknown type '{kind}'", path=path, line=line, hint=nearest(str(kind), values.TYPES))
        if not re.match(r"[a-z][a-z0-9_]*\Z", arg, re.ASCII):
            raise SourceError(f"'{arg}' is not a variable's name", path=path, line=line, hint="small letters, digits, '_'")
        optional = spec.pop("optional", "default" in spec and spec["default"] is None)
        required = spec.pop("required", "default" not in spec and not optional)
        checked[arg] = {**spec, "type": kind, "required": bool(required), "optional": bool(optional)}
        default = spec.get("default")
        if default is not None:
            try:
                checked[arg]["default"] = values.convert(default, kind, many=bool(spec.get("many")))
            except BadValue as error:
                raise SourceError(f"the default of {error.message}", path=path, line=line, hint=error.hint) from None
    return checked


def bind(args: Mapping[str, Argument], given: Mapping[str, Any], label: str = "") -> dict[str, Any]:
    """``given`` as the typed values of ``args``, defaults filled in. Raises BadValue, Missing."""
    bound = {}
    for name, arg in args.items():
        if name in given:
            bound[name] = arg.convert(given[name], f"{label}{name}")
        elif arg.required:
            raise Missing(f"{label}{name} is required and not given", hint=f"{arg.type}: {arg.help}".rstrip(": "))
        else:
            bound[name] = [] if arg.many and arg.default is None else arg.default
    return bound


def convert_params(book: Playbook, given: Mapping[str, Any], label: str = "") -> dict[str, Any]:
    """A playbook's parameters as typed values. Raises BadValue; an unknown name gets the nearest."""
    for key in given:
        if key not in book.params:
            raise BadValue(f"{label}parameter", key, f"is not one of {book.name}", nearest(key, book.params))
    return bind(book.params, given, label)


def given_params(pairs: Sequence[str], known: Mapping[str, Argument]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs as a mapping; a parameter that takes many collects its values. Raises BadValue."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadValue("parameter", pair, "has no value", "NAME=VALUE")
        if name not in known:
            raise BadValue("parameter", name, "is not one of this playbook", nearest(name, known))
        if known[name].many or known[name].type in ("words", "command"):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found
