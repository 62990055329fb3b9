"""The lines of ``--json``: what makes each, and the JSON Schema they keep to.

One line is one object with ``version`` and ``event``. ``report_schema.json`` beside this
file is ``schema()`` written down, for readers in other languages; a test keeps them the same.
``version`` grows when a field goes or changes its meaning; fields may be added without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from byhand.engine.events import WORDS
from byhand.engine.report_results import HERE, HOST_STATES, HostResult, Results, StepResult

if TYPE_CHECKING:
    from byhand.engine.events import Event

VERSION = 1

_TEXT: dict[str, Any] = {"type": "string"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_SECONDS: dict[str, Any] = {"type": "number", "minimum": 0}
_COUNTS: dict[str, Any] = {"type": "object", "additionalProperties": _COUNT}
_FIELDS: dict[str, dict[str, dict[str, Any]]] = {
    "start": {
        "verb": {"enum": ["apply", "check", "diff", "undo"]},
        "playbook": {**_TEXT, "description": "its file, empty for an undo"},
        "title": _TEXT,
        "time": {"type": "number", "description": "seconds since 1970"},
        "hosts": {"type": "array", "items": _TEXT},
    },
    "step": {
        "host": {**_TEXT, "description": f"{HERE} is this machine"},
        "step": {**_TEXT, "description": "its id within the program, empty for a step that was skipped"},
        "title": _TEXT,
        "template": _TEXT,
        "file": _TEXT,
        "line": _COUNT,
        "seconds": _SECONDS,
        "output": {**_TEXT, "description": "standard output and error together; for diff what would change"},
        "reason": {**_TEXT, "description": "why it was skipped"},
    },
    "host": {
        "host": _TEXT,
        "run": {**_TEXT, "description": "what playbook.undo --run takes, empty when nothing was applied"},
        "state": {"enum": [state for state in HOST_STATES if state not in ("running", "waiting")]},
        "status": {**_COUNT, "description": "0, 4 (drift), 3 (not played to an end), else of what failed"},
        "counts": {**_COUNTS, "description": "steps by how they ended"},
        "seconds": _SECONDS,
        "message": {**_TEXT, "description": "why it was not played to an end, or what was said besides"},
    },
    "end": {
        "run": _TEXT,
        "status": {**_COUNT, "description": "the command's exit status"},
        "counts": {**_COUNTS, "description": "steps of all hosts by how they ended"},
        "hosts": {**_COUNTS, "description": "hosts by their state"},
        "seconds": _SECONDS,
        "message": _TEXT,
    },
}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line."""
    shapes = [_shape([word], _FIELDS[word]) for word in ("start", "host", "end")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of byhand's --json output of playbook.run, check, undo and drift",
        "oneOf": [shapes[0], _shape(list(WORDS), _FIELDS["step"]), *shapes[1:]],
    }


def _shape(events: list[str], fields: dict[str, dict[str, Any]]) -> dict[str, Any]:
    properties = {"version": {"const": VERSION}, "event": {"enum": events}, **fields}
    return {"type": "object", "properties": properties, "required": list(properties)}


def start(results: Results) -> dict[str, Any]:
    return {
        "version": VERSION, "event": "start", "verb": results.verb, "playbook": results.playbook, "title": results.title,
        "time": round(results.started, 3), "hosts": list(results.hosts),
    }  # fmt: skip


def step(host: str, found: StepResult, event: Event) -> dict[str, Any]:
    skipped = event.word == "skipped"
    return {
        "version": VERSION, "event": event.word, "host": host, "step": found.id, "title": found.title, "template": found.template,
        "file": found.file, "line": found.line, "seconds": round(event.seconds, 6), "output": "" if skipped else event.output,
        "reason": found.reason,
    }  # fmt: skip


def host(found: HostResult) -> dict[str, Any]:
    return {
        "version": VERSION, "event": "host", "host": found.name, "run": found.run, "state": found.state, "status": found.status,
        "counts": found.counts, "seconds": round(found.seconds, 6), "message": found.message,
    }  # fmt: skip


def end(results: Results) -> dict[str, Any]:
    counts: dict[str, int] = {}
    states: dict[str, int] = {}
    for found in results.hosts.values():
        states[found.state] = states.get(found.state, 0) + 1
        for word, count in found.counts.items():
            counts[word] = counts.get(word, 0) + count
    return {
        "version": VERSION, "event": "end", "run": results.run, "status": results.status or 0, "counts": counts, "hosts": states,
        "seconds": round(results.seconds, 6), "message": results.message,
    }  # fmt: skip
