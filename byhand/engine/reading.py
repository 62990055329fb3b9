"""One step of a playbook, read with the variables it has: its template and arguments, its user and its modifiers.

What is wrong in it is a SourceError with the step's file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from byhand import values
from byhand.engine import conditions, modifiers, playbook, quoting, secret, template
from byhand.engine.arguments import bind
from byhand.engine.evaluate import Evaluator, NeedsResult, Pending
from byhand.engine.modifiers import Modifiers
from byhand.engine.playbook import Playbook, Step
from byhand.engine.template import Template
from byhand.errors import BadValue, ByhandError, SourceError, UsageError, nearest

T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """A step and everything its values are computed from."""

    book: Playbook
    step: Step
    evaluator: Evaluator
    variables: Mapping[str, Any]

    def error(self, message: str, hint: str = "") -> SourceError:
        """An error of this step."""
        return SourceError(message, path=self.book.path, line=self.step.line, hint=hint)

    def value(self, raw: Any) -> Any:
        """``raw`` with its expressions evaluated. Raises NeedsResult."""
        return self.evaluator.value(raw, self.variables, self.step.line)

    def with_variables(self, found: Mapping[str, Any]) -> Reading:
        return replace(self, variables=found)

    def needed(self) -> tuple[str, ...] | None:
        """None when its ``when`` does not hold; else what of that only the program can decide, as conditions of sh.

        Raises NeedsResult for a condition that even the program cannot decide.
        """
        found = []
        for text in self.step.when:
            try:
                if not self.evaluator.condition(text, self.variables, self.step.line):
                    return None
            except NeedsResult:
                try:
                    found.append(conditions.shell(text, self._pending(), self.variables))
                except conditions.Untranslatable:
                    raise NeedsResult from None
        return tuple(condition for condition in found if condition != "true")

    def items(self) -> list[Any] | None:
        """A loop's items; None for a step that is no loop."""
        if self.step.loop is None:
            return None
        found = self.value(self.step.loop)
        if isinstance(found, Pending):
            raise NeedsResult
        if isinstance(found, dict):
            return [{"key": key, "value": value} for key, value in found.items()]
        if not isinstance(found, (list, tuple, range)):
            raise self.error(f"'loop' is not a list: {found!r}")
        return list(found)

    def workers(self) -> int:
        """How many items of a loop run at a time."""
        if self.step.parallel == 1 or self.step.loop is None:
            return 1
        found = self._checked(lambda: values.convert(self.value(self.step.parallel), "count", label="parallel"))
        if found > 1 and self.template().foreground:
            raise self.error(f"{self.step.template} runs in the foreground, one at a time")
        return max(1, int(found))

    def included(self) -> Playbook:
        """The playbook a step includes."""
        return self._checked(lambda: playbook.find(str(self.value(self.step.include))))

    def template(self) -> Template:
        return self._checked(lambda: template.find(self.step.template))

    def arguments(self, found: Template, given: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], set[str]]:
        """The template's arguments, and the secrets in those that want one line.

        ``given``: their values, when they are evaluated already.
        """
        given = self.value(dict(self.step.args)) if given is None else given
        one_line: set[str] = set()
        for key, value in given.items():
            if key not in found.args:
                raise self.error(f"{found.name} has no argument '{key}'", nearest(key, found.args))
            if secret.is_in(value):
                kind = found.args[key].type
                if kind not in secret.TYPES:
                    raise self.error(f"{found.name}: {key} cannot be a secret: a {kind} is looked at first")
                if kind in secret.ONE_LINE:
                    one_line |= secret.names(value)
        return self._checked(lambda: bind(found.args, given, f"{found.name}: ")), one_line

    def title(self, index: int | None, count: int) -> str:
        """What the step is called, and which item of a loop it is."""
        found = self._line(self.step.name)
        if self.step.loop_label:
            found += f" ({self._line(self.step.loop_label)})"
        elif index is not None and count > 1 and "{{" not in self.step.name:
            found += f" ({index + 1} of {count})"
        return found

    def _line(self, raw: str) -> str:
        return str(quoting.comment(str(self.value(raw))))

    def lasts(self) -> str:
        """How long what the step does stays: "run" or "program"."""
        found = str(self.value(self.step.lasts))
        if found not in ("run", "program"):
            raise self.error(f"lasts is '{found}'", "run or program")
        return found

    def modifiers(self, identity: str, when: tuple[str, ...], handlers: Mapping[str, str]) -> Modifiers:
        """The step's modifiers.

        ``when``: conditions of sh that it and what it is in depend on. ``handlers``: those
        there are, by name; what the step notifies becomes their ids.
        """
        given = dict(self.step.modifiers)
        if self.book.environment:
            given["environment"] = {**self.book.environment, **(given.get("environment") or {})}
        found = self._checked(lambda: modifiers.read(given, self.value))
        for name in found.notify:
            if name not in handlers:
                raise self.error(f"no handler '{name}'", nearest(name, handlers))
        if found.notify:
            found = replace(found, notify=tuple(handlers[name] for name in found.notify))
        if when or self.step.until or self.step.failed_when or self.step.changed_when:
            until, failed, changed = self._conditions(identity)
            found = replace(found, when=" && ".join(when), until=until, failed_when=failed, changed_when=changed)
        if found.until:
            # Ansible's: three tries, five seconds apart.
            retries, delay = found.retries if "retries" in given else 2, found.delay if "delay" in given else 5
            found = replace(found, retries=retries, delay=delay)
        return found

    def _conditions(self, identity: str) -> list[str]:
        """``until``, ``failed_when`` and ``changed_when`` as sh has them; the step's result is its own there."""
        pending = self._pending()
        if self.step.register:
            pending[self.step.register] = Pending((identity,))
        found = []
        for key in ("until", "failed_when", "changed_when"):
            try:
                found.append(" && ".join(conditions.shell(text, pending, self.variables) for text in getattr(self.step, key)))
            except conditions.Untranslatable as error:
                hint = "" if self.step.register else "register: NAME gives the step's result that name"
                raise self.error(f"{key}: {error.message}", hint) from None
        return found

    def _pending(self) -> dict[str, Pending]:
        return {name: value for name, value in self.variables.items() if isinstance(value, Pending)}

    def user(self, inherited: tuple[str, str]) -> tuple[str, str]:
        """Who the step runs as and by which command, "" for whoever runs the program.

        The step says it, its playbook, or what included that (``inherited``). A host's own
        variables (``ansible_become_user``, ``ansible_become_method``) come before the playbook's.
        """
        step, book = self.step, self.book
        host = {key: self.variables.get(f"ansible_become{key}") for key in ("", "_user", "_method")}
        if step.become is None and not book.become and inherited[0]:
            return step.become_user or inherited[0], step.become_method or inherited[1]
        method = step.become_method or host["_method"] or book.become_method or "sudo"
        wanted = book.become if host[""] is None else host[""]
        if step.become is not None:
            wanted = self.value(step.become)
        if not self._checked(lambda: values.boolean(wanted)):
            return "", ""
        if method not in ("sudo", "doas", "su"):
            raise self.error(f"become_method '{method}' is not known", "sudo, doas or su")
        return self._checked(lambda: values.operand(step.become_user or host["_user"] or book.become_user)), str(method)

    def _checked(self, read: Callable[[], T]) -> T:
        """What ``read`` gives; its errors with the step's place."""
        try:
            return read()
        except SourceError:
            raise
        except (BadValue, UsageError, ByhandError) as error:
            raise self.error(error.message, error.hint) from None
