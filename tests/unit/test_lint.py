"""playbook.lint: each mistake is found on its line, and the shipped playbooks have none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from byhand.engine import lint, playbook, run
from tests.support import invoke

FILE = "file/content: {path: /a, content: x}"
# What is wrong: the playbook, and each finding's line and code.
CASES: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "nothing": (f"steps:\n- name: x\n  {FILE}", []),
    "no name": (f"steps:\n- {FILE}", [(2, "name")]),
    "a block without a name": (f"steps:\n- block:\n  - name: x\n    {FILE}", [(2, "name")]),
    "every error of a file that cannot be read": (
        (
            "titel: x\nparams:\n  a: {typ: text}\n  b: {type: texts}\nsteps:\n- name: x\n  wen: y\n  file/absent: {path: /a}\n"
            "- name: y\n- name: z\n  block:\n  - file/absent: []\n"
        ),
        [(1, "syntax"), (3, "syntax"), (4, "syntax"), (7, "syntax"), (9, "syntax"), (12, "syntax")],
    ),
    "not YAML": ("steps: [", [(2, "syntax")]),
    "all the wrong arguments": (
        "steps:\n- name: x\n  file/content: {pth: /a, content: true, mode: rwx}\n- name: y\n  file/contend: {}",
        [(2, "argument"), (2, "argument"), (2, "argument"), (2, "argument"), (4, "template")],
    ),
    "an include of nothing": ("steps:\n- name: x\n  include: no/such", [(2, "include")]),
    "an include's parameters": (
        "steps:\n- name: x\n  include: {playbook: network/create, nam: y}",
        [(2, "argument")] * 7,
    ),
    "a command that runs every time": ("steps:\n- name: x\n  command/run: {argv: [foo, a]}", [(2, "always")]),
    "a guarded command": ("steps:\n- name: x\n  command/run: {argv: [foo, a]}\n  creates: /a", []),
    "a command that changes nothing": ("steps:\n- name: x\n  command/run: {argv: [foo, a]}\n  changed_when: false", []),
    "a template exists": ("steps:\n- name: x\n  command/shell: {script: mkdir -p /a}\n  creates: /a", [(2, "template-exists")]),
    "more than a command": ("steps:\n- name: x\n  command/shell: {script: mkdir -p /a && foo}\n  creates: /a", []),
    "it is meant": ("steps:\n- name: x # noqa: always, template-exists\n  command/run: {argv: [mkdir, /a]}", []),
    "another is meant": ("steps:\n- name: x # noqa: name\n  command/run: {argv: [foo]}", [(2, "always")]),
    "an error is never meant": ("steps:\n- name: x # noqa\n  file/content: {path: /a}", [(2, "argument")]),
    "unused names": (
        (
            f"params:\n  a: {{type: text, default: x}}\nvars:\n  b: 1\nsecrets:\n  c: {{env: C}}\nhandlers:\n- name: h\n  {FILE}\n"
            f"steps:\n- name: x\n  {FILE}\n  vars: {{d: 1}}\n- name: y\n  command/run: {{argv: [foo]}}\n"
            f"  changed_when: false\n  register: e"
        ),
        [(2, "unused"), (4, "unused"), (6, "unused"), (8, "unused"), (11, "unused"), (14, "unused")],
    ),
    "used names": (
        (
            "params:\n  a: {type: text, default: x}\nvars:\n  b: '{{ a }}'\nsteps:\n- name: x {{ b }}\n  loop: [1]\n  command/run: "
            "{argv: [foo, '{{ item }}', '{{ loop_index }}', '{{ d }}']}\n  vars: {d: 1}\n  register: e\n"
            "  changed_when: e.rc == 1\n- name: y\n  when: facts.uid == 0\n"
            "  file/absent: {path: '{{ [a] | map(''upper'') | first }}/{{ range(3) | list }}/x'}"
        ),
        [(12, "compile")],
    ),
    "an undefined name": ("steps:\n- name: x\n  file/absent: {path: '{{ pth }}'}\n  when: other", [(2, "undefined"), (2, "undefined")]),
    "a name asked for carefully": (
        "steps:\n- name: x\n  file/absent: {path: \"{{ pth | default('/a') }}\"}\n  when: pth is not defined",
        [],
    ),
    "a loop's item outside": ("steps:\n- name: x\n  file/absent: {path: '/{{ item }}'}", [(2, "undefined")]),
    "no such handler": (f"steps:\n- name: x\n  {FILE}\n  notify: h", [(2, "handler")]),
    "a condition that is always the same": (f"steps:\n- name: x\n  {FILE}\n  when: [true, 1 < 2]", [(2, "constant"), (2, "constant")]),
    "what only compiling tells": ("vars: {a: b}\nsteps:\n- name: x\n  file/absent: {path: '{{ a }}'}", [(3, "compile")]),
}


@pytest.mark.parametrize("title", CASES)
def test_findings(title: str, tmp_path: Path) -> None:
    text, expected = CASES[title]
    place = tmp_path / "play.yml"
    place.write_text(text, encoding="utf-8")
    found = lint.lint(str(place))
    assert [(finding.line, finding.code) for finding in found] == expected, "\n".join(map(str, found))
    assert all(str(finding).startswith(f"{place}:{finding.line}: ") and finding.message for finding in found)


def test_the_inventory_may_define_a_name(tmp_path: Path) -> None:
    place = tmp_path / "play.yml"
    place.write_text(
        "hosts: web\nsteps:\n- name: x\n  when: ours is defined\n  file/absent: {path: '{{ ours }}'}\n- name: y\n  file/absnt: {path: /a}"
    )
    assert [(finding.code, finding.error) for finding in lint.lint(str(place))] == [("undefined", False), ("template", True)]


@pytest.mark.skipif(run.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_names_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "templates/our").mkdir(parents=True)
    front = "{#\nsummary: x\nwhy: y\nalways: z\nundo: none, z\n#}\n"
    (tmp_path / "templates/our/own.sh.j2").write_text(front + "{% block apply %}\n  rm -rf $HOME/$unknown\n{% endblock %}\n")
    (tmp_path / "play.yml").write_text("steps:\n- name: a\n  file/absent: {path: /a}\n- name: b\n  our/own:\n")
    monkeypatch.chdir(tmp_path)
    found = lint.lint("play.yml")
    assert {(finding.line, finding.code) for finding in found} == {(4, "shellcheck")}
    assert "SC2115" in str(found[0]) or "SC2154" in str(found[0])


@pytest.mark.parametrize("name", playbook.names())
def test_shipped_playbooks_are_clean(name: str) -> None:
    found = [str(finding) for finding in lint.lint(name)]
    # A lab shows what curl does, as the article did.
    assert [line for line in found if not (name.startswith("labs/") and "download/file does this" in line)] == []


def test_the_task(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(f"steps:\n- name: x\n  {FILE}\n")
    bad.write_text(f"steps:\n- {FILE}\n")
    assert invoke("playbook.lint", str(good), cwd=tmp_path).returncode == 0
    both = invoke("playbook.lint", f"{good},{bad}", cwd=tmp_path)
    assert both.returncode == 1 and both.stdout.startswith("bad.yml:2: warning: the step has no name")
    assert json.loads(invoke("playbook.lint", "bad.yml", "--json", cwd=tmp_path).stdout) == [
        {"file": "bad.yml", "line": 2, "level": "warning", "code": "name",
         "message": "the step has no name: what does this file/content do?"},
    ]  # fmt: skip
