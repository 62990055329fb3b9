"""Every lab, really run here: it shows what it says, its tests agree, a second run changes nothing, and it is taken back."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from invoking import CACHE

from byhand.engine import lint, play, state
from byhand.errors import ByhandError
from byhand.verify import labs
from tests.host_snapshot import Snapshot
from tests.support import REPO, compiled
from tests.verified import verified

LABS = labs.names()
EXPERIMENTS = range(1, 43)
# The groups of whatever started this session, and the VM, which is built and runs beside these tests in CI.
NOT_OURS = ("/process_api/", "/run/byhand/vm-", r"/\.cache/vm/", "libvirt|qemu|/machine(\\.slice)?(/|$)")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder on a real file system, which must be empty at the end; a mount may be in it when a test fails."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with state.locked(CACHE / "labs.lock"):  # another session that runs labs here would be seen as what a lab left
        place = Path(tempfile.mkdtemp(prefix="byhand-labs-", dir="/var/tmp"))
        yield place
        place.rmdir()


@pytest.mark.parametrize("name", LABS)
def test_a_lab_shows_what_it_says_and_is_taken_back(name: str, folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("labs need root")
    params = own_params(name, folder)
    before = Snapshot.take(skip=["files"])
    first = labs.play_on_this_machine(name, params)
    assert first.status == 0, told(first)
    try:
        assert first.changed
        check = play.check(play.Request(labs.book(name), params), "check", lambda piece, event: None)
        assert [piece.title for piece, event in check.steps if piece and event.word not in ("ok", "always")] == []
        assert check.status == 0
        verified(labs.FOLDER / f"{name}.yml", [f"--play-param={key}={value}" for key, value in params.items()], labs.tests_of(name).name)
        second = labs.play_on_this_machine(name, params)
        assert (second.status, second.changed) == (0, []), told(second)
        take_back(second)
    finally:
        take_back(first)
    assert Snapshot.take(skip=["files"]).differences(before, ignore=NOT_OURS) == []


@pytest.mark.parametrize("name", LABS)
def test_a_lab_is_one_program_that_nothing_is_wrong_with(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without shellcheck, which reads the frame each time and not what stands between quotes: a lab's own shell is checked below.
    monkeypatch.setenv("PATH", str(tmp_path))
    book = labs.book(name)
    assert book.title and book.why and book.verify == (labs.tests_of(name).name,)
    assert compiled(book, tmp_path).remaining is None
    # curl that asks is no download.
    assert [str(found) for found in lint.lint(f"labs/{name}", {}) if "download/file does this" not in found.message] == []
    assert "invoke" not in (REPO / book.path).read_text(), "a lab runs where byhand is not installed"
    for text in scripts(labs.FOLDER / f"{name}.yml"):
        assert not re.search(r"\{\{ *\w+ *\}\}", text), "a value in a script: give it in the environment"


def test_shellcheck_finds_nothing_in_the_shell_of_labs(tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    for path in [*labs.FOLDER.glob("*.yml"), *labs.FOLDER.glob("parts/*.yml")]:
        for number, text in enumerate(scripts(path)):
            (tmp_path / f"{path.stem}.{number}").write_text(text)
    options = ["--shell=sh", "--severity=warning", "--exclude=SC2034,SC2164"]  # names that read takes and nobody asks for; set -e
    done = subprocess.run(["shellcheck", *options, *sorted(tmp_path.iterdir())], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_each_file_of_tests_is_a_labs() -> None:
    assert sorted(labs.FOLDER.glob("test_*.py")) == sorted(labs.tests_of(name) for name in LABS)


def test_each_experiment_has_a_lab() -> None:
    assert sorted({labs.number(name) for name in LABS}) == list(EXPERIMENTS)


def own_params(name: str, folder: Path) -> dict[str, Any]:
    """A folder and a port of this test's own, where a lab takes them: nothing else on this machine is in its way."""
    found: dict[str, Any] = {}
    params = labs.book(name).params
    if "folder" in params:
        found["folder"] = str(folder / "lab")
    if "port" in params:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            found["port"] = listener.getsockname()[1]
    return found


def take_back(run: labs.Run) -> None:
    said: list[str] = []
    try:
        play.undo(run.id, lambda piece, event: said.append(f"{event.word}: {event.id}\n{event.output}"))
    except ByhandError as error:
        pytest.fail(f"{error}\n{''.join(said)}", pytrace=False)


def told(run: labs.Run) -> str:
    return "\n".join(f"{step.word}: {step.title}\n{step.output}" for step in run.steps)


def scripts(path: Path) -> Iterator[str]:
    """The texts of shell in a playbook: a value in one would be read as shell."""

    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("script", "check", "undo", "ready") and isinstance(value, str):
                    yield value
                else:
                    yield from walk(value)
        elif isinstance(node, list):
            for item in node:
                yield from walk(item)

    return walk(yaml.safe_load(path.read_text()))
