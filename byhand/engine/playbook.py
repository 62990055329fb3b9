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

from byhand.engine import cache
from byhand.engine.arguments import Argument
from byhand.engine.playbook_file import CONDITIONS, PARTS, parse
from byhand.engine.template import packaged, unique
from byhand.errors import NotFound, nearest, shorten

_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]*(/[a-z0-9_][a-z0-9_-]*)*\Z", re.ASCII)


@dataclass(frozen=True)
class Step:
    """One entry of ``steps``: a template with its arguments, or an included playbook.

    Values are as written; those with ``{{ }}`` are evaluated when the play is compiled.
    ``lasts``: "run" (the default: until the run is undone) or "program", when the step is
    taken back as soon as the program ends. ``block``: steps that belong together; ``rescue``
    runs when one of them fails, ``always`` after both. ``own``: for an include, the folder whose journal its steps belong to.
    ``loop_var`` and ``loop_index`` name the item and its number from 0, ``loop_label`` is
    what an item is called in the step's title, ``parallel`` how many items run at a time.
    """

    name: str
    line: int
    template: str = ""
    include: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    when: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    failed_when: tuple[str, ...] = ()
    changed_when: tuple[str, ...] = ()
    loop: Any = None
    loop_var: str = "item"
    loop_index: str = "loop_index"
    loop_label: str = ""
    parallel: Any = 1
    register: str = ""
    tags: tuple[str, ...] = ()
    become: Any = None
    become_user: str = ""
    become_method: str = ""
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
    when all is undone. ``serial``: how many hosts at a time, or percentages of them, batch by
    batch; ``max_fail_percentage``: of a batch that may fail before the next is not begun;
    ``any_errors_fatal``: one is enough. ``secrets``: where each is kept. ``verify``: files of
    testinfra tests, beside the playbook. ``expressions``: each text with Jinja in it and whether it is one
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
    become_method: str = ""
    serial: tuple[int | str, ...] = ()
    max_fail_percentage: int | None = None
    any_errors_fatal: bool = False
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
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
    fields = cache.parsed(Path(os.path.abspath(path)), lambda _: parse(shown), f"playbook:{shown}")
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
        **{**fields, **{key: tuple(fields[key]) for key in ("tags", "vars_files", "serial", "verify")}},
    )


def _made(fields: dict[str, Any]) -> Step:
    """A Step from its fields as the cache keeps them."""
    parts = {part: tuple(_made(step) for step in fields.get(part, ())) for part in PARTS}
    lists = {key: tuple(fields[key]) for key in ("tags", *CONDITIONS) if key in fields}
    return Step(**{**fields, **parts, **lists})
