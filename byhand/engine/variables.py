"""A play's variables, layer upon layer, and where each value came from.

From the weakest: a parameter's default, the inventory, ``vars_files``, the playbook's
``vars``, a step's ``vars``, and what is given on the command line (or by the step that
includes the playbook). A loop's item and a registered result are the step's own and
stand above all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from byhand.engine import secret, source
from byhand.engine.arguments import convert_params
from byhand.engine.evaluate import Evaluator
from byhand.engine.inventory_host import MAGIC
from byhand.engine.playbook import Playbook, Step
from byhand.errors import SourceError

# What every play has around it, and nobody gave.
OWN = frozenset(("facts", "state_root", *MAGIC))


@dataclass
class Variables:
    """The variables of one playbook.

    ``given``: the names that the command line, or the including step, has decided.
    ``origins``: of each name every value it was given and where, the one that holds last.
    """

    values: dict[str, Any]
    given: frozenset[str] = frozenset()
    origins: dict[str, list[tuple[Any, str]]] = field(default_factory=dict)

    def set(self, name: str, value: Any, origin: str) -> None:
        """Give ``name`` a value of a layer above all before, unless it was given already."""
        if name in self.given and name in self.values:
            self.origins.setdefault(name, []).insert(0, (value, origin))
            return
        self.values[name] = value
        self.origins.setdefault(name, []).append((value, origin))

    def for_step(self, step: Step, values: Mapping[str, Any], evaluator: Evaluator) -> dict[str, Any]:
        """``values`` and the step's own ``vars``. Raises SourceError, NeedsResult."""
        found = dict(values)
        for name, raw in step.vars.items():
            if name in self.given:
                continue
            found[name] = evaluator.value(raw, found, step.line)
            origin = f"vars of the step '{step.name}', {evaluator.playbook.path}:{step.line}"
            known = self.origins.setdefault(name, [])
            # A loop gives it once for each item; the last is told.
            known[:] = [*(layer for layer in known if layer[1] != origin), (found[name], origin)]
        return found


def of_play(
    book: Playbook, evaluator: Evaluator, around: Mapping[str, Any], given: Mapping[str, Any], *, giver: str = "--param",
    places: Mapping[str, str] | None = None,
) -> Variables:  # fmt: skip
    """The variables of ``book``.

    ``around``: the facts and what the inventory says of the host, ``places`` says where it
    says it. Raises BadValue for a parameter, SourceError for the rest, NeedsResult.
    """
    inventory = {name: around[name] for name in around if name not in OWN}
    params = convert_params(book, {**{name: inventory[name] for name in book.params if name in inventory}, **given})
    found = Variables(dict(around), frozenset(given))
    for name, param in book.params.items():
        if not param.required:
            found.origins[name] = [(param.default, f"default, {book.path}:{book.lines.get(f'params/{name}', 1)}")]
        found.values[name] = params[name]
    for name, value in inventory.items():
        found.set(name, params.get(name, value), (places or {}).get(name, "inventory"))
    for name in given:
        found.values[name] = params[name]
        found.origins.setdefault(name, []).append((params[name], giver))
    for name in book.secrets:
        if name in book.params:
            raise SourceError(f"'{name}' is a parameter and a secret", path=book.path, line=book.lines.get(f"secrets/{name}", 1))
        found.set(name, secret.mark(name), f"secret, {book.path}:{book.lines.get(f'secrets/{name}', 1)}")
    for path in book.vars_files:
        place = str(evaluator.value(path, found.values, book.lines.get("vars_files", 1)))
        values, lines, shown = vars_file(book, place)
        for name, value in values.items():
            found.set(name, value, f"{shown}:{lines[name]}")
    for name, raw in book.vars.items():
        line = book.lines.get(f"vars/{name}", 1)
        found.set(name, evaluator.value(raw, found.values, line), f"{book.path}:{line}")
    return found


def vars_file(book: Playbook, path: str) -> tuple[dict[str, Any], source.Lines, str]:
    """The variables in a YAML file named relative to the playbook, their lines, and its path. Raises SourceError."""
    place = os.path.join(os.path.dirname(book.path), path)
    found, lines = source.load(source.read(place), place)
    if found is None:
        return {}, lines, place
    if not isinstance(found, dict):
        raise SourceError("is not a mapping of variables", path=place, line=1)
    for name in found:
        if not name.isidentifier() or not name.isascii():
            raise SourceError(f"'{name}' is not a variable's name", path=place, line=lines[f"{name}#key"], hint="letters, digits, '_'")
    return found, lines, place
