"""``playbook.verify``: its exit statuses, what it takes from the environment, and an interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPO = Path(__file__).parents[3]
PLAY = """title: One file
verify: test_it.py
steps:
  - name: Write it
    file/content: {path: PATH, content: "hello\\n"}
"""
LOSE = "kill -9 $(ps -o ppid= -p $PPID)"


def started(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    code = "from byhand.tasks import main; main()"
    argv = ["env", "--default-signal", sys.executable, "-c", code, "playbook.verify", "play.yml", *words]
    env = {**os.environ, "PYTHONPATH": str(REPO), "BYHAND_ROOT": str(folder), **environment}
    return subprocess.Popen(
        argv, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )  # fmt: skip


def verify(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    process = started(folder, *words, **environment)
    text = process.communicate(timeout=60)[0]
    return process.returncode, text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "play.yml").write_text(PLAY.replace("PATH", str(tmp_path / "it")))
    (tmp_path / "it").write_text("hello\n")
    (tmp_path / "it").chmod(0o644)
    (tmp_path / "test_it.py").write_text("def test_it(host):\n    assert host.run('true').rc == 0\n")
    return tmp_path


@pytest.mark.parametrize(
    ("test", "words", "status", "line"),
    [
        ("def test_it(host):\n    assert host.run('true').rc == 0\n", ("--tap", "--", "-q"), 0, "1..2"),
        ("def test_it(host):\n    assert host.run('false').rc == 0\n", (), 4, "FAILED play.yml::test_it.py::test_it[localhost]"),
        (f"def test_it(host):\n    host.run({LOSE!r})\n", (), 3, "lost: localhost: the connection ended"),
        ("def test_it(host):\n    host.run('kill -9 $PPID')\n", (), 1, "a test's command was not answered"),
        ("def test_it(host:\n", (), 1, "SyntaxError"),
        ("", ("--hosts", "ssh://nobody@127.0.0.1:1"), 3, "127.0.0.1: unreachable: ssh"),
        ("", ("--hosts", "byhand://none"), 3, "none: unreachable: no container 'none'"),
        ("", ("--param", "who=x"), 2, "who"),
        ("", ("--limit", "web"), 2, "--limit 'web' chooses among the hosts of an inventory, and none is asked"),
        ("", ("--hosts", "ssh://web,local://", "--limit", "web"), 2, "chooses among the hosts of an inventory"),
        ("", ("--tap", "--hosts", "bogus://web"), 2, "Bail out! target 'bogus://web': "),
        ("", ("--", "--hosts="), 2, "--hosts names no host"),
        ("", ("--", "--bogus"), 2, "unrecognized arguments: --bogus"),
        # A word that is wanted is not the playbook: then all of the folder would be tested.
        ("", ("--", "-k"), 2, "-k: expected one argument"),
        ("", ("--", "-k", "nothing"), 2, "there is nothing to test"),
    ],
)
def test_its_exit_status(folder: Path, test: str, words: tuple[str, ...], status: int, line: str) -> None:
    (folder / "test_it.py").write_text(test)
    found, text = verify(folder, *words)
    assert (found, line in text) == (status, True), text
    assert "site-packages/pluggy" not in text and "session_backend.py" not in text


def test_what_the_environment_asks_of_pytest_is_not_asked_here(folder: Path) -> None:
    (folder / "it").write_text("bye\n")
    status, text = verify(folder, PYTEST_ADDOPTS="-k nothing", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_PLUGINS="no_such")
    assert (status, "1 failed, 1 passed" in text) == (4, True), text


def test_an_interrupt_is_130_and_the_command_on_the_host_ends(folder: Path) -> None:
    pid = folder / "pid"
    (folder / "it").write_text("bye\n")
    command = f"echo $$ >{pid}.new && mv {pid}.new {pid}; sleep 100; sleep 100"
    (folder / "test_it.py").write_text(f"def test_it(host):\n    host.run({command!r})\n")
    process = started(folder)
    while not pid.exists():
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    text = process.communicate(timeout=30)[0]
    assert (process.returncode, "play.yml FF" in text) == (130, False), text
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid.read_text().strip()}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
