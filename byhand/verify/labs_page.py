"""docs/labs.md: what each lab does, and what it really printed. Made by ``invoke dev.labs``.

What is written in the playbooks and what was printed are kept apart (``without_output``), so
that a test can hold the page to the playbooks without running them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byhand.engine import play, playbook, quoting, template
from byhand.engine.playbook import Playbook, Step
from byhand.errors import ByhandError
from byhand.verify import labs

_HEAD = """\
# Labs

Each lab is a playbook that shows one thing about containers with plain commands, looks whether it is
so, and takes everything back. They grew from the experiments of five articles on container internals,
the slips included: a lab that shows how something fails is there on purpose.

```sh
invoke playbook.explain labs/18-overlay    # what it does, step by step, and why
invoke playbook.show labs/18-overlay       # the program it is
sudo invoke playbook.run labs/18-overlay -v
sudo invoke playbook.verify labs/18-overlay
sudo invoke playbook.undo
```

They run on Debian with what `invoke host.setup` installs, as root, with control groups of version 1 or 2,
here or on another host (`--hosts ssh://NAME`), and need no internet. A lab for which something more has
to be installed says so.

This page is made by running them (`invoke dev.labs`). In what they printed, `…` stands for what is
different each time.
"""
# Numbers that the kernel gives out anew: of namespaces, interfaces and their peers, files (device:inode); hardware addresses.
_ANEW = (
    (re.compile(r"(?<=:\[)\d+(?=\])|(?<=@if)\d+|\b40265\d{5}\b|\b\d+:\d{6,}\b"), "…"),
    (re.compile(r"\b(?!00:00:00:00:00:00|ff:ff:ff:ff:ff:ff)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "…"),
)
_OUTPUT = re.compile(r"```text\n.*?```\n\n|^Verified: .*?\n\n", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """What two runs of a lab printed, and the tests that agreed."""

    runs: tuple[labs.Run, labs.Run]
    tests: tuple[str, ...]


def ran(name: str) -> Shown:
    """Run a lab twice on this machine, its tests the first time, and take it back. Raises ByhandError."""
    runs: list[labs.Run] = []
    tests: list[str] = []
    for _ in range(2):
        one = labs.play_on_this_machine(name)
        try:
            if one.status:
                last = one.steps[-1]
                raise ByhandError(f"labs/{name}: the step '{last.title}' failed", hint=last.output)
            tests = tests or labs.verify(name)
        finally:
            play.undo(one.id, lambda piece, event: None)
        runs.append(one)
    return Shown((runs[0], runs[1]), tuple(tests))


def page(shown: Mapping[str, Shown]) -> str:
    """The page, with the output of those labs that were run."""
    books = {name: labs.book(name) for name in labs.names()}
    rows = [f"| [{name}](#{_anchor(name)}) | {_inline(book.title)} |" for name, book in books.items()]
    parts = sorted(path.stem for path in (labs.FOLDER / "parts").glob("*.yml"))
    text = [_HEAD, "| lab | what it shows |\n|---|---|", "\n".join(rows) + "\n"]
    text += [_section(name, book, shown.get(name)) for name, book in books.items()]
    text += ["## Parts\n\nWhat several labs begin with.\n"]
    text += [_section(f"parts/{name}", playbook.find(f"labs/parts/{name}"), None, "###") for name in parts]
    return "\n".join(text)


def without_output(text: str) -> str:
    """A page without what was printed: what the playbooks alone say."""
    return _OUTPUT.sub("", text)


def _section(name: str, book: Playbook, shown: Shown | None, level: str = "##") -> str:
    values = _values(book)
    lines = [f"{level} {name}", "", f"**{_inline(book.title)}.** {_inline(book.why)}", ""]
    if book.environment:
        given = " ".join(f"{key}={_filled(str(value), values)}" for key, value in book.environment.items())
        lines += [f"With `{given}`:", ""]
    printed = _printed(shown) if shown else {}
    for number, step in enumerate(book.steps, 1):
        lines += [f"{number}. {_inline(_filled(step.name, values | _items(step, ', ')))}{_uses(step, values | _items(step, ','))}", ""]
        language = "" if step.template == "file/content" else "sh"
        lines += _fenced(language, command) if (command := _commands(step, values)) else []
        lines += _fenced("text", output) if (output := printed.get(step.line, "")) else []
    if shown:
        tests = ", ".join(_inline(test.removeprefix("test_").replace("_", " ")) for test in shown.tests)
        lines += [f"Verified: {tests}.", ""]
    return "\n".join(lines)


def _values(book: Playbook) -> dict[str, Any]:
    """What the playbook's parameters and variables are when nothing is given, where that depends on no host."""
    values = {key: param.default for key, param in book.params.items() if not param.required and param.default is not None}
    for key, value in book.vars.items():
        if isinstance(value, str) and "{{" not in (text := _filled(value, values)):
            values[key] = text
    return values


