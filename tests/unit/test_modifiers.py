"""What a step's keys add around its template, in programs that really run, in each shell."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from byhand.engine import play, playbook
from byhand.engine.events import Event
from byhand.engine.play import Request
from byhand.errors import ByhandError
from tests.support import SHELLS, Made, made, write

Program = Callable[[str], Made]


@pytest.fixture(params=SHELLS)
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    return lambda text: made(tmp_path, text, request.param)


def words(stderr: str) -> list[str]:
    """What came of each step, in order: `changed First` for instance."""
    return [" ".join(row.split()) for row in stderr.splitlines()]


def shell(name: str, script: str, *keys: str) -> str:
    """A step that runs a line of shell, with other keys."""
    quoted = script.replace("'", "''")
    return f"  - name: {name}\n    command/shell: {{script: '{quoted}'}}\n" + "".join(f"    {key}\n" for key in keys)


def test_a_steps_environment_comes_after_the_plays_and_holds_any_text(program: Program) -> None:
    step = shell("Say", 'echo "$A|$B"', 'environment: {A: "it\'s $(id)\\nnew", C: unseen}')
    again = shell("Again", 'echo "$A|${C-none}"')
    done = program(f"environment: {{A: play, B: play}}\nsteps:\n{step}{again}").run()
    assert (done.returncode, done.stdout) == (0, "it's $(id)\nnew|play\nplay|none\n")


@pytest.mark.parametrize(
    ("key", "runs"),
    [
        ("creates: {there}", False),
        ("creates: {gone}", True),
        ("removes: {there}", True),
        ("removes: {gone}", False),
        ("unless: test -e {there}", False),
        ("unless: [test, -e, '{gone}']", True),
        ("onlyif: [test, -e, '{there}']", True),
        ("onlyif: test -e {gone}", False),
    ],
)
def test_a_guard_says_whether_a_step_is_left_out(key: str, runs: bool, program: Program, tmp_path: Path) -> None:
    write(tmp_path / "there", "")
    made = program("steps:\n" + shell("Mark", f"echo ran >{tmp_path}/mark", key.format(there=tmp_path / "there", gone=tmp_path / "gone")))
    assert words(made.run().stderr) == ["changed Mark" if runs else "ok Mark"]
    assert (tmp_path / "mark").exists() is runs


def test_a_guarded_command_can_be_checked(program: Program, tmp_path: Path) -> None:
    made = program("steps:\n" + shell("Mark", f"touch {tmp_path}/mark", f"creates: {tmp_path}/mark"))
    assert made.run("check").returncode == 4
    assert made.run().returncode == 0
    assert made.run("check").returncode == 0


def test_a_step_that_takes_too_long_is_ended_and_fails(program: Program, tmp_path: Path) -> None:
    step = shell("Wait", f"touch {tmp_path}/started; sleep 60", "timeout: 1")
    done = program(f"steps:\n  - file/content: {{path: '{tmp_path}/x', content: x}}\n{step}").run()
    assert done.returncode == 124
    assert (tmp_path / "started").exists() and not (tmp_path / "x").exists()


def test_a_step_in_time_is_not_disturbed_by_its_limit(program: Program) -> None:
    done = program("steps:\n" + shell("Quick", "echo done", "timeout: 30", "environment: {A: b}")).run()
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_a_step_is_tried_again_until_it_works(program: Program, tmp_path: Path) -> None:
    count = f"echo x >>{tmp_path}/tries; test $(wc -l <{tmp_path}/tries) -ge 3"
    done = program("steps:\n" + shell("Try", count, "retries: 4")).run()
    assert (done.returncode, words(done.stderr)) == (0, ["again Try", "again Try", "changed Try"])
    assert (tmp_path / "tries").read_text() == "x\n" * 3


def test_a_step_that_never_works_fails_after_its_last_try_and_undoes_the_others(program: Program, tmp_path: Path) -> None:
    step = shell("Try", f"echo x >>{tmp_path}/tries; exit 7", "retries: 2")
    done = program(f"steps:\n  - file/content: {{path: '{tmp_path}/x', content: x}}\n{step}").run()
    assert done.returncode == 7
    assert (tmp_path / "tries").read_text() == "x\n" * 3
    assert not (tmp_path / "x").exists()


def test_an_ignored_failure_lets_the_play_go_on_and_is_not_called_a_change(program: Program) -> None:
    text = "steps:\n" + shell("Fail", "exit 3", "ignore_errors: true", "notify: Told") + shell("Next", "echo next")
    done = program(text + "handlers:\n" + shell("Told", "echo told")).run()
    assert (done.returncode, done.stdout) == (0, "next\n")
    assert words(done.stderr) == ["ignored Fail", "changed Next"]


def test_a_failing_line_in_the_middle_of_a_retried_step_fails_it(program: Program, tmp_path: Path) -> None:
    write(
        tmp_path / "templates/my/two.sh.j2",
        "{#\nsummary: Two lines.\nwhy: The first fails.\nalways: it is a test\nundo: none, it is a test\n#}\n"
        "{% block apply %}\n  false\n  echo not reached\n{% endblock %}\n",
    )
    done = program("steps:\n  - my/two: {}\n    ignore_errors: true\n").run()
    assert (done.returncode, done.stdout) == (0, "")


def test_changed_when_false_says_ok_and_notifies_nobody(program: Program) -> None:
    text = "steps:\n" + shell("Ask", "echo asked", "changed_when: false", "notify: [Told]")
    done = program(text + "handlers:\n" + shell("Told", "echo told")).run()
    assert (done.stdout, words(done.stderr)) == ("asked\n", ["ok Ask"])


def test_a_handler_runs_once_at_the_end_and_only_when_something_changed(program: Program, tmp_path: Path) -> None:
    file = f"    file/content: {{path: '{tmp_path}/x', content: x}}\n    notify: Restart\n"
    text = f"steps:\n  - name: First\n{file}" + shell("Second", "echo second", "notify: [Restart]") + shell("Last", "echo last")
    text += "handlers:\n" + shell("Never", "echo never") + shell("Restart", "echo restarted")
    made = program(text)
    assert made.run().stdout == "second\nlast\nrestarted\n"
    quiet = program(f"steps:\n  - name: First\n{file}handlers:\n{shell('Restart', 'echo restarted')}")
    assert quiet.run().stdout == ""


def test_an_assertion_stops_the_play_with_its_message(program: Program) -> None:
    text = (
        "vars: {n: 3}\nsteps:\n  - play/assert: {that: '{{ n < 5 }}'}\n  - play/assert: {that: '{{ n > 5 }}', message: \"n isn't large\"}\n"
    )
    done = program(text).run()
    assert done.returncode == 125
    assert "byhand: n isn't large" in done.stderr
    assert words(done.stderr)[0] == "ok play/assert"


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_a_handler_notified_before_a_result_is_needed_runs_in_the_last_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "steps:\n" + shell("First", "echo 5", "register: five", "notify: Told")
    text += "  - name: Second\n    command/run: {argv: [echo, 'got {{ five.stdout }}']}\nhandlers:\n" + shell("Told", "echo told")
    write(tmp_path / "two.yml", text)
    said: list[str] = []

    def emit(piece: object, event: Event) -> None:
        if event.word not in ("begin", "planned"):
            said.append(event.output)

    outcome = play.apply(Request(playbook.find("two.yml")), emit)
    assert (outcome.status, said) == (0, ["", "got 5\n", "told\n"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps:\n  - command/run: {argv: [a]}\n    retries: -1\n", ":2: retries -1: is negative"),
        ("steps:\n  - command/run: {argv: [a]}\n    creates: relative\n", ":2: creates 'relative': is not absolute"),
        ("steps:\n  - command/run: {argv: [a]}\n    environment: {1a: b}\n", ":2: environment '1a': is not a variable's name"),
        ("steps:\n  - command/run: {argv: [a]}\n    notify: Restrat\nhandlers:\n  - name: Restart\n    command/run: {argv: [a]}\n",
         ":2: no handler 'Restrat'\n  did you mean 'Restart'?"),
        ("steps:\n  - command/run: {argv: [a]}\nhandlers:\n  - name: H\n    loop: [1]\n    command/run: {argv: [a]}\n",
         "'loop' has no meaning for a handler"),
        ("steps:\n  - include: x\n    retries: 3\n", "'retries' has no meaning for an include"),
        ("steps:\n  - command/run: {argv: [a]}\n    ignore_error: true\n", "did you mean 'ignore_errors'?"),
    ],
)  # fmt: skip
def test_a_wrong_modifier_is_named_with_its_line(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "bad.yml", text)
    with pytest.raises(ByhandError) as error:
        play.preview(Request(playbook.find("bad.yml")))
    assert message in str(error.value)


NOTES = """{#
summary: A note.
why: It shows that apply and undo find what stood before.
args:
  path: {type: path, help: a file}
#}
{% block check %}
  [ -e {{ path }} ]
{% endblock %}
{% block save %}
  [ ! -e {{ path ~ ".refused" }} ] || return 9
  echo before
{% endblock %}
{% block apply %}
  cat -- "$prior" >{{ path }}
  echo beside >"$prior.beside"
{% endblock %}
{% block undo %}
  [ "$(cat -- "$prior" "$prior.beside" | tr '\\n' ' ')" = "before beside " ]
  rm -f -- {{ path }}
{% endblock %}
"""


@pytest.mark.parametrize("become", ["", "    become: true\n"])
def test_apply_and_undo_find_what_stood_before(become: str, program: Program, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("becoming root needs root")
    write(tmp_path / "templates/my/note.sh.j2", NOTES)
    made = program(f"steps:\n  - my/note: {{path: {tmp_path}/note}}\n{become}")
    assert made.run().returncode == 0
    assert (tmp_path / "note").read_text() == "before\n"
    undone = made.run("undo")
    assert (undone.returncode, undone.stderr) == (0, "undone   note\n")
    assert not (tmp_path / "note").exists()
