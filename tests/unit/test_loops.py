"""Loops whose items run at the same time, in programs that really run, in each shell; and a play taken step by step."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from byhand.engine import play
from byhand.engine.events import Event
from byhand.engine.play import Request
from byhand.errors import ByhandError
from tests.support import SHELLS, Made, book, compiled, made

Program = Callable[[str], Made]
# Each item says that it is here and goes on when all three are: one after the other they never would.
MEET = "touch {tmp}/at-{{{{ item }}}}; until [ -e {tmp}/at-1 ] && [ -e {tmp}/at-2 ] && [ -e {tmp}/at-3 ]; do sleep 0.01; done"


@pytest.fixture(params=SHELLS)
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    return lambda text: made(tmp_path, f"steps:\n{text}", request.param)


def words(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [" ".join(row.split()) for row in done.stderr.splitlines()]


def test_items_run_at_the_same_time(program: Program, tmp_path: Path) -> None:
    done = program(f"""
  - name: Meet
    loop: [1, 2, 3]
    parallel: 3
    timeout: 20
    command/shell: {{script: "{MEET.format(tmp=tmp_path)}"}}
""").run()
    assert done.returncode == 0
    assert words(done) == [f"changed Meet ({i} of 3)" for i in (1, 2, 3)]


def test_no_more_than_so_many_at_a_time(program: Program, tmp_path: Path) -> None:
    script = f"mkdir {tmp_path}/at-$$; ls {tmp_path} | grep -c at- >>{tmp_path}/seen; sleep 0.05; rmdir {tmp_path}/at-$$"
    done = program(f'  - {{name: Step, loop: [1, 2, 3, 4, 5, 6], parallel: 2, command/shell: {{script: "{script}"}}}}\n').run()
    assert done.returncode == 0
    seen = [int(row) for row in (tmp_path / "seen").read_text().split()]
    assert len(seen) == 6
    assert max(seen) <= 2


def test_an_item_that_fails_takes_all_back_after_the_others_ended(program: Program, tmp_path: Path) -> None:
    made = program(f"""
  - {{name: Before, file/content: {{path: {tmp_path}/made-0, content: x}}}}
  - {{name: Files, loop: [1, 2, 3, 4], parallel: 4, file/content: {{path: "{tmp_path}/made-{{{{ item }}}}", content: x}}}}
  - {{name: Some, loop: [0, 0, 3, 0], parallel: 2, command/shell: {{script: "sleep 0.1; exit {{{{ item }}}}"}}}}
""")
    done = made.run()
    assert done.returncode == 3
    assert "failed Some (3 of 4)" in words(done)
    assert words(done).count("changed Some (2 of 4)") == 1
    assert not list(tmp_path.glob("made-*"))


def test_a_signal_ends_the_items_before_anything_is_undone(program: Program, tmp_path: Path) -> None:
    made = program(f"""
  - {{name: Files, loop: [1, 2], parallel: 2, file/content: {{path: "{tmp_path}/made-{{{{ item }}}}", content: x}}}}
  - name: Wait
    loop: [1, 2]
    parallel: 2
    command/shell: {{script: "touch {tmp_path}/at-{{{{ item }}}}; sleep 1; touch {tmp_path}/late-{{{{ item }}}}"}}
""")
    process = made.start()
    deadline = time.monotonic() + 20
    while len(list(tmp_path.glob("at-*"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert not list(tmp_path.glob("made-*"))
    late = list(tmp_path.glob("late-*"))
    time.sleep(1.2)
    assert list(tmp_path.glob("late-*")) == late


def test_what_changed_in_parallel_notifies_and_has_results(program: Program) -> None:
    done = program("""
  - {name: Ask, loop: [1, 2, 3], parallel: 2, register: r, notify: [Told], command/shell: {script: "echo {{ item }}"}}
  - {name: Second, when: "r.results[1].stdout == '2'", command/shell: {script: echo second}}
handlers:
  - {name: Told, command/shell: {script: echo told}}
