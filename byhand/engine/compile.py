"""A playbook and its parameters become one POSIX sh program.

Nothing is run and nothing of the host is read here but ``facts``: the same inputs give
the same text. ``templates/program.sh.j2`` is the frame; this module fills it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from byhand import __version__, values
from byhand.engine import conditions, environment, modifiers, playbook, quoting, render, secret, template, variables
from byhand.engine.arguments import Missing, bind
from byhand.engine.evaluate import Evaluator, NeedsResult, Pending
from byhand.engine.modifiers import Modifiers
from byhand.engine.playbook import Playbook, Step
from byhand.engine.template import Template
from byhand.engine.variables import Variables
from byhand.errors import BadValue, ByhandError, SourceError, UsageError, nearest

# The result of a step that ``when`` left out, or whose loop had nothing.
SKIPPED: Mapping[str, Any] = {
    "skipped": True, "changed": False, "stdout": "", "stderr": "", "stdout_lines": [], "rc": 0, "results": [],
}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A folder with its own lock and journal. ``shared``: another object's, only added to here."""

    folder: str
    shared: bool = False


@dataclass(frozen=True)
class Piece:
    """One step of a program: its rendered blocks and what the frame must know of it.

    ``section`` counts from 1. ``line`` and ``path`` are where the step is written.
    """

    id: str
    title: str
    template: Template
    blocks: tuple[tuple[str, str], ...]
    section: int
    path: str
    line: int
    register: str = ""
    at_exit: bool = False
    become: str = ""
    become_method: str = ""
    looped: bool = False
    modifiers: Modifiers = modifiers.NONE
    handler: bool = False

    @property
    def note(self) -> str:
        """Where the step comes from: its template and the manual pages."""
        return f"{self.template.name}: {', '.join(self.template.man)}".rstrip(": ")

    @property
    def why(self) -> str:
        return self.template.why

    @property
    def undo_none(self) -> str:
        return self.template.undo_none


