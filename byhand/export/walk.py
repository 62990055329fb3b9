"""A play as tasks: what the compiler would put into a program, before it becomes one program's text.

Includes, tags and loops are followed as the compiler follows them. What it would leave to a
second program, since it needs results, stays an expression here (``late``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from byhand.engine import modifiers, quoting, render, secret
from byhand.engine.compile import SKIPPED, Compiler
from byhand.engine.evaluate import Evaluator, NeedsResult, Pending
from byhand.engine.modifiers import Modifiers
from byhand.engine.playbook import Playbook
from byhand.engine.reading import Reading
from byhand.engine.template import Template
from byhand.errors import ByhandError, SourceError
from byhand.export import late

_BLOCKS = ("check", "save", "apply")
_TOO_LATE = "needs a result where it must be known before the play runs"


@dataclass(frozen=True)
class Task:
    """A step: its template's blocks as sh with Ansible's expressions in them, and what Ansible has keys for.

    ``conditions``: when, until, failed_when, changed_when. ``vars``: what their expressions and
    those in ``blocks`` need. ``loop``: None when it stands for itself.
    """

    id: str
    title: str
    path: str
    line: int
    template: Template
    args: Mapping[str, Any]
    blocks: Mapping[str, str]
    modifiers: Modifiers
    environment: Mapping[str, str]
    conditions: Mapping[str, list[Any]]
    vars: Mapping[str, Any]
    tags: tuple[str, ...]
    become: str = ""
    become_method: str = ""
    register: str = ""
    loop: Any = None
    loop_var: str = "item"
    loop_index: str = "loop_index"
    waits: bool = False
    secrets: tuple[str, ...] = ()
    handler: bool = False


@dataclass(frozen=True)
class Block:
    """A block; its parts are tasks and blocks."""

    title: str
    when: list[Any]
    vars: Mapping[str, Any]
    parts: Mapping[str, list[Task | Block]] = field(default_factory=dict)


@dataclass(frozen=True)
class Marked(Reading):
    """A step whose values are marks where they depend on a result; ``texts`` are those values as they are written."""

    marks: late.Marks = field(default_factory=late.Marks)
    texts: list[tuple[str, bool]] = field(default_factory=list)

    def value(self, raw: Any) -> Any:
        if isinstance(raw, Mapping):
            return {key: self.value(item) for key, item in raw.items()}
        if isinstance(raw, list):
            return [self.value(item) for item in raw]
        try:
            return super().value(raw)
        except NeedsResult:
            self.texts.append((raw, False))
            return self.marks.text(raw)

    def shown(self, index: int | None, count: int) -> str:
        """The step's title; what is not known yet is left out."""
        known = replace(
            self.step, name=self._known(self.step.name), loop_label=self._known(self.step.loop_label) if index is not None else ""
        )
        return replace(self, step=known).title(index, count)

    def _known(self, raw: str) -> str:
        try:
            Reading.value(self, raw)
        except NeedsResult:
            return late.without(raw)
        return raw


