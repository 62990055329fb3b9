"""Files beside a playbook as values: their text as it is, or as a template of the play's variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from byhand.errors import ByhandError, SourceError
from tests.support import book, compiled, made, write

PLAY = """vars: {sites: [{name: a, port: 80}, {name: b, port: 81}], owner: "{{ '{{' }} not again }}"}
secrets: {token: {env: TOKEN}}
steps:
  - file/content: {path: FOLDER/made, content: "{{ VALUE }}"}
"""


def play(folder: Path, value: str) -> str:
    return PLAY.replace("FOLDER", str(folder)).replace("VALUE", value)


def test_a_files_text_is_a_value_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "files/motd", "it's {{ not }} evaluated $(id)\n")
    assert made(tmp_path, play(tmp_path, "file('files/motd')")).run().returncode == 0
    assert (tmp_path / "made").read_text() == "it's {{ not }} evaluated $(id)\n"


def test_a_template_has_the_plays_variables_and_ansibles_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "v.j2", "{% for site in sites %}\n{{ site.name | upper }}:{{ site.port }}\n{% endfor %}\n{{ owner }} {{ token }}\n")
    program = made(tmp_path, play(tmp_path, "template('v.j2')"))
    assert program.run(env={"BYHAND_SECRET_token": "hunter2"}).returncode == 0
    assert (tmp_path / "made").read_text() == "A:80\nB:81\n{{ not again }} hunter2\n"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("none.j2", None, "none.j2: "),
        ("v.j2", "one\n{{ sitez }}\n", r"v\.j2:2: 'sitez' is undefined.*"),
        ("v.j2", "one\n{% for %}\n", r"v\.j2:2: not a template"),
        ("v.j2", "one\n\n{{ 1 / 0 }}\n", r"v\.j2:3: division by zero"),
    ],
)
def test_what_is_wrong_in_a_template_is_told_with_its_line(name: str, text: str | None, why: str, tmp_path: Path) -> None:
    if text is not None:
        write(tmp_path / name, text)
    found = book(tmp_path, play(tmp_path, f"template('{name}')"))
    with pytest.raises(ByhandError, match=why):
        compiled(found, tmp_path)


def test_a_template_of_a_result_waits_for_it(tmp_path: Path) -> None:
    write(tmp_path / "v.j2", "{{ r.stdout }}\n")
    text = "steps:\n  - {register: r, command/run: {argv: [id]}}\n  - {file/content: {path: /made, content: \"{{ template('v.j2') }}\"}}\n"
    assert compiled(book(tmp_path, text), tmp_path).remaining == 1


def test_a_variable_of_that_name_is_the_variable(tmp_path: Path) -> None:
    text = "vars: {file: mine}\nsteps:\n  - {command/run: {argv: [echo, '{{ file }}']}}\n"
    assert "echo mine)" in compiled(book(tmp_path, text), tmp_path).text
    with pytest.raises(SourceError):
        compiled(book(tmp_path, text.replace("'{{ file }}'", "\"{{ file('x') }}\"")), tmp_path)
