"""Conditions on the results of steps that have not run yet, as conditions of sh.

``until``, ``failed_when``, ``changed_when`` and a ``when`` with a registered result are
Jinja expressions, Ansible's words with Ansible's meaning. The program decides them where
it runs, so that no step costs the host another question: what an expression says of a
result (``result.rc != 0``, ``'ready' in result.stdout``) is translated, and whatever in it
depends on no result is computed when the play is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError, nodes

from byhand.engine import environment, quoting
from byhand.engine.evaluate import NeedsResult, Pending
from byhand.errors import ByhandError

_STATES = {
    "changed": "changed", "change": "changed", "failed": "failed", "failure": "failed", "skipped": "skipped", "skip": "skipped",
}  # fmt: skip
_SUCCESS = ("succeeded", "success", "successful")
_NUMERIC = {"eq": "-eq", "ne": "-ne", "lt": "-lt", "lteq": "-le", "gt": "-gt", "gteq": "-ge"}
_TEXTUAL = {"eq": "=", "ne": "!="}
_STREAMS = {"stdout": "out", "stderr": "err", "stdout_lines": "out", "stderr_lines": "err"}
_FILTERS = {"trim": "trimmed", "lower": "lower", "upper": "upper"}
# What Python's regular expressions have and grep -E has not, or means otherwise.
_NOT_EXTENDED = re.compile(r"\(\?|\\[AZDdBb]|[*+?}]\?|\\[1-9]")


class Untranslatable(ByhandError):
    """An expression asks something of a result that sh cannot answer."""


class _Text(str):
    """A word of sh that prints as text."""

    __slots__ = ()


class _Number(str):
    """A word of sh that is a whole number."""

    __slots__ = ()


def shell(text: str, pending: Mapping[str, Pending], variables: Mapping[str, Any]) -> str:
    """The condition ``text`` as one command of sh, true with status 0.

    ``pending``: the results it may ask about by their names. Raises Untranslatable.
    """
    tree = environment.expressions()[0].parse(f"{{{{ {text} }}}}")
    expression: nodes.Node = tree.body[0].nodes[0]  # type: ignore[attr-defined] # an Output
    return _Translator(pending, variables).condition(expression)


class _Translator:
    def __init__(self, pending: Mapping[str, Pending], variables: Mapping[str, Any]) -> None:
        self.pending, self.variables = pending, variables

    def condition(self, node: nodes.Node) -> str:
        """``node`` as a command that is true or false."""
        if self._static(node):
            return "true" if _truth(self._value(node)) else "false"
        if isinstance(node, (nodes.And, nodes.Or)):
            joint = "&&" if isinstance(node, nodes.And) else "||"
            return f"{{ {self.condition(node.left)} {joint} {self.condition(node.right)}; }}"
        if isinstance(node, nodes.Not):
            return f"! {self.condition(node.node)}"
        if isinstance(node, nodes.Test):
            return self._test(node)
        if isinstance(node, nodes.Compare):
            return self._compare(node)
        if isinstance(node, nodes.Call):
            return self._call(node)
        return self._truthy(node)

    def _truthy(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Name):
            return "true"  # a result is a mapping that is not empty
        state = self._attribute(node)
        if state and state[1] in _STATES:
            return self._is(*state)
        word = self.word(node)
        return f"[ {word} -ne 0 ]" if isinstance(word, _Number) else f"[ -n {word} ]"

    def _test(self, node: nodes.Test) -> str:
        result = self._result(node.node)
        if result is not None:
            if node.name in _SUCCESS:
                return f"! {self._is(result, 'failed')}"
            if node.name in _STATES:
                return self._is(result, node.name)
        if node.name in ("defined", "undefined"):
            return "true" if node.name == "defined" else "false"
        if node.name in ("search", "match", "regex") and node.args:
            pattern = str(self._value(node.args[0]))
            if _NOT_EXTENDED.search(pattern):
                raise Untranslatable(f"the regular expression '{pattern}' is not one of grep -E")
            pattern = pattern.replace("\\s", "[[:space:]]").replace("\\S", "[^[:space:]]")
            anchored = f"^({pattern})" if node.name == "match" else pattern
            return f"matches {self.word(node.node)} {quoting.quote(anchored)}"
        raise Untranslatable(f"'is {node.name}' cannot be asked of a result here")

    def _compare(self, node: nodes.Compare) -> str:
        if len(node.ops) != 1:
            raise Untranslatable("a chain of comparisons cannot be asked of a result: write them with 'and'")
        operator, other = node.ops[0].op, node.ops[0].expr
        if operator in ("in", "notin"):
            return ("! " if operator == "notin" else "") + self._contains(node.expr, other)
        for one, two in ((node.expr, other), (other, node.expr)):
            state = self._attribute(one)
            if state and state[1] in _STATES and self._static(two) and operator in _TEXTUAL:
                same = _truth(self._value(two)) == (operator == "eq")
                return self._is(*state) if same else f"! {self._is(*state)}"
        left, right = self.word(node.expr), self.word(other)
        if isinstance(left, _Number) and isinstance(right, _Number):
            return f"[ {left} {_NUMERIC[operator]} {right} ]"
        if operator not in _TEXTUAL:
            raise Untranslatable("text has no order here: compare a number, '| int' makes one")
        if isinstance(left, _Number) is not isinstance(right, _Number):  # text is no number, as in Python
            return "false" if operator == "eq" else "true"
        return f"[ {left} {_TEXTUAL[operator]} {right} ]"

    def _contains(self, part: nodes.Node, whole: nodes.Node) -> str:
        if self._static(whole):
            items = self._value(whole)
            if isinstance(items, str):
                return f"holds {quoting.quote(items)} {self.word(part)}"
            numbers = isinstance(self.word(part), _Number)
            fitting = [item for item in items if isinstance(item, int) is numbers]
            return f"one_of {self.word(part)} {quoting.words(fitting)}".rstrip()
        attribute = self._attribute(whole)
        if attribute and attribute[1] in ("stdout_lines", "stderr_lines"):
            return f"has_line {self._stream(*attribute)} {self.word(part)}"
        return f"holds {self.word(whole)} {self.word(part)}"

    def _call(self, node: nodes.Call) -> str:
        if isinstance(node.node, nodes.Getattr) and len(node.args) == 1 and node.node.attr in ("startswith", "endswith"):
            part = quoting.quote(str(self._value(node.args[0])))
            return f"{'begins' if node.node.attr == 'startswith' else 'ends'} {self.word(node.node.node)} {part}"
        return self._truthy(node)

    def word(self, node: nodes.Node) -> _Text | _Number:
        """``node`` as one word of sh."""
        if self._static(node):
            found = self._value(node)
            if isinstance(found, bool) or not isinstance(found, (str, int)):
                raise Untranslatable(f"a result cannot be compared with {found!r}: with text or a whole number it can")
            return _Number(found) if isinstance(found, int) else _Text(quoting.quote(found))
        attribute = self._attribute(node)
        if attribute:
            if attribute[1] == "rc":
                return _Number(f'"$(result {self._single(attribute[0])} rc)"')
            if attribute[1] in ("stdout", "stderr"):
                return _Text(self._stream(*attribute))
        if isinstance(node, nodes.Filter) and node.node is not None:
            return self._filter(node, node.node)
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) and not node.args:
            made = {"strip": "trimmed", "lower": "lower", "upper": "upper"}.get(node.node.attr)
            if made:
                return _Text(f'"$({made} {self.word(node.node.node)})"')
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, (nodes.Const, nodes.Neg)):
            lines = self._attribute(node.node)
            place = self._value(node.arg)
            if lines and lines[1] in ("stdout_lines", "stderr_lines") and isinstance(place, int):
                chosen = f"sed -n {place + 1}p" if place >= 0 else f"tail -n {-place} | head -n 1"
                return _Text(f'"$(result {self._single(lines[0])} {_STREAMS[lines[1]]} | {chosen})"')
        raise Untranslatable("that cannot be asked of a result before it is there")

    def _filter(self, node: nodes.Filter, inner: nodes.Node) -> _Text | _Number:
        lines = self._attribute(inner)
        if node.name in ("length", "count"):
            if lines and lines[1] in ("stdout_lines", "stderr_lines"):
                return _Number(f'"$(result {self._single(lines[0])} {_STREAMS[lines[1]]} | grep -c "")"')
            return _Number(f'"$(printf %s {self.word(inner)} | wc -m)"')
        if node.name == "int":
            return _Number(f'"$(number {self.word(inner)})"')
        if node.name in ("default", "d", "string"):
            return self.word(inner)
        if node.name in _FILTERS:
            return _Text(f'"$({_FILTERS[node.name]} {self.word(inner)})"')
        raise Untranslatable(f"the filter '{node.name}' cannot be used on a result before it is there")

    def _attribute(self, node: nodes.Node) -> tuple[Pending, str] | None:
        """A result and which part of it: ``result.rc`` and ``result['rc']``."""
        if isinstance(node, nodes.Getattr):
            name: Any = node.attr
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            name = node.arg.value
        else:
            return None
        result = self._result(node.node)
        known = {"rc", *_STATES, *_STREAMS, "results"}
        if result is None or not isinstance(name, str):
            return None
        if name not in known:
            raise Untranslatable(
                f"a result has no '{name}': it has rc, stdout, stderr, stdout_lines, stderr_lines, changed, failed, skipped"
            )
        return result, name

    def _result(self, node: nodes.Node) -> Pending | None:
        """The result a node stands for: by its name, or one of a loop's ``results[0]``."""
        if isinstance(node, nodes.Name):
            return self.pending.get(node.name)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            whole = self._attribute(node.node)
            if whole and whole[1] == "results" and node.arg.value < len(whole[0].ids):
                return Pending((whole[0].ids[node.arg.value],))
        return None

    def _single(self, result: Pending) -> str:
        if len(result.ids) != 1:
            raise Untranslatable("that cannot be asked of a loop's results before they are there")
        return result.ids[0]

    def _stream(self, result: Pending, name: str) -> str:
        return f'"$(result {self._single(result)} {_STREAMS[name]})"'

    def _is(self, result: Pending, state: str) -> str:
        """Whether one of a result's steps changed or failed; all of them, for skipped."""
        joint = " && " if _STATES[state] == "skipped" else " || "
        asked = [f"was {identity} {_STATES[state]}" for identity in result.ids]
        return asked[0] if len(asked) == 1 else f"{{ {joint.join(asked)}; }}"

    def _static(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.Name):
            return node.name not in self.pending
        return not any(found.name in self.pending for found in node.find_all(nodes.Name))

    def _value(self, node: nodes.Node) -> Any:
        """The value of what depends on no pending result."""
        if not self._static(node):
            raise Untranslatable("a result can only be compared with what is known before")
        env = environment.expressions()[0]
        kept: list[Any] = []
        keep = nodes.Call(nodes.Name("_keep", "load"), [node], [], None, None)
        tree = nodes.Template([nodes.Output([keep])], lineno=1).set_environment(env)

        def note(value: Any) -> str:
            if type(value).__name__ == "StrictUndefined":
                str(value)
            kept.append(value)
            return ""

        try:
            template = env.template_class.from_code(env, env.compile(tree), {})  # type: ignore[call-overload]
            "".join(template.root_render_func(template.new_context({**self.variables, "_keep": note})))
        except NeedsResult:
            raise
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise Untranslatable(environment.describe(error)) from None
        return kept[0]


def _truth(value: Any) -> bool:
    """As ``when`` has it: the words true and false are what they say."""
    return value.lower() == "true" if isinstance(value, str) and value.lower() in ("true", "false") else bool(value)
