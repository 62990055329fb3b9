"""A playbook is checked word by word before anything runs: file, line and the nearest right word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from byhand.engine import playbook
from byhand.errors import NotFound, SourceError
from tests.support import book, compiled, write

STEP = "steps:\n  - name: one\n    command/run: {argv: [echo, x]}\n"

WRONG = {
    "an empty file": ("", 1, "the playbook is empty"),
    "a list": ("- a", 1, "the playbook is not a mapping"),
    "a text": ("hello", 1, "the playbook is not a mapping"),
    "an unknown key": ("title: x\nstpes: []\n" + STEP, 2, "unknown key 'stpes'\n  did you mean 'steps'?"),
    "no steps": ("title: x\n", 1, "'steps' must be a list with at least one step"),
    "empty steps": ("title: x\nsteps: []\n", 2, "'steps' must be a list with at least one step"),
    "steps that are a mapping": ("title: x\nsteps:\n  a: b\n", 3, "'steps' must be a list"),
    "a title that is a number": ("title: 5\n" + STEP, 1, "'title' must be text"),
    "a flag that is a word": ("vanish: 'no'\n" + STEP, 1, "'vanish' must be true or false"),
    "tags that are a number": ("tags: 5\n" + STEP, 1, "'tags' must be a list of words"),
    "a step that is a text": ("steps:\n  - echo x\n", 2, "a step must be a mapping"),
    "a step without a template": ("steps:\n  - name: x\n", 2, "a step needs one template or one include, this has: none"),
    "two templates": ("steps:\n  - command/run: {argv: [a]}\n    command/shell: {script: b}\n", 2, "this has: command/run, command/shell"),
    "a template and an include": ("steps:\n  - command/run: {argv: [a]}\n    include: b\n", 2, "a step needs one template or one include"),
    "an unknown key of a step": (
        "steps:\n  - name: x\n    wehn: y\n    command/run: {argv: [a]}\n",
        3,
        "unknown key 'wehn'\n  did you mean 'when'?",
    ),
    "arguments that are a list": ("steps:\n  - command/run: [a]\n", 2, "the arguments of 'command/run' must be a mapping"),
    "a name that is a number": ("steps:\n  - name: 5\n    command/run: {argv: [a]}\n", 2, "'name' must be text"),
    "when with braces": ("steps:\n  - command/run: {argv: [a]}\n    when: '{{ x }}'\n", 3, "'when' must be an expression without braces"),
    "when that is a number": ("steps:\n  - command/run: {argv: [a]}\n    when: 5\n", 3, "'when' must be an expression"),
    "when that does not parse": ("steps:\n  - command/run: {argv: [a]}\n    when: 'x =='\n", 3, "not an expression"),
    "when that ends its block": ('steps:\n  - command/run: {argv: [a]}\n    when: "x }}{{ y"\n', 3, "without braces"),
    "an expression that does not parse": ("steps:\n  - command/run:\n      argv: [a, '{{ x + }}']\n", 3, "not an expression"),
    "an expression left open": ("vars:\n  a: '{{ x'\n" + STEP, 2, "not an expression"),
    "a block in a value": ("vars:\n  a: '{% block b %}{% endblock %}'\n" + STEP, 2, "blocks and imports have no place"),
    "an import in a value": ("vars:\n  a: \"{% include 'x' %}\"\n" + STEP, 2, "blocks and imports have no place"),
    "an end of a block in a value": ("vars:\n  a: '{{ x }}{% endblock %}'\n" + STEP, 2, "not an expression"),
    "vars that are a list": ("vars: [a]\n" + STEP, 1, "'vars' must be a mapping"),
    "a variable's name that is none": ("vars:\n  a-b: 1\n" + STEP, 2, "'a-b' is not a variable's name"),
    "an id that is none": ("steps:\n  - id: A b\n    command/run: {argv: [a]}\n", 2, "'id' is 'A b'"),
    "an id twice": (
        "steps:\n  - id: a\n    command/run: {argv: [a]}\n  - id: a\n    command/run: {argv: [b]}\n",
        4,
        "the id 'a' stands twice",
    ),
    "lasts something else": ("steps:\n  - lasts: never\n    command/run: {argv: [a]}\n", 2, "lasts is 'never'\n  run or program"),
    "an include of nothing": ("steps:\n  - include:\n", 2, "include needs a playbook's name"),
    "an include without a playbook": ("steps:\n  - include: {x: 1}\n", 2, "include needs a playbook's name"),
    "register on an include": ("steps:\n  - include: a\n    register: r\n", 3, "'register' has no meaning for an include"),
    "own without an include": ("steps:\n  - command/run: {argv: [a]}\n    own: /x\n", 3, "'own' has no meaning for a template"),
    "params that are a list": ("params: [a]\n" + STEP, 1, "'params' must be a mapping"),
    "an unknown key of a param": ("params:\n  a:\n    requird: true\n" + STEP, 3, "unknown key 'requird'\n  did you mean 'required'?"),
    "an unknown type of a param": ("params:\n  a: szie\n" + STEP, 2, "unknown type 'szie'\n  did you mean 'size'?"),
    "a failure exit that is a word": ("failure_exit: abc\n" + STEP, 1, "'failure_exit' must be"),
    "a failure exit out of range": ("failure_exit: 300\n" + STEP, 1, "'failure_exit' must be"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_playbook_is_named_with_its_line(what: str, tmp_path: Path) -> None:
    text, line, message = WRONG[what]
    with pytest.raises(SourceError) as caught:
        book(tmp_path, text)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'play.yml'}:{line}: ")


UNCOMPILABLE = {
    "an unknown template": (
        "steps:\n  - name: x\n    command/rnu: {argv: [a]}\n",
        2,
        "no template 'command/rnu'\n  did you mean 'command/run'?",
    ),
    "an unknown argument": ("steps:\n  - command/run: {agrv: [a]}\n", 2, "command/run has no argument 'agrv'\n  did you mean 'argv'?"),
    "a missing argument": ("steps:\n  - command/run:\n", 2, "argv"),
    "an argument of a wrong type": ("steps:\n  - network/up: {dev: 'a b'}\n", 2, "network/up: dev 'a b': is no interface name"),
    "an undefined variable": (
        "params: {name: {type: text, default: x}}\nsteps:\n  - command/run: {argv: [echo, '{{ nmae }}']}\n",
        3,
        "'nmae' is undefined\n  did you mean 'name'?",
    ),
    "an undefined variable in a condition": (
        "steps:\n  - command/run: {argv: [a]}\n    when: fatcs\n",
        2,
        "'fatcs' is undefined\n  did you mean 'facts'?",
    ),
    "an undefined variable in vars": ("vars:\n  ok: 1\n  a: '{{ b }}'\n" + STEP, 3, "'b' is undefined"),
    "an attribute that is not there": ("vars: {a: {b: 1}}\nsteps:\n  - command/run: {argv: ['{{ a.c }}']}\n", 3, "'c'"),
    "an error in an expression": ("steps:\n  - command/run: {argv: ['{{ 1 / 0 }}']}\n", 2, "in '{{ 1 / 0 }}': division by zero"),
    "a loop over a number": ("steps:\n  - command/run: {argv: [a]}\n    loop: 5\n", 2, "'loop' is not a list"),
    "a loop over a text": ("steps:\n  - command/run: {argv: [a]}\n    loop: abc\n", 2, "'loop' is not a list"),
    "an unknown playbook": ("steps:\n  - include: network/craete\n", 2, "no playbook 'network/craete'\n  did you mean 'network/create'?"),
    "a parameter an include does not have": ("steps:\n  - include: {playbook: network/create, nmae: x}\n", 2, "did you mean 'name'?"),
    "become that is neither": ("steps:\n  - command/run: {argv: [a]}\n    become: perhaps\n", 2, "neither true nor false"),
    "become of an option": ("steps:\n  - command/run: {argv: [a]}\n    become: true\n    become_user: -s\n", 2, "starts with '-'"),
    "lasts something else": (
        "vars: {u: never}\nsteps:\n  - lasts: '{{ u }}'\n    command/run: {argv: [a]}\n",
        3,
        "lasts is 'never'\n  run or program",
    ),
}


@pytest.mark.parametrize("what", UNCOMPILABLE)
def test_what_cannot_be_compiled_is_named_with_its_line(what: str, tmp_path: Path) -> None:
    text, line, message = UNCOMPILABLE[what]
    with pytest.raises(SourceError) as caught:
        compiled(book(tmp_path, text), tmp_path / "run")
    assert str(caught.value).startswith(f"{tmp_path / 'play.yml'}:{line}: ")
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_playbook_that_includes_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/a.yml", "steps:\n  - include: b\n")
    write(tmp_path / "playbooks/b.yml", "steps:\n  - include: a\n")
    with pytest.raises(SourceError, match=r"includes itself: playbooks/a\.yml → playbooks/b\.yml → playbooks/a\.yml"):
        compiled(playbook.find("a"), tmp_path / "run")


def test_includes_nested_too_deeply_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for i in range(30):
        write(tmp_path / f"playbooks/p{i}.yml", f"steps:\n  - include: p{i + 1}\n")
    with pytest.raises(SourceError, match="nested deeper than 20"):
        compiled(playbook.find("p0"), tmp_path / "run")


def test_ones_own_playbook_is_found_before_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/network/create.yml", "title: Mine\n" + STEP)
    assert playbook.find("network/create").title == "Mine"
    assert playbook.find("container/run").title.startswith("Container")


def test_every_listed_playbook_can_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my-play", "a/b-c", "Big", "a b", "é", "-x"):
        write(tmp_path / f"playbooks/{name}.yml", STEP)
    assert {"my-play", "a/b-c", "network/create"} <= set(playbook.names())
    assert all(playbook.find(name) for name in playbook.names())


@pytest.mark.parametrize("name", ["nothing", "../etc/passwd", "", "a\0b", "a\0.yml", "/no/such.yml", "x" * 5000, "x" * 5000 + ".yml"])
def test_a_playbook_that_does_not_exist_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        playbook.find(name)


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    path = write(tmp_path / "x" / "my.yaml", STEP)
    assert playbook.find(str(path)).name == "my"


def test_an_alias_of_steps_is_the_same_step_again(tmp_path: Path) -> None:
    found = book(tmp_path, "steps:\n  - &a\n    command/run: {argv: [echo]}\n  - *a\n")
    assert len(found.steps) == 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'{{ l }}'", [1, 2]),
        ("'{{ m }}'", {"a": 1}),
        ("'x{{ n }}'", "x5"),
        ("'{{ n }}'", 5),
        ("'{{ l[0] }}{{ l[1] }}'", "12"),
        ('"{{ t }}\\n"', "a b\n"),
        ('" {{ t }}"', " a b"),
        ("'{{ b }}'", True),
        ("[x, '{{ n }}']", ["x", 5]),
        ("{k: '{{ t }}'}", {"k": "a b"}),
        ("'{{ hostile }}'", "{{ n }}{% if %}"),
        ("'x{{ hostile }}'", "x{{ n }}{% if %}"),
        ("'{%- if b -%} yes {%- endif -%}'", "yes"),
        ("'{{- t -}}'", "a b"),
        ("'{ plain }'", "{ plain }"),
    ],
)
def test_a_value_keeps_its_type_and_is_never_rendered_twice(written: str, expected: Any, tmp_path: Path) -> None:
    from byhand.engine.evaluate import Evaluator

    found = book(tmp_path, f"vars:\n  x: {written}\n{STEP}")
    variables = {"l": [1, 2], "m": {"a": 1}, "n": 5, "t": "a b", "b": True, "hostile": "{{ n }}{% if %}"}
    value = Evaluator(found).value(found.vars["x"], variables, 1)
    assert value == expected
    assert type(value) is type(expected)


def test_two_playbooks_of_one_name_are_not_mixed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        monkeypatch.chdir(write(tmp_path / name / "p.yml", "steps:\n  - command/run: {argv: [echo, '{{ \"" + name + "\" }}']}\n").parent)
        assert f"echo {name})" in compiled(playbook.find("p.yml"), tmp_path / "run").text


def test_a_playbook_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    assert book(tmp_path, "title: one\n" + STEP).title == "one"
    assert book(tmp_path, "title: another\n" + STEP).title == "another"