class Walker(Compiler):
    """Walks through one play; ``tasks`` and ``handlers`` are what it found."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.tasks: list[Task | Block] = []
        self.handlers: list[Task] = []
        self.title = ""
        self.registered: dict[str, bool] = {}
        self._late: dict[str, str] = {}

    @property
    def secrets(self) -> Mapping[str, Mapping[str, Any]]:
        """Where each secret of the play is kept, by its name."""
        return self._secrets

    def walk(self, book: Playbook, params: Mapping[str, Any]) -> None:
        """Fill ``tasks`` and ``handlers``. Raises SourceError for what has no form as a task."""
        remaining = self._steps(book, params, 0)
        self.title = str(quoting.comment(str(Evaluator(book).value(book.title, self._title, book.lines.get("title", 1)))))
        if remaining is not None:
            step = book.steps[remaining]
            raise SourceError(f"'{step.name}' {_TOO_LATE}", path=book.path, line=step.line)
        for reading, identity in self._handlers:
            told = reading.with_variables({**reading.variables, **self.results})
            when = _when(told)
            if when is not None:
                self.handlers.append(replace(self._task(told, when, identity=identity), handler=True))

    def _block(self, reading: Reading) -> None:
        step, when = reading.step, _when(reading)
        if when is None:
            return
        parts: dict[str, list[Task | Block]] = {}
        outside, tags = self.tasks, self._tags
        self._tags = (*tags, *step.tags)
        for part in ("block", "rescue", "always"):
            self.tasks = parts[part] = []
            for inner in getattr(step, part):
                self._step(replace(reading, step=inner, variables={**reading.variables, **self.results}))
        self.tasks, self._tags = outside, tags
        if parts["block"]:
            self.tasks.append(self._joined(reading, when, parts))
        else:
            self.tasks += parts["always"]

    def _joined(self, reading: Reading, when: list[str], parts: Mapping[str, list[Task | Block]]) -> Block:
        needed = self._needs(reading, [(text, True) for text in when])
        return Block(reading.step.name, [late.condition(text) for text in when], needed, parts)

    def _step(self, reading: Reading) -> None:
        step = reading.step
        if step.block:
            self._block(reading)
            return
        if self.options.start_at in (step.name, step.id):
            self._started = True
        if not self._selected(reading.book, step):
            return
        kept = dict(self._late)
        try:
            items, known = reading.items(), True
        except NeedsResult:
            items, known = None, False
        if known and not (step.register and items):
            if step.register and items == []:
                self.results.setdefault(step.register, dict(SKIPPED))
            for index, item in enumerate([None] if items is None else items):
                own = {} if items is None else {step.loop_var: item, step.loop_index: index}
                one = reading.with_variables({**reading.variables, **own})
                self._one(one, index=None if items is None else index, count=len(items or ()))
                self._late = dict(kept)
            return
        if step.include:
            raise reading.error(f"'{step.name}' includes a playbook for each item of a result")
        own = {step.loop_var: Pending(), step.loop_index: Pending()}
        loop = [late.plain(item, "loop") for item in items] if items else late.Jinja(late.backslashes(str(step.loop)))
        self._one(reading.with_variables({**reading.variables, **own}), loop=loop)
        self._late = kept

    def _one(self, reading: Reading, *, index: int | None = None, count: int = 1, loop: Any = None) -> None:
        """A step, or one item of its loop, or its loop whose items only Ansible can go through."""
        step, found = reading.step, dict(reading.variables)
        for name, raw in step.vars.items():
            if name in self._variables.given:
                continue
            self._late.pop(name, None)
            try:
                found[name] = reading.evaluator.value(raw, found, step.line)
            except NeedsResult:
                if not isinstance(raw, str):
                    raise reading.error(f"the variable '{name}' holds a result inside a list or a mapping") from None
                self._late[name] = raw
                found[name] = Pending()
        reading = reading.with_variables(found)
        when = _when(reading)
        if when is None:
            self._skip(step)
        elif step.include:
            outside, self.tasks = self.tasks, []
            self._include(reading)
            inside, self.tasks = self.tasks, outside
            self.tasks += [self._joined(reading, when, {"block": inside})] if when and inside else inside
        else:
            self.tasks.append(self._task(reading, when, index=index, count=count, loop=loop))
            if step.register:
                self.results[step.register] = Pending()
                self.registered[step.register] = True

    def _include(self, reading: Reading) -> None:
        if reading.step.own:
            raise reading.error(f"'{reading.step.name}' belongs to another object's journal (own), which ansible has not")
        super()._include(reading)

    def _task(
        self, given: Reading, when: list[str], *, index: int | None = None, count: int = 1, loop: Any = None, identity: str = ""
    ) -> Task:  # fmt: skip
        reading = Marked(given.book, given.step, given.evaluator, given.variables)
        try:
            return self._made(reading, when, index, count, loop, identity)
        except SourceError:
            raise
        except (ByhandError, NeedsResult) as error:
            raise reading.error(f"'{given.step.name}' {error.message if isinstance(error, ByhandError) else _TOO_LATE}") from None

    def _made(self, reading: Marked, when: list[str], index: int | None, count: int, loop: Any, identity: str) -> Task:
        step, marks, texts = reading.step, reading.marks, reading.texts
        found = reading.template()
        if found.foreground or reading.lasts() != "run":
            raise ByhandError("lasts only as long as its program, and a task has none")
        that = None
        if found.name == "play/assert":
            that = reading.value(step.args.get("that"))
            if late.marked(that):
                if "\\" in str(step.args["that"]):
                    raise ByhandError("asserts something of a text with a backslash, which ansible reads otherwise")
                reading = replace(reading, step=replace(step, args={**step.args, "that": True}))
        args, _ = reading.arguments(found)
        for name, raw in step.args.items():
            # A mark stands for one text: a list that is a result's own has another number of words.
            if isinstance(raw, str) and isinstance(args.get(name), list) and late.marked(args[name]):
                raise ByhandError(f"needs a result for '{name}', a list that must be known before the play runs")
        identity = identity or self._identity(step, index)
        added = self._added(reading)
        blocks = self._blocks_of(reading, found, args, added, identity)
        conditions = {"when": when, **{key: list(getattr(step, key)) for key in ("until", "failed_when", "changed_when")}}
        judged = [text for key, group in conditions.items() if key != "when" for text in group]
        if not step.register and any(text.lower() not in ("true", "false") for text in judged):
            raise ByhandError("asks about its result and does not register it")
        texts += [(text, True) for text in when] + ([(loop, False)] if isinstance(loop, str) else [])
        waits = bool(late.depends(texts, self._late) & self.registered.keys())
        user, method = reading.user(self._become)
        pairs = [pair.partition("=") for pair in added.environment]
        hidden = {name for text in blocks.values() for name in secret.used(text)} | secret.names([text for _, _, text in pairs])
        return Task(
            identity, reading.shown(index, count), reading.book.path, step.line, found,
            marks.resolved(args if that is None else {**args, "that": that}), marks.blocks(blocks), added,
            {name: _revealed(marks.resolve(text)) for name, _, text in pairs},
            {key: [late.condition(text) for text in group] for key, group in conditions.items()},
            self._needs(reading, [*texts, *((text, True) for text in judged)]),
            tuple(dict.fromkeys((*self._tags, *reading.book.tags, *step.tags))), user, method,
            step.register, loop, step.loop_var, step.loop_index, waits, tuple(sorted(hidden)),
        )  # fmt: skip

    def _added(self, reading: Marked) -> Modifiers:
        """The step's modifiers; its conditions stay what they are."""
        plain = replace(reading, step=replace(reading.step, until=(), failed_when=(), changed_when=()))
        handlers = {name: known for (path, name), known in self._handler_ids.items() if path == reading.book.path}
        found = plain.modifiers("", (), handlers)
        if not reading.step.until:
            return found
        # Ansible's: three tries, five seconds apart.
        given = reading.step.modifiers
        return replace(found, retries=found.retries if "retries" in given else 2, delay=found.delay if "delay" in given else 5)

    def _blocks_of(self, reading: Marked, found: Template, args: dict[str, Any], added: Modifiers, identity: str) -> dict[str, str]:
        """The blocks with guards and time limit around them; environment and user are Ansible's."""
        kept = replace(added, environment=())

        def rendered(values: dict[str, Any]) -> dict[str, str]:
            context = {**values, "folder": late.FOLDER, "step_id": identity, "facts": self.globals.get("facts")}
            blocks = tuple(render.blocks(found, context, reading.book.path, reading.step.line))
            return {block: late.in_folder(text) for block, text in modifiers.around(blocks, found, kept) if block in _BLOCKS}

        blocks = rendered(args)
        for block, text in blocks.items():
            if re.search(r"\$folder\b" if block == "check" else r"\$folder\b(?![\"']*/prior/)", text) and "folder=" not in text:
                raise ByhandError("works in the folder of its program's run, and a task has none")
        if late.marked(args):
            for sample in late.SAMPLES:
                again = rendered(late.longer(args, sample))
                if {block: late.shorter(text, sample) for block, text in again.items()} != blocks:
                    raise ByhandError(f"is made differently by what a result holds ({found.name} looks at it)")
        return blocks

    def _needs(self, reading: Reading, texts: list[tuple[str, bool]]) -> dict[str, Any]:
        try:
            return late.needed(texts, reading.variables, self._late)
        except ByhandError as error:
            raise reading.error(f"'{reading.step.name}': {error.message} and cannot stand beside a result") from None


def _when(reading: Reading) -> list[str] | None:
    """The conditions of a step that depend on results; None when another does not hold."""
    found = []
    for text in reading.step.when:
        try:
            if not reading.evaluator.condition(text, reading.variables, reading.step.line):
                return None
        except NeedsResult:
            found.append(text)
    return found


def _revealed(text: str) -> str:
    """A value of the environment with Ansible's expressions for its secrets."""
    if not secret.is_in(text):
        return text
    if isinstance(text, late.Jinja) or "{" in text:
        raise ByhandError("has a secret beside a result or braces in its environment")
    parts = secret.pieces(text)
    return late.Jinja("".join(f"{{{{ byhand_secret_{part} }}}}" if i % 2 else part for i, part in enumerate(parts)))
