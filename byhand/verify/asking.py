"""Is this host what the playbook says? Every host of a play, asked once, and what each step answered.

The answers are plain data: processes that test side by side (pytest-xdist) share them, so that
a host is asked once however many workers there are.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.engine import fleet, secret, state
from byhand.engine.report_results import Results

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.events import Event
    from byhand.engine.inventory import Host
    from byhand.engine.play import Request
    from byhand.engine.report_results import HostResult, StepResult

# A step that has an answer. The others were left out of the play, or cannot be asked.
ANSWERED = ("ok", "drift", "failed", "stuck", "lost")


@dataclass(frozen=True)
class Answer:
    """What one step said on one host.

    ``state``: "ok", "drift" (the host is not as the step says), "failed", "stuck" or "lost" (it could not be
    asked to an end), or another of report_results.STATES for a step that was not asked, with its ``reason``.
    ``output``: what it printed, a diff where the step can make one. ``command``: the sh text that would put it
    right. ``seconds``: how long it took. ``file``, ``line``: where it stands.
    """

    title: str
    state: str
    output: str = ""
    reason: str = ""
    command: str = ""
    file: str = ""
    line: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Answers:
    """All that one host answered. ``why``: "" when it did, else "unreachable", "lost", "busy" or "error", with the ``message``.

    ``secrets``: where those that its program uses are kept.
    """

    host: str
    why: str = ""
    message: str = ""
    steps: tuple[Answer, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def ask(hosts: Sequence[Host], request: Request, how: fleet.How) -> list[Answers]:
    """Ask each step on each host whether it is as the playbook says, and what would change if not. Changes nothing."""
    results = Results("diff", hosts=tuple(host.name for host in hosts))

    def ended(host: Host, outcome: Any) -> None:
        message = outcome.output.strip().removeprefix(f"{host.name}: ")
        results.end(host.name, outcome.status, "", message, outcome.why)

    outcomes = fleet.play(hosts, request, "diff", "", lambda host, piece, event: _take(results, host, piece, event), how, ended)
    return [_answers(results.hosts[name], outcomes[name], request) for name in results.hosts]


def _take(results: Results, host: Host, piece: Piece | None, event: Event) -> None:
    results.take(host.name, piece, event)


def _answers(found: HostResult, outcome: fleet.HostOutcome, request: Request) -> Answers:
    why, message = found.why, found.message
    if not why and found.status not in (0, 4) and not any(step.state in ("failed", "stuck", "lost") for step in found.steps):
        why, message = "error", message or f"the check ended with status {found.status}"
    book = request.book
    unseen = [
        Answer(
            step.name,
            "unseen",
            reason="not asked: it needs the result of a step, or comes after one that does",
            file=book.path,
            line=step.line,
        )
        for step in book.steps[len(book.steps) - len(outcome.unseen) :]
    ]
    steps = (*(_answer(step) for step in found.steps), *unseen)
    return Answers(found.name, why, message, steps, _plain(outcome.variables), outcome.secrets)


def _answer(step: StepResult) -> Answer:
    return Answer(step.title, step.state, step.output, step.reason, step.command, step.file, step.line, step.seconds)


def _plain(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables as JSON holds them; a secret as its mask."""
    text = json.dumps(dict(variables), default=str, ensure_ascii=False)
    found: dict[str, Any] = json.loads(secret.hidden(text))
    return found


def shared(place: Path, hosts: Sequence[Host], request: Request, how: fleet.How) -> list[Answers]:
    """``ask`` by the first of several processes that name the same ``place``; the others read what it was told."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.is_file():
            return [_read(one) for one in json.loads(place.read_text(encoding="utf-8"))]
        found = ask(hosts, request, how)
        state.write(place, json.dumps([asdict(one) for one in found]))
        return found


def _read(data: dict[str, Any]) -> Answers:
    return Answers(**{**data, "steps": tuple(Answer(**step) for step in data["steps"])})
