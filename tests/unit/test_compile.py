"""What a play becomes: which steps, in which order, under which names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from byhand.engine import playbook
from byhand.engine.compile import Program
from byhand.errors import SourceError
from tests.support import book, compiled, write

RUN = "command/run: {argv: [echo, '%s']}"


def program(folder: Path, text: str, params: dict[str, Any] | None = None, **more: Any) -> Program:
    return compiled(book(folder, text), folder / "run", params, **more)


def ids(found: Program) -> list[str]:
    return [piece.id for piece in found.pieces]


def echoed(found: Program) -> list[str]:
    """The last word of each step's command."""
    return [dict(piece.blocks)["apply"].strip().strip("()").split()[-1] for piece in found.pieces]


def steps(*entries: str) -> str:
    return "steps:\n" + "".join(f"  - {entry}\n" for entry in entries)


def test_steps_of_one_template_get_ids_of_their_own(tmp_path: Path) -> None:
    found = program(tmp_path, steps(RUN % "a", "id: run_2\n    " + RUN % "b", RUN % "c", "id: mine\n    " + RUN % "d"))
    assert len(set(ids(found))) == 4
    assert ids(found)[0] == "run"
    assert ids(found)[3] == "mine"


def test_an_id_never_takes_the_name_of_the_programs_own_functions(tmp_path: Path) -> None:
    found = program(tmp_path, steps("id: step\n    " + RUN % "a"))
    assert found.text.count("\napply_step() {") == 1


def test_a_loop_is_a_step_an_item(tmp_path: Path) -> None:
    found = program(tmp_path, steps("name: say\n    loop: [a, b]\n    command/run: {argv: [echo, '{{ item }}{{ loop_index }}']}"))
    assert ids(found) == ["run_1", "run_2"]
    assert echoed(found) == ["a0", "b1"]
    assert [piece.title for piece in found.pieces] == ["say (1 of 2)", "say (2 of 2)"]


def test_a_loop_over_a_mapping_has_keys_and_values(tmp_path: Path) -> None:
    text = steps("loop: {a: 1, b: 2}\n    loop_var: pair\n    command/run: {argv: [echo, '{{ pair.key }}{{ pair.value }}']}")
    assert echoed(program(tmp_path, text)) == ["a1", "b2"]


def test_a_loop_over_nothing_has_no_steps(tmp_path: Path) -> None:
    found = program(tmp_path, steps("loop: []\n    " + RUN % "x", RUN % "y"))
    assert echoed(found) == ["y"]


def test_when_is_asked_for_each_item(tmp_path: Path) -> None:
    found = program(tmp_path, steps("loop: [1, 2, 3]\n    when: item != 2\n    command/run: {argv: [echo, '{{ item }}']}"))
    assert echoed(found) == ["1", "3"]
    assert found.skipped == ("command/run (when: item != 2)",)


@pytest.mark.parametrize(
    ("condition", "runs"),
    [("true", True), ("false", False), ("x", True), ("not x", False), ("[x, y == 'b']", True), ("[x, y == 'c']", False),
     ("no_list", False), ("yes_text", True), ("no_text", False), ("undefined_one is defined", False)],
)  # fmt: skip
def test_when_decides_whether_a_step_is_there(condition: str, runs: bool, tmp_path: Path) -> None:
    text = "vars: {x: true, y: b, no_list: [], yes_text: 'True', no_text: 'false'}\n" + steps(f"when: {condition}\n    " + RUN % "x")
    assert bool(program(tmp_path, text).pieces) is runs


TAGGED = steps("tags: [a]\n    " + RUN % "a", "tags: b, c\n    " + RUN % "b", RUN % "none", "tags: [always]\n    " + RUN % "always")


@pytest.mark.parametrize(
    ("tags", "skip", "expected"),
    [
        ("", "", "a b none always"),
        ("a", "", "a always"),
        ("c", "", "b always"),
        ("a b", "", "a b always"),
        ("", "a", "b none always"),
        ("a b", "b", "a always"),
        ("a", "always", "a"),
        ("other", "", "always"),
    ],
)
def test_tags_select_steps(tags: str, skip: str, expected: str, tmp_path: Path) -> None:
    found = program(tmp_path, TAGGED, tags=frozenset(tags.split()), skip_tags=frozenset(skip.split()))
    assert echoed(found) == expected.split()


