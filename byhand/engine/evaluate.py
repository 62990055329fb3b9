"""A playbook's expressions, evaluated: text with ``{{ }}`` becomes a value.

All expressions of one playbook are blocks of one Jinja template, so that the bytecode
cache holds them and none is compiled again. A value that is one whole ``{{ expression }}``
keeps its type; anything else becomes text. Results are data and never evaluated again.
``file('NAME')`` and ``template('NAME')`` are the text of files beside the playbook, which
are the playbook's author's as it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError, UndefinedError

from byhand.engine import environment, source
from byhand.engine.playbook import Playbook
from byhand.engine.playbook_file import SIMPLE
from byhand.errors import SourceError, nearest

_WHOLE = re.compile(
    r"(?P<before>\s*)\{\{(?P<open>[-+]?)(?P<inside>(?:(?!\{\{|\}\}|\{%|%\}).)*?)(?P<close>[-+]?)\}\}(?P<after>\s*)\Z", re.DOTALL
)
_NAME = re.compile(r"\{\{ *(\w+) *\}\}", re.ASCII)
_MARK = "\0"  # stands for a kept value; no source text has it beside an expression: only space is there


class NeedsResult(Exception):
    """A value depends on a registered result that is not there yet."""


class Pending:
    """Stands for a registered result before its step has run: any use raises NeedsResult.

    ``ids``: the steps that give it, several for a loop.
    """

    def __init__(self, ids: tuple[str, ...] = ()) -> None:
        self.ids = ids

    def _needed(self, *_: Any) -> Any:
        raise NeedsResult

    __getattr__ = __getitem__ = __str__ = __bool__ = __iter__ = __len__ = __eq__ = __contains__ = _needed
    __lt__ = __gt__ = __le__ = __ge__ = __add__ = __call__ = _needed
    __hash__ = None  # type: ignore[assignment]


class Evaluator:
    """Evaluates one playbook's values with given variables."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self._blocks: dict[tuple[str, bool], str] = {}
        self._template: Any = None

    def value(self, raw: Any, variables: Mapping[str, Any], line: int) -> Any:
        """``raw`` with every expression in it replaced by its value.

        Raises SourceError naming the line, NeedsResult.
        """
        if isinstance(raw, str):
            if "{" not in raw:
                return raw
            found = _simple(raw, variables)
            return self._text(raw, False, variables, line) if found is None else found
        if isinstance(raw, dict):
            return {key: self.value(item, variables, line) for key, item in raw.items()}
        if isinstance(raw, list):
            return [self.value(item, variables, line) for item in raw]
        return raw

    def condition(self, text: str, variables: Mapping[str, Any], line: int) -> bool:
        """Whether a ``when`` holds: an expression that is true or false, or empty or not."""
        found = self._text(text, True, variables, line)
        if isinstance(found, str) and found.lower() in ("true", "false"):
            return found.lower() == "true"
        return bool(found)

    def _text(self, text: str, bare: bool, variables: Mapping[str, Any], line: int) -> Any:
        if self._template is None:
            self._prepare()
        block = self._blocks.get((text, bare))
        if block is None:
            return text
        kept: list[Any] = []

        def keep(value: Any) -> str:
            if type(value).__name__ == "StrictUndefined":
                str(value)  # raises UndefinedError, which names the variable
            if isinstance(value, Pending) and not bare:
                raise NeedsResult
            kept.append(value)
            return _MARK

        try:
            files = {"file": self._file, "template": lambda path: self._rendered(path, variables)}
            context = self._template.new_context({**files, **variables, "_keep": keep})
            rendered = "".join(self._template.blocks[block](context))
        except UndefinedError as error:
            hint = undefined_hint(error, variables)
            raise SourceError(environment.describe(error), path=self.playbook.path, line=line, hint=hint) from None
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError, RecursionError) as error:
            raise SourceError(f"in '{text.strip()}': {environment.describe(error)}", path=self.playbook.path, line=line) from None
        if not kept:
            return rendered
        if bare or not isinstance(kept[0], str):
            return kept[0]
        # Space around one whole expression belongs to the value when that is text: "{{ motd }}\n".
        return rendered.replace(_MARK, str.__str__(kept[0]))

    def _file(self, path: str) -> str:
        """``file('motd')``: the text of a file that lies beside the playbook."""
        return source.read(os.path.join(os.path.dirname(self.playbook.path), path))

    def _rendered(self, path: str, variables: Mapping[str, Any]) -> str:
        """``template('motd.j2')``: the same as a Jinja template with the play's variables, as Ansible's template module has it."""
        place = os.path.join(os.path.dirname(self.playbook.path), path)
        text = source.read(place)
        env, sources = environment.files()
        try:
            template = environment.whole(env, sources, place, text)
        except TemplateError as error:
            raise SourceError(f"not a template: {environment.describe(error)}", path=place, line=getattr(error, "lineno", 0)) from None
        try:
            return "".join(template.root_render_func(template.new_context(dict(variables))))
        except UndefinedError as error:
            hint = undefined_hint(error, variables)
            raise SourceError(environment.describe(error), path=place, line=environment.error_line(error, template), hint=hint) from None
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise SourceError(environment.describe(error), path=place, line=environment.error_line(error, template)) from None

    def _prepare(self) -> None:
        parts = []
        for i, (text, bare) in enumerate(self.playbook.expressions):
            match = _WHOLE.match(text)
            inside = text if bare else match["inside"] if match else None
            body = text if inside is None else f"{{{{ _keep({inside}) }}}}"
            if match and not bare:
                body = f"{match['before']}{{{{{match['open']} _keep({inside}) {match['close']}}}}}{match['after']}"
            parts.append(f"{{% block e{i} %}}{body}{{% endblock %}}\n")
            self._blocks[text, bare] = f"e{i}"
        env, sources = environment.expressions()
        self._template = environment.blocks(env, sources, f"values of {self.playbook.path}", "".join(parts))


def _simple(text: str, variables: Mapping[str, Any]) -> Any:
    """The value of text that is SIMPLE, exactly as Jinja would have it; None when Jinja has to say."""
    if not SIMPLE.match(text):
        return None
    parts = _NAME.split(text)
    for i in range(1, len(parts), 2):
        value = variables.get(parts[i])
        if type(value) not in (str, int):
            return None
        if len(parts) == 3 and type(value) is int and not (parts[0] + parts[2]).strip():
            return value
        parts[i] = str(value)
    return "".join(parts)


def undefined_hint(error: BaseException, variables: Mapping[str, Any]) -> str:
    """The nearest variable to the one an UndefinedError names, or ""."""
    match = re.match(r"'(\w+)' is undefined", str(error))
    return nearest(match[1], (name for name in variables if not name.startswith("_"))) if match else ""
