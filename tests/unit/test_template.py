"""A template file is checked word by word, and its errors have file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from byhand.engine import template
from byhand.errors import NotFound, SourceError
from tests.support import book, compiled, write

FRONT = "{#\nsummary: Do it.\nwhy: Because.\nalways: it is a test\nundo: none, it is a test\n#}\n"
APPLY = "{% block apply %}\n  :\n{% endblock %}\n"


def load(folder: Path, text: str) -> template.Template:
    path = write(folder / "templates" / "my" / "one.sh.j2", text)
    return template.load("my/one", path)


def front(**changes: str) -> str:
    fields = {"summary": "Do it.", "why": "Because.", "always": "it is a test", "undo": "none, it is a test", **changes}
    return "{#\n" + "".join(f"{key}: {value}\n" for key, value in fields.items() if value) + "#}\n"


WRONG = {
    "no front matter": (APPLY, 1, "has no front matter"),
    "wrong YAML": ("{#\nsummary: a\nwhy: b: c\n#}\n" + APPLY, 3, "not YAML"),
    "a list": ("{#\n- a\n#}\n" + APPLY, 2, "is not a mapping"),
    "no summary": (front(summary="") + APPLY, 2, "has no summary"),
    "no why": (front(why="") + APPLY, 2, "has no why"),
    "an unknown key": (front(sumary="x") + APPLY, 6, "unknown key 'sumary'\n  did you mean 'summary'?"),
    "a reason that is none": (front(always="true") + APPLY, 4, "'always' must give a reason"),
    "an unknown block": (front() + APPLY + "{% block aply %}{% endblock %}\n", 10, "unknown block 'aply'\n  did you mean 'apply'?"),
    "no apply": (front(always="") + "{% block check %}:{% endblock %}", 0, "has no apply block"),
    "no check": (front(always="") + APPLY, 0, "needs a check block, or 'always: why'"),
    "check and always": (front() + APPLY + "{% block check %}:{% endblock %}", 0, "not both"),
    "no undo": (front(undo="") + APPLY, 0, "needs an undo block, or 'undo: none, why'"),
    "undo and none": (front() + APPLY + "{% block undo %}:{% endblock %}", 0, "not both"),
    "args that are a list": (front(args="[a]") + APPLY, 6, "'args' must be a mapping"),
    "an unknown type": (front(args="\n  a: {type: prot}") + APPLY, 7, "'a' has an unknown type 'prot'\n  did you mean 'port'?"),
    "a type that is a list": (front(args="\n  a: {type: [port]}") + APPLY, 7, "'type' of 'a' must be text"),
    "an argument that is a list": (front(args="\n  a: [x]") + APPLY, 7, "'a' must be a type or a mapping"),
    "an argument named as what each has": (front(args="\n  folder: path") + APPLY, 7, "'folder' cannot be an argument"),
    "an unknown key of an argument": (front(args="\n  a: {tipe: port}") + APPLY, 7, "unknown key 'tipe'\n  did you mean 'type'?"),
    "choices that are no list": (front(args="\n  a: {type: name, choices: 5}") + APPLY, 7, "'choices' of 'a' must be a list"),
    "a flag that is a word": (front(args="\n  a: {type: name, many: 'no'}") + APPLY, 7, "'many' of 'a' must be true or false"),
    "a default of another type": (
        front(args="\n  a:\n    type: port\n    default: x") + APPLY,
        8,
        "the default of port 'x': is not a port",
    ),
    "a name that is none": (front(args="\n  A-b: port") + APPLY, 7, "'A-b' is not a variable's name"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_template_is_named_with_its_line(what: str, tmp_path: Path) -> None:
    text, line, message = WRONG[what]
    with pytest.raises(SourceError) as caught:
        load(tmp_path, text)
    assert caught.value.line == line
    assert str(tmp_path / "templates/my/one.sh.j2") in str(caught.value)
    assert message in str(caught.value)


def test_a_good_template_tells_what_it_is(tmp_path: Path) -> None:
    text = (
        "{#\nsummary: Do it.\nman: [do(1)]\nwhy: Because.\nlasting: true\nargs:\n  a: port\n  b: {type: name, many: true, default: [x]}\n"
        "  c: {type: name, optional: true}\n#}\n"
        "{% block check %}:{% endblock %}{% block apply %}:{% endblock %}{% block undo %}:{% endblock %}"
    )
    found = load(tmp_path, text)
    assert (found.summary, found.why, found.man, found.lasting, found.foreground) == ("Do it.", "Because.", ("do(1)",), True, False)
    assert found.blocks == {"check", "apply", "undo"}
    assert found.args["a"].required and not found.args["b"].required and not found.args["c"].required
    assert found.args["b"].default == ["x"]


def test_a_template_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    assert load(tmp_path, FRONT + APPLY).summary == "Do it."
    assert load(tmp_path, FRONT.replace("Do it", "Do that now") + APPLY).summary == "Do that now."


def test_an_unknown_template_gets_the_nearest() -> None:
    with pytest.raises(NotFound, match="no template 'network/brigde'\n  did you mean 'network/bridge'"):
        template.find("network/brigde")


@pytest.mark.parametrize("name", ["../tests/x", "network/../network/bridge", "/etc/passwd", "a", "a/b/c", "A/b", "a/b\n", "a\0/b", ""])
def test_a_name_that_is_no_templates_name_is_not_looked_for(name: str) -> None:
    with pytest.raises(NotFound):
        template.find(name)


def test_ones_own_template_is_found_before_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "templates" / "network" / "bridge.sh.j2", FRONT + APPLY)
    monkeypatch.chdir(tmp_path)
    assert template.find("network/bridge").summary == "Do it."
    assert template.find("network/up").summary == "Bring an interface up."


def test_a_file_that_no_name_can_mean_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "templates" / "My-Area" / "one.sh.j2", FRONT + APPLY)
    write(tmp_path / "templates" / "my" / "7.sh.j2", FRONT + APPLY)
    write(tmp_path / "templates" / "my" / "seven.sh.j2", FRONT + APPLY)
    monkeypatch.chdir(tmp_path)
    mine = [name for name in template.names() if name.lower().startswith("my")]
    assert mine == ["my/seven"]
    assert all(template.find(name) for name in template.names())


BROKEN = {
    "wrong Jinja": ("  {% if %}\n", 10, "not a template"),
    "an undefined variable": ("  :\n  echo {{ nmae }}\n", 11, "'nmae' is undefined\n  did you mean 'name'?"),
    "an error in an expression": ("  :\n  :\n  echo {{ name + 1 }}\n", 12, "can only concatenate str"),
    "a block left open": ("  {% if name %}\n", 11, "not a template"),
    "an unknown filter": ("  {{ name | shout }}\n", 10, "shout"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_an_error_in_a_block_has_the_line_of_the_file(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body, line, message = BROKEN[what]
    text = front(args="\n  name: {type: text}") + "{% block apply %}\n" + body + "{% endblock %}\n"
    path = write(tmp_path / "templates" / "my" / "one.sh.j2", text)
    monkeypatch.chdir(tmp_path)
    found = book(tmp_path, "steps:\n  - my/one: {name: x}\n")
    with pytest.raises(SourceError) as caught:
        compiled(found, tmp_path / "run")
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("value", ["none", "true", "{'a': 1}"])
def test_a_value_without_a_form_as_a_word_is_named_at_its_step(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "templates" / "my" / "one.sh.j2", FRONT + "{% block apply %}\n  echo {{ " + value + " }}\n{% endblock %}\n")
    monkeypatch.chdir(tmp_path)
    found = book(tmp_path, "steps:\n  - name: x\n    my/one:\n")
    with pytest.raises(SourceError, match=r"play\.yml:2: my/one: "):
        compiled(found, tmp_path / "run")


def test_a_block_that_renders_to_nothing_is_still_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = front(args="\n  x: {type: bool}") + "{% block apply %}\n  # maybe\n{% if x %}\n  echo x\n{% endif %}\n{% endblock %}\n"
    write(tmp_path / "templates" / "my" / "one.sh.j2", text)
    monkeypatch.chdir(tmp_path)
    program = compiled(book(tmp_path, "steps:\n  - my/one: {x: false}\n"), tmp_path / "run")
    assert "apply_one() {\n  # maybe\n  :\n}\n" in program.text
