"""Which value a variable has when several say one, and that each says where it is from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from byhand.engine.compile import Compiler, Options
from byhand.engine.play import variables
from byhand.errors import BadValue, ByhandError, UsageError
from tests.support import book, compiled, invoke, write

PLAY = """params:
  a: {type: text, default: default}
  n: {type: count, default: 1}
%s
steps:
  - name: Say
%s
    command/run: {argv: [echo, "{{ a }}", "{{ n }}"]}
"""
LAYERS = [
    ("", "", {}, {}, "default"),
    ("", "", {"a": "inventory"}, {}, "inventory"),
    ("vars_files: [more.yml]", "", {"a": "inventory"}, {}, "file"),
    ("vars_files: [more.yml]\nvars: {a: play}", "", {"a": "inventory"}, {}, "play"),
    ("vars: {a: play}", "    vars: {a: step}", {}, {}, "step"),
    ("vars_files: [more.yml]\nvars: {a: play}", "    vars: {a: step}", {"a": "inventory"}, {"a": "given"}, "given"),
]


def compiler(folder: Path, inventory: dict[str, object]) -> Compiler:
    places = {name: f"hosts.yml: {name}" for name in inventory}
    return Compiler(Options(str(folder)), {**variables(), **inventory}, None, places)


@pytest.mark.parametrize(("play", "step", "inventory", "given", "wins"), LAYERS)
def test_the_stronger_layer_wins_and_the_weaker_are_remembered(
    play: str, step: str, inventory: dict[str, object], given: dict[str, object], wins: str, tmp_path: Path
) -> None:
    write(tmp_path / "more.yml", "# first\na: file\n")
    made = compiler(tmp_path, inventory)
    text = made.program(book(tmp_path, PLAY % (play, step)), given).text
    assert f"echo {wins} 1)" in text
    values = [value for value, _ in made.origins["a"]]
    assert values[-1] == wins
    places = dict(made.origins["a"])
    expected = {
        "default": ":2", "inventory": "hosts.yml: a", "file": "more.yml:2", "play": f"play.yml:{4 + play.count('vars_files')}",
        "step": "vars of the step 'Say', ", "given": "--param",
    }  # fmt: skip
    for value, place in places.items():
        assert expected[value] in place
    layers = ["default", "inventory", "file", "play", "step", "given"]
    assert sorted(values, key=layers.index) == values or wins == "given"


def test_a_parameter_that_the_inventory_sets_has_its_type(tmp_path: Path) -> None:
    text = PLAY % ("", "")
    assert "echo default 7)" in compiler(tmp_path, {"n": "7"}).program(book(tmp_path, text), {}).text
    with pytest.raises(BadValue, match="n 'many'"):
        compiler(tmp_path, {"n": "many"}).program(book(tmp_path, text), {})


def test_a_required_parameter_may_come_from_the_inventory(tmp_path: Path) -> None:
    text = "params: {a: {type: text, required: true}}\nsteps:\n  - {command/run: {argv: [echo, '{{ a }}']}}\n"
    assert "echo there)" in compiler(tmp_path, {"a": "there"}).program(book(tmp_path, text), {}).text
    with pytest.raises(ByhandError, match="a is required"):
        compiler(tmp_path, {}).program(book(tmp_path, text), {})


def test_an_included_playbooks_parameter_is_what_the_step_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", "params: {a: text}\nvars: {a: inner}\nsteps:\n  - {command/run: {argv: [echo, '{{ a }}']}}\n")
    text = "steps:\n  - include: {playbook: part, a: outer}\n"
    assert "echo outer)" in compiled(book(tmp_path, text), tmp_path).text


STEPS = "steps:\n" + "".join(f"  - {{name: Step {i}, id: s{i}, command/run: {{argv: [echo, '{i}']}}}}\n" for i in range(4))


@pytest.mark.parametrize(("start", "first"), [("", 0), ("Step 2", 2), ("s3", 3)])
def test_a_play_may_start_at_a_step(start: str, first: int, tmp_path: Path) -> None:
    found = compiled(book(tmp_path, STEPS), tmp_path, start_at=start)
    assert [piece.id for piece in found.pieces] == [f"s{i}" for i in range(first, 4)]


def test_a_step_to_start_at_may_be_inside_an_include_or_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", STEPS)
    text = "steps:\n  - {name: Before, command/run: {argv: [id]}}\n  - include: part\n"
    text += "  - block:\n      - {name: In, id: inner, command/run: {argv: [id]}}\n"
    found = book(tmp_path, text)
    assert [piece.id for piece in compiled(found, tmp_path, start_at="Step 3").pieces] == ["s3", "inner"]
    assert [piece.id for piece in compiled(found, tmp_path, start_at="inner").pieces] == ["inner"]


def test_a_step_to_start_at_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no step 'Step x' to start at") as raised:
        compiled(book(tmp_path, STEPS), tmp_path, start_at="Step x")
    assert "Step" in raised.value.hint


def test_explain_vars_says_where_each_value_is_from(tmp_path: Path) -> None:
    write(tmp_path / "more.yml", "a: file\n")
    write(tmp_path / "play.yml", "secrets: {token: {env: TOKEN}}\n" + PLAY % ("vars_files: [more.yml]\nvars: {url: 'x{{ token }}'}", ""))
    write(tmp_path / "hosts", "web1 ansible_connection=local a=inventory\n")
    done = invoke("playbook.run", "play.yml", "--explain-vars", "-i", "hosts", "-p", "n=4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "web1: a = file   (more.yml:1)",
        "    over inventory   (hosts:1)",
        "    over default   (default, play.yml:3)",
        "web1: ansible_connection = local   (hosts:1)",
        "web1: n = 4   (--param)",
        "    over 1   (default, play.yml:4)",
        "web1: token = ****   (secret, play.yml:1)",
        "web1: url = x****   (play.yml:6)",
    ]
    rows = json.loads(invoke("playbook.check", "play.yml", "--explain-vars", "--json", cwd=tmp_path).stdout)["variables"]
    assert rows[0] == {"host": "localhost", "name": "a", "value": "file", "from": "more.yml:1", "over": [
        {"value": "default", "from": "default, play.yml:3"},
    ]}  # fmt: skip
