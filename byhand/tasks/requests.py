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
    from byhand.engine.arguments import given_params
    from byhand.engine.play import Request, words

    book = playbook.find(required(given["playbook"]))
    params = given_params(given.get("param") or [], book.params)
    return Request(
        book, params, tags=words(given.get("tags")), skip_tags=words(given.get("skip_tags")), command=shown_command(),
        explain=bool(given.get("explain")), start_at=given.get("start_at") or "", stepwise=bool(given.get("step")),
    )  # fmt: skip


def required(name: str | None) -> str:
    from byhand.errors import UsageError

    if not name:
        raise UsageError("no playbook is named", hint="invoke playbook.list shows them")
    return name
