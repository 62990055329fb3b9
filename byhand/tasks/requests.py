"""The flags that name a playbook and its parameters, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import Flag, shown_command

NAME = Flag("playbook", "its name, or its file", positional=True)
PARAM = Flag("param", "a parameter as NAME=VALUE; a list is given value by value", short="p", many=True)
TAGS = Flag("tags", "only steps with one of these tags (comma-separated)")
SKIP = Flag("skip-tags", "no steps with one of these tags")
START_AT = Flag("start-at", "begin with the step of this name or id")
STEP = Flag("step", "ask at the terminal before each step that is needed", switch=True)


def request_of(given: Mapping[str, Any]) -> Any:
    from byhand.engine import playbook
    from byhand.engine.play import Request

    book = playbook.find(required(given["playbook"]))
    params = parse_params(given.get("param") or [], book.params)
    return Request(
        book, params, tags=_words(given.get("tags")), skip_tags=_words(given.get("skip_tags")), command=shown_command(),
        explain=bool(given.get("explain")), start_at=given.get("start_at") or "", stepwise=bool(given.get("step")),
    )  # fmt: skip


def required(name: str | None) -> str:
    from byhand.errors import UsageError

    if not name:
        raise UsageError("no playbook is named", hint="invoke playbook.list shows them")
    return name


def _words(text: str | None) -> frozenset[str]:
    return frozenset(word.strip() for word in (text or "").split(",") if word.strip())


def parse_params(pairs: list[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs as a mapping; a parameter that takes many collects its values."""
    from byhand.errors import BadValue, nearest

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
