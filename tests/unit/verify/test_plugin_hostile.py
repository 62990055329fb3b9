"""The pytest plugin among other plugins, odd names, secrets, lost hosts and steps that cannot be asked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml  # noqa: F401 (pytester forgets what a run imported, and its C part cannot be imported twice)

PLAY = """title: One file
steps:
  - name: Write it
    file/content: {path: PATH, content: "hello\\n"}
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    return pytester


def write(folder: pytest.Pytester, name: str, text: str) -> None:
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("PATH", str(folder.path / "it")))


def run(folder: pytest.Pytester, *words: str) -> tuple[int, str]:
    """What ``pytest WORDS`` ends with and prints there."""
    ran = folder.runpytest_inprocess("-p", "byhand.verify.plugin", "-c", os.devnull, f"--rootdir={folder.path}", *words)
    return int(ran.ret), "\n".join([*ran.outlines, *ran.errlines])


ODD = """title: What a check cannot ask
vars: {base: PATH}
secrets: {token: {env: TOKEN}}
steps:
  - name: Write {{ token }}
    file/content: {path: "{{ base }}.1", content: "first\\n{{ token }}\\n"}
  - name: Hidden
    no_log: true
    file/content: {path: "{{ base }}.2", content: "hunter2\\n"}
  - block:
      - name: Try
        file/content: {path: "{{ base }}.3", content: "x"}
    rescue:
      - name: Mend
        file/content: {path: "{{ base }}.4", content: "x"}
      - block:
          - name: Mend more
            file/content: {path: "{{ base }}.4", content: "x"}
      - include: {playbook: "{{ base }}.included.yml"}
  - name: Ask
    command/run: {argv: [echo, hi]}
    register: said
  - name: Sometimes
    when: said.rc == 0
    file/content: {path: "{{ base }}.5", content: "x"}
  - name: Later
    file/content: {path: "{{ base }}.6", content: "{{ said.stdout }}"}
"""


