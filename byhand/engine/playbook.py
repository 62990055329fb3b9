"""A playbook file: parsed, checked word by word, and nothing evaluated yet.

Ansible's words wherever the meaning is the same; entries are ``steps``, since a *task* is
what Invoke runs. Unknown keys, wrong types and expressions that do not parse are
SourceErrors with file, line and the nearest right word, before anything runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byhand.engine import cache, modifiers, source
from byhand.engine.arguments import Argument, arguments
from byhand.engine.template import packaged, unique
from byhand.errors import NotFound, SourceError, nearest, shorten

_PLAY_KEYS = {
    "title",
    "why",
    "params",
    "vars",
    "steps",
    "vars_files",
    "hosts",
    "handlers",
    "environment",
    "become",
    "become_user",
    "tags",
    "quiet",
    "failure_exit",
    "vanish",
    "image",
}
_STEP_KEYS = {
    "name", "id", "when", "loop", "loop_var", "register", "tags", "become", "become_user", "lasts", "vars", "include", "own",
    "block", "rescue", "always",
} | modifiers.KEYS  # fmt: skip
_LASTS = ("run", "program")
_PARTS = ("block", "rescue", "always")
_BLOCK_KEYS = {"name", "when", "tags", *_PARTS}
_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*(/[a-z0-9_][a-z0-9_-]*)*\Z", re.ASCII)
_NOT_FOR_INCLUDES = ("id", "register", "lasts", *sorted(modifiers.KEYS))


@dataclass(frozen=True)
class Step:
    """One entry of ``steps``: a template with its arguments, or an included playbook.

    Values are as written; those with ``{{ }}`` are evaluated when the play is compiled.
    ``lasts``: "run" (the default: until the run is undone) or "program", when the step is
    taken back as soon as the program ends. ``block``: steps that belong together; ``rescue``
    runs when one of them fails, ``always`` after both. ``own``: for an include, the folder whose journal its steps belong to.
    """

    name: str
    line: int
    template: str = ""
    include: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    when: tuple[str, ...] = ()
    loop: Any = None
    loop_var: str = "item"
    register: str = ""
    tags: tuple[str, ...] = ()
    become: Any = None
    become_user: str = ""
    lasts: str = "run"
    vars: Mapping[str, Any] = field(default_factory=dict)
    own: str = ""
    modifiers: Mapping[str, Any] = field(default_factory=dict)
    block: tuple[Step, ...] = ()
    rescue: tuple[Step, ...] = ()
    always: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Playbook:
    """A parsed playbook.

    ``quiet``: its program says nothing when all goes well. ``failure_exit``: the exit
    status when a step fails, 0 for the step's own. ``vanish``: its folder is removed
    when all is undone. ``expressions``: each text with Jinja in it and whether it is one
    bare expression; ``image`` is for recipes and is handed on unread.
    """

    name: str
    path: str
    title: str
    why: str
    params: Mapping[str, Argument]
    vars: Mapping[str, Any]
    steps: tuple[Step, ...]
    handlers: tuple[Step, ...]
    environment: Mapping[str, Any]
    vars_files: tuple[str, ...]
    hosts: str
    lines: Mapping[str, int]
    expressions: tuple[tuple[str, bool], ...]
    become: bool = False
    become_user: str = "root"
    tags: tuple[str, ...] = ()
    quiet: bool = False
    failure_exit: int = 0
    vanish: bool = False
    image: Any = None


def folders() -> list[Path]:
    """Where playbooks are looked for: ./playbooks, then byhand's own."""
    return unique([Path.cwd() / "playbooks", packaged("playbooks")])


def names() -> list[str]:
    """Every playbook's name, ``network/create`` for instance, sorted."""
    return sorted({name for folder in folders() for name in _in(folder)})