""").run()
    assert (done.returncode, done.stdout) == (0, "second\ntold\n")


def test_in_a_block_too(program: Program, tmp_path: Path) -> None:
    done = program(f"""
  - block:
      - {{name: Files, loop: [1, 2], parallel: 2, file/content: {{path: "{tmp_path}/made-{{{{ item }}}}", content: x}}}}
      - {{name: Fail, loop: [1, 2], parallel: 2, command/shell: {{script: exit 5}}}}
    rescue:
      - {{name: Rescue, command/shell: {{script: echo rescued}}}}
""").run()
    assert (done.returncode, done.stdout) == (0, "rescued\n")


def test_check_asks_every_item_and_undo_takes_all_back(program: Program, tmp_path: Path) -> None:
    made = program(f'  - {{name: F, loop: [1, 2, 3], parallel: 2, file/content: {{path: "{tmp_path}/made-{{{{ item }}}}", content: x}}}}\n')
    assert made.run("check").returncode == 4
    assert made.run().returncode == 0
    checked = made.run("check")
    assert (checked.returncode, sorted(words(checked))) == (0, [f"ok F ({i} of 3)" for i in (1, 2, 3)])
    assert made.run("undo").returncode == 0
    assert not list(tmp_path.glob("made-*"))


def test_each_item_has_its_own_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "steps:\n  - {loop: [0.5, 0.1], parallel: 2, command/shell: {script: 'sleep {{ item }}; echo slept {{ item }}'}}\n"
    said: list[Event] = []
    outcome = play.apply(Request(book(tmp_path, text)), lambda piece, event: said.append(event))
    assert outcome.status == 0
    changed = [event for event in said if event.word == "changed"]
    assert [event.output for event in changed] == ["slept 0.5\n", "slept 0.1\n"]
    assert changed[0].seconds >= 0.4 > changed[1].seconds


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("parallel: 2", "'parallel' belongs to a loop"),
        ("loop: [1]\n    parallel: many", "parallel 'many'"),
        ("loop: [1]\n    loop_control: {var: x}", "unknown key 'var' in 'loop_control'"),
        ("loop_control: {loop_var: x}", "'loop_control' belongs to a loop"),
    ],
)
def test_a_loop_that_cannot_be(keys: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ByhandError, match=why):
        compiled(book(tmp_path, f"steps:\n  - command/run: {{argv: [id]}}\n    {keys}\n"), tmp_path)


def test_loop_control_names_item_index_and_label(tmp_path: Path) -> None:
    text = """steps:
  - name: Say
    loop: [{n: a, secret: x}, {n: b, secret: y}]
    loop_control: {loop_var: one, index_var: i, label: "{{ one.n }}"}
    command/run: {argv: [echo, "{{ i }}{{ one.n }}"]}
"""
    found = compiled(book(tmp_path, text), tmp_path)
    assert [piece.title for piece in found.pieces] == ["Say (a)", "Say (b)"]
    assert "echo 0a)" in found.text
    assert "echo 1b)" in found.text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("y\ny\ny\n", ["changed A", "changed B", "changed C"]),
        ("n\ny\nn\n", ["skipped A", "changed B", "skipped C"]),
        ("n\nr\n", ["skipped A", "changed B", "changed C"]),
        ("\n\n\n", ["skipped A", "skipped B", "skipped C"]),
    ],
)
def test_each_step_may_be_asked_for_at_the_terminal(answers: str, said: list[str], program: Program) -> None:
    made = program("".join(f"  - {{name: {name}, command/run: {{argv: [echo, '{name}']}}}}\n" for name in "ABC"))
    leader, follower = pty.openpty()
    try:
        os.write(leader, answers.encode())
        done = made.run(env={"BYHAND_STEP": os.ttyname(follower)}, timeout=20)
        shown = os.read(leader, 10_000).decode()
    finally:
        os.close(leader)
        os.close(follower)
    assert (done.returncode, words(done)) == (0, said)
    assert "A? (y)es, (n)o" in shown