def test_what_a_check_cannot_ask_is_skipped_and_what_is_secret_is_nowhere(
    folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("TOKEN", "s3cret-value")
    write(folder, "play.yml", f"verify: test_told.py\n{ODD}")
    included = "steps: [{name: Mend elsewhere, file/content: {path: PATH.7, content: x}}]"
    write(folder, "it.included.yml", included)
    write(folder, "test_told.py", "def test_told(host, play):\n    print(play)\n    assert play.params == 0\n")
    status, text = run(folder, "-v", "--play-tap=out.tap", "--play-json=out.json", "--junitxml=out.xml", "play.yml")
    events = [json.loads(line) for line in (folder.path / "out.json").read_text().splitlines()]
    found = {event["test"]: (event["outcome"], event["reason"]) for event in events if event["event"] == "test"}
    assert status == 1
    assert found == {
        "play.yml::Write ****[localhost]": ("failed", ""),
        "play.yml::Hidden[localhost]": ("failed", ""),
        "play.yml::Try[localhost]": ("failed", ""),
        "play.yml::Mend[localhost]": ("skipped", "a rescue: it runs when its block fails"),
        "play.yml::Mend more[localhost]": ("skipped", "a rescue: it runs when its block fails"),
        "play.yml::Mend elsewhere[localhost]": ("skipped", "a rescue: it runs when its block fails"),
        "play.yml::Ask[localhost]": ("skipped", "not asked: what a command does cannot be asked beforehand"),
        "play.yml::Sometimes[localhost]": ("skipped", "not asked: whether it runs depends on the result of another step"),
        "play.yml::Later[localhost]": ("skipped", "not asked: it needs the result of a step, or comes after one that does"),
        "play.yml::test_told.py::test_told[localhost]": ("failed", ""),
    }
    assert "+first\n+****\n" in text and "not shown: no_log\n" in text
    for shown in (text, *((folder.path / f"out.{kind}").read_text() for kind in ("tap", "json", "xml"))):
        assert "Mend" in shown and "s3cret" not in shown and "hunter2" not in shown


def test_a_title_is_shown_as_it_is(folder: pytest.Pytester) -> None:
    write(folder, "play.yml", PLAY.replace("Write it", "Write /etc/a.b[c] at 10.0.0.1:::80"))
    write(folder, "it", "hello\n")
    text = run(folder, "-v", "play.yml")[1]
    assert "play.yml::Write /etc/a.b[c] at 10.0.0.1:80[localhost] PASSED" in text
    assert "1 passed" in run(folder, "play.yml::Write /etc/a.b[c] at 10.0.0.1:80[localhost]")[1]


def test_two_playbooks_share_a_file_of_tests_and_each_test_runs_again_by_its_name(folder: pytest.Pytester) -> None:
    for name in ("one", "two"):
        write(folder, f"{name}.yml", f"verify: tests/test_it.py\n{PLAY}")
    write(folder, "it", "hello\n")
    write(
        folder, "tests/test_it.py", "def test_one(host, play):\n    assert play.name == 'one'\n\n\ndef test_host(host):\n    assert host\n"
    )
    status, text = run(folder, "one.yml", "two.yml")
    assert (status, "5 passed" in text, "FAILED two.yml::tests/test_it.py::test_one[localhost]" in text) == (1, True, True)
    status, text = run(folder, "--lf", "one.yml", "two.yml")
    assert (status, "1 failed" in text, "passed" in text) == (1, True, False)
    status, text = run(folder, "one.yml::tests/test_it.py::test_one[localhost]", "two.yml::tests/test_it.py::test_host[localhost]")
    assert (status, "2 passed" in text) == (0, True)


def test_another_plugin_s_play_stays_its_own(folder: pytest.Pytester) -> None:
    write(folder, "theirs.py", "import pytest\n\n\n@pytest.fixture\ndef play():\n    return 42\n")
    write(folder, "test_theirs.py", "def test_theirs(play):\n    assert play == 42\n")
    write(folder, "play.yml", f"verify: test_ours.py\n{PLAY}")
    write(folder, "it", "hello\n")
    write(folder, "test_ours.py", "def test_ours(host, play):\n    assert play.params == {}\n")
    folder.syspathinsert()
    for first in ([], ["-p", "theirs"]):
        status, text = run(folder, *first, "-p", "theirs", "test_theirs.py", "play.yml")
        assert (status, "3 passed" in text) == (0, True), text


def test_it_brings_testinfra_where_plugins_are_not_loaded_by_themselves(
    folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    write(folder, "play.yml", f"verify: test_it.py\n{PLAY}")
    write(folder, "it", "hello\n")
    write(folder, "test_it.py", "def test_it(host):\n    assert host.file('/').is_directory\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    status, text = run(folder, "play.yml")
    assert (status, "2 passed" in text) == (0, True), text
    status, text = run(folder, "-p", "no:pytest11.testinfra", "play.yml")
    assert (status, "testinfra's plugin is not loaded" in text, "Traceback" in text) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--play-tap=none/out",), "ERROR: --play-tap: none/out: No such file or directory"),
        (("--play-json=.",), "ERROR: --play-json: .: Is a directory"),
        (("--play-json=-", "--play-tap=-"), "ERROR: --play-tap and --play-json cannot both be written to -"),
    ],
)
def test_a_report_that_cannot_be_written_is_said_before_a_host_is_asked(
    folder: pytest.Pytester, words: tuple[str, ...], line: str
) -> None:  # fmt: skip
    write(folder, "play.yml", PLAY)
    status, text = run(folder, *words, "play.yml")
    assert (status, [one for one in text.splitlines() if one]) == (4, [line])


LOST = """
def test_killed(host):
    host.run("kill -9 $PPID")


def test_lost(host):
    host.run("kill -9 $(ps -o ppid= -p $PPID)")


def test_open_again(host):
    assert host.run("umask").stdout == "0022\\n"


def test_wrong(host):
    assert host.run("echo no").stdout == "yes"
"""


def test_a_host_that_is_lost_in_a_test_is_one_line_and_no_drift(folder: pytest.Pytester) -> None:
    write(folder, "play.yml", f"verify: test_it.py\n{PLAY}")
    write(folder, "it", "hello\n")
    write(folder, "test_it.py", LOST)
    before = os.umask(0o022)
    try:
        text = run(folder, "--play-json=out", "--play-tap=tap", "play.yml")[1]
    finally:
        os.umask(before)
    events = [json.loads(line) for line in (folder.path / "out").read_text().splitlines()]
    found = {event["test"].rpartition("::")[2]: event for event in events if event["event"] == "test"}
    assert {name: event["state"] for name, event in found.items()} == {
        "Write it[localhost]": "ok", "test_killed[localhost]": "error", "test_lost[localhost]": "lost",
        "test_open_again[localhost]": "", "test_wrong[localhost]": "",
    }  # fmt: skip
    assert found["test_open_again[localhost]"]["outcome"] == "passed"
    assert found["test_lost[localhost]"]["message"] == "lost: localhost: the connection ended"
    killed = "error: localhost: a test's command was not answered\n  it needs sh, mktemp and base64"
    assert found["test_killed[localhost]"]["message"] == killed
    assert "session_backend.py" not in text and 'state: "lost"' in (folder.path / "tap").read_text()


def test_what_is_expected_to_fail_is_a_todo_in_tap(folder: pytest.Pytester) -> None:
    marked = "@pytest.mark.xfail(reason='not yet #1')\ndef test_{}():\n    assert {}\n"
    write(folder, "test_it.py", "import pytest\n\n\n" + marked.format("a", 0) + marked.format("b", 1))
    run(folder, "--play-tap=tap", "test_it.py")
    assert (folder.path / "tap").read_text().splitlines() == [
        "TAP version 14", "not ok 1 - test_it.py::test_a # TODO not yet \\#1", "ok 2 - test_it.py::test_b # TODO not yet \\#1", "1..2",
    ]  # fmt: skip


def test_a_worker_of_pytest_xdist_without_a_folder_writes_nowhere_else(folder: pytest.Pytester) -> None:
    write(folder, "play.yml", PLAY)
    write(folder, "it", "hello\n")
    # What a worker has where -p no:tmpdir is given.
    write(folder, "conftest.py", "def pytest_collection(session):\n    session.config.workerinput = {}\n")
    before = set(Path("/").glob("byhand-*"))
    assert run(folder, "-p", "no:xdist", "play.yml")[0] == 0
    assert set(Path("/").glob("byhand-*")) == before


TOLD = """title: A secret that a test of its own tells
vars: {base: PATH}
secrets: {token: {env: TOKEN}}
verify: test_told.py
steps:
  - name: Write it
    file/content: {path: "{{ base }}", content: "{{ token }}\\n"}
"""
TELLS = """def test_tells(host, play):
    print(host.file(play.params["base"]).content_string)
    assert host.file(play.params["base"]).content_string == "another"
def test_prints(host, play):
    print(host.file(play.params["base"]).content_string + "printed")
"""


@pytest.mark.parametrize("words", [(), ("-n", "1")])
def test_no_test_of_a_play_tells_its_secret(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("TOKEN", "s3cret-v4lue")
    write(folder, "play.yml", TOLD)
    write(folder, "test_told.py", TELLS)
    (folder.path / "it").write_text("s3cret-v4lue\n")
    status, said = run(folder, "-rA", "-o", "junit_logging=all", "--junitxml=report.xml", *words, "play.yml")
    assert status == 1 and "test_tells" in said
    assert "== 'another'" in said and "printed" in said
    assert "s3cret" not in said + (folder.path / "report.xml").read_text()
