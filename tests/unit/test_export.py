"""Exported files: a program that stands alone, a playbook with nothing in it but the play, and clear words for what is neither."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from byhand.engine import play
from byhand.engine.play import Request
from byhand.errors import ByhandError, SourceError, UsageError
from byhand.export import late, program, targets
from tests.support import SHELLS, book, invoke, shell

HOSTILE = 'it\'s {{ no }} {# c #} {% if %} $(id) `id` "q" \\n ünd\n -x'


def exported(folder: Path, text: str, **params: Any) -> str:
    found = book(folder, text)
    return targets.as_ansible(Request(found, params), [targets.Target("", play.variables())])


def plays(folder: Path, text: str, **params: Any) -> list[dict[str, Any]]:
    made = exported(folder, text, **params)
    found: list[dict[str, Any]] = yaml.safe_load(made)
    return found


@pytest.mark.parametrize("name", SHELLS)
def test_a_program_stands_alone(tmp_path: Path, name: str) -> None:
    target = tmp_path / "it's here"
    found = book(tmp_path, "params:\n  p: {type: path, help: x}\nsteps:\n- name: x\n  file/content: {path: '{{ p }}', content: new}\n")
    request = Request(found, {"p": str(target)})
    variables = {**play.variables(), "state_root": str(tmp_path / "state")}
    text = program.text(request, variables, "web1")
    assert text == program.text(request, variables, "web1"), "the same twice"
    assert "# For web1, which needs sh" in text and "sh FILE undo" in text
    file = tmp_path / "elsewhere.sh"
    file.write_text(text)
    target.write_text("old")

    def run(verb: str) -> int:
        return subprocess.run([*shell(name), str(file), verb], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False).returncode

    assert [run("check"), run("apply"), run("check"), run("apply")] == [4, 0, 0, 0]
    assert target.read_text() == "new"
    assert run("undo") == 0
    assert target.read_text() == "old"


def test_a_play_of_two_programs_is_no_file(tmp_path: Path) -> None:
    text = "steps:\n- name: Ask\n  command/run: {argv: [ls]}\n  register: r\n- name: Use it\n  file/absent: {path: '/{{ r.stdout }}'}\n"
    with pytest.raises(UsageError, match=r"play.yml:5: the step 'Use it' needs the result of an earlier one"):
        program.text(Request(book(tmp_path, text)), play.variables(), "")


def test_hostile_values_are_data(tmp_path: Path) -> None:
    text = (
        "params: {p: {type: text, help: x}}\ntitle: '{{ p }}'\nsteps:\n- name: '{{ p }}'\n  file/content: {path: /a, content: '{{ p }}'}\n"
    )
    (one,) = plays(tmp_path, text, p=HOSTILE)
    for task in one["tasks"]:
        script = task["ansible.builtin.command"]["stdin"]
        assert HOSTILE.replace("'", "'\\''") in script.replace("{{ '{' }}", "{")
        assert script.count("{{") == script.count("{{ '{' }}") == 3, "nothing that Ansible would evaluate but what gives a brace"
        assert "{{" not in task["name"] and "{%" not in task["name"] and "{#" not in task["name"]


def test_a_step_is_its_check_and_its_apply(tmp_path: Path) -> None:
    text = (
        "environment: {A: '1'}\nbecome: true\nhandlers:\n- name: tell\n  command/shell: {script: x}\n"
        "steps:\n- name: line\n  file/line: {path: /a, line: x}\n  tags: [t]\n  notify: tell\n  retries: 2\n  no_log: true\n"
    )
    (one,) = plays(tmp_path, text)
    check, apply = one["tasks"]
    (tell,) = one["handlers"]
    assert one["hosts"] == "localhost" and one["gather_facts"] is False
    assert check["check_mode"] is False and check["changed_when"] == "ansible_check_mode and byhand_line_check.rc != 0"
    assert apply["when"] == ["not ansible_check_mode", "byhand_line_check.rc != 0"]
    assert (apply["retries"], apply["delay"], apply["until"]) == (2, 0, ["byhand_line is succeeded"])
    assert apply["notify"] == ["Tell"] and tell["name"] == "Tell"
    for task in (check, apply):
        assert task["become"] is True and task["become_user"] == "root"
        assert task["environment"] == {"A": "1"} and task["tags"] == ["t"] and task["no_log"] is True


def test_when_and_loop_are_settled_unless_a_result_decides(tmp_path: Path) -> None:
    text = (
        "vars: {n: 3}\nsteps:\n- name: none\n  when: n > 3\n  file/absent: {path: /no}\n"
        "- name: each\n  loop: [a, b]\n  file/folder: {path: '/{{ item }}'}\n"
        "- name: ask\n  command/run: {argv: [ls]}\n  register: r\n"
        "- name: late\n  loop: '{{ r.stdout_lines }}'\n  when: [n == 3, r.rc == n]\n  file/content: {path: /x, content: 'a {{ item }}'}\n"
    )
    (one,) = plays(tmp_path, text)
    names = [task["name"] for task in one["tasks"]]
    assert names == ["Each (1 of 2)", "Each (2 of 2)", "Ask", "Late (is it so?)", "Late"]
    assert [task["ansible.builtin.file"]["path"] for task in one["tasks"][:2]] == ["/a", "/b"]
    assert one["tasks"][4]["loop"] == "{{ r.stdout_lines }}"
    assert one["tasks"][4]["when"] == ["not ansible_check_mode", "r.rc == n", "byhand_content_check.results[loop_index].rc != 0"]
    assert one["tasks"][4]["vars"] == {"n": 3}
    assert one["tasks"][4]["ansible.builtin.command"]["stdin"].count("{{") == 2
    assert "'a {{ item | replace(\"'\", byhand_quote) }}'" in one["tasks"][4]["ansible.builtin.command"]["stdin"]


def test_hosts_with_the_same_tasks_share_a_play(tmp_path: Path) -> None:
    found = book(tmp_path, "steps:\n- name: '{{ role }}'\n  file/content: {path: /a, content: '{{ role }}'}\n")
    hosts = [targets.Target(name, {**play.variables(), "role": role}) for name, role in (("a", "web"), ("b", "db"), ("c", "web"))]
    made = yaml.safe_load(targets.as_ansible(Request(found), hosts))
    assert [one["hosts"] for one in made] == ["a,c", "b"]


def test_a_secret_is_read_where_ansible_runs_and_is_in_no_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file")
    kinds = "{e: {env: EXPORTED}, f: {file: key}, c: {command: [echo, it's]}, p: {pass: a b}, g: {gpg: x.gpg}}"
    text = f"secrets: {kinds}\nsteps:\n- name: x\n  file/content: {{path: /a, content: '{{{{ e }}}}-{{{{ f }}}}-{{{{ c }}}}'}}\n"
    text += "- name: y\n  command/run: {argv: [ls]}\n  environment: {A: 'x{{ p }}{{ g }}'}\n"
    (one,) = plays(tmp_path, text)
    given = one["vars"]
    assert given["byhand_secret_e"] == "{{ lookup('ansible.builtin.env', byhand_secret_e_from, default=undef()) }}"
    assert given["byhand_secret_f_from"] == str(tmp_path / "key")
    assert given["byhand_secret_c_from"] == "echo 'it'\\''s'" and "pipe" in given["byhand_secret_c"]
    assert given["byhand_secret_p_from"] == "pass show -- 'a b'" and given["byhand_secret_p"].endswith(".splitlines()[0] }}")
    for task in one["tasks"]:
        assert task["no_log"] is True
        assert "from-file" not in str(task)
    assert one["tasks"][1]["environment"] == {f"secret_{name}": f"{{{{ byhand_secret_{name} }}}}" for name in "cef"}
    assert '"$secret_e"-"$secret_f"-"$secret_c"' in one["tasks"][1]["ansible.builtin.command"]["stdin"]
    assert one["tasks"][2]["environment"]["A"] == "x{{ byhand_secret_p }}{{ byhand_secret_g }}"
    found = program.text(Request(book(tmp_path, text)), play.variables(), "")
    assert "BYHAND_SECRET_c, BYHAND_SECRET_e" in found and "from-file" not in found


REFUSED = {
    "for a part of a list": ("  command/run: {argv: '{{ r.stdout_lines }}'}", "a list that must be known"),
    "where the type is looked at": ("  file/content: {path: /a, content: x, mode: '{{ r.stdout }}'}", "mode"),
    "where the template looks at it": ("  file/folder: {path: '/a/{{ r.stdout }}'}", "made differently by what a result holds"),
    "for more than expressions": ("  file/content: {path: /a, content: '{% if r.rc %}x{% endif %}'}", "more than expressions"),
    "in an include": ("  include: {playbook: network/create, name: '{{ r.stdout }}'}", "needs a result"),
    "beside facts that are no data": ("  file/absent: {path: '/{{ r.stdout }}{{ facts }}'}", "no plain data|made differently"),
    "to last as long as the program": ("  file/absent: {path: /a}\n  lasts: program", "lasts only as long"),
    "about itself without a name": ("  file/absent: {path: /a}\n  until: q.rc == 0", "does not register it"),
    "for a secret beside a result": ("  file/content: {path: /a, content: '{{ s }}{{ r.stdout }}'}", "'s' is a secret"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_form_is_refused_with_its_line(tmp_path: Path, what: str) -> None:
    step, why = REFUSED[what]
    text = f"secrets: {{s: {{env: S}}}}\nsteps:\n- name: ask\n  command/run: {{argv: [ls]}}\n  register: r\n- name: it is\n{step}\n"
    with pytest.raises(SourceError, match=why) as refused:
        exported(tmp_path, text)
    assert refused.value.line == 6


@pytest.mark.parametrize(
    ("text", "ansible"),
    [("{{ x | f('a\\\\b') }}", "{{ x | f('a\\b') }}"), ("{{ 'n\\n' }}", "{{ 'n\n' }}"), ("a\\b {{ x }}", "a\\b {{ x }}")],
)
def test_backslashes_are_ansibles(text: str, ansible: str) -> None:
    assert late.backslashes(text) == ansible


def test_no_form_for_both_quotes_and_a_backslash() -> None:
    with pytest.raises(ByhandError, match="no form"):
        late.backslashes("{{ 'a\\'\"' }}")


@pytest.mark.parametrize("expression", ["r.rc == 1", "not r.failed", "r is changed", "r.changed", "a and b.failed", "'x' in r.stdout"])
def test_conditions_are_true_or_false(expression: str) -> None:
    plain = expression != "a and b.failed"
    assert (late.condition(expression) == expression) is plain


def test_a_mark_says_how_often_it_was_quoted() -> None:
    from byhand.engine import quoting

    marks = late.Marks()
    mark = marks.text("{{ r.stdout }}")
    once = quoting.quote(mark)
    assert marks.resolve(once) == "'{{ r.stdout | replace(\"'\", byhand_quote) }}'"
    twice = marks.resolve(quoting.quote(f"echo {once}"))
    assert twice.count("byhand_quote") == 2 and late._OPEN not in twice
    assert marks.resolve(mark) == "{{ r.stdout }}"


def test_the_task_writes_files_only_their_owner_reads(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("steps:\n- name: x\n  file/content: {path: /a, content: x}\n")
    for kind, suffix, mode in (("sh", "sh", 0o700), ("ansible", "yml", 0o600)):
        out = tmp_path / f"out.{suffix}"
        done = invoke("playbook.export", "play.yml", "--format", kind, "--output", str(out), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert stat.S_IMODE(out.stat().st_mode) == mode
        assert (
            invoke("playbook.export", "play.yml", "--format", kind, cwd=tmp_path).stdout.splitlines()[-1]
            == out.read_text().splitlines()[-1]
        )
    several = ["playbook.export", "play.yml", "--hosts", "ssh://a,ssh://b"]
    assert "--output DIR" in invoke(*several, cwd=tmp_path).stderr
    wrong = invoke("playbook.export", "play.yml", "--format", "puppet", cwd=tmp_path)
    assert wrong.returncode == 2 and "--format" in wrong.stderr
