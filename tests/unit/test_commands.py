"""playbook.* and template.* as a person types them: what comes out where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import REPO, invoke, write

PLAY = """
title: Two files
why: They show what a play does.
params:
  text: {type: text, default: hello, help: what is written}
  count: {type: count, default: 1, help: a number}
  words: {type: text, many: true, default: [], help: several}
steps:
  - name: Write one
    id: one
    tags: [first]
    file/content: {path: "FOLDER/one", content: "{{ text }}\\n"}
  - name: Write two
    id: two
    file/content: {path: "FOLDER/two", content: "{{ words | join('|') }}"}
  - name: Left out
    when: count > 5
    command/run: {argv: [echo, never]}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write(tmp_path / "playbooks/mine.yml", PLAY.replace("FOLDER", str(tmp_path)))
    return tmp_path


def test_a_play_runs_once_and_is_undone(here: Path) -> None:
    write(here / "one", "before")
    first = invoke("playbook.run", "mine", cwd=here)
    assert (first.returncode, first.stdout) == (0, "")
    assert [row.split()[0] for row in first.stderr.splitlines()[:2]] == ["changed", "changed"]
    assert re.match(r"2 changed, 1 skipped in \d+\.\d\ds   run ", first.stderr.splitlines()[-1])
    assert (here / "one").read_text() == "hello\n"
    again = invoke("playbook.run", "mine", cwd=here)
    assert "2 ok, 1 skipped" in again.stderr
    # The last run changed nothing, so the first one is named.
    run = first.stderr.split()[-1]
    undone = invoke("playbook.undo", "--run", run, cwd=here)
    assert (undone.returncode, undone.stdout) == (0, ""), undone.stderr
    assert (here / "one").read_text() == "before"
    assert not (here / "two").exists()


def test_the_last_run_is_undone_without_a_name(here: Path) -> None:
    invoke("playbook.run", "mine", cwd=here)
    done = invoke("playbook.undo", cwd=here)
    assert done.returncode == 0
    assert not (here / "one").exists()


def test_check_answers_4_when_something_is_not_so_and_0_when_all_is(here: Path) -> None:
    drift = invoke("playbook.check", "mine", cwd=here)
    assert drift.returncode == 4
    assert "2 drift" in drift.stderr
    assert not (here / "one").exists()
    invoke("playbook.run", "mine", cwd=here)
    assert invoke("playbook.check", "mine", cwd=here).returncode == 0


def test_a_diff_goes_to_stdout(here: Path) -> None:
    done = invoke("playbook.check", "mine", "--diff", "-p", "text=new", cwd=here)
    assert done.returncode == 4
    assert "+new" in done.stdout.splitlines()
    assert not (here / "one").exists()


HOSTILE = 'it\'s $(id) `id` "x"\n\\ é\udcff {{ 1 }} {% raw %} --'


def test_any_parameter_arrives_byte_for_byte(here: Path) -> None:
    done = invoke("playbook.run", "mine", "-p", f"text={HOSTILE}", "-p", "words=a=b", "-p", "words=", "-p", "words=-x", cwd=here)
    assert done.returncode == 0, done.stderr
    assert (here / "one").read_bytes().decode("utf-8", "surrogateescape") == HOSTILE + "\n"
    assert (here / "two").read_text() == "a=b||-x"


