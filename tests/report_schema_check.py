"""As much of JSON Schema (draft 2020-12) as report_schema uses: what is wrong with a value."""

from __future__ import annotations

from typing import Any

TYPES: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float)}
KNOWN = {
    "$schema",
    "title",
    "description",
    "oneOf",
    "type",
    "const",
    "enum",
    "minimum",
    "properties",
    "required",
    "additionalProperties",
    "items",
}


def errors(value: Any, schema: dict[str, Any], where: str = "line") -> list[str]:
    """Each thing that is wrong, and where."""
    assert set(schema) <= KNOWN, f"this checker does not know {set(schema) - KNOWN}"
    if "oneOf" in schema:
        found = [errors(value, one, where) for one in schema["oneOf"]]
        fits = [one for one in found if not one]
        return [] if len(fits) == 1 else [f"{where}: fits {len(fits)} shapes: {found}"]
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        return [f"{where}: is not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or isinstance(value, bool)):
        return [f"{where}: {value!r} is not of type {kind}"]
    if "minimum" in schema and value < schema["minimum"]:
        return [f"{where}: {value} is less than {schema['minimum']}"]
    if kind == "array":
        return [error for i, one in enumerate(value) for error in errors(one, schema.get("items", {}), f"{where}[{i}]")]
    if kind != "object":
        return []
    wrong = [f"{where}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    properties = schema.get("properties", {})
    for name, one in value.items():
        wrong += errors(one, properties.get(name, schema.get("additionalProperties", {})), f"{where}.{name}")
    return wrong
