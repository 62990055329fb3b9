"""Typed arguments: each type turns what a person wrote into a value, or says what is wrong.

A type is a function ``(value) -> value``; it raises BadValue. Values that a command would
take for an option or a separator are refused here, before anything is rendered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from byhand.errors import BadValue, UsageError, nearest
from byhand.values import host, network, plain
from byhand.values.plain import boolean, operand

__all__ = ["TYPES", "Type", "Value", "boolean", "convert", "operand"]
Value = Any
Type = Callable[[Any], Value]

TYPES: dict[str, Type] = {
    "int": plain.integer, "bool": plain.boolean,
    **{
        kind.__name__: kind
        for kind in (
            plain.text, plain.line, plain.operand, plain.name, plain.path, plain.overlay_path, plain.count, plain.words, plain.command,
            plain.size, plain.cpus, plain.cpuset, plain.mode, plain.user, plain.env, plain.digest, plain.url, plain.mapping,
            network.port, network.cidr, network.address, network.interface, network.hostname, network.arguments, network.ip_prefix,
            network.destination, network.nft_name, network.nft, network.ip,
            host.account, host.field, host.home, host.crypt, host.ssh_key, host.unit, host.word, host.zone, host.locale, host.setting,
            host.limit, host.schedule, host.systemd_command,
        )
    },
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
