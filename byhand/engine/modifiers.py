"""What a step's keys add around its template: guards, an environment, a time limit, patience.

Ansible's words with Ansible's meaning (``creates``, ``removes``, ``environment``,
``timeout``, ``retries``, ``delay``, ``ignore_errors``, ``no_log``, ``notify``); ``unless``
and ``onlyif`` are a command that says whether the step is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from byhand import values
from byhand.engine import quoting, secret
from byhand.engine.template import Template
from byhand.errors import BadValue

KEYS = frozenset(
    ("environment", "creates", "removes", "unless", "onlyif", "timeout", "retries", "delay", "ignore_errors", "no_log", "notify")
)
# A shell of its own has none of the frame's functions but this one, which templates use.
STOP = "stop() {\n  printf 'byhand: %s\\n' \"$1\" >&2\n  exit 125\n}\n"


@dataclass(frozen=True)
class Modifiers:
    """The modifiers of one step, evaluated.

    ``guards``: shell conditions under which the step is left out. ``timeout`` and
    ``delay`` are seconds, ``retries`` how often it is tried again. ``when``, ``until``,
    ``failed_when`` and ``changed_when`` are conditions of sh on results, "" where there is none.
    """

    environment: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    timeout: int = 0
    retries: int = 0
    delay: int = 0
    ignore_errors: bool = False
    no_log: bool = False
    notify: tuple[str, ...] = ()
    when: str = ""
    until: str = ""
    failed_when: str = ""
    changed_when: str = ""

    @property
    def careful(self) -> bool:
        """Whether the step's failure is not the program's at once."""
        return self.ignore_errors or self.retries > 0 or bool(self.until or self.failed_when)

    @property
    def conditions(self) -> list[tuple[str, str]]:
        """The names of the program's functions for its conditions, and what each asks."""
        named = [("when", self.when), ("until", self.until), ("failed", self.failed_when), ("changed", self.changed_when)]
        return [(name, condition) for name, condition in named if condition]


NONE = Modifiers()


def read(given: Mapping[str, Any], evaluated: Callable[[Any], Any]) -> Modifiers:
    """The modifiers written in ``given``. Raises BadValue that names the key."""
    if not given:
        return NONE
    found = {key: evaluated(raw) for key, raw in given.items()}
    seconds = {key: values.convert(found.get(key, 0), "count", label=key) for key in ("timeout", "delay")}
    return Modifiers(
        environment=_environment(found.get("environment") or {}),
        guards=tuple(_guards(found)),
        timeout=seconds["timeout"],
        retries=values.convert(found.get("retries", 0), "count", label="retries"),
        delay=seconds["delay"],
        ignore_errors=values.convert(found.get("ignore_errors", False), "bool", label="ignore_errors"),
        no_log=values.convert(found.get("no_log", False), "bool", label="no_log"),
        notify=tuple(values.convert(found.get("notify") or [], "words", label="notify")),
    )


def _environment(given: Any) -> tuple[str, ...]:
    variables = values.convert(given, "mapping", label="environment")
    pairs = []
    for name, value in variables.items():
        if not name.isascii() or not name.isidentifier():
            raise BadValue("environment", name, "is not a variable's name", "letters, digits and '_', no digit first")
        pairs.append(f"{name}={values.convert(value, 'text', label=f'environment: {name}')}")
    return tuple(pairs)


def _guards(found: Mapping[str, Any]) -> list[str]:
    guards = []
    for key, test in (("creates", "-e"), ("removes", "! -e")):
        if key in found:
            path = values.convert(found[key], "path", label=key)
            guards.append(f"[ {test} {quoting.quote(path)} ]")
    for key, negation in (("unless", ""), ("onlyif", "! ")):
        if key in found:
            guards.append(f"{negation}{_command(found[key], key)}")
    return guards


def _command(value: Any, key: str) -> str:
    """A list of words is a command, a text is a line of shell."""
    if isinstance(value, str):
        return f"sh -euc {quoting.quote(values.convert(value, 'text', label=key))}"
    return f"(exec {quoting.words(values.convert(value, 'command', label=key))})"


def around(blocks: tuple[tuple[str, str], ...], found: Template, modifiers: Modifiers) -> tuple[tuple[str, str], ...]:
    """A step's blocks with its modifiers around them. Raises BadValue for what cannot be."""
    if modifiers is NONE:
        return blocks
    if found.foreground and (modifiers.environment or modifiers.timeout or modifiers.careful):
        raise BadValue("step", found.name, "runs in the foreground", "no environment, timeout, retries or ignore_errors")
    return tuple((block, _block(block, text, modifiers)) for block, text in _guarded(blocks, modifiers))


def _guarded(blocks: tuple[tuple[str, str], ...], modifiers: Modifiers) -> tuple[tuple[str, str], ...]:
    if not modifiers.guards:
        return blocks
    guards = "".join(f"  if {guard}; then return 0; fi\n" for guard in modifiers.guards)
    texts = dict(blocks)
    check = guards + texts.get("check", "  return 1\n")
    return (("check", check), *((block, text) for block, text in blocks if block != "check"))


def _block(block: str, text: str, modifiers: Modifiers) -> str:
    if block == "apply" and modifiers.timeout:
        # Its shell gets secrets in its environment and takes them out of that.
        hold = "".join(f"held=$secret_{name}\nunset secret_{name}\nsecret_{name}=$held\n" for name in secret.used(text))
        given = "".join(f"secret_{name}=$secret_{name} " for name in secret.used(text))
        script = f"{STOP}{hold}step() {{\n{text}}}\nstep\n"
        text = f"  {given}timeout -k 5 {modifiers.timeout} sh -euc {quoting.quote(script)}\n"
    if modifiers.environment:
        pairs = " ".join(f"{name}={quoting.quote(value)}" for name, _, value in (pair.partition("=") for pair in modifiers.environment))
        text = f"  (\n  export {pairs}\n{text}  )\n"
    return text
