"""A playbook's YAML, checked word by word into plain fields; nothing is evaluated yet.

Unknown keys, wrong types and expressions that do not parse are SourceErrors with file, line
and the nearest right word. The fields are JSON, so that what was read once can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from byhand.engine import modifiers, secret, source
from byhand.engine.arguments import arguments
from byhand.errors import SourceError, nearest, shorten

PLAY_KEYS = {
    "title", "why", "params", "vars", "vars_files", "secrets", "steps", "handlers", "hosts", "environment", "tags",
    "become", "become_user", "become_method", "serial", "max_fail_percentage", "any_errors_fatal",
    "verify", "quiet", "failure_exit", "vanish", "image",
}  # fmt: skip
STEP_KEYS = {
    "name", "id", "when", "loop", "loop_var", "loop_control", "parallel", "register", "tags", "become", "become_user", "become_method",
    "lasts", "vars", "include", "own", "block", "rescue", "always", "until", "failed_when", "changed_when",
} | modifiers.KEYS  # fmt: skip
_LASTS = ("run", "program")
_METHODS = ("sudo", "doas", "su")
# Ansible's loop_control, and what each key is here.
_LOOP_CONTROL = {"loop_var": "loop_var", "index_var": "loop_index", "label": "loop_label"}
# Text and names of variables only: as most values are, and Jinja takes long to say the same.
SIMPLE = re.compile(
    r"[^{}\r\0]*(?:\{\{ *(?!(?:true|false|none|True|False|None|not|and|or|in|is|if|else)\b)[a-zA-Z_]\w* *\}\}[^{}\r\0]*)+\Z", re.ASCII
)
PARTS = ("block", "rescue", "always")
# Expressions that are true or false, which may speak of a step's result.
CONDITIONS = ("when", "until", "failed_when", "changed_when")
_BLOCK_KEYS = {"name", "when", "tags", *PARTS}
_NOT_FOR_INCLUDES = ("id", "register", "lasts", "parallel", "until", "failed_when", "changed_when", *sorted(modifiers.KEYS))


def parse(shown: str) -> dict[str, Any]:
    top, lines = source.load(source.read(shown), shown)
    if not isinstance(top, dict):
        what = "is empty" if top is None else "is not a mapping"
        raise SourceError(f"the playbook {what}", path=shown, line=1, hint="a playbook has 'title:' and 'steps:'")
    for key in top:
        if key not in PLAY_KEYS:
            raise SourceError(f"unknown key '{key}'", path=shown, line=lines[f"{key}#key"], hint=nearest(key, PLAY_KEYS))
    steps = top.get("steps")
    if not isinstance(steps, list) or not steps:
        raise SourceError("'steps' must be a list with at least one step", path=shown, line=lines.get("steps", 1))
    reader = Reader(shown, lines)
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
        "secrets": reader.secrets(top),
        "expressions": reader.found(),
        "become": reader.flag(top, "become"),
        "become_user": reader.text(top, "become_user", default="root"),
        "become_method": reader.method(top, ""),
        "serial": reader.serial(top),
        "max_fail_percentage": reader.percentage(top, "max_fail_percentage"),
        "any_errors_fatal": reader.flag(top, "any_errors_fatal"),
        "tags": reader.words(top, "tags", ""),
        "verify": reader.words(top, "verify", ""),
        "quiet": reader.flag(top, "quiet"),
        "failure_exit": reader.status(top, "failure_exit"),
        "vanish": reader.flag(top, "vanish"),
        "image": top.get("image"),
    }


def _flat(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Steps and what their blocks hold, in the order they are written."""
    for step in steps:
        yield step
        for part in PARTS:
            yield from _flat(step.get(part, []))


