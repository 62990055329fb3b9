"""Conditions on results: the program decides as Jinja would with the result in hand, in each shell."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from byhand.engine import play
from byhand.engine.evaluate import Evaluator
from byhand.engine.play import Request
from byhand.errors import SourceError
from tests.support import SHELLS, Made, book, compiled, made

# What a step prints and its status.
RESULTS: dict[str, tuple[str, str, int]] = {
    "plain": ("ready\n", "", 0),
    "number": (" 42 \n", "7\n", 0),
    "empty": ("", "", 0),
    "lines": ("one\ntwo words\n*\nthree\n", "warning: -e\n", 0),
    "odd": ("it's $(id) \\n `x` ü\n-n\n", "\n", 0),
    "failing": ("no\n", "not found\n", 3),
}
CONDITIONS = """
r.changed
r is changed
not r.changed
r.failed
r is failed
r is succeeded
r is not skipped
r.skipped
r.changed == true
r.failed != true
r.rc
r.rc == 0
r.rc != 0
0 == r.rc
r['rc'] == 3
r.rc > 2
r.rc <= limit
r.rc in [0, 3]
r.rc not in [0, 2]
r.rc == '0'
r.stdout
not r.stdout
r.stdout == ''
r.stdout == 'ready'
'ready' == r.stdout
r.stdout != word
word in r.stdout
'two words' in r.stdout_lines
'two' in r.stdout_lines
'*' in r.stdout
'*' in r.stdout_lines
"it's" in r.stdout
'$(id)' in r.stdout
'`x` ü' in r.stdout
'' in r.stdout
'-n' in r.stdout_lines
'-e' in r.stderr
'not found' not in r.stderr
r.stdout in ['ready', 'steady']
r.stdout in 'already'
r.stdout | trim == '42'
r.stdout.strip() == '42'
r.stdout | int == 42
r.stdout | int > r.stderr | int
r.stdout | trim | int >= limit
r.stdout | length == 5
r.stdout | length > 0
r.stdout_lines | length == 4
r.stdout_lines | length == 0
r.stdout_lines | count > r.stderr_lines | count
r.stdout | lower == 'ready'
r.stdout | upper == 'READY'
r.stdout.upper() == 'READY'
r.stdout.startswith('rea')
r.stdout.endswith('dy')
r.stdout.startswith("it's")
r.stderr.startswith('warning')
r.stdout is search('rea.y')
r.stdout is search('^o')
r.stdout is match('ea')
r.stdout is match('re|xx')
r.stdout is not search('[0-9]+')
r.stdout is search('\\\\s')
r.stdout is defined
r is defined
r.stdout | default('') == 'ready'
r.rc == 0 and r.stdout == 'ready'
r.rc == 0 and (r.stdout == 'x' or 'y' in r.stdout)
not (r.rc == 0 and r.stdout)
yes or r.changed
no or r.changed
r.stdout == [word, 'x'] | first
r.stdout == word ~ ''
""".strip().splitlines()
VARIABLES = {"word": "ready", "limit": 2, "yes": True, "no": False}


@pytest.mark.parametrize("shell_name", SHELLS)
@pytest.mark.parametrize("name", RESULTS)
def test_the_program_decides_as_jinja_does(name: str, shell_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    out, err, status = RESULTS[name]
    (tmp_path / "out").write_text(out)
    (tmp_path / "err").write_text(err)
    ask = {"script": f"cat {tmp_path}/out; cat {tmp_path}/err >&2; exit {status}"}
    steps = [{"name": "Ask", "register": "r", "ignore_errors": True, "command/shell": ask}]
    steps += [{"name": f"{i}", "when": text, "command/run": {"argv": ["echo", f"<{i}>"]}} for i, text in enumerate(CONDITIONS)]
    text = yaml.safe_dump({"vars": VARIABLES, "steps": steps}, allow_unicode=True)
    done = made(tmp_path, text, shell_name).run()
    assert done.returncode == 0, done.stderr
    result = {
        "stdout": out.rstrip("\n"), "stderr": err.rstrip("\n"), "stdout_lines": out.splitlines(), "stderr_lines": err.splitlines(),
        "rc": status, "changed": status == 0, "failed": status != 0, "skipped": False,
    }  # fmt: skip
    evaluator = Evaluator(book(tmp_path, text))
    expected = [i for i, condition in enumerate(CONDITIONS) if evaluator.condition(condition, {**VARIABLES, "r": result}, 1)]
    seen = [i for i in range(len(CONDITIONS)) if f"<{i}>" in done.stdout.splitlines()]
    assert [CONDITIONS[i] for i in seen] == [CONDITIONS[i] for i in expected]


def test_every_condition_is_decided_by_one_program(tmp_path: Path) -> None:
    steps = [{"register": "r", "command/run": {"argv": ["true"]}}]
    steps += [{"when": text, "command/run": {"argv": ["true"]}} for text in CONDITIONS]
    assert compiled(book(tmp_path, yaml.safe_dump({"vars": VARIABLES, "steps": steps})), tmp_path).remaining is None


@pytest.mark.parametrize(
    "condition",
    [
        "r.stdout | from_json",
        "r.stdout_lines[0][1:] == 'x'",
        "r.stdout is search('(?i)x')",
        "r.stdout > 'a'",
        "r == 1",
    ],
)
def test_what_sh_cannot_decide_waits_for_the_result(condition: str, tmp_path: Path) -> None:
    text = yaml.safe_dump({
        "vars": {"other": {"list": [[1]]}},
        "steps": [{"register": "r", "command/run": {"argv": ["true"]}}, {"when": condition, "command/run": {"argv": ["true"]}}],
    })  # fmt: skip
    assert compiled(book(tmp_path, text), tmp_path).remaining == 1


@pytest.mark.parametrize("key", ["until", "failed_when", "changed_when"])
@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("r.stdout | from_json", "the filter 'from_json' cannot be used"),
        ("r.stout == ''", "a result has no 'stout'"),
        ("r.stdout is search('(?i)x')", "is not one of grep -E"),
        ("other.rc == 0", "'other' is undefined"),
        ("1 / 0 == r.rc", "division by zero"),
    ],
)
def test_a_condition_that_cannot_be_decided_says_why(key: str, condition: str, why: str, tmp_path: Path) -> None:
    text = yaml.safe_dump({"steps": [{"register": "r", "command/run": {"argv": ["true"]}, key: condition}]})
    with pytest.raises(SourceError, match=rf"play.yml:\d+: {key}: .*") as raised:
        compiled(book(tmp_path, text), tmp_path)
    assert why in str(raised.value)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("r.rc ==", "not an expression"),
        ("r is oddly", "there is no test 'oddly'"),
        ("r | triml", "there is no filter 'triml'"),
        ("{{ r }}", "without braces"),
    ],
)
def test_a_condition_that_is_none_is_refused_when_it_is_read(condition: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=why):
        book(tmp_path, yaml.safe_dump({"steps": [{"register": "r", "command/run": {"argv": ["true"]}, "until": condition}]}))


Program = Callable[[str], Made]


@pytest.fixture(params=SHELLS)
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    return lambda text: made(tmp_path, f"steps:\n{text}", request.param)


def words(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [" ".join(row.split()) for row in done.stderr.splitlines()]


def test_until_tries_again_until_it_is_so(program: Program, tmp_path: Path) -> None:
    script = f"echo x >>{tmp_path}/count; grep -c x {tmp_path}/count"
    done = program(f"""
  - {{name: Wait, register: n, command/shell: {{script: "{script}"}}, until: n.stdout | int >= 3, retries: 5, delay: 0}}
  - {{name: Say, when: n.stdout == '3', command/shell: {{script: echo three}}}}
