"""Which names a playbook gives and which it uses, and conditions that never change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes

from byhand.engine import environment, variables
from byhand.engine.playbook import Playbook, Step
from byhand.engine.playbook_file import CONDITIONS
from byhand.errors import ByhandError, nearest

# Line, code, message, and whether it is an error.
Found = tuple[int, str, str, bool]
_SURROUNDING = {"inventory_hostname", "inventory_hostname_short", "group_names", "groups", "hostvars", "ansible_play_hosts"}


def steps(book: Playbook) -> Iterator[tuple[Step, bool]]:
    """Every step, blocks and what they hold, and whether it is a handler."""
    for step in book.steps:
        yield from ((one, False) for one in _within(step))
    for step in book.handlers:
        yield from ((one, True) for one in _within(step))


def _within(step: Step) -> Iterator[Step]:
    yield step
    for part in (step.block, step.rescue, step.always):
        for inner in part:
            yield from _within(inner)


def expressions(value: Any) -> list[str]:
    """The texts with Jinja in a value, at any depth."""
    if isinstance(value, str):
        return [value] if "{{" in value or "{%" in value else []
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in expressions(item)]
    return [text for item in value for text in expressions(item)] if isinstance(value, (list, tuple)) else []


def used(text: str, *, bare: bool = False) -> tuple[set[str], set[str]]:
    """The variables of an expression, and those of them it asks for carefully (default, is defined)."""
    tree = environment.expressions()[0].parse(f"{{{{ {text} }}}}" if bare else text)
    own = {found.name for found in tree.find_all(nodes.Name) if found.ctx in ("store", "param")}
    names = {found.name for found in tree.find_all(nodes.Name) if found.ctx == "load"} - own
    careful: set[str] = set()
    for asked in tree.find_all((nodes.Filter, nodes.Test)):
        if isinstance(asked, (nodes.Filter, nodes.Test)) and asked.name in ("default", "d", "defined", "undefined"):
            careful |= {found.name for found in asked.find_all(nodes.Name)}
    return names, careful


def texts(step: Step) -> Iterator[tuple[str, bool]]:
    """A step's expressions, each with whether it is a bare one."""
    for value in (step.name, step.args, step.include, step.loop, step.loop_label, step.become, step.lasts, step.vars, step.own,
                  step.parallel, dict(step.modifiers)):  # fmt: skip
        yield from ((text, False) for text in expressions(value))
    for key in CONDITIONS:
        yield from ((text, True) for text in getattr(step, key))


def names(book: Playbook) -> Iterator[Found]:
    """Names that nothing uses, that nothing gives, and conditions without any."""
    everywhere: set[str] = set()
    general = [book.title, *book.vars_files, dict(book.vars), dict(book.environment), dict(book.secrets), book.image]
    for text in (text for value in general for text in expressions(value)):
        everywhere |= used(text)[0]
    known = _given(book)
    registered: dict[str, int] = {}
    for step, _ in steps(book):
        if step.register:
            registered.setdefault(step.register, step.line)
    for step, _ in steps(book):
        own = {step.loop_var, step.loop_index} if step.loop is not None else set()
        mine: set[str] = set()
        for text, bare in texts(step):
            wanted, careful = used(text, bare=bare)
            mine |= wanted
            for name in sorted(wanted - careful - known - registered.keys() - own - step.vars.keys()):
                hint = nearest(name, known | registered.keys() | own | step.vars.keys())
                # The inventory may have it, and nobody can know here.
                yield step.line, "undefined", f"'{name}' is not defined here" + (f" ({hint})" if hint else ""), not book.hosts
        everywhere |= mine
        for name in sorted(step.vars.keys() - mine):
            yield step.line, "unused", f"the step's variable '{name}' is not used", False
        yield from _conditions(step)
    yield from _unused(book, everywhere, registered)


def _given(book: Playbook) -> set[str]:
    """The names a play has from its beginning."""
    found = {*book.params, *book.vars, *book.secrets, *variables.OWN, *_SURROUNDING, *environment.expressions()[0].globals}
    for path in book.vars_files:
        if "{{" not in path:
            try:
                found |= variables.vars_file(book, path)[0].keys()
            except ByhandError:
                continue  # compiling says so
    return found


def _conditions(step: Step) -> Iterator[Found]:
    for text in step.when:
        if not used(text, bare=True)[0]:
            yield step.line, "constant", f"'when: {text}' is always the same", False


def _unused(book: Playbook, everywhere: set[str], registered: Mapping[str, int]) -> Iterator[Found]:
    kinds: list[tuple[str, Mapping[str, int]]] = [
        ("variable", {name: book.lines.get(f"vars/{name}", 1) for name in book.vars}),
        ("secret", {name: book.lines.get(f"secrets/{name}", 1) for name in book.secrets}),
        # A recipe's parameters are those byhand gives to each.
        ("parameter", {name: book.lines.get(f"params/{name}", 1) for name in book.params if book.image is None}),
        # An included playbook may use a result.
        ("result", {} if any(step.include for step, _ in steps(book)) else registered),
    ]
    for kind, places in kinds:
        yield from ((line, "unused", f"the {kind} '{name}' is not used", False) for name, line in places.items() if name not in everywhere)
    yield from _untold(book)


def _untold(book: Playbook) -> Iterator[Found]:
    """Handlers nobody notifies, and notified ones that are not there."""
    handlers = {handler.name for handler in book.handlers}
    told = [(name, step.line) for step, _ in steps(book) for name in _told(step)]
    known = {name for name, _ in told}
    for handler in book.handlers:
        if handler.name not in known and not any("{{" in name for name in known):
            yield handler.line, "unused", f"no step notifies the handler '{handler.name}'", False
    for name, line in told:
        if name not in handlers and "{{" not in name:
            yield line, "handler", f"no handler '{name}' ({nearest(name, handlers) or 'there is none'})", True


def _told(step: Step) -> list[str]:
    raw = step.modifiers.get("notify") or []
    return [raw] if isinstance(raw, str) else [str(name) for name in raw]
