"""A playbook and its parameters become one POSIX sh program.

Nothing is run and nothing of the host is read here but ``facts``: the same inputs give
the same text. This module goes through the steps in their order; ``reading`` evaluates
each, and ``program`` makes the text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from byhand.engine import modifiers, program, quoting, render, secret, variables
from byhand.engine.arguments import Missing
from byhand.engine.evaluate import Evaluator, NeedsResult, Pending
from byhand.engine.playbook import Playbook, Step
from byhand.engine.program import Entry, Piece, Program, Section
from byhand.engine.reading import Reading
from byhand.engine.template import Template
from byhand.engine.variables import Variables
from byhand.errors import BadValue, SourceError, UsageError, nearest

__all__ = ["Compiler", "Options", "Piece", "Program", "Section"]

# The result of a step that ``when`` left out, or whose loop had nothing.
SKIPPED: Mapping[str, Any] = {
    "skipped": True, "changed": False, "stdout": "", "stderr": "", "stdout_lines": [], "rc": 0, "results": [],
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """How to compile: what to select and what to show.

    ``folder``: where the run's journal is. ``command``: shown in the header.
    ``notified``: the ids of handlers that earlier programs of the play notified.
    ``start_at``: the name or id of the first step to take.
    """

    folder: str
    command: str = ""
    tags: frozenset[str] = frozenset()
    skip_tags: frozenset[str] = frozenset()
    explain: bool = False
    notified: frozenset[str] = frozenset()
    start_at: str = ""


class Compiler:
    """Compiles one play; keeps what its parts share: pieces, sections, results."""

    def __init__(
        self, options: Options, around: Mapping[str, Any], results: Mapping[str, Any] | None = None, places: Mapping[str, str] | None = None
    ) -> None:
        self.options = options
        self.globals = dict(around)
        self.places = places or {}
        self.origins: dict[str, list[tuple[Any, str]]] = {}
        self._started = not options.start_at
        self.results: dict[str, Any] = dict(results or {})
        self.pieces: list[Piece] = []
        self.sections: list[Section] = [Section(options.folder)]
        self.skipped: list[str] = []
        self.entries: list[Entry] = []
        self._inside = ""
        self._rescue = False
        self._blocks = 0
        self._together = 0
        self._secrets: dict[str, Mapping[str, Any]] = {}
        self._one_line: set[str] = set()
        self._ids: set[str] = set()
        self._next: dict[str, int] = {}
        self._templates: dict[str, Template | None] = {}
        self._open: list[str] = []
        self._section = 1
        self._tags: tuple[str, ...] = ()
        self._become = ("", "")
        self._when: tuple[str, ...] = ()
        self._title: Mapping[str, Any] = {}
        self._variables = Variables({})
        self._handlers: list[tuple[Reading, str]] = []
        self._handler_ids: dict[tuple[str, str], str] = {}

    def program(self, book: Playbook, params: Mapping[str, Any], *, start: int = 0) -> Program:
        """The program for ``book`` from its step ``start`` on, with the ``params`` that were given."""
        self._started = self._started or start > 0
        remaining = self._steps(book, params, start)
        if not self._started:
            names = [step.name for step in book.steps]
            raise UsageError(f"no step '{self.options.start_at}' to start at", hint=nearest(self.options.start_at, names))
        if remaining == start and not self.pieces:
            step = book.steps[start]
            raise SourceError(f"'{step.name}' needs a registered result of a step inside itself", path=book.path, line=step.line)
        if remaining is None:
            for reading, identity in self._handlers:
                told = reading.with_variables({**reading.variables, **self.results})
                needed = told.needed()
                if needed is not None:
                    self._when = needed
                    self._piece(told, handler=identity)
            self._when = ()
        used = [i for i in range(1, len(self.sections) + 1) if any(p.section == i for p in self.pieces)]
        number = {old: new for new, old in enumerate(used, 1)}
        pieces = tuple(replace(piece, section=number[piece.section]) for piece in self.pieces)
        sections = tuple(self.sections[i - 1] for i in used)
        title = _line(str(Evaluator(book).value(book.title, self._title, book.lines.get("title", 1))))
        entries = [replace(entry, section=number.get(entry.section, 0)) for entry in self.entries]
        options = self.options
        text = program.text(
            book, title, pieces, sections or (Section(options.folder),), entries,
            home=options.folder, command=options.command, explain=options.explain, notified=options.notified,
        )  # fmt: skip
        known = {name: result for name, result in self.results.items() if not isinstance(result, Pending)}
        wanted = {name: self._secrets[name] for name in secret.used(text)}
        own = {name: self._title[name] for name in (*book.params, *book.vars) if name in self._title}
        return Program(text, title, pieces, sections, remaining, tuple(self.skipped), known, wanted, frozenset(self._one_line), own)

    def _steps(self, book: Playbook, params: Mapping[str, Any], start: int, giver: str = "--param") -> int | None:
        key = book.path
        if key in self._open:
            raise SourceError("includes itself: " + " → ".join([*self._open, key]), path=book.path)
        if len(self._open) > 20:
            raise SourceError("includes are nested deeper than 20", path=book.path)
        self._open.append(key)
        evaluator = Evaluator(book)
        outside, self._variables = self._variables, variables.of_play(
            book, evaluator, self.globals, params, giver=giver, places=self.places
        )  # fmt: skip
        known = self._variables.values
        for name, spec in book.secrets.items():
            where = evaluator.value(dict(spec), known, book.lines.get(f"secrets/{name}", 1))
            where["folder"] = os.path.dirname(os.path.abspath(book.path))
            if self._secrets.setdefault(name, where) != where:
                raise SourceError(f"another playbook has a secret '{name}' too", path=book.path, line=book.lines.get(f"secrets/{name}", 1))
        if len(self._open) == 1:
            self._title, self.origins = known, self._variables.origins
        for handler in book.handlers:
            identity = self._identity(handler, None)
            self._handler_ids[book.path, handler.name] = identity
            self._handlers.append((Reading(book, handler, evaluator, known), identity))
        for index, step in enumerate(book.steps[start:], start):
            kept = len(self.pieces), len(self.sections), len(self.skipped), len(self.entries), len(self._handlers)
            try:
                self._step(Reading(book, step, evaluator, {**known, **self.results}))
            except NeedsResult:
                if len(self._open) > 1:
                    raise SourceError(
                        f"'{step.name}' needs a registered result inside an included playbook", path=book.path, line=step.line
                    ) from None
                del self.pieces[kept[0] :], self.sections[kept[1] :], self.skipped[kept[2] :]
                del self.entries[kept[3] :], self._handlers[kept[4] :]
                self._inside, self._rescue = "", False
                self._open.pop()
                return index
        self._open.pop()
        self._variables = outside
        return None

    def _block(self, reading: Reading) -> None:
        step = reading.step
        needed = reading.needed()
        if needed is None:
            self._skip(step)
            return
        self._blocks += 1
        number, outside, tags, when, rescue = self._blocks, self._inside, self._tags, self._when, self._rescue
        self._when = (*when, *needed)
        self.entries.append(Entry(outside, self._section, block=number, rescues=bool(step.rescue)))
        self._tags = (*tags, *step.tags)
        for part in ("block", "rescue", "always"):
            self._inside, self._rescue = f"{part}_{number}", rescue or part == "rescue"
            for inner in getattr(step, part):
                self._step(replace(reading, step=inner, variables={**reading.variables, **self.results}))
        self._inside, self._tags, self._when, self._rescue = outside, tags, when, rescue

    def _step(self, reading: Reading) -> None:
        step = reading.step
        if step.block:
            self._block(reading)
            return
        if self.options.start_at in (step.name, step.id):
            self._started = True
        if not self._selected(reading.book, step):
            return
        items = reading.items()
        if step.register and items == []:
            self.results.setdefault(step.register, dict(SKIPPED))
        workers = min(reading.workers(), len(items or [()]))
        outside = self._inside
        if workers > 1:
            self._together += 1
            self.entries.append(Entry(outside, self._section, together=self._together, workers=workers))
        for index, item in enumerate([None] if items is None else items):
            own = {} if items is None else {step.loop_var: item, step.loop_index: index}
            one = reading.with_variables(self._variables.for_step(step, {**reading.variables, **own}, reading.evaluator))
            needed = one.needed()
            if needed is None:
                self._skip(step)
                continue
            when, self._when = self._when, (*self._when, *needed)
            if step.include:
                self._include(one)
            else:
                if workers > 1:
                    self._inside = f"worker_{self._together}_{index % workers + 1}"
                self._piece(one, index=None if items is None else index, count=len(items or ()))
            self._when = when
        self._inside = outside

    def _skip(self, step: Step) -> None:
        self.skipped.append(f"{step.name} (when: {' and '.join(step.when)})")
        if step.register:
            self.results.setdefault(step.register, dict(SKIPPED))

    def _selected(self, book: Playbook, step: Step) -> bool:
        """Whether the tags asked for select a step; the steps of an include have its tags too."""
        tags = {*step.tags, *book.tags, *self._tags}
        if tags & self.options.skip_tags or not (self._started or step.include):
            return False
        return bool(step.include) or not self.options.tags or bool(tags & self.options.tags) or "always" in tags

    def _include(self, reading: Reading) -> None:
        step = reading.step
        included, given = reading.included(), reading.value(dict(step.args))
        before = self._section
        if step.own:
            if self._inside:
                raise reading.error("'own' has no meaning inside a block")
            self.sections.append(Section(str(reading.value(step.own)), shared=True))
            self._section = len(self.sections)
        tags, become = self._tags, self._become
        self._tags = (*tags, *step.tags, *reading.book.tags)
        self._become = reading.user(become)
        try:
            self._steps(included, given, 0, f"{reading.book.path}:{step.line}")
        except (BadValue, Missing) as error:
            raise reading.error(f"{included.name}: {error.message}", error.hint) from None
        self._tags, self._become = tags, become
        if step.own:
            # What follows is the play's own again, in a section of its own place in the order.
            self.sections.append(self.sections[before - 1])
            self._section = len(self.sections)

    def _piece(self, reading: Reading, *, index: int | None = None, count: int = 1, handler: str = "") -> None:
        step = reading.step
        found = self._templates.setdefault(step.template, None) or reading.template()
        self._templates[step.template] = found
        args, one_line = reading.arguments(found)
        self._one_line |= one_line
        title, lasts = reading.title(index, count), reading.lasts()
        identity = handler or self._identity(step, index)
        context = {**args, "folder": self.sections[self._section - 1].folder, "step_id": identity, "facts": reading.variables.get("facts")}
        blocks = tuple(render.blocks(found, context, reading.book.path, step.line))
        for block, text in blocks:
            if block == "undo" and secret.used(text):
                raise reading.error(f"{found.name}: its undo would need the secret '{secret.used(text)[0]}'")
        handlers = {name: known for (path, name), known in self._handler_ids.items() if path == reading.book.path}
        added = reading.modifiers(identity, self._when, handlers)
        try:
            blocks = modifiers.around(blocks, found, added)
        except BadValue as error:
            raise reading.error(error.message, error.hint) from None
        user, method = reading.user(self._become)
        if user:
            prior = f"{context['folder']}/prior/{identity}"
            blocks = tuple((block, render.as_user(method, user, block, text, found, prior)) for block, text in blocks)
        self.entries.append(Entry(self._inside, self._section, identity, title))
        self.pieces.append(
            Piece(
                identity, title, found, blocks, self._section, reading.book.path, step.line, register=step.register,
                at_exit=lasts == "program", become=user, become_method=method, looped=index is not None, modifiers=added,
                handler=bool(handler), rescue=self._rescue,
            )
        )  # fmt: skip
        if step.register:
            before = self.results.get(step.register)
            ids = before.ids if index and isinstance(before, Pending) else ()
            self.results[step.register] = Pending((*ids, identity))

    def _identity(self, step: Step, index: int | None) -> str:
        base = step.id or step.template.rpartition("/")[2]
        wanted = base if index is None else f"{base}_{index + 1}"
        found, n = wanted, self._next.get(wanted, 1)
        # The frame's own functions are apply_step, check_step and so on.
        while found in self._ids or found == "step":
            n += 1
            found = f"{wanted}_{n}"
        self._next[wanted] = n
        self._ids.add(found)
        return found


def _line(text: str) -> str:
    return str(quoting.comment(text))
