"""What an inventory's values come to: ``{{ }}`` in them, evaluated when they are wanted.

As in Ansible, a value may name other variables of its host, which may name others in turn;
``hostvars`` has those of other hosts. A value that cannot be made (a name nobody set, a filter
there is not, one that is made of itself) is undefined, and says why where it is used: one that
no play uses stops none. What comes out is data and never evaluated again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from byhand.engine.inventory_tree import Vars

if TYPE_CHECKING:
    from byhand.engine.playbook import Playbook

# Hosts are played by several threads, and a value may lead to other hosts' values.
_EVALUATING = threading.RLock()


@dataclass(frozen=True)
class _Texts:
    """What an Evaluator needs of a playbook: the texts with Jinja in them, and the place errors name."""

    path: str
    expressions: tuple[tuple[str, bool], ...]


class Values(Mapping[str, Any]):
    """A host's variables, each evaluated when it is asked for; ``more`` are values that are there already."""

    def __init__(self, raw: Vars, more: Mapping[str, Any]) -> None:
        self._raw, self._more = raw, more
        self._made: dict[str, Any] = {}
        self._making: list[str] = []

    def __iter__(self) -> Iterator[str]:
        yield from {**self._raw, **self._more}

    def __len__(self) -> int:
        return len({*self._raw, *self._more})

    def __contains__(self, name: object) -> bool:
        return name in self._raw or name in self._more

    def __getitem__(self, name: str) -> Any:
        if name in self._more:
            return self._more[name]
        if name in self._made:
            return self._made[name]
        var = self._raw[name]
        texts = tuple(_texts(var.value))
        if not texts:
            self._made[name] = var.value
            return var.value
        with _EVALUATING:
            if name in self._making:
                loop = " → ".join([*self._making[self._making.index(name) :], name])
                return undefined(f"{var.place}: '{name}' is made of itself: {loop}")
            self._making.append(name)
            try:
                value = self._evaluated(name, texts)
            finally:
                self._making.pop()
            # What went in a circle is not kept: asked for by itself it says so itself.
            if not self._making:
                self._made[name] = value
            return value

    def _evaluated(self, name: str, texts: tuple[str, ...]) -> Any:
        from jinja2 import TemplateError

        from byhand.engine.evaluate import Evaluator
        from byhand.errors import SourceError

        var = self._raw[name]
        try:
            used = {word for text in texts for word in _names(text)}
            context = {word: self[word] for word in used if word in self}
            evaluator = Evaluator(cast("Playbook", _Texts(str(var.place), tuple((text, False) for text in texts))))
            return evaluator.value(var.value, context, 0)
        except SourceError as error:
            return undefined(error.message)
        except TemplateError as error:
            return undefined(f"{var.place}: '{name}' is not an expression: {error.message}")


def undefined(why: str) -> Any:
    """A value there is none of: every use of it says why."""
    from jinja2 import StrictUndefined

    return StrictUndefined(hint=why)


def reason(value: Any) -> str:
    """Why a value is undefined, "" when it is not."""
    from jinja2 import Undefined

    return str(value._undefined_message) if isinstance(value, Undefined) else ""


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value that have Jinja in them, at any depth."""
    if isinstance(value, str):
        if "{{" in value or "{%" in value or "{#" in value:
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    """The variables a text may use. Raises jinja2.TemplateSyntaxError."""
    from jinja2 import meta

    from byhand.engine import environment

    return frozenset(meta.find_undeclared_variables(environment.expressions()[0].parse(text)))
