"""What is wrong, or would surprise, in a playbook: every finding with its file and line, nothing run.

Errors keep a play from running; warnings do not. ``# noqa: CODE`` on a step's first line
says that a warning is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from byhand.engine import lint_names, lint_words, playbook, playbook_file, run, source, template
from byhand.engine.arguments import Argument, arguments
from byhand.engine.compile import Compiler, Options, Piece, Program
from byhand.engine.modifiers import KEYS
from byhand.engine.play import variables
from byhand.engine.playbook import Playbook, Step
from byhand.engine.template import Template
from byhand.errors import BadValue, ByhandError, SourceError, nearest

_GUARDS = {"creates", "removes", "unless", "onlyif"} & KEYS
_FUNCTION = re.compile(r"(?:check|save|apply|undo|diff)_(\w+)\(\) \{")
_NOQA = re.compile(r"#\s*noqa(?::\s*([\w, -]+))?\s*$")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing found. ``code``: a word for its kind; ``error``: the play does not run like this."""

    path: str
    line: int
    code: str
    message: str
    error: bool = False

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {'error' if self.error else 'warning'}: {self.message} [{self.code}]"


def lint(name: str, params: Mapping[str, Any] | None = None) -> list[Finding]:
    """All findings of the playbook of that name or in that file, in the order of its lines. Raises NotFound."""
    try:
        book = playbook.find(name)
    except SourceError as error:
        return sorted(_unread(error))
    found = {*_steps(book), *(Finding(book.path, line, code, message, error) for line, code, message, error in lint_names.names(book))}
    if not any(finding.error for finding in found):
        found |= set(_program(book, params or {}))
    return sorted(finding for finding in found if not _meant(finding))


def _meant(finding: Finding) -> bool:
    if finding.error or not finding.line:
        return False
    lines = Path(finding.path).read_text(encoding="utf-8", errors="replace").splitlines()
    match = _NOQA.search(lines[finding.line - 1]) if finding.line <= len(lines) else None
    return match is not None and (not match[1] or finding.code in re.split(r"[,\s]+", match[1]))


def _of(error: SourceError, code: str = "syntax") -> Finding:
    place = f"{error.path}:{error.line}: " if error.line else f"{error.path}: "
    hint = f" ({error.hint})" if error.hint else ""
    return Finding(error.path, error.line, code, error.message.removeprefix(place) + hint, error=True)


def _unread(first: SourceError) -> list[Finding]:
    """Every error of a file that cannot be read: each step, handler and parameter is read alone."""
    try:
        top, lines = source.load(source.read(first.path), first.path)
    except SourceError:
        return [_of(first)]
    found = {_of(first)}
    if not isinstance(top, dict):
        return [*found]
    for key in top.keys() - playbook_file.PLAY_KEYS:
        hint = nearest(key, playbook_file.PLAY_KEYS)
        found.add(_of(SourceError(f"unknown key '{key}'", path=first.path, line=lines[f"{key}#key"], hint=hint)))
    reader = playbook_file.Reader(first.path, lines)
    for part in ("steps", "handlers"):
        for place, step in _alone(top.get(part), part):
            try:
                reader.step(step, place)
            except SourceError as error:
                found.add(_of(error))
    for name, spec in (top.get("params") or {}).items() if isinstance(top.get("params"), dict) else ():
        try:
            arguments({name: spec}, first.path, lines, "params", frozenset({"short"}))
        except SourceError as error:
            found.add(_of(error))
    return [*found]


