"""What a play would go through, read from its files alone: its steps, tags and hosts.

No host is asked and no expression evaluated, so a loop is one step, and an include whose
name is an expression stays one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from byhand.engine import play, playbook, secret, template
from byhand.engine.compile import Compiler, Options
from byhand.engine.evaluate import Pending
from byhand.engine.inventory_host import MAGIC
from byhand.engine.report_results import HERE

if TYPE_CHECKING:
    from byhand.engine.inventory import Host
    from byhand.engine.play import Request
    from byhand.engine.playbook import Playbook, Step

_PARTS = ("block", "rescue", "always")
_DEEPEST = 20  # includes within includes; what compiles has no more


def steps(request: Request) -> list[dict[str, Any]]:
    """Each step the tags asked for select, in the order they are written."""
    book, tagged = request.book, frozenset(request.book.tags)
    rows = [*_walk(book, book.steps, tagged, ""), *_walk(book, book.handlers, tagged, "handler")]
    return [row for row in rows if _selected(frozenset(row["tags"]), request)]


def tags(request: Request) -> list[str]:
    """Every tag of the play, sorted."""
    return sorted({tag for row in _walk(request.book, request.book.steps, frozenset(request.book.tags), "") for tag in row["tags"]})


def explained(book: Playbook) -> list[dict[str, Any]]:
    """Each step with what it uses and why, those of blocks one by one, an include as one; the handlers at the end."""
    return [*_explained(book.steps, ""), *_explained(book.handlers, "handler")]


def _explained(written: Sequence[Step], part: str) -> Iterator[dict[str, Any]]:
    for step in written:
        for inner in _PARTS if step.block else ():
            yield from _explained(getattr(step, inner), part if inner == "block" else inner)
        if step.block:
            continue
        found = template.find(step.template) if step.template else None
        included = playbook.find(step.include).why if step.include and "{{" not in step.include else ""
        yield {
            "step": step.name, "part": part, "uses": step.template or f"playbook {step.include}", "why": found.why if found else included,
            "man": list(found.man) if found else [], "when": list(step.when), "line": step.line,
        }  # fmt: skip


def hosts(found: Sequence[Host]) -> list[dict[str, Any]]:
    """Hosts by name, with how each is reached."""
    if not found:
        return [{"host": HERE, "connection": "local", "address": "", "groups": []}]
    return [{"host": host.name, "connection": host.connection, "address": host.address, "groups": list(host.groups)} for host in found]


def variables(request: Request, found: Sequence[Host]) -> list[dict[str, Any]]:
    """Each variable of the play on each host: its value, where that comes from, and what it came before.

    No host is asked: where a value depends on ``facts`` they are this machine's. Raises what compiling does.
    """
    rows = []
    options = Options("/run/byhand", tags=request.tags, skip_tags=request.skip_tags, start_at=request.start_at)
    here: list[Host | None] = [None]
    for host in found or here:
        around = {**play.variables(), **({**host.variables, **host.magic} if host else {})}
        compiler = Compiler(options, around, None, host.origins if host else {})
        compiler.program(request.book, request.params)
        for name, layers in sorted(compiler.origins.items()):
            if name in MAGIC and layers[-1][1] == "inventory":
                continue
            values = [{"value": _shown(value), "from": origin} for value, origin in reversed(layers)]
            rows.append({"host": host.name if host else HERE, "name": name, **values[0], "over": values[1:]})
    return rows


def _shown(value: Any) -> str:
    """A value on one line, secrets masked."""
    if isinstance(value, Pending):
        return "(a result)"
    return secret.hidden(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _selected(tagged: frozenset[str], request: Request) -> bool:
    if tagged & request.skip_tags:
        return False
    return not request.tags or bool(tagged & request.tags) or "always" in tagged


def _walk(book: Playbook, written: Sequence[Step], inherited: frozenset[str], part: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    for step in written:
        own = inherited | frozenset(step.tags)
        if step.block:
            for inner in _PARTS:
                yield from _walk(book, getattr(step, inner), own, part if inner == "block" else inner, depth)
        elif step.include and "{{" not in step.include and depth < _DEEPEST:
            included = playbook.find(step.include)
            yield from _walk(included, included.steps, own | frozenset(included.tags), part, depth + 1)
        else:
            yield {
                "step": step.name, "uses": step.template or f"playbook {step.include}", "tags": sorted(own), "when": list(step.when),
                "part": part, "loop": step.loop is not None, "file": book.path, "line": step.line,
            }  # fmt: skip