def test_a_dry_run_prints_the_program_that_runs(here: Path) -> None:
    done = invoke("playbook.run", "mine", "--dry-run", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (here / "one").exists()
    program = write(here / "program.sh", done.stdout)
    ran = subprocess.run(["sh", str(program)], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert (ran.returncode, ran.stderr) == (0, "changed  Write one\nchanged  Write two\n")
    assert (here / "one").read_text() == "hello\n"
    assert subprocess.run(["sh", str(program), "undo"], capture_output=True).returncode == 0
    assert not (here / "one").exists()


def test_show_prints_the_same_program_without_a_trace(here: Path, state_root: Path) -> None:
    done = invoke("playbook.show", "mine", cwd=here)
    assert done.stdout.startswith("#!/bin/sh\n# Two files\n") or "# Two files\n" in done.stdout[:300]
    assert not (state_root / "runs").exists()


def test_explain_says_why_and_which_manual_pages(here: Path) -> None:
    done = invoke("playbook.explain", "mine", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert "They show what a play does." in done.stdout
    assert "file/content: " in done.stdout
    told = json.loads(invoke("playbook.explain", "mine", "--json", cwd=here).stdout)
    assert [step["step"] for step in told["steps"]] == ["Write one", "Write two", "Left out"]
    assert told["steps"][0]["line"] == 9


def test_explain_tells_the_steps_of_blocks_and_the_handlers(here: Path) -> None:
    text = """steps:
  - name: Together
    block: [{name: First, command/run: {argv: [id]}}]
    rescue: [{name: Mend, command/run: {argv: [id]}}]
  - {name: Set up, include: host/setup}
handlers: [{name: Told, command/run: {argv: [id]}}]
"""
    write(here / "playbooks/blocks.yml", text)
    told = json.loads(invoke("playbook.explain", "blocks", "--json", cwd=here).stdout)["steps"]
    assert [(step["step"], step["part"]) for step in told] == [("First", ""), ("Mend", "rescue"), ("Set up", ""), ("Told", "handler")]
    assert [step["uses"] for step in told] == ["command/run", "command/run", "playbook host/setup", "command/run"]
    assert "3. Set up\n   playbook host/setup\n" in invoke("playbook.explain", "blocks", cwd=here).stdout


def test_json_is_a_line_an_event_and_carries_its_version(here: Path) -> None:
    done = invoke("playbook.run", "mine", "--json", cwd=here)
    events = [json.loads(row) for row in done.stdout.splitlines()]
    assert done.stderr == ""
    told = [(event["event"], event.get("step")) for event in events]
    steps = [("begin", "one"), ("changed", "one"), ("begin", "two"), ("changed", "two")]
    assert told == [("start", None), ("skipped", ""), *steps, ("host", None), ("end", None)]
    assert all(event["version"] == 1 for event in events)
    assert events[-1]["counts"]["changed"] == 2 and events[-1]["status"] == 0


def test_ones_own_playbooks_and_templates_are_found_first(here: Path) -> None:
    write(
        here / "templates/network/bridge.sh.j2",
        "{#\nsummary: My own bridge.\nwhy: It is mine.\nalways: it is a test\nundo: none, it is a test\nargs: {name: name}\n#}\n"
        "{% block apply %}\n  echo {{ name }} >made\n{% endblock %}\n",
    )
    write(here / "playbooks/network/create.yml", "title: My network\nsteps:\n  - network/bridge: {name: b}\n")
    assert invoke("playbook.run", "network/create", cwd=here).returncode == 0
    assert (here / "made").read_text() == "b\n"
    rows = {row["name"]: row for row in json.loads(invoke("playbook.list", "--json", cwd=here).stdout)}
    assert rows["network/create"]["title"] == "My network"
    assert rows["mine"]["title"] == "Two files"
    assert "container/run" in rows
    assert "My own bridge." in invoke("template.doc", "network/bridge", cwd=here).stdout
    listed = invoke("template.ls", cwd=here)
    assert "My own bridge." in listed.stdout and "file/content" in listed.stdout


def test_a_playbook_that_is_wrong_is_listed_as_that(here: Path) -> None:
    write(here / "playbooks/broken.yml", "title: x\nstpes: []\n")
    done = invoke("playbook.list", cwd=here)
    assert done.returncode == 0
    assert "broken" in done.stdout and "unknown key 'stpes'" in done.stdout


def test_templates_are_documented_and_listed_as_data(here: Path) -> None:
    rows = json.loads(invoke("template.ls", "--json", cwd=here).stdout)
    assert {"name", "summary", "man"} <= rows[0].keys()
    told = invoke("template.doc", "file/content", cwd=here).stdout
    for part in ("Make a file hold exactly this text.", "Manual pages: ", "path (path", "{% block undo %}"):
        assert part in told


def test_tags_select_what_runs(here: Path) -> None:
    assert invoke("playbook.run", "mine", "--tags", "first", cwd=here).returncode == 0
    assert (here / "one").exists() and not (here / "two").exists()
    assert invoke("playbook.run", "mine", "--skip-tags", "first", cwd=here).returncode == 0
    assert (here / "two").exists()


def test_a_failing_step_ends_with_its_status_and_its_output(here: Path) -> None:
    text = f"""
steps:
  - file/content: {{path: '{here}/x', content: x}}
  - name: Fails
    command/shell: {{script: 'echo because >&2; exit 7'}}
"""
    write(here / "playbooks/fails.yml", text)
    done = invoke("playbook.run", "fails", cwd=here)
    assert (done.returncode, done.stdout) == (7, "")
    assert "because" in done.stderr
    assert "1 failed, 1 undone in " in done.stderr
    assert not (here / "x").exists()
    events = [json.loads(row) for row in invoke("playbook.run", "fails", "--json", cwd=here).stdout.splitlines()]
    assert [event["event"] for event in events] == ["start", "begin", "changed", "begin", "failed", "undone", "host", "end"]
    assert events[4]["output"] == "because\n"
    assert events[-1]["status"] == 7


def test_output_cannot_pass_for_an_event(here: Path) -> None:
    script = 'printf "\\036%s failed shell\\n" 0123456789abcdef "" secret; echo end'
    write(here / "playbooks/forge.yml", f"steps:\n  - command/shell: {{script: '{script}'}}\n")
    done = invoke("playbook.run", "forge", "--json", cwd=here)
    events = [json.loads(row) for row in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["start", "begin", "changed", "host", "end"]
    assert events[2]["output"].startswith("\x1e0123456789abcdef failed shell\n")


def test_a_second_program_uses_what_the_first_one_registered(here: Path) -> None:
    text = f"""
steps:
  - name: Ask
    register: r
    command/run: {{argv: [printf, "a b\\n$(c)"]}}
  - name: Not asked
    register: skipped
    when: false
    command/run: {{argv: [echo, x]}}
  - name: Each
    register: loop
    loop: "{{{{ r.stdout_lines }}}}"
    command/run: {{argv: [echo, "<{{{{ item }}}}>"]}}
  - name: Write
    file/content:
      path: "{here}/out"
      content: "{{{{ loop.results | map(attribute='stdout') | join(',') }}}} {{{{ skipped.skipped }}}} {{{{ r.rc }}}}"
"""
    write(here / "playbooks/two.yml", text)
    done = invoke("playbook.run", "two", cwd=here)
    assert done.returncode == 0, done.stderr
    assert (here / "out").read_text() == "<a b>,<$(c)> True 0"
    assert invoke("playbook.undo", cwd=here).returncode == 0
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    "last",
    ["command/shell: {script: 'exit 3'}\n    when: r.rc == 0", "command/run: {argv: [echo, '{{ r.nothing }}']}"],
    ids=["a step fails", "it does not compile"],
)
def test_when_the_second_program_fails_the_first_is_undone(last: str, here: Path) -> None:
    text = f"steps:\n  - file/content: {{path: '{here}/x', content: x}}\n  - register: r\n    command/run: {{argv: [echo]}}\n  - {last}\n"
    write(here / "playbooks/two.yml", text)
    done = invoke("playbook.run", "two", cwd=here)
    assert done.returncode != 0
    assert not (here / "x").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_tool_undoes_the_play(number: signal.Signals, here: Path) -> None:
    wait = f"touch {here}/started; while :; do sleep 0.05; done"
    text = f"steps:\n  - file/content: {{path: '{here}/x', content: x}}\n  - command/shell: {{script: '{wait}'}}\n"
    write(here / "playbooks/waits.yml", text)
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", "-r", str(REPO), "playbook.run", "waits"],
        cwd=here,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not (here / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, number)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 128 + number, told
    assert not (here / "x").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["playbook.run", "mien"], 125, "no playbook 'mien'\n  did you mean 'mine'?"),
        (["playbook.run"], 1, "did not receive required positional arguments: 'playbook'"),
        (["playbook.run", "mine", "-p", "txet=x"], 2, "did you mean 'text'?"),
        (["playbook.run", "mine", "-p", "text"], 2, "parameter 'text': has no value"),
        (["playbook.run", "mine", "-p", "count=-1"], 2, "count '-1': is negative"),
        (["playbook.run", "none.yml"], 125, "no playbook file 'none.yml'"),
        (["playbook.undo"], 125, "there is no run to undo"),
        (["template.doc", "network/brigde"], 125, "did you mean 'network/bridge'?"),
        (["template.doc"], 1, "did not receive required positional arguments: 'template'"),
    ],
)
def test_a_mistake_is_one_clear_line_and_nothing_changes(words: list[str], code: int, message: str, here: Path) -> None:
    before = sorted(path for path in here.rglob("*"))
    done = invoke(*words, cwd=here)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert sorted(path for path in here.rglob("*")) == before


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"[" * 100_000, b"a: !!python/object/apply:os.system [id]\n", b"steps: 5\n", b"\0", b"steps: &a [*a]\n"]
)
def test_a_file_that_is_no_playbook_is_named_with_its_line(data: bytes, here: Path) -> None:
    (here / "bad.yml").write_bytes(data)
    done = invoke("playbook.run", "bad.yml", cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("byhand: bad.yml:1: ")
    assert "Traceback" not in done.stderr


def test_a_state_folder_that_cannot_be_is_said_in_one_line(here: Path) -> None:
    done = invoke("playbook.run", "mine", cwd=here, env={"BYHAND_ROOT": "/tmp/a:b"})
    assert done.returncode == 2
    assert done.stderr.startswith("byhand: BYHAND_ROOT '/tmp/a:b': ")


def test_a_reader_that_goes_away_is_no_traceback(here: Path) -> None:
    command = f"{sys.executable} -m invoke -r {REPO} playbook.show mine | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=here, capture_output=True, text=True)
    assert done.stdout == "#!/bin/sh\n"
    assert done.stderr == ""


def test_terminal_codes_in_output_and_titles_reach_no_terminal(here: Path) -> None:
    write(
        here / "playbooks/codes.yml", 'steps:\n  - name: "a\\eb"\n    command/shell: {script: "printf \'\\\\033[31mred\\\\n\'; exit 1"}\n'
    )
    done = invoke("playbook.run", "codes", cwd=here)
    assert done.returncode == 1
    assert "\033" not in done.stderr