""").run()
    assert (done.returncode, done.stdout) == (0, "three\n")
    assert words(done) == ["again Wait", "again Wait", "changed Wait", "changed Say"]


def test_until_that_never_is_so_fails_and_is_undone(program: Program, tmp_path: Path) -> None:
    done = program(f"""
  - {{name: Make, file/content: {{path: {tmp_path}/made, content: x}}}}
  - {{name: Wait, register: n, command/shell: {{script: echo no}}, until: n.stdout == 'yes', retries: 1, delay: 0}}
""").run()
    assert done.returncode == 1
    assert words(done) == ["changed Make", "again Wait", "failed Wait", "undone content"]


def test_without_retries_until_tries_three_times_five_seconds_apart(tmp_path: Path) -> None:
    text = "steps:\n  - {register: n, command/run: {argv: ['true']}, until: n.rc == 0}\n"
    modifiers = compiled(book(tmp_path, text), tmp_path).pieces[0].modifiers
    assert (modifiers.retries, modifiers.delay) == (2, 5)


@pytest.mark.parametrize(
    ("script", "condition", "status", "said"),
    [
        ("exit 3", "r.rc > 3", 0, ["changed Ask"]),
        ("exit 4", "r.rc > 3", 4, ["byhand", "failed Ask"]),
        ("exit 3", "false", 0, ["changed Ask"]),
        ("echo error", "'error' in r.stdout", 1, ["failed Ask"]),
        ("echo fine", "'error' in r.stdout", 0, ["changed Ask"]),
        ("exit 3", """["'error' in r.stdout", r.rc == 3]""", 0, ["changed Ask"]),
    ],
)
def test_failed_when_says_what_a_failure_is(script: str, condition: str, status: int, said: list[str], program: Program) -> None:
    key = condition if condition.startswith("[") else f'"{condition}"'
    done = program(f"  - {{name: Ask, register: r, command/shell: {{script: {script}}}, failed_when: {key}}}\n").run()
    assert done.returncode == status
    assert words(done)[-1] == said[-1]


def test_changed_when_decides_who_is_told(program: Program) -> None:
    step = "  - {name: %s, register: r, command/shell: {script: echo %s}, changed_when: r.stdout == 'new', notify: [Told]}\n"
    text = step % ("Old", "old") + "handlers:\n  - {name: Told, command/shell: {script: echo told}}\n"
    done = program(text).run()
    assert (done.returncode, done.stdout, words(done)) == (0, "", ["ok Old"])
    done = program(text.replace("echo old", "echo new")).run()
    assert (done.returncode, done.stdout, words(done)) == (0, "told\n", ["changed Old", "changed Told"])


def test_each_item_of_a_loop_has_its_own_result(program: Program) -> None:
    done = program("""
  - {name: Ask, register: r, loop: [1, 2, 3], command/shell: {script: "echo {{ item }}"}, changed_when: r.stdout == '2'}
  - {name: Any, when: r.changed, command/shell: {script: echo any}}
  - {name: First, when: "r.results[0].changed", command/shell: {script: echo first}}
  - {name: Second, when: "r.results[1].stdout == '2'", command/shell: {script: echo second}}