@pytest.mark.parametrize(("tags", "expected"), [("outer", "in1 in2"), ("inner", "in2"), ("other", ""), ("", "in1 in2 after")])
def test_the_steps_of_an_include_have_its_tags_too(tags: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", steps(RUN % "in1", "tags: inner\n    " + RUN % "in2"))
    found = program(tmp_path, steps("include: part\n    tags: outer", RUN % "after"), tags=frozenset(tags.split()))
    assert echoed(found) == expected.split()


def test_an_include_gets_typed_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", "params: {n: size}\n" + steps("command/run: {argv: [echo, '{{ n + 1 }}']}"))
    assert echoed(program(tmp_path, steps("include: {playbook: part, n: 1k}"))) == ["1025"]
    with pytest.raises(SourceError, match=r"play\.yml:2: part: n 'x': is not a size"):
        program(tmp_path, steps("include: {playbook: part, n: x}"))


def test_an_includes_name_may_be_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part-a.yml", steps(RUN % "a"))
    assert echoed(program(tmp_path, "vars: {which: a}\n" + steps("include: 'part-{{ which }}'"))) == ["a"]


def test_an_include_sees_nothing_of_its_callers_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", steps("command/run: {argv: [echo, '{{ secret }}']}"))
    with pytest.raises(SourceError, match=r"part\.yml:2: 'secret' is undefined"):
        program(tmp_path, "vars: {secret: x}\n" + steps("include: part"))


def test_an_include_of_its_own_folder_has_a_section_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", steps(RUN % "in"))
    found = program(tmp_path, steps(RUN % "before", "include: part\n    own: /other", RUN % "after"))
    assert [(section.folder, section.shared) for section in found.sections] == [
        (str(tmp_path / "run"), False), ("/other", True), (str(tmp_path / "run"), False),
    ]  # fmt: skip
    assert [piece.section for piece in found.pieces] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "users"),
    [
        (steps(RUN % "a"), [""]),
        ("become: true\n" + steps(RUN % "a", "become: false\n    " + RUN % "b"), ["root", ""]),
        ("become: true\nbecome_user: web\n" + steps(RUN % "a", "become_user: db\n    " + RUN % "b"), ["web", "db"]),
        ("become_user: web\n" + steps("become: true\n    " + RUN % "a"), ["web"]),
        ("vars: {yes_please: true}\n" + steps("become: '{{ yes_please }}'\n    " + RUN % "a"), ["root"]),
        (steps("include: part\n    become: true\n    become_user: web", RUN % "b"), ["web", ""]),
    ],
)
def test_a_step_becomes_whom_it_or_its_playbook_says(text: str, users: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", steps(RUN % "in"))
    found = program(tmp_path, text)
    assert [piece.become for piece in found.pieces] == users
    assert ("\nas() {" in found.text) is any(users)


def test_a_step_that_needs_a_result_begins_the_next_program(tmp_path: Path) -> None:
    text = steps("register: r\n    " + RUN % "a", "command/run: {argv: [echo, b]}", "command/run: {argv: [echo, '{{ r.stdout }}']}")
    first = program(tmp_path, text)
    assert echoed(first) == ["a", "b"]
    assert first.remaining == 2
    second = program(tmp_path, text, results={"r": {"stdout": "from-a"}}, start=2)
    assert echoed(second) == ["from-a"]
    assert second.remaining is None


@pytest.mark.parametrize(
    "use",
    ["when: r.stdout | from_json", "loop: '{{ r.stdout_lines }}'", "vars: {x: '{{ r }}'}", "when: r == 1"],
)
def test_what_only_the_result_can_tell_waits_for_it(use: str, tmp_path: Path) -> None:
    found = program(tmp_path, steps("register: r\n    " + RUN % "a", f"{use}\n    " + RUN % "b"))
    assert found.remaining == 1


@pytest.mark.parametrize("argument", ["{{ r }}", "{{ r | default('x') }}", "x{{ r.stdout }}", "{{ r['stdout'] }}", "{{ [r.rc] | first }}"])
def test_an_argument_that_holds_a_result_waits_for_it(argument: str, tmp_path: Path) -> None:
    found = program(tmp_path, steps("register: r\n    " + RUN % "a", f'command/run: {{argv: [echo, "{argument}"]}}'))
    assert found.remaining == 1


def test_a_result_inside_an_include_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/part.yml", steps("register: r\n    " + RUN % "a", "command/run: {argv: [echo, '{{ r.stdout }}']}"))
    with pytest.raises(SourceError, match=r"part\.yml:4: .*needs a registered result inside an included playbook"):
        program(tmp_path, steps("include: part"))


def test_the_result_of_a_skipped_step_is_known_at_once(tmp_path: Path) -> None:
    found = program(tmp_path, steps("register: r\n    when: false\n    " + RUN % "a", "when: r.skipped\n    " + RUN % "b"))
    assert echoed(found) == ["b"]
    assert found.results["r"]["skipped"] is True


def test_the_result_of_an_empty_loop_is_known_at_once(tmp_path: Path) -> None:
    found = program(tmp_path, steps("register: r\n    loop: []\n    " + RUN % "a", "when: not r.results\n    " + RUN % "b"))
    assert echoed(found) == ["b"]


def test_the_title_may_use_parameters_and_variables(tmp_path: Path) -> None:
    text = "title: '{{ a }} and {{ b }}'\nparams: {a: text}\nvars: {b: \"{{ a ~ 1 }}\"}\n" + steps(RUN % "x")
    assert program(tmp_path, text, {"a": "x\ny"}).title == r"x\ny and x\ny1"


def test_explain_shows_why_and_the_manual_pages(tmp_path: Path) -> None:
    text = "why: Because I can.\n" + steps(RUN % "x")
    plain, told = program(tmp_path, text).text, program(tmp_path, text, explain=True).text
    assert "#    command/run: sh(1)" in plain
    assert "Because I can." not in plain and "Why:" not in plain
    assert "# Because I can." in told and "#    Why: " in told


def test_the_same_inputs_give_the_same_text(tmp_path: Path) -> None:
    assert program(tmp_path, TAGGED).text == program(tmp_path, TAGGED).text


def test_every_packaged_playbook_parses() -> None:
    assert len(playbook.names()) >= 5
    for name in playbook.names():
        assert playbook.find(name).steps
