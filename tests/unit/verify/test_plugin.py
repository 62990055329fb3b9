"""The pytest plugin on this machine: what is named and what is not, wrong input in one line, what a test is told."""

from __future__ import annotations

import json
import os

import pytest
import yaml  # noqa: F401 (pytester forgets what a run imported, and its C part cannot be imported twice)
from hypothesis import given
from hypothesis import strategies as st

from byhand.verify.asking import Answer
from byhand.verify.collected import _name, told

PLAY = """title: A greeting
params:
  path: path
  who: {type: line, default: root}
steps:
  - name: Write {{ path }}
    file/content: {path: "{{ path }}", content: "{{ who }} says hello\\n"}
  - name: Only sometimes
    when: who == "nobody"
    file/content: {path: "{{ path }}.2", content: ""}
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with the play in it, where pytest knows nothing of this repository."""
    (pytester.path / "play.yml").write_text(PLAY)
    return pytester


def run(folder: pytest.Pytester, *words: str, play: str = "play.yml") -> tuple[int, str]:
    """What ``pytest WORDS PLAY`` ends with and prints there."""
    argv = ["-p", "byhand.verify.plugin", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder.path}", *words]
    ran = folder.runpytest_inprocess(*argv, *([play] if play else []))
    return int(ran.ret), "\n".join([*ran.outlines, *ran.errlines])


def test_a_step_is_a_test_and_its_diff_the_failure(folder: pytest.Pytester) -> None:
    param = f"--play-param=path={folder.path}/motd"
    status, text = run(folder, param, "-v")
    assert status == 1
    assert f"play.yml::Write {folder.path}/motd[localhost] FAILED" in text
    assert f"play.yml:6: Write {folder.path}/motd: is not as the playbook says on localhost\n" in text
    assert "+root says hello\n" in text
    assert "play.yml::Only sometimes[localhost] SKIPPED" in text
    (folder.path / "motd").write_text("root says hello\n")
    assert run(folder, param, "-v")[0] == 0
    status, text = run(folder, param, "--play-param=who=guest", "-k", "Write")
    assert (status, "-root says hello\n+guest says hello\n" in text) == (1, True)


def test_only_a_playbook_that_is_named_is_collected(folder: pytest.Pytester) -> None:
    (folder.path / "test_other.py").write_text("def test_it():\n    assert True\n")
    status, text = run(folder, play="")
    assert (status, "1 passed" in text) == (0, True)
    (folder.path / "compose.yml").write_text("services: {}\n")
    status, text = run(folder, play="compose.yml")
    assert (status, "compose.yml" in text) == (4, True)


@pytest.mark.parametrize(
    ("play", "words", "line"),
    [
        ("title: x\nsteps: nothing\n", (), "play.yml:2: 'steps' must be a list with at least one step"),
        ("title: x\nsteps:\n  - file/contents: {}\n", (), "did you mean 'file/content'?"),
        (PLAY, (), "path is required and not given"),
        (PLAY, ("--play-param=paht=/x",), "parameter 'paht': is not one of this playbook"),
        (PLAY, ("--play-param=path=/x", "--hosts=sssh://a"), "unknown kind 'sssh'"),
        (PLAY, ("--play-param=path=/x", "--hosts=nowhere"), "nowhere"),
        (PLAY, ("--play-param=path=/x", "--play-inventory=none.ini"), "none.ini"),
        (PLAY, ("--play-param=path=/x", "--play-forks=many"), "--play-forks"),
        (f"verify: test_none.py\n{PLAY}", ("--play-param=path=/x",), "play.yml:1: there is no file test_none.py"),
    ],
)
def test_what_is_wrong_is_one_clear_error(folder: pytest.Pytester, play: str, words: tuple[str, ...], line: str) -> None:
    (folder.path / "play.yml").write_text(play)
    status, text = run(folder, *words)
    assert status == 2
    assert line in text
    assert "Traceback" not in text and "site-packages" not in text


def test_the_tests_a_playbook_names_have_its_host_and_its_values(folder: pytest.Pytester) -> None:
    (folder.path / "play.yml").write_text(f"verify: [test_one.py]\n{PLAY}")
    (folder.path / "test_one.py").write_text(
        "def test_values(host, play):\n"
        "    assert play.params == {'path': '/tmp/a b', 'who': 'root'} and play.name == 'play' and play.path.name == 'play.yml'\n"
        "    ran = host.run(\"printf 'a\\\\n\\\\303\\\\251\\\\036'; printf 'no end' >&2; exit 7\")\n"
        "    assert (ran.rc, ran.stdout_bytes, ran.stderr) == (7, b'a\\n\\xc3\\xa9\\x1e', 'no end')\n"
        "    assert host.run('printf %%s %s', \"it's\").stdout == \"it's\"\n"
        "    assert host.file(play.params['path']).exists is False\n"
    )
    param = "--play-param=path=/tmp/a b"
    status, text = run(folder, param, "-v", "-k", "test_values")
    assert (status, "play.yml::test_one.py::test_values[localhost] PASSED" in text) == (0, True), text
    # Without its playbook there is nothing to be told.
    status, text = run(folder, play="test_one.py")
    assert (status, "fixture 'play' not found" in text) == (1, True)


def test_results_as_tap_and_json_in_files(folder: pytest.Pytester) -> None:
    (folder.path / "test_x.py").write_text("def test_hash():\n    assert 'a#b' == '\\\\'\n")
    run(folder, f"--play-param=path={folder.path}/a#b", "--play-tap=out.tap", "--play-json=out.json", "test_x.py")
    lines = (folder.path / "out.tap").read_text().splitlines()
    assert lines[0] == "TAP version 14"
    assert [line for line in lines if not line.startswith("  ")][1:] == [
        "not ok 1 - test_x.py::test_hash", f"not ok 2 - play.yml::Write {folder.path}/a\\#b[localhost]",
        "ok 3 - play.yml::Only sometimes[localhost] # SKIP when: who == \"nobody\"", "1..3",
    ]  # fmt: skip
    assert lines.count("  ---") == lines.count("  ...") == 2
    events = [json.loads(line) for line in (folder.path / "out.json").read_text().splitlines()]
    assert [event["event"] for event in events] == ["test", "test", "test", "end"]
    assert [event.get("outcome") for event in events] == ["failed", "failed", "skipped", None]


@given(st.text(min_size=1), st.text())
def test_any_title_makes_a_name_of_one_line_that_is_there_once(title: str, host: str) -> None:
    names: set[str] = set()
    found = [_name(one, "h", names) for one in (title, title, f"{title} (2)", title)]
    assert len(set(found)) == len(found)
    assert all("::" not in name and name.isprintable() for name in found)


def test_a_failure_without_a_diff_says_what_would_put_it_right() -> None:
    text = told(Answer("Make it", "drift", command="  mkdir /x\n", file="play.yml", line=3), "web1")
    assert text == "play.yml:3: Make it: is not as the playbook says on web1\nwhat would put it right:\n    mkdir /x"
    long = told(Answer("Make it", "failed", output="x\n" * 100 + "\x1b[31m"), "web1")
    assert len(long.splitlines()) == 62 and "\x1b" not in long
    wide = told(Answer("Make it", "failed", output="\x1b" * 5_000_000), "web1")
    assert len(wide) < 10_000 and wide.endswith("...")