@dataclass(frozen=True)
class Program:
    """A compiled program. ``remaining``: the index of the first step left for the next
    program, because it needs a result of this one; None when the play is complete.
    ``results``: those known without running it, of skipped steps and of programs before.
    ``secrets``: where those it uses are kept; ``one_line``: those that may have one line only.
    """

    text: str
    title: str
    pieces: tuple[Piece, ...]
    sections: tuple[Section, ...]
    remaining: int | None = None
    skipped: tuple[str, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    one_line: frozenset[str] = frozenset()


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


@dataclass(frozen=True)
class Entry:
    """A line of a program's plan: a step, or a block of steps.

    ``inside``: the function it stands in, ``rescue_2`` for instance, "" for the plan itself.
    ``block``: a block's number, 0 for a step. ``together``: the number of a loop whose items
    run ``workers`` at a time, each item in a worker's function of its own.
    """

    inside: str
    section: int
    id: str = ""
    title: str = ""
    block: int = 0
    rescues: bool = False
    together: int = 0
    workers: int = 0


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
        self._blocks = 0
        self._together = 0
        self._secrets: dict[str, Mapping[str, Any]] = {}
        self._one_line: set[str] = set()
        self._ids: set[str] = set()
        self._templates: dict[str, Template] = {}
        self._open: list[str] = []
        self._section = 1
        self._tags: tuple[str, ...] = ()
        self._become: tuple[str, str] | None = None
        self._when: tuple[str, ...] = ()
        self._title: Mapping[str, Any] = {}
        self._variables = Variables({})
        self._handlers: list[tuple[Playbook, Step, Evaluator, dict[str, Any], str]] = []
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
            for owner, step, evaluator, variables, identity in self._handlers:
                with_results = {**variables, **self.results}
                needed = self._needed(step.when, evaluator, with_results, step.line)
                if needed is not None:
                    self._when = needed
                    self._piece(owner, step, evaluator, with_results, handler=identity)
            self._when = ()
        used = [i for i in range(1, len(self.sections) + 1) if any(p.section == i for p in self.pieces)]
        number = {old: new for new, old in enumerate(used, 1)}
        pieces = tuple(replace(piece, section=number[piece.section]) for piece in self.pieces)
        sections = tuple(self.sections[i - 1] for i in used)
        title = _line(str(Evaluator(book).value(book.title, self._title, book.lines.get("title", 1))))
        entries = [replace(entry, section=number.get(entry.section, 0)) for entry in self.entries]
        text = self._text(book, title, pieces, sections, entries)
        known = {name: result for name, result in self.results.items() if not isinstance(result, Pending)}
        wanted = {name: self._secrets[name] for name in secret.used(text)}
        return Program(text, title, pieces, sections, remaining, tuple(self.skipped), known, wanted, frozenset(self._one_line))

    def _text(self, book: Playbook, title: str, pieces: tuple[Piece, ...], sections: tuple[Section, ...], entries: list[Entry]) -> str:
        def marked(mark: str) -> str:
            named = [piece.id for piece in pieces if _has(piece, mark)]
            return f" {' '.join(named)} " if named else " "

        header = [self.options.command] if self.options.command else []
        if self.options.explain and book.why:
            header.append(book.why)
        env, sources = environment.commands()
        name = "program.sh.j2"
        if name not in sources.texts:
            sources.texts[name] = (template.packaged("templates") / name).read_text(encoding="utf-8")
        return env.get_template(name).render(
            title=title, header=header, version=__version__, steps=pieces, sections=sections or (Section(self.options.folder),),
            home=self.options.folder, become_methods=sorted({piece.become_method for piece in pieces if piece.become}), marked=marked,
            uses_results=any(piece.modifiers.conditions for piece in pieces), explain=self.options.explain,
            entries=entries, blocks=[entry for entry in entries if entry.block],
            secrets=secret.used("".join(text for piece in pieces for _, text in (*piece.blocks, *piece.modifiers.conditions))),
            loops=[entry for entry in entries if entry.together],
            notified=f" {' '.join(sorted(self.options.notified))} ", vanish=book.vanish, quiet=book.quiet, failure_exit=book.failure_exit,
        )  # fmt: skip

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
            self._handlers.append((book, handler, evaluator, known, identity))
        for index, step in enumerate(book.steps[start:], start):
            kept = len(self.pieces), set(self._ids), len(self.sections), len(self.skipped), len(self.entries), len(self._handlers)
            try:
                self._step(book, step, evaluator, {**known, **self.results})
            except NeedsResult:
                if len(self._open) > 1:
                    raise SourceError(
                        f"'{step.name}' needs a registered result inside an included playbook", path=book.path, line=step.line
                    ) from None
                del self.pieces[kept[0] :], self.sections[kept[2] :], self.skipped[kept[3] :]
                del self.entries[kept[4] :], self._handlers[kept[5] :]
                self._inside = ""
                self._ids = kept[1]
                self._open.pop()
                return index
        self._open.pop()
        self._variables = outside
        return None

    def _block(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> None:
        needed = self._needed(step.when, evaluator, variables, step.line)
        if needed is None:
            self.skipped.append(f"{step.name} (when: {' and '.join(step.when)})")
            return
        self._blocks += 1
        number, outside, tags, when = self._blocks, self._inside, self._tags, self._when
        self._when = (*when, *needed)
        self.entries.append(Entry(outside, self._section, block=number, rescues=bool(step.rescue)))
        self._tags = (*tags, *step.tags)
        for part in ("block", "rescue", "always"):
            self._inside = f"{part}_{number}"
            for inner in getattr(step, part):
                self._step(book, inner, evaluator, {**variables, **self.results})
        self._inside, self._tags, self._when = outside, tags, when

    def _needed(self, texts: tuple[str, ...], evaluator: Evaluator, variables: Mapping[str, Any], line: int) -> tuple[str, ...] | None:
        """None when a condition does not hold; else those that only the program can decide, as conditions of sh.

        Raises NeedsResult for one that even the program cannot.
        """
        found = []
        for text in texts:
            try:
                if not evaluator.condition(text, variables, line):
                    return None
            except NeedsResult:
                pending = {name: value for name, value in variables.items() if isinstance(value, Pending)}
                try:
                    found.append(conditions.shell(text, pending, variables))
                except conditions.Untranslatable:
                    raise NeedsResult from None
        return tuple(condition for condition in found if condition != "true")

    def _step(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> None:
        if step.block:
            self._block(book, step, evaluator, variables)
            return
        if self.options.start_at in (step.name, step.id):
            self._started = True
        if not self._selected(book, step):
            return
        items = list(self._items(step, evaluator, variables))
        if step.register and not items:
            self.results.setdefault(step.register, dict(SKIPPED))
        workers = min(self._workers(book, step, evaluator, variables), len(items))
        outside = self._inside
        if workers > 1:
            self._together += 1
            self.entries.append(Entry(outside, self._section, together=self._together, workers=workers))
        for item, index, count in items:
            inside = dict(variables)
            if index is not None:
                inside |= {step.loop_var: item, step.loop_index: index}
            inside = self._variables.for_step(step, inside, evaluator)
            needed = self._needed(step.when, evaluator, inside, step.line)
            if needed is None:
                self.skipped.append(f"{step.name} (when: {' and '.join(step.when)})")
                if step.register:
                    self.results.setdefault(step.register, dict(SKIPPED))
                continue
            when, self._when = self._when, (*self._when, *needed)
            if step.include:
                self._include(book, step, evaluator, inside)
            else:
                if workers > 1 and index is not None:
                    self._inside = f"worker_{self._together}_{index % workers + 1}"
                self._piece(book, step, evaluator, inside, index=index, count=count)
            self._when = when
        self._inside = outside

    def _workers(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> int:
        """How many items of a loop run at a time."""
        if step.parallel == 1:
            return 1
        try:
            found = values.convert(evaluator.value(step.parallel, variables, step.line), "count", label="parallel")
        except BadValue as error:
            raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None
        if step.loop is not None and found > 1 and self._template(book, step).foreground:
            raise SourceError(f"{step.template} runs in the foreground, one at a time", path=book.path, line=step.line)
        return max(1, int(found))

    def _selected(self, book: Playbook, step: Step) -> bool:
        """Whether the tags asked for select a step; the steps of an include have its tags too."""
        tags = {*step.tags, *book.tags, *self._tags}
        if tags & self.options.skip_tags or not (self._started or step.include):
            return False
        return bool(step.include) or not self.options.tags or bool(tags & self.options.tags) or "always" in tags

    def _items(self, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> Iterator[tuple[Any, int | None, int]]:
        if step.loop is None:
            yield None, None, 1
            return
        items = evaluator.value(step.loop, variables, step.line)
        if isinstance(items, Pending):
            raise NeedsResult
        if isinstance(items, dict):
            items = [{"key": key, "value": value} for key, value in items.items()]
        if not isinstance(items, (list, tuple, range)):
            raise SourceError(f"'loop' is not a list: {items!r}", path=evaluator.playbook.path, line=step.line)
        for index, item in enumerate(items):
            yield item, index, len(items)

    def _include(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> None:
        try:
            included = playbook.find(str(evaluator.value(step.include, variables, step.line)))
        except ByhandError as error:
            if isinstance(error, SourceError):
                raise
            raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None
        given = evaluator.value(dict(step.args), variables, step.line)
        before = self._section
        if step.own:
            if self._inside:
                raise SourceError("'own' has no meaning inside a block", path=book.path, line=step.line)
            folder = str(evaluator.value(step.own, variables, step.line))
            self.sections.append(Section(folder, shared=True))
            self._section = len(self.sections)
        tags, become = self._tags, self._become
        self._tags = (*tags, *step.tags, *book.tags)
        user, method = self._user(book, step, evaluator, variables)
        self._become = (user, method) if user else None
        try:
            self._steps(included, given, 0, f"{book.path}:{step.line}")
        except (BadValue, Missing) as error:
            raise SourceError(f"{included.name}: {error.message}", path=book.path, line=step.line, hint=error.hint) from None
        self._tags, self._become = tags, become
        if step.own:
            # What follows is the play's own again, in a section of its own place in the order.
            self.sections.append(self.sections[before - 1])
            self._section = len(self.sections)

    def _piece(
        self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any], *, index: int | None = None, count: int = 1,
        handler: str = "",
    ) -> None:  # fmt: skip
        found = self._template(book, step)
        args = self._arguments(book, step, found, evaluator.value(dict(step.args), variables, step.line))
        title = _line(str(evaluator.value(step.name, variables, step.line)))
        if step.loop_label:
            title += f" ({_line(str(evaluator.value(step.loop_label, variables, step.line)))})"
        elif index is not None and count > 1 and "{{" not in step.name:
            title += f" ({index + 1} of {count})"
        lasts = str(evaluator.value(step.lasts, variables, step.line))
        if lasts not in ("run", "program"):
            raise SourceError(f"lasts is '{lasts}'", path=book.path, line=step.line, hint="run or program")
        identity = handler or self._identity(step, index)
        context = {**args, "folder": self.sections[self._section - 1].folder, "step_id": identity, "facts": variables.get("facts")}
        blocks = tuple(render.blocks(found, context, book.path, step.line))
        for block, text in blocks:
            if block == "undo" and secret.used(text):
                raise SourceError(f"{found.name}: its undo would need the secret '{secret.used(text)[0]}'", path=book.path, line=step.line)
        added = self._modifiers(book, step, evaluator, variables, identity)
        try:
            blocks = modifiers.around(blocks, found, added)
        except BadValue as error:
            raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None
        user, method = self._user(book, step, evaluator, variables)
        if user:
            blocks = tuple((block, render.as_user(method, user, block, text, found)) for block, text in blocks)
        self.entries.append(Entry(self._inside, self._section, identity, title))
        self.pieces.append(
            Piece(
                identity,
                title,
                found,
                blocks,
                self._section,
                book.path,
                step.line,
                register=step.register,
                at_exit=lasts == "program",
                become=user,
                become_method=method,
                looped=index is not None,
                modifiers=added,
                handler=bool(handler),
            )
        )
        if step.register:
            before = self.results.get(step.register)
            ids = before.ids if index and isinstance(before, Pending) else ()
            self.results[step.register] = Pending((*ids, identity))

    def _modifiers(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any], identity: str) -> Modifiers:
        """A step's modifiers; what it notifies is turned into handlers' ids."""
        given = dict(step.modifiers)
        if book.environment:
            given["environment"] = {**book.environment, **(given.get("environment") or {})}
        try:
            found = modifiers.read(given, lambda raw: evaluator.value(raw, variables, step.line))
        except BadValue as error:
            raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None
        known = {name: handler for (path, name), handler in self._handler_ids.items() if path == book.path}
        for name in found.notify:
            if name not in known:
                raise SourceError(f"no handler '{name}'", path=book.path, line=step.line, hint=nearest(name, known))
        if found.notify:
            found = replace(found, notify=tuple(known[name] for name in found.notify))
        if self._when or step.until or step.failed_when or step.changed_when:
            when, until, failed, changed = self._conditions(book, step, variables, identity)
            found = replace(found, when=when, until=until, failed_when=failed, changed_when=changed)
        if found.until:
            # Ansible's: three tries, five seconds apart.
            found = replace(
                found, retries=found.retries if "retries" in given else 2, delay=found.delay if "delay" in given else 5
            )  # fmt: skip
        return found

    def _conditions(self, book: Playbook, step: Step, variables: dict[str, Any], identity: str) -> list[str]:
        """A step's conditions as sh has them, when, until, failed_when and changed_when; its own result is the one of this step."""
        pending = {name: value for name, value in variables.items() if isinstance(value, Pending)}
        if step.register:
            pending[step.register] = Pending((identity,))
        found = [" && ".join(self._when)]
        for key in ("until", "failed_when", "changed_when"):
            try:
                found.append(" && ".join(conditions.shell(text, pending, variables) for text in getattr(step, key)))
            except conditions.Untranslatable as error:
                hint = "" if step.register else "register: NAME gives the step's result that name"
                raise SourceError(f"{key}: {error.message}", path=book.path, line=step.line, hint=hint) from None
        return found

    def _user(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> tuple[str, str]:
        """Who a step runs as and by which command, "" for whoever runs the program: the step says, its playbook, or what included that.

        A host's own variables (``ansible_become_user``, ``ansible_become_method``) come before the playbook's.
        """
        host = {key: variables.get(f"ansible_become{key}") for key in ("", "_user", "_method")}
        method = step.become_method or host["_method"] or book.become_method or "sudo"
        if step.become is None and not book.become and self._become:
            return step.become_user or self._become[0], step.become_method or self._become[1]
        wanted = book.become if host[""] is None else host[""]
        if step.become is not None:
            wanted = evaluator.value(step.become, variables, step.line)
        try:
            user = values.operand(step.become_user or host["_user"] or book.become_user) if values.boolean(wanted) else ""
            if method not in ("sudo", "doas", "su"):
                raise BadValue("become_method", str(method), "is not known", "sudo, doas or su")
        except BadValue as error:
            raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None
        return user, str(method) if user else ""

    def _template(self, book: Playbook, step: Step) -> Template:
        if step.template not in self._templates:
            try:
                self._templates[step.template] = template.find(step.template)
            except SourceError:
                raise
            except ByhandError as error:
                raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None
        return self._templates[step.template]

    def _arguments(self, book: Playbook, step: Step, found: Template, given: dict[str, Any]) -> dict[str, Any]:
        for key, value in given.items():
            if key not in found.args:
                raise SourceError(f"{found.name} has no argument '{key}'", path=book.path, line=step.line, hint=nearest(key, found.args))
            if secret.is_in(value):
                kind = found.args[key].type
                if kind not in secret.TYPES:
                    raise SourceError(
                        f"{found.name}: {key} cannot be a secret: a {kind} is looked at first", path=book.path, line=step.line
                    )
                if kind in secret.ONE_LINE:
                    self._one_line |= secret.names(value)
        try:
            return bind(found.args, given, f"{found.name}: ")
        except UsageError as error:
            raise SourceError(error.message, path=book.path, line=step.line, hint=error.hint) from None

    def _identity(self, step: Step, index: int | None) -> str:
        base = step.id or step.template.rpartition("/")[2]
        wanted = base if index is None else f"{base}_{index + 1}"
        found, n = wanted, 1
        # The frame's own functions are apply_step, check_step and so on.
        while found in self._ids or found == "step":
            n += 1
            found = f"{wanted}_{n}"
        self._ids.add(found)
        return found


def _has(piece: Piece, mark: str) -> bool:
    found = piece.template
    return {
        "always": bool(found.always) and not piece.modifiers.guards,
        "careful": piece.modifiers.careful,
        "ignored": piece.modifiers.ignore_errors,
        "unchanged": piece.modifiers.changed_when == "false" or not found.changes,
        "asked": piece.modifiers.changed_when not in ("", "false", "true"),
        "depends": bool(piece.modifiers.when),
        "waits": bool(piece.modifiers.until),
        "judged": bool(piece.modifiers.failed_when),
        "hidden": piece.modifiers.no_log,
        "handlers": piece.handler,
        "saves": "save" in found.blocks,
        "stays": "undo" not in found.blocks,
        "diffs": "diff" in found.blocks,
        "lasting": found.lasting,
        "foreground": found.foreground,
        "at_exit": piece.at_exit,
        "register": bool(piece.register),
    }[mark]


def _line(text: str) -> str:
    return str(quoting.comment(text))
