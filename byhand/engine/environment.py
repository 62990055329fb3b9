"""The Jinja environments, and what a template error says of its place.

``commands()`` renders templates into shell text: every printed value is quoted by
``finalize``. ``expressions()`` computes a playbook's values: nothing is quoted, since a
value is data until a template prints it. ``files()`` is for a playbook's own template
files. Undefined variables are errors in all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FunctionLoader, StrictUndefined, Template
from jinja2.runtime import Context

from byhand.engine import cache, quoting
from byhand.engine.expressions import FILTERS, TESTS

Loaded = tuple[str, str, Callable[[], bool]]


def _bytecode() -> BytecodeCache | None:
    place = cache.folder()
    return FileSystemBytecodeCache(str(place), "%s.jinja") if place else None


def _not_changed() -> bool:
    return True


class _Sources:
    """Template texts by name, as they are found: Jinja's bytecode cache needs a loader."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def load(self, name: str) -> Loaded | None:
        text = self.texts.get(name)
        return None if text is None else (text, name, _not_changed)


def _environment(finalize: Callable[[object], object] | None, *, trim: bool) -> tuple[Environment, _Sources]:
    sources = _Sources()
    made = Environment(
        loader=FunctionLoader(sources.load),
        bytecode_cache=_bytecode(),
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=False,
        trim_blocks=trim,
        lstrip_blocks=trim,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    return made, sources


@lru_cache(maxsize=1)
def commands() -> tuple[Environment, _Sources]:
    """The environment of templates: printed values are shell words."""
    env, sources = _environment(quoting.finalize, trim=True)
    env.filters["heredoc"] = quoting.heredoc
    env.filters["comment"] = quoting.comment
    env.filters["sh"] = quoting.Sh
    env.filters["quote"] = lambda value: quoting.Sh(quoting.words(value))
    return env, sources


@lru_cache(maxsize=1)
def expressions() -> tuple[Environment, _Sources]:
    """The environment of playbooks: values stay what they are."""
    env, sources = _environment(None, trim=False)
    env.filters |= FILTERS
    env.tests |= TESTS
    return env, sources


@lru_cache(maxsize=1)
def files() -> tuple[Environment, _Sources]:
    """The environment of template files, with the settings of Ansible's template module."""
    env, sources = _environment(None, trim=False)
    env.trim_blocks = True
    env.filters |= FILTERS
    env.tests |= TESTS
    return env, sources


def error_line(error: BaseException, compiled: Any) -> int:
    """The line of the template ``compiled`` an exception came from, 0 when it did not.

    Its blocks are called one by one, so Jinja has not rewritten the traceback: the line in
    it is that of the Python code the template was compiled to.
    """
    trace = error.__traceback__
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == compiled.filename:
            line = compiled.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


def describe(error: BaseException) -> str:
    """A template error in one line, in the words a user knows."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text.replace("jinja2.runtime.", "")


class Blocks:
    """A compiled template whose blocks are called one by one."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._globals = dict(template.globals)  # a chain of mappings, and slow as one
        self.blocks = template.blocks
        self.filename = template.filename
        self.get_corresponding_lineno = template.get_corresponding_lineno

    def new_context(self, variables: Mapping[str, Any]) -> Context:
        """What a block is called with.

        It has no list of the blocks, as Jinja's own would for inheritance: a playbook has a
        block for each of its expressions, and making the list once for each took longer than all else.
        """
        env = self._template.environment
        made: Context = env.context_class(env, {**self._globals, **variables}, self._template.name, {}, globals=self._globals)
        return made


def whole(env: Environment, sources: _Sources, name: str, text: str) -> Template:
    """The compiled template ``name`` with source ``text``."""
    if sources.texts.get(name, text) != text and env.cache is not None:
        env.cache.clear()
    sources.texts[name] = text
    return env.get_template(name)


def blocks(env: Environment, sources: _Sources, name: str, text: str) -> Blocks:
    """The same for its blocks."""
    return Blocks(whole(env, sources, name, text))