class Reader:
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
            "loop": given.get("loop"),
            **self.looping(given, place),
            "register": self.identifier(given, "register", place),
            "tags": self.words(given, "tags", place),
            "become": given.get("become"),
            "become_user": self.text(given, "become_user", place),
            "become_method": self.method(given, place),
            "lasts": lasts,
            "vars": self.variables(given, place),
            "own": self.text(given, "own", place),
            "modifiers": {key: given[key] for key in given if key in modifiers.KEYS},
            **{key: self.conditions(given.get(key), f"{place}/{key}") for key in CONDITIONS},
        }

    def looping(self, given: dict[str, Any], place: str) -> dict[str, Any]:
        """How a step goes through its items: the names of item and index, what an item is called, how many at a time."""
        control = given.get("loop_control") or {}
        if not isinstance(control, dict):
            raise self.fail("'loop_control' must be a mapping", f"{place}/loop_control")
        for key in control:
            if key not in _LOOP_CONTROL:
                raise self.fail(
                    f"unknown key '{key}' in 'loop_control'", f"{place}/loop_control/{key}#key", nearest(key, _LOOP_CONTROL)
                )  # fmt: skip
        inside = f"{place}/loop_control"
        self.collect(control.get("label"), f"{inside}/label")
        self.collect(given.get("parallel"), f"{place}/parallel")
        for word in ("loop_control", "parallel"):
            if word in given and "loop" not in given:
                raise self.fail(f"'{word}' belongs to a loop, and there is none", f"{place}/{word}#key")
        return {
            "loop_var": self.identifier(control, "loop_var", inside) or self.identifier(given, "loop_var", place) or "item",
            "loop_index": self.identifier(control, "index_var", inside) or "loop_index",
            "loop_label": self.text(control, "label", inside),
            "parallel": given.get("parallel", 1),
        }

    def method(self, given: dict[str, Any], place: str) -> str:
        found = self.text(given, "become_method", place)
        if found and found not in _METHODS:
            raise self.fail(f"become_method is '{found}'", f"{place}/become_method" if place else "become_method", ", ".join(_METHODS))
        return found

    def serial(self, top: dict[str, Any]) -> list[Any]:
        """How many hosts at a time, as Ansible has it: a number, a percentage, or one for each batch in turn."""
        found = top.get("serial") or []
        found = found if isinstance(found, list) else [found]
        for one in found:
            if isinstance(one, bool) or not re.match(r"[1-9]\d{0,5}\Z|(100|[1-9]\d?)%\Z", str(one), re.ASCII):
                raise self.fail(f"serial is {shorten(str(one))}", "serial", "a number of hosts, a percentage, or a list of them")
        return [str(one) if str(one).endswith("%") else int(one) for one in found]

    def percentage(self, given: dict[str, Any], key: str) -> int | None:
        found = given.get(key)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= 100):
            raise self.fail(f"'{key}' must be a percentage", key, "0 to 100")
        return found

    def what(self, given: dict[str, Any], place: str) -> tuple[str, str, dict[str, Any] | None]:
        """What a step runs: its template's key, or "include" and the playbook's name; and the arguments."""
        templates = [key for key in given if key not in STEP_KEYS]
        for key in templates:
            if "/" not in key:
                raise SourceError(f"unknown key '{key}'", path=self.path, line=self.lines[f"{place}/{key}#key"],
                                  hint=nearest(key, STEP_KEYS))  # fmt: skip
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
        for part in PARTS:
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

    def secrets(self, top: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Where each secret is kept: a mapping with one of secret.KINDS, and for age its identity."""
        found = top.get("secrets") or {}
        if not isinstance(found, dict):
            raise self.fail("'secrets' must be a mapping", "secrets")
        for name, spec in found.items():
            place = f"secrets/{name}"
            if not re.match(r"[a-z][a-z0-9_]*\Z", name, re.ASCII):
                raise self.fail(f"'{name}' is not a secret's name", place, "small letters, digits and '_', a letter first")
            if not isinstance(spec, dict) or sum(kind in spec for kind in secret.KINDS) != 1:
                raise self.fail(f"where the secret '{name}' is kept is not said", place, f"one of {', '.join(secret.KINDS)}")
            for key, value in spec.items():
                if key not in secret.KINDS and not (key == "identity" and "age" in spec):
                    raise self.fail(f"'{name}' has an unknown key '{key}'", f"{place}/{key}#key", nearest(key, secret.KINDS))
                words = value if isinstance(value, list) and key == "command" else [value]
                if not words or not all(isinstance(word, str) and word for word in words) or (key == "command") != (value is words):
                    raise self.fail(f"'{key}' must be {'a list of words' if key == 'command' else 'text'}", f"{place}/{key}")
                self.collect(value, f"{place}/{key}")
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
                key = place.rpartition("/")[2]
                raise self.fail(f"'{key}' must be an expression without braces", place, f"{key}: size > 3")
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
            if bare or not SIMPLE.match(text):
                _check_expression(text, bare, self.path, line)
            self._expressions[text, bare] = line

    def found(self) -> list[tuple[str, bool]]:
        return list(self._expressions)


def _check_expression(text: str, bare: bool, path: str, line: int) -> None:
    """Parse one text alone, so that an error has its own line and no text can end another's block."""
    from jinja2 import TemplateSyntaxError, nodes

    from byhand.engine.environment import expressions

    try:
        env = expressions()[0]
        tree = env.parse(f"{{{{ {text} }}}}" if bare else text)
    except TemplateSyntaxError as error:
        raise SourceError(f"not an expression: {error.message}", path=path, line=line) from None
    for kind, known in ((nodes.Filter, env.filters), (nodes.Test, env.tests)):
        for found in tree.find_all(kind):
            if found.name not in known:
                what, name = kind.__name__.lower(), found.name
                raise SourceError(f"there is no {what} '{name}'", path=path, line=line, hint=nearest(name, known))
    if any(tree.find_all((nodes.Block, nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport))):
        raise SourceError("blocks and imports have no place in a value", path=path, line=line)
