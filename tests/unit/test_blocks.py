"""Blocks: steps that belong together, their rescue, and what is always done; in programs that really run."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from byhand.engine import play, playbook
from byhand.engine.play import Request
from byhand.errors import ByhandError
from tests.support import SHELLS, Made, made, write

Program = Callable[[str], Made]


@pytest.fixture(params=SHELLS)
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(tmp_path)
    return lambda text: made(tmp_path, text, request.param)


def steps(*scripts: str, indent: int = 6) -> str:
    """A list of steps, each a line of shell; a script that begins with / writes a file of that path."""
    pad = " " * indent
    rows = []
    for script in scripts:
        what = f"file/content: {{path: '{script}', content: x}}" if script.startswith("/") else f"command/shell: {{script: '{script}'}}"
        rows.append(f"{pad}- name: Do {script.rpartition('/')[2]}\n{pad}  {what}\n")
    return "".join(rows)


def block(*scripts: str, rescue: tuple[str, ...] = (), always: tuple[str, ...] = ()) -> str:
    text = f"  - name: Together\n    block:\n{steps(*scripts)}"
    text += f"    rescue:\n{steps(*rescue)}" if rescue else ""
    return text + (f"    always:\n{steps(*always)}" if always else "")


def words(stderr: str) -> list[str]:
    return [" ".join(row.split()) for row in stderr.splitlines()]


def test_a_block_that_works_skips_its_rescue(program: Program) -> None:
    done = program("steps:\n" + block("echo a", "echo b", rescue=("echo no",), always=("echo last",)) + steps("echo after", indent=2)).run()
    assert (done.returncode, done.stdout) == (0, "a\nb\nlast\nafter\n")


def test_a_rescued_block_keeps_what_it_did_and_the_play_goes_on(program: Program, tmp_path: Path) -> None:
    text = "steps:\n" + block(f"{tmp_path}/kept", "exit 3", "echo no", rescue=("echo rescued",), always=("echo last",))
    made = program(text + steps("echo after", indent=2))
    done = made.run()
    assert (done.returncode, done.stdout) == (0, "rescued\nlast\nafter\n")
    assert words(done.stderr)[:2] == ["changed Do kept", "failed Do exit 3"]
    assert (tmp_path / "kept").exists()
    assert made.run("undo").returncode == 0
    assert not (tmp_path / "kept").exists()


def test_a_block_that_fails_unrescued_does_what_is_always_done_and_all_is_undone(program: Program, tmp_path: Path) -> None:
    text = f"steps:\n{steps(f'{tmp_path}/first', indent=2)}" + block(f"{tmp_path}/second", "exit 3", always=("echo last",))
    done = program(text + steps("echo no", indent=2)).run()
    assert (done.returncode, done.stdout) == (3, "last\n")
    assert not (tmp_path / "first").exists() and not (tmp_path / "second").exists()


def test_a_rescue_that_fails_is_a_failure(program: Program, tmp_path: Path) -> None:
    text = "steps:\n" + block(f"{tmp_path}/a", "exit 3", rescue=(f"{tmp_path}/b", "exit 4"), always=("echo last",))
    done = program(text).run()
    assert (done.returncode, done.stdout) == (4, "last\n")
    assert not (tmp_path / "a").exists() and not (tmp_path / "b").exists()


def test_blocks_stand_in_blocks(program: Program) -> None:
    inner = block("exit 3", rescue=("echo inner",)).replace("\n", "\n    ").rstrip()
    text = f"steps:\n  - block:\n    {inner}\n{steps('exit 5')}    rescue:\n{steps('echo outer')}"
    done = program(text).run()
    assert (done.returncode, done.stdout) == (0, "inner\nouter\n")


def test_what_a_block_notified_is_run_at_the_end(program: Program, tmp_path: Path) -> None:
    text = "steps:\n" + block(f"{tmp_path}/x", "exit 3", rescue=("echo rescued",))
    text = text.replace("content: x}\n", "content: x}\n        notify: Told\n", 1)
    done = program(text + "handlers:\n  - name: Told\n    command/run: {argv: [echo, told]}\n").run()
    assert (done.returncode, done.stdout) == (0, "rescued\ntold\n")


def test_a_kill_inside_a_block_leaves_what_the_journal_names(program: Program, tmp_path: Path) -> None:
    made = program("steps:\n" + block(f"{tmp_path}/x", "kill -9 -$PPID 2>/dev/null; kill -9 $PPID; sleep 1", rescue=("echo no",)))
    process = made.start()
    process.wait(20)
    assert process.returncode in (0, -signal.SIGKILL, 137)
    process.communicate()
    assert made.run("undo").returncode == 0
    assert not (tmp_path / "x").exists()


def test_a_check_asks_the_block_and_what_is_always_done_but_not_the_rescue(program: Program, tmp_path: Path) -> None:
    done = program("steps:\n" + block(f"{tmp_path}/a", rescue=(f"{tmp_path}/b",), always=(f"{tmp_path}/c",))).run("check")
    assert done.returncode == 4
    assert words(done.stderr) == ["drift Do a", "drift Do c"]


def test_a_condition_leaves_a_whole_block_out(program: Program) -> None:
    done = program("steps:\n" + block("echo no") + "    when: 1 > 2\n" + steps("echo after", indent=2)).run()
    assert done.stdout == "after\n"


def test_variables_come_from_files_and_the_plays_own_win(program: Program, tmp_path: Path) -> None:
    write(tmp_path / "more.yml", "a: from file\nb: from file\n")
    done = program("vars_files: [more.yml]\nvars: {b: from play}\nsteps:\n  - command/run: {argv: [echo, '{{ a }}, {{ b }}']}\n").run()
    assert done.stdout == "from file, from play\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps:\n  - block: []\n", "'block' must be a list of steps"),
        ("steps:\n  - rescue: []\n    command/run: {argv: [a]}\n", ":2: 'rescue' belongs to a block"),
        ("steps:\n  - block:\n      - command/run: {argv: [a]}\n    retries: 2\n", ":4: 'retries' has no meaning for a block"),
        ("steps:\n  - block:\n      - command/rum: {argv: [a]}\n", ":3: no template 'command/rum'\n  did you mean 'command/run'?"),
        ("vars_files: [gone.yml]\nsteps:\n  - command/run: {argv: [a]}\n", "gone.yml: cannot be read"),
        ("vars_files: [list.yml]\nsteps:\n  - command/run: {argv: [a]}\n", "list.yml:1: is not a mapping of variables"),
    ],
)
def test_a_wrong_block_is_named_with_its_line(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "list.yml", "- a\n")
    write(tmp_path / "bad.yml", text)
    with pytest.raises(ByhandError) as error:
        play.preview(Request(playbook.find("bad.yml")))
    assert message in str(error.value)