""").run()
    assert (done.returncode, done.stdout) == (0, "any\nsecond\n")
    assert words(done) == ["ok Ask (1 of 3)", "changed Ask (2 of 3)", "ok Ask (3 of 3)", "changed Any", "skipped First", "changed Second"]


def test_a_blocks_condition_is_that_of_each_step_in_it(program: Program) -> None:
    done = program("""
  - {name: Ask, register: r, command/shell: {script: echo no}}
  - when: r.stdout == 'yes'
    block:
      - {name: In, command/shell: {script: echo in}}
      - {name: Too, when: r.changed, command/shell: {script: echo too}}
  - {name: Out, command/shell: {script: echo out}}
""").run()
    assert (done.returncode, done.stdout) == (0, "out\n")
    assert words(done) == ["changed Ask", "skipped In", "skipped Too", "changed Out"]


def test_a_step_that_is_skipped_when_it_runs_has_a_result(program: Program) -> None:
    done = program("""
  - {name: Ask, register: r, command/shell: {script: echo no}}
  - {name: Maybe, register: m, when: r.stdout == 'yes', command/shell: {script: echo in}}
  - {name: Then, when: m is skipped and not m.changed and m.rc == 0, command/shell: {script: echo then}}
""").run()
    assert (done.returncode, done.stdout) == (0, "then\n")


def test_a_check_does_not_guess_what_depends_on_a_result(program: Program, tmp_path: Path) -> None:
    done = program(f"""
  - {{name: Ask, register: r, command/shell: {{script: echo no}}}}
  - {{name: Maybe, when: r.stdout == 'yes', file/content: {{path: {tmp_path}/made, content: x}}}}
""").run("check")
    assert (done.returncode, words(done)) == (0, ["always Ask", "unseen Maybe"])


def test_the_next_program_knows_status_and_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"""steps:
  - {{name: Ask, register: r, ignore_errors: true, command/shell: {{script: "echo no; echo bad >&2; exit 3"}}}}
  - {{name: Maybe, register: m, when: r.rc == 0, command/shell: {{script: echo in}}}}
  - name: Write
    file/content: {{path: {tmp_path}/made, content: "{{{{ r.rc }}}} {{{{ r.failed }}}} {{{{ r.stderr }}}} {{{{ m.skipped }}}}"}}
"""
    outcome = play.apply(Request(book(tmp_path, text)), lambda piece, event: None)
    assert outcome.status == 0
    assert (tmp_path / "made").read_text() == "3 True bad True"


def test_no_log_hides_output_and_says_so(program: Program) -> None:
    step = "  - {name: Ask, no_log: true, command/shell: {script: 'echo hush; echo hush >&2; exit %s'}}\n"
    done = program(step % 0).run()
    assert (done.returncode, done.stdout, words(done)) == (0, "", ["changed Ask"])
    done = program(step % 3).run()
    assert (done.returncode, done.stdout) == (3, "")
    assert "hush" not in done.stderr
    assert "its output is not shown: no_log" in done.stderr


def test_no_log_shows_no_diff(program: Program, tmp_path: Path) -> None:
    step = "  - {name: Hide, file/content: {path: %s/x, content: hush}%s}\n"
    assert "hush" in program(step % (tmp_path, "")).run("diff").stdout
    done = program(step % (tmp_path, ", no_log: true")).run("diff")
    assert (done.returncode, "hush" in done.stdout + done.stderr) == (4, False)


def test_no_log_keeps_only_what_is_asked_for(program: Program, tmp_path: Path) -> None:
    done = program("""
  - {name: Ask, no_log: true, command/shell: {script: 'echo hush; echo hush >&2'}}
  - {name: Again, no_log: true, register: r, command/shell: {script: 'echo quiet'}}
  - {name: Then, when: r.stdout == 'quiet', command/shell: {script: 'echo then'}}
""").run()
    assert (done.returncode, done.stdout) == (0, "then\n")
    assert [path.name for path in (tmp_path / "run/out").iterdir() if path.suffix == ".out"] == ["shell_2.out"]
