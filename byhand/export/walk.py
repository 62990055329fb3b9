"""A play as tasks: what the compiler would put into a program, before it becomes one program's text.

Includes, tags and loops are followed as the compiler follows them. What it would leave to a
second program, since it needs results, stays an expression here (``late``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from byhand.engine import modifiers, quoting, render
from byhand.engine.compile import SKIPPED, Compiler
from byhand.engine.evaluate import Evaluator, NeedsResult, Pending
from byhand.engine.modifiers import Modifiers
from byhand.engine.playbook import Playbook, Step
from byhand.engine.template import Template
from byhand.errors import ByhandError, SourceError, nearest
from byhand.export import late

_BLOCKS = ("check", "save", "apply")


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
    handler: bool = False


@dataclass(frozen=True)
class Block:
    """A block; its parts are tasks and blocks."""

    title: str
    when: list[Any]
    vars: Mapping[str, Any]
    parts: Mapping[str, list[Task | Block]] = field(default_factory=dict)


class Walker(Compiler):
    """Walks through one play; ``tasks`` and ``handlers`` are what it found."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.tasks: list[Task | Block] = []
        self.handlers: list[Task] = []
        self.title = ""
        self.registered: dict[str, bool] = {}
        self._late: dict[str, str] = {}
        self._listening: dict[str, str] = {}

    def walk(self, book: Playbook, params: Mapping[str, Any]) -> None:
        """Fill ``tasks`` and ``handlers``. Raises SourceError for what has no form as a task."""
        remaining = self._steps(book, params, 0)
        self.title = str(quoting.comment(str(Evaluator(book).value(book.title, self._title, book.lines.get("title", 1)))))
        if remaining is not None:
            step = book.steps[remaining]
            raise _wrong(book, step, f"'{step.name}' needs a result where it must be known before the play runs")
        for owner, step, evaluator, variables, identity in self._handlers:
            with_results = {**variables, **self.results}
            when = self._when_of(step, evaluator, with_results)
            if when is not None:
                made = self._task(owner, step, evaluator, with_results, when, identity=identity)
                self.handlers.append(replace(made, handler=True))

    def _block(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> None:
        when = self._when_of(step, evaluator, variables)
        if when is None:
            return
        parts: dict[str, list[Task | Block]] = {}
        outside, tags = self.tasks, self._tags
        self._tags = (*tags, *step.tags)
        for part in ("block", "rescue", "always"):
            self.tasks = parts[part] = []
            for inner in getattr(step, part):
                self._step(book, inner, evaluator, {**variables, **self.results})
        self.tasks, self._tags = outside, tags
        if parts["block"]:
            needed = self._needed_vars(book, step, [(text, True) for text in when if isinstance(text, str)], variables)
            self.tasks.append(Block(step.name, [late.condition(text) for text in when], needed, parts))
        elif parts["always"]:
            self.tasks += parts["always"]

    def _step(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> None:
        if step.block:
            self._block(book, step, evaluator, variables)
            return
        if not self._selected(book, step):
            return
        kept = dict(self._late)
        try:
            items = list(self._items(step, evaluator, variables))
        except NeedsResult:
            items = None
        if items is not None and not (step.register and step.loop is not None and items):
            if step.register and not items:
                self.results.setdefault(step.register, dict(SKIPPED))
            for item, index, count in items:
                inside = variables if index is None else {**variables, step.loop_var: item, step.loop_index: index}
                self._one(book, step, evaluator, dict(inside), index=index, count=count)
                self._late = dict(kept)
            return
        loop: Any = [late.plain(item, "loop") for item, _, _ in items] if items is not None else step.loop
        if step.include:
            raise _wrong(book, step, f"'{step.name}' includes a playbook for each item of a result")
        inside = {**variables, step.loop_var: Pending(), step.loop_index: Pending()}
        self._one(book, step, evaluator, inside, loop=late.Jinja(loop) if isinstance(loop, str) else loop)
        self._late = kept

    def _one(
        self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any], *, index: int | None = None, count: int = 1,
        loop: Any = None,
    ) -> None:  # fmt: skip
        """A step, or one item of its loop, or its loop whose items only Ansible can go through."""
        for name, raw in step.vars.items():
            if name in self._variables.given:
                continue
            self._late.pop(name, None)
            try:
                variables[name] = evaluator.value(raw, variables, step.line)
            except NeedsResult:
                if not isinstance(raw, str):
                    raise _wrong(book, step, f"the variable '{name}' holds a result inside a list or a mapping") from None
                self._late[name] = raw
                variables[name] = Pending()
        when = self._when_of(step, evaluator, variables)
        if when is None:
            if step.register:
                self.results.setdefault(step.register, dict(SKIPPED))
            return
        if step.include:
            if when:
                self._included_when(book, step, evaluator, variables, when)
            else:
                self._include(book, step, evaluator, variables)
            return
        self.tasks.append(self._task(book, step, evaluator, variables, when, index=index, count=count, loop=loop))
        if step.register:
            self.results[step.register] = Pending()
            self.registered[step.register] = True

    def _included_when(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any], when: list[Any]) -> None:
        """An include that depends on a result: a block of its steps."""
        outside, self.tasks = self.tasks, []
        self._include(book, step, evaluator, variables)
        inside, self.tasks = self.tasks, outside
        needed = self._needed_vars(book, step, [(text, True) for text in when], variables)
        if inside:
            self.tasks.append(Block(step.name, [late.condition(text) for text in when], needed, {"block": inside}))

    def _include(self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any]) -> None:
        if step.own:
            raise _wrong(book, step, f"'{step.name}' belongs to another object's journal (own), which ansible has not")
        super()._include(book, step, evaluator, variables)

    def _when_of(self, step: Step, evaluator: Evaluator, variables: Mapping[str, Any]) -> list[str] | None:
        """The conditions that depend on results; None when another does not hold."""
        found = []
        for text in step.when:
            try:
                if not evaluator.condition(text, variables, step.line):
                    return None
            except NeedsResult:
                found.append(text)
        return found

    def _task(
        self, book: Playbook, step: Step, evaluator: Evaluator, variables: dict[str, Any], when: list[str], *, index: int | None = None,
        count: int = 1, loop: Any = None, identity: str = "",
    ) -> Task:  # fmt: skip
        found = self._template(book, step)
        texts: list[tuple[str, bool]] = []
        marks = late.Marks()

        def value(raw: Any) -> Any:
            if isinstance(raw, Mapping):
                return {key: value(item) for key, item in raw.items()}
            if isinstance(raw, list):
                return [value(item) for item in raw]
            try:
                return evaluator.value(raw, variables, step.line)
            except NeedsResult:
                texts.append((raw, False))
                return marks.text(raw)

        try:
            if found.foreground or _text(evaluator, step, variables, step.lasts) != "run":
                raise ByhandError("lasts only as long as its program, and a task has none")
            given = value(dict(step.args))
            that = given.get("that")
            if found.name == "play/assert" and late.marked(that):
                given["that"] = True
            args = self._arguments(book, step, found, given)
            _whole(args, given)
            identity = identity or self._identity(step, index)
            added = self._changes(book, step, value)
            blocks = self._blocks_of(book, step, found, args, added, identity)
            conditions = self._own_conditions(step, when)
            texts += [(text, True) for group in conditions.values() for text in group]
            texts += [(loop, False)] if isinstance(loop, str) else []
            user, method = self._user(book, step, evaluator, variables)
            pairs = (pair.partition("=") for pair in added.environment)
            return Task(
                identity, self._shown(evaluator, step, variables, index, count), book.path, step.line, found,
                marks.resolved({**args, "that": that} if "that" in args else args),
                marks.blocks(blocks), added,
                {name: marks.resolve(text) for name, _, text in pairs},
                {key: [late.condition(text) for text in group] for key, group in conditions.items()},
                self._needed_vars(book, step, texts, variables),
                tuple(dict.fromkeys((*self._tags, *book.tags, *step.tags))), user, method,
                step.register, loop, step.loop_var, step.loop_index,
            )  # fmt: skip
        except SourceError:
            raise
        except (ByhandError, NeedsResult) as error:
            why = error.message if isinstance(error, ByhandError) else "needs a result where it must be known before the play runs"
            raise _wrong(book, step, f"'{step.name}' {why}") from None

    def _own_conditions(self, step: Step, when: list[str]) -> dict[str, list[str]]:
        others = {key: list(getattr(step, key)) for key in ("until", "failed_when", "changed_when")}
        if not step.register and any(text.lower() not in ("true", "false") for group in others.values() for text in group):
            raise ByhandError("asks about its result and does not register it")
        return {"when": when, **others}

    def _changes(self, book: Playbook, step: Step, value: Any) -> Modifiers:
        """The step's modifiers; what it notifies are handlers' ids."""
        given = dict(step.modifiers)
        if book.environment:
            given["environment"] = {**book.environment, **(given.get("environment") or {})}
        found = modifiers.read(given, value)
        known = {name: handler for (path, name), handler in self._handler_ids.items() if path == book.path}
        for name in found.notify:
            if name not in known:
                raise _wrong(book, step, f"no handler '{name}'", nearest(name, known))
        if step.until:
            # Ansible's: three tries, five seconds apart.
            retries, delay = (getattr(found, key) if key in given else number for key, number in (("retries", 2), ("delay", 5)))
            found = replace(found, retries=retries, delay=delay)
        return replace(found, notify=tuple(known[name] for name in found.notify))

    def _blocks_of(
        self, book: Playbook, step: Step, found: Template, args: dict[str, Any], added: Modifiers, identity: str
    ) -> dict[str, str]:
        """The blocks with guards and time limit around them; environment and user are Ansible's."""
        kept = replace(added, environment=())

        def rendered(values: dict[str, Any]) -> dict[str, str]:
            context = {**values, "folder": late.FOLDER, "step_id": identity, "facts": self.globals.get("facts")}
            blocks = tuple(render.blocks(found, context, book.path, step.line))
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

    def _needed_vars(self, book: Playbook, step: Step, texts: list[tuple[str, bool]], variables: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return late.needed(texts, variables, self._late)
        except ByhandError as error:
            raise _wrong(book, step, f"'{step.name}': {error.message} and cannot stand beside a result") from None

    def _shown(self, evaluator: Evaluator, step: Step, variables: dict[str, Any], index: int | None, count: int) -> str:
        title = _text(evaluator, step, variables, step.name)
        if index is None:
            return title
        if step.loop_label:
            return f"{title} ({_text(evaluator, step, variables, step.loop_label)})"
        return f"{title} ({index + 1} of {count})" if count > 1 and "{{" not in step.name else title


def _text(evaluator: Evaluator, step: Step, variables: dict[str, Any], raw: str) -> str:
    """A text for people; what is not known yet is left out."""
    try:
        return str(quoting.comment(str(evaluator.value(raw, variables, step.line))))
    except NeedsResult:
        return str(quoting.comment(late.without(raw)))


def _whole(args: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """A mark stands for one text: a list that is a result's own has another number of words."""
    for name, raw in given.items():
        if isinstance(raw, str) and late.marked(raw) and isinstance(args[name], list):
            raise ByhandError(f"needs a result for '{name}', a list that must be known before the play runs")


def _wrong(book: Playbook, step: Step, message: str, hint: str = "") -> SourceError:
    return SourceError(message, path=book.path, line=step.line, hint=hint)
