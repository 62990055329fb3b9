"""The filters and tests a playbook's expressions have besides Jinja's own: Ansible's, with Ansible's meaning."""

from __future__ import annotations

import base64
import json
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from byhand import values
from byhand.errors import BadValue


def _b64encode(value: object) -> str:
    return base64.b64encode(str(value).encode("utf-8", "surrogateescape")).decode()


def _b64decode(value: object) -> str:
    return base64.b64decode(str(value), validate=True).decode("utf-8", "surrogateescape")


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _regex_replace(value: object, pattern: str, replacement: str = "") -> str:
    return re.sub(pattern, replacement, str(value))


def _regex_search(value: object, pattern: str) -> str | None:
    found = re.search(pattern, str(value))
    return found[0] if found else None


def _combine(value: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(value)
    for other in others:
        made |= other
    return made


def _split(value: object, separator: str | None = None) -> list[str]:
    return str(value).split(separator)


def _ternary(value: object, yes: object, no: object) -> object:
    return yes if value else no


def _bool(value: object) -> bool:
    try:
        return values.boolean(value)
    except BadValue as error:
        raise ValueError(error.message) from None


FILTERS: Mapping[str, Callable[..., Any]] = {
    "b64decode": _b64decode, "b64encode": _b64encode, "basename": posixpath.basename, "bool": _bool, "combine": _combine,
    "dirname": posixpath.dirname, "from_json": json.loads, "regex_replace": _regex_replace, "regex_search": _regex_search,
    "split": _split, "ternary": _ternary, "to_json": _to_json,
}  # fmt: skip


def _state(name: str) -> Callable[[Any], bool]:
    return lambda result: bool(result[name])


def _succeeded(result: Any) -> bool:
    return not result["failed"]


def _search(value: object, pattern: str) -> bool:
    return re.search(pattern, str(value)) is not None


def _match(value: object, pattern: str) -> bool:
    return re.match(pattern, str(value)) is not None


_CHANGED, _FAILED, _SKIPPED = _state("changed"), _state("failed"), _state("skipped")
TESTS: Mapping[str, Callable[..., bool]] = {
    "changed": _CHANGED, "change": _CHANGED, "failed": _FAILED, "failure": _FAILED, "skipped": _SKIPPED, "skip": _SKIPPED,
    "succeeded": _succeeded, "success": _succeeded, "successful": _succeeded, "search": _search, "regex": _search, "match": _match,
}  # fmt: skip