def _items(step: Step, between: str) -> dict[str, str]:
    """``item``, or its parts, as all items of the step's loop."""
    found: dict[str, list[str]] = {}
    for item in step.loop if isinstance(step.loop, list) else []:
        for key, value in _item(item).items():
            found.setdefault(key, []).append(str(value))
    return {key: between.join(values) for key, values in found.items()}


def _item(item: Any) -> dict[str, Any]:
    return {f"item.{key}": value for key, value in item.items()} if isinstance(item, dict) else {"item": item}


def _commands(step: Step, values: Mapping[str, Any]) -> str:
    """What a step runs or writes, once for each item of its loop that makes it another."""
    items = step.loop if isinstance(step.loop, list) else [{}]
    return "\n".join(dict.fromkeys(_command(step, {**values, **_item(item)}) for item in items))


def _uses(step: Step, values: Mapping[str, Any]) -> str:
    """The template with its arguments, or the playbook, that a step is; "" for a command, which is shown in full."""
    if step.include:
        name = step.include.removeprefix("labs/")
        return f": [{name}](#{_anchor(name)})"
    if step.template in ("command/run", "command/shell", "command/reversible"):
        return ""
    man = ", ".join(template.find(step.template).man)
    given = "; ".join(f"{key} {_argument(value, values)}" for key, value in step.args.items() if key != "content")
    return f": `{step.template}`, {given} ({man})"


def _argument(value: Any, values: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        return f"`{_line(value, values)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else _filled(str(value), values)}`"


def _command(step: Step, values: Mapping[str, Any]) -> str:
    """What a step runs or writes, as text; "" for a template, which is named."""
    args = step.args
    if step.template == "command/run":
        return _line(args["argv"], values)
    found = args.get("script", "") if step.template.startswith("command/") else args.get("content", "")
    text = _filled(str(found), values).rstrip("\n")
    if step.template == "command/reversible":
        text += f"\n# taken back by: {_filled(str(args['undo']), values).strip()}".replace("\n", "\n# ").replace("\n# #", "\n#", 1)
    return text


def _printed(shown: Shown) -> dict[int, str]:
    """What each step printed by the line it is written in: steps of other files left out, and what differs between the runs."""
    first, second = (_by_line(run.steps) for run in shown.runs)
    return {line: _steady(text, second.get(line, text)) for line, text in first.items() if text.strip()}


def _by_line(steps: Sequence[labs.Seen]) -> dict[int, str]:
    own = [step for step in steps if "/parts/" not in step.path]
    found: dict[int, str] = {}
    for step in own:
        found[step.line] = found.get(step.line, "") + step.output
    return found


def _steady(one: str, other: str) -> str:
    """``one`` with ``…`` for each word in which it differs from ``other``, and for what the kernel numbers anew."""
    ours, theirs = _anew(one).splitlines(), _anew(other).splitlines()
    rows = [_same(mine, yours) for mine, yours in zip(ours, theirs, strict=True)] if len(ours) == len(theirs) else ours
    return "\n".join(row.rstrip() for row in rows).strip("\n")


def _anew(text: str) -> str:
    for pattern, mark in _ANEW:
        text = pattern.sub(mark, text)
    return text


def _same(mine: str, yours: str) -> str:
    ours, theirs = (re.split(r"(\s+|[=:,/()\[\]])", row) for row in (mine, yours))
    if len(ours) != len(theirs):
        return mine
    marked = "".join("…" if a != b and a.strip() else a for a, b in zip(ours, theirs, strict=True))
    return re.sub(r" +(?=…)", " ", marked)  # columns are as wide as what was in them


def _fenced(language: str, text: str) -> list[str]:
    return [f"```{language}", text, "```", ""]


def _line(words: Any, values: Mapping[str, Any]) -> str:
    """Words as a person would type them; an expression is shown as it is written."""
    texts = [_filled(str(word), values) for word in (words if isinstance(words, list) else [words])]
    return " ".join(text if "{{" in text else quoting.quote(text) for text in texts)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with the values in it that are known."""
    return re.sub(r"\{\{ *([\w.]+) *\}\}", lambda match: str(values.get(match[1], match[0])), text)


def _inline(text: str) -> str:
    """Text of a playbook on one line of Markdown."""
    return re.sub(r"([*_<>|\[\]])", r"\\\1", " ".join(text.split()))


def _anchor(heading: str) -> str:
    """How GitHub calls a heading in a link."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def made(tell: Callable[[str], None], only: Sequence[str] = ()) -> str:
    """The page anew: every lab is run on this machine, or ``only`` some. Raises ByhandError."""
    return page(dict(_each(tell, only)))


def _each(tell: Callable[[str], None], only: Sequence[str]) -> Iterator[tuple[str, Shown]]:
    for name in labs.names():
        if not only or name in only:
            tell(name)
            yield name, ran(name)