def _in(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.yml"):
        name = str(path.relative_to(folder).with_suffix(""))
        if _NAME.match(name):
            yield name


def find(name: str) -> Playbook:
    """The playbook of that name, or in the file of that path.

    Raises NotFound with the nearest name, SourceError when the file is wrong.
    """
    if _NAME.match(name):
        for folder in folders():
            path = folder / f"{name}.yml"
            if os.path.isfile(path):
                return load(path, name)
    path = Path(name)
    if path.suffix in (".yml", ".yaml"):
        if os.path.isfile(name):
            return load(path, path.stem)
        raise NotFound(f"no playbook file {shorten(name)}", hint="give a file's path or a name from playbook.list")
    raise NotFound(f"no playbook {shorten(name)}", hint=nearest(name[:200], names()))


def load(path: Path, name: str) -> Playbook:
    """Read one playbook file. Raises SourceError with file and line."""
    shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    fields = cache.parsed(Path(os.path.abspath(path)), lambda _: _parse(shown), f"playbook:{shown}")
    params = {key: Argument(name=key, **{**spec, "choices": tuple(spec.get("choices", ()))}) for key, spec in fields.pop("params").items()}
    steps, handlers = (tuple(_made(step) for step in fields.pop(part)) for part in ("steps", "handlers"))
    expressions = tuple((text, bare) for text, bare in fields.pop("expressions"))
    return Playbook(
        name=name,
        path=shown,
        params=params,
        steps=steps,
        handlers=handlers,
        expressions=expressions,
        **{**fields, "tags": tuple(fields["tags"]), "vars_files": tuple(fields["vars_files"])},
    )


def _made(fields: dict[str, Any]) -> Step:
    """A Step from its fields as the cache keeps them."""
    parts = {part: tuple(_made(step) for step in fields.get(part, ())) for part in _PARTS}
    return Step(**{**fields, **parts, "when": tuple(fields["when"]), "tags": tuple(fields["tags"])})


def _parse(shown: str) -> dict[str, Any]:
    top, lines = source.load(source.read(shown), shown)
    if not isinstance(top, dict):
        what = "is empty" if top is None else "is not a mapping"
        raise SourceError(f"the playbook {what}", path=shown, line=1, hint="a playbook has 'title:' and 'steps:'")
    for key in top:
        if key not in _PLAY_KEYS:
            raise SourceError(f"unknown key '{key}'", path=shown, line=lines[f"{key}#key"], hint=nearest(key, _PLAY_KEYS))
    steps = top.get("steps")
    if not isinstance(steps, list) or not steps:
        raise SourceError("'steps' must be a list with at least one step", path=shown, line=lines.get("steps", 1))
    reader = _Reader(shown, lines)
    reader.collect(top.get("title"), "title")
    parsed = [reader.step(step, f"steps/{i}") for i, step in enumerate(steps)]
    handlers = reader.handlers(top)
    everyone = list(_flat([*parsed, *handlers]))
    ids = [step["id"] for step in everyone if step["id"]]
    for i, step in enumerate(everyone):
        if step["id"] and step["id"] in ids[: sum(1 for s in everyone[:i] if s["id"])]:
            raise SourceError(f"the id '{step['id']}' stands twice", path=shown, line=step["line"])
    return {
        "title": reader.text(top, "title", default=Path(shown).stem),
        "why": reader.text(top, "why"),
        "params": arguments(top.get("params") or {}, shown, lines, "params", frozenset({"short"})),
        "vars": reader.variables(top, ""),
        "steps": parsed,
        "handlers": handlers,
        "environment": reader.environment(top),
        "hosts": reader.text(top, "hosts"),
        "vars_files": reader.words(top, "vars_files", ""),
        "lines": {place: line for place, line in lines.items() if not place.endswith("#key")},
        "expressions": reader.found(),
        "become": reader.flag(top, "become"),
        "become_user": reader.text(top, "become_user", default="root"),
        "tags": reader.words(top, "tags", ""),
        "quiet": reader.flag(top, "quiet"),
        "failure_exit": reader.status(top, "failure_exit"),
        "vanish": reader.flag(top, "vanish"),
        "image": top.get("image"),
    }


def _flat(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Steps and what their blocks hold, in the order they are written."""
    for step in steps:
        yield step
        for part in _PARTS:
            yield from _flat(step.get(part, []))


class _Reader:
    """Checks the parts of one playbook and collects its expressions."""

    def __init__(self, path: str, lines: source.Lines) -> None:
        self.path, self.lines = path, lines
        self._expressions: dict[tuple[str, bool], int] = {}

    def fail(self, message: str, place: str, hint: str = "") -> SourceError:
        return SourceError(message, path=self.path, line=self.lines.get(place, 0), hint=hint)

    def step(self, given: Any, place: str) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise self.fail("a step must be a mapping", place, "- name: What it does, then area/template: {arguments}")
        if "block" in given:
            return self.block(given, place)
        for part in ("rescue", "always"):
            if part in given:
                raise self.fail(f"'{part}' belongs to a block, and there is none", f"{place}/{part}#key", "block: [steps]")
        key, include, args = self.what(given, place)
        lasts = given.get("lasts", "run")
        if not isinstance(lasts, str) or ("{{" not in lasts and lasts not in _LASTS):
            raise self.fail(f"lasts is '{lasts}'", f"{place}/lasts", "run or program")
        self.collect(args, f"{place}/{key}")
        self.collect(include, f"{place}/include")
        for word in ("loop", "lasts", "own", "name", "become", *modifiers.KEYS):
            self.collect(given.get(word), f"{place}/{word}")
        return {
            "name": self.text(given, "name", place, default=include or key),
            "line": self.lines[place],
            "template": "" if include else key,
            "include": include,
            "args": args or {},
            "id": self.identifier(given, "id", place),
            "when": self.conditions(given.get("when"), f"{place}/when"),
            "loop": given.get("loop"),
            "loop_var": self.identifier(given, "loop_var", place) or "item",
            "register": self.identifier(given, "register", place),
            "tags": self.words(given, "tags", place),
            "become": given.get("become"),
            "become_user": self.text(given, "become_user", place),
            "lasts": lasts,
            "vars": self.variables(given, place),
            "own": self.text(given, "own", place),
            "modifiers": {key: given[key] for key in given if key in modifiers.KEYS},
        }

    def what(self, given: dict[str, Any], place: str) -> tuple[str, str, dict[str, Any] | None]:
        """What a step runs: its template's key, or "include" and the playbook's name; and the arguments."""
        templates = [key for key in given if key not in _STEP_KEYS]
        for key in templates:
            if "/" not in key:
                raise SourceError(f"unknown key '{key}'", path=self.path, line=self.lines[f"{place}/{key}#key"],
                                  hint=nearest(key, _STEP_KEYS))  # fmt: skip
        if len(templates) + ("include" in given) != 1:
            found = ", ".join(templates) or "none"
            raise self.fail(f"a step needs one template or one include, this has: {found}", place, "area/template: {arguments}")
        key = templates[0] if templates else "include"
        args: Any = given[key]
        include = ""
        if key == "include":
            args = args if isinstance(args, dict) else {"playbook": args}
            args = dict(args)
            include = args.pop("playbook", "")
            if not isinstance(include, str) or not include:
                raise self.fail("include needs a playbook's name", f"{place}/include")
        if args is not None and not isinstance(args, dict):
            raise self.fail(f"the arguments of '{key}' must be a mapping", f"{place}/{key}")
        for word in _NOT_FOR_INCLUDES if include else ("own",):
            if word in given:
                what = "an include" if include else "a template"
                raise self.fail(f"'{word}' has no meaning for {what}", f"{place}/{word}#key")
        return key, include, args

    def block(self, given: dict[str, Any], place: str) -> dict[str, Any]:
        for key in given:
            if key not in _BLOCK_KEYS:
                raise self.fail(f"'{key}' has no meaning for a block", f"{place}/{key}#key", nearest(key, _BLOCK_KEYS))
        parts: dict[str, list[dict[str, Any]]] = {}
        for part in _PARTS:
            steps = given.get(part) or []
            if not isinstance(steps, list) or (part == "block" and not steps):
                raise self.fail(f"'{part}' must be a list of steps", f"{place}/{part}")
            parts[part] = [self.step(step, f"{place}/{part}/{i}") for i, step in enumerate(steps)]
        self.collect(given.get("name"), f"{place}/name")
        return {
            "name": self.text(given, "name", place, default="block"),
            "line": self.lines[place],
            "id": "",
            "when": self.conditions(given.get("when"), f"{place}/when"),
            "tags": self.words(given, "tags", place),
            **parts,
        }

    def handlers(self, top: dict[str, Any]) -> list[dict[str, Any]]:
        """The steps that run at the end, each once, when a step that changed something notified them."""
        found = top.get("handlers") or []
        if not isinstance(found, list):
            raise self.fail("'handlers' must be a list of steps", "handlers")
        parsed = [self.step(step, f"handlers/{i}") for i, step in enumerate(found)]
        for i, step in enumerate(parsed):
            for word in ("loop", "register", "include"):
                if step.get(word) or "block" in step:
                    raise self.fail(f"'{word}' has no meaning for a handler", f"handlers/{i}")
            if step["name"] in [other["name"] for other in parsed[:i]]:
                raise self.fail(f"the handler {shorten(step['name'])} stands twice", f"handlers/{i}")
        return parsed

    def environment(self, top: dict[str, Any]) -> dict[str, Any]:
        found = top.get("environment") or {}
        if not isinstance(found, dict):
            raise self.fail("'environment' must be a mapping", "environment")
        self.collect(found, "environment")
        return found

    def variables(self, given: dict[str, Any], place: str) -> dict[str, Any]:
        inside = f"{place}/vars" if place else "vars"
        found = given.get("vars") or {}
        if not isinstance(found, dict):
            raise self.fail("'vars' must be a mapping", inside)
        for key, value in found.items():
            if not re.match(r"[a-zA-Z_]\w*\Z", key, re.ASCII):
                raise self.fail(f"'{key}' is not a variable's name", f"{inside}/{key}", "letters, digits, '_'")
            self.collect(value, f"{inside}/{key}")
        return found

    def text(self, given: dict[str, Any], key: str, place: str = "", default: str = "") -> str:
        found = given.get(key, default)
        if not isinstance(found, str):
            raise self.fail(f"'{key}' must be text", f"{place}/{key}" if place else key)
        return found

    def flag(self, given: dict[str, Any], key: str) -> bool:
        found = given.get(key, False)
        if not isinstance(found, bool):
            raise self.fail(f"'{key}' must be true or false", key)
        return found

    def status(self, given: dict[str, Any], key: str) -> int:
        found = given.get(key, 0)
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= 255:
            raise self.fail(f"'{key}' must be an exit status", key, "0 to 255")
        return found

    def identifier(self, given: dict[str, Any], key: str, place: str) -> str:
        found = self.text(given, key, place)
        if found and not re.match(r"[a-z][a-z0-9_]*\Z", found, re.ASCII):
            raise self.fail(f"'{key}' is '{found}'", f"{place}/{key}", "small letters, digits and '_', a letter first")
        return found

    def words(self, given: dict[str, Any], key: str, place: str) -> list[str]:
        found = given.get(key) or []
        found = found.split(",") if isinstance(found, str) else found
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise self.fail(f"'{key}' must be a list of words", f"{place}/{key}" if place else key)
        return [word.strip() for word in found]

    def conditions(self, given: Any, place: str) -> list[str]:
        if given is None:
            return []
        conditions = []
        for one in given if isinstance(given, list) else [given]:
            text = str(one).lower() if isinstance(one, bool) else one
            if not isinstance(text, str) or "{{" in text or "{%" in text or not text.strip():
                raise self.fail("'when' must be an expression without braces", place, "when: size > 3")
            self.add(text, True, place)
            conditions.append(text)
        return conditions

    def collect(self, value: Any, place: str) -> None:
        """Note each text with Jinja in it, at any depth."""
        if isinstance(value, dict):
            for key, item in value.items():
                self.collect(item, f"{place}/{key}")
        elif isinstance(value, list):
            for i, item in enumerate(value):
                self.collect(item, f"{place}/{i}")
        elif isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value):
            self.add(value, False, place)

    def add(self, text: str, bare: bool, place: str) -> None:
        if (text, bare) not in self._expressions:
            line = self.lines.get(place, 0) or self.lines.get("/".join(place.split("/")[:2]), 0)
            _check_expression(text, bare, self.path, line)
            self._expressions[text, bare] = line

    def found(self) -> list[tuple[str, bool]]:
        return list(self._expressions)


def _check_expression(text: str, bare: bool, path: str, line: int) -> None:
    """Parse one text alone, so that an error has its own line and no text can end another's block."""
    from jinja2 import TemplateSyntaxError, nodes

    from byhand.engine.environment import expressions

    try:
        tree = expressions()[0].parse(f"{{{{ {text} }}}}" if bare else text)
    except TemplateSyntaxError as error:
        raise SourceError(f"not an expression: {error.message}", path=path, line=line) from None
    if any(tree.find_all((nodes.Block, nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport))):
        raise SourceError("blocks and imports have no place in a value", path=path, line=line)