def _alone(steps: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Steps that can be read alone; of a block, first what it holds."""
    for i, step in enumerate(steps if isinstance(steps, list) else ()):
        for part in playbook_file.PARTS:
            if isinstance(step, dict) and part in step:
                yield from _alone(step[part], f"{place}/{i}/{part}")
        yield f"{place}/{i}", step


def _steps(book: Playbook) -> Iterator[Finding]:
    for step, handler in lint_names.steps(book):
        if step.block:
            if step.name == "block":
                yield Finding(book.path, step.line, "name", "the block has no name")
        elif step.include:
            yield from _include(book, step)
        else:
            yield from _step(book, step, handler=handler)


def _step(book: Playbook, step: Step, *, handler: bool) -> Iterator[Finding]:
    if step.name == step.template:
        yield Finding(book.path, step.line, "name", f"the step has no name: what does this {step.template} do?")
    try:
        found = template.find(step.template)
    except ByhandError as error:
        yield Finding(book.path, step.line, "template", f"{error.message} ({error.hint})", error=True)
        return
    yield from _arguments(book, step, found)
    if step.template.startswith("command/"):
        better = lint_words.better(step.args)
        if better:
            yield Finding(book.path, step.line, "template-exists", f"{better} does this, and can check and undo it")
        if found.always and not handler and not (_GUARDS & step.modifiers.keys()) and not step.changed_when:
            wanted = "creates, unless or onlyif says when it need not, changed_when: false that it changes nothing"
            yield Finding(book.path, step.line, "always", f"runs every time: {wanted}")


def _include(book: Playbook, step: Step) -> Iterator[Finding]:
    if step.name == step.include:
        yield Finding(book.path, step.line, "name", f"the include of {step.include} has no name")
    if "{{" in step.include:
        return
    try:
        included = playbook.find(step.include)
    except SourceError as error:
        yield _of(error)
        return
    except ByhandError as error:
        yield Finding(book.path, step.line, "include", f"{error.message} ({error.hint})", error=True)
        return
    yield from _given(book, step, included.params, included.name)


def _arguments(book: Playbook, step: Step, found: Template) -> Iterator[Finding]:
    yield from _given(book, step, found.args, found.name)


def _given(book: Playbook, step: Step, known: Mapping[str, Argument], name: str) -> Iterator[Finding]:
    """What is wrong with the arguments that need no evaluation."""
    for key, raw in step.args.items():
        if key not in known:
            hint = nearest(key, known)
            yield Finding(book.path, step.line, "argument", f"{name} has no argument '{key}'" + (f" ({hint})" if hint else ""), error=True)
        elif not lint_names.expressions(raw):
            try:
                known[key].convert(raw, f"{name}: {key}")
            except BadValue as error:
                yield Finding(book.path, step.line, "argument", f"{error.message} ({error.hint})", error=True)
    for key in (key for key, argument in known.items() if argument.required and key not in step.args):
        yield Finding(book.path, step.line, "argument", f"{name}: {key} is required and not given", error=True)


def _program(book: Playbook, params: Mapping[str, Any]) -> Iterator[Finding]:
    """What compiling says, with this host's facts and the defaults; and shellcheck of the program, where it is installed."""
    if any(param.required and name not in params for name, param in book.params.items()):
        return
    try:
        program = Compiler(Options("/var/lib/byhand/runs/lint/1"), variables()).program(book, params)
    except SourceError as error:
        yield _of(error, "compile")
        return
    except ByhandError as error:
        yield Finding(book.path, 1, "compile", error.message, error=True)
        return
    if not run.which("shellcheck"):
        return
    text = program.text.encode("utf-8", "surrogateescape")
    checked = run.capture(["shellcheck", "--shell=sh", "--severity=warning", "--format=json", "-"], stdin=text, ok=None)
    for one in json.loads(checked.stdout or b"[]"):
        piece = _piece_at(program, one["line"])
        if piece is None:  # the frame's own; golden cases see to that
            continue
        message = f"shellcheck SC{one['code']}: {one['message']}"
        yield Finding(piece.path, piece.line, "shellcheck", message)


def _piece_at(program: Program, line: int) -> Piece | None:
    """The step whose function a line of the program stands in."""
    for text in reversed(program.text.splitlines()[:line]):
        match = _FUNCTION.match(text)
        if match:
            return next((piece for piece in program.pieces if piece.id == match[1]), None)
    return None
