"""What a run came to, host by host and step by step: what JUnit files and pages are made of.

Filled by the events as they come, so that it is whole at any moment a run may end.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from byhand.engine.events import PLANNED

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.events import Event

# What a step's state may be: how its last event said it ended, or that it has not.
STATES = (
    "ok", "changed", "failed", "stuck", "lost", "drift", "undone", "ignored", "always", "unseen", "skipped", "running", "not needed",
    "not reached",
)  # fmt: skip
HOST_STATES = (
    "failed", "stuck", "error", "lost", "unreachable", "busy", "not started", "running", "drift", "changed", "undone", "ok", "waiting",
)  # fmt: skip
HERE = "localhost"
_HIDDEN = "not shown: no_log\n"


@dataclass
class StepResult:
    """One step on one host. ``state`` is one of STATES; ``command`` the sh text that applies it.

    ``tries``: how often it was begun again. ``reason``: why it was skipped. ``begun``: seconds
    into the run. ``unasked``: why a check says nothing of it. A step is ``lost`` when the connection ended while it ran, ``not needed``
    when the run ended well without it (a handler nobody notified, a rescue).
    """

    id: str
    title: str
    template: str = ""
    file: str = ""
    line: int = 0
    command: str = ""
    state: str = "not reached"
    seconds: float = 0.0
    output: str = ""
    tries: int = 0
    reason: str = ""
    begun: float = 0.0
    unasked: str = ""


@dataclass
class HostResult:
    """One host. ``status`` is None until its run ended; ``message`` says why it could not be asked,
    and ``why`` does in one word: unreachable, lost, busy, not started, error.

    ``begun``: seconds into the run, 0 until then. ``done``: how many of its steps ended;
    ``current`` is the one that runs.
    """

    name: str
    steps: list[StepResult] = field(default_factory=list)
    status: int | None = None
    message: str = ""
    run: str = ""
    seconds: float = 0.0
    begun: float = 0.0
    why: str = ""
    done: int = 0
    current: StepResult | None = None
    by_id: dict[str, StepResult] = field(default_factory=dict, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many steps there are of each state, in the order of STATES."""
        found = Counter(step.state for step in self.steps)
        return {state: found[state] for state in STATES if found[state]}

    @property
    def state(self) -> str:
        """The host in one word of HOST_STATES."""
        words = {step.state for step in self.steps}
        if self.status is None:
            return "running" if self.begun else "waiting"
        if self.why:
            return self.why
        for word in ("stuck", "failed", "drift"):
            if word in words:
                return word
        if self.status:
            return "failed"
        return next((word for word in ("changed", "undone") if word in words), "ok")


class Results:
    """A run's hosts. ``command`` is what was typed; times are seconds, ``started`` of the epoch."""

    def __init__(self, verb: str, *, playbook: str = "", title: str = "", command: str = "", hosts: tuple[str, ...] = (HERE,)) -> None:
        self.verb, self.playbook, self.title, self.command = verb, playbook, title, command
        self.run = ""
        self.status: int | None = None
        self.message = ""
        self.started = time.time()
        self._clock = time.monotonic()
        self.hosts = {name: HostResult(name) for name in hosts}

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._clock

    def host(self, name: str) -> HostResult:
        return self.hosts.setdefault(name, HostResult(name))

    def take(self, name: str, piece: Piece | None, event: Event) -> StepResult:
        """Note one event of a host; the step it is about."""
        host = self.host(name)
        host.begun = host.begun or max(self.seconds - event.seconds, 1e-9)
        if event.word == "skipped" and not event.id:
            title, reason = split_reason(event.output)
            host.steps.append(StepResult("", title, state="skipped", reason=reason))
            host.done += 1
            return host.steps[-1]
        step = host.by_id.get(event.id)
        if step is None or event.word == PLANNED:
            step = _planned(piece, event.id)
            host.steps.append(step)
            host.by_id[event.id] = step
        if event.word == "begin":
            step.state, step.begun, host.current = "running", self.seconds, step
        elif event.word != PLANNED:
            step.seconds += event.seconds
            step.output += event.output
            if event.word == "again":
                step.tries += 1
            else:
                host.done += step.state in ("running", "not reached")
                step.state, host.current = event.word, None
        return step

    def end(self, name: str, status: int, run: str, message: str, why: str = "") -> HostResult:
        """Note how a host's run ended."""
        host = self.host(name)
        host.status, host.run, host.message, host.why = status, run, message, why
        host.seconds = self.seconds - host.begun if host.begun else 0.0
        if host.current is not None:
            host.current.state, host.current = "lost", None
        for step in host.steps:
            if step.state == "not reached" and status in (0, 4):
                # What has not drifted is not spoken of in a diff.
                step.state = "not needed" if self.verb != "diff" else "always" if step.unasked else "ok"
                step.reason = step.unasked if step.state == "always" else step.reason
        self.run = self.run or run
        return host


def _planned(piece: Piece | None, identity: str) -> StepResult:
    if piece is None:
        return StepResult(identity, identity)
    command = _HIDDEN if piece.modifiers.no_log else dict(piece.blocks).get("apply", "")
    return StepResult(identity, piece.title, piece.template.name, piece.path, piece.line, command, unasked=piece.unasked)


def split_reason(text: str) -> tuple[str, str]:
    """``NAME (when: CONDITION)``, as a program says what it leaves out, in its two parts."""
    name, found, reason = text.rpartition(" (when: ")
    return (name, f"when: {reason.removesuffix(')')}") if found else (text, "")
