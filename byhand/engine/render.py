"""A template with its arguments becomes shell text, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from byhand.engine import environment, quoting, secret, template
from byhand.engine.evaluate import undefined_hint
from byhand.engine.modifiers import STOP
from byhand.engine.template import Template
from byhand.errors import SourceError

_END = "byhand.end-of-secret"


def blocks(found: Template, context: dict[str, Any], path: str, line: int) -> Iterator[tuple[str, str]]:
    """Each block of a template as shell text, in the order check, save, apply, undo, diff."""
    from jinja2 import TemplateError, UndefinedError

    env, sources = environment.commands()
    name = str(found.path)
    try:
        compiled = environment.blocks(env, sources, name, found.text)
    except TemplateError as error:
        raise SourceError(f"not a template: {environment.describe(error)}", path=name, line=getattr(error, "lineno", 0)) from None
    try:
        for block in template.BLOCKS:
            if block in compiled.blocks:
                text = "".join(compiled.blocks[block](compiled.new_context(context)))
                yield block, _body(text)
    except UndefinedError as error:
        hint = undefined_hint(error, context)
        raise SourceError(environment.describe(error), path=name, line=environment.error_line(error, compiled), hint=hint) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
        if isinstance(error, quoting.Unquotable):
            raise SourceError(f"{found.name}: {error}", path=path, line=line) from None
        raise SourceError(environment.describe(error), path=name, line=environment.error_line(error, compiled)) from None


def _body(text: str) -> str:
    """A block's text as a function's body, which may not be empty: a condition in it can leave nothing."""
    whole = text if text.endswith("\n") else text + "\n"
    return whole if any(line.strip() and not line.lstrip().startswith("#") for line in whole.splitlines()) else f"{whole}  :\n"


def as_user(method: str, user: str, block: str, text: str, found: Template, prior: str) -> str:
    """A block that another user's shell runs: as a function there, so that ``return`` means the same.

    Secrets come on its standard input, each up to a line that ends it. What stood before is
    the file ``prior``, in a folder of the first user's: root can read that and write beside
    it, anybody else is given a copy when it is undone.
    """
    names = secret.used(text)
    lines = "".join(
        f"secret_{name}=$(while IFS= read -r line && [ \"$line\" != {_END} ]; do printf '%s\\n' \"$line\"; done)\n" for name in names
    )  # fmt: skip
    lines += f"{STOP}step() {{\n{text}}}\n"
    each = " ".join(f'"$secret_{name}" {_END}' for name in names)
    before = f"  printf '%s\\n' {each} |\n  " if names else ""
    if user == "root" and "save" in found.blocks and block in ("apply", "undo"):
        lines = f"prior={quoting.quote(prior)}\n{lines}"
    elif block == "undo" and "save" in found.blocks:
        lines += 'prior=$(mktemp)\ntrap \'rm -f -- "$prior"\' EXIT\ncat >"$prior"\nstep </dev/null\n'
        return f'  as {method} {quoting.quote(user)} {quoting.quote(lines)} <"$prior"\n'
    return f"{before}  as {method} {quoting.quote(user)} {quoting.quote(lines + 'step' + chr(10))}\n"
