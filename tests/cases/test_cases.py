"""The same inputs give exactly the same program. README.md in this folder says how to renew one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from byhand import __version__
from byhand.engine import playbook, source
from byhand.engine.compile import Compiler, Options, Program
from tests.support import SHELLS, shell

HERE = Path(__file__).resolve().parent
CASES = sorted(path.parent for path in HERE.glob("*/case.yml"))
KEYS = {"playbook", "host", "container", "params", "layers", "results", "start", "tags", "skip_tags", "explain", "about"}


def load(path: Path) -> dict[str, Any]:
    found, _ = source.load(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(found, dict)
    return found


def compiled(case: Path) -> Program:
    """The program of a case, as if byhand ran in its folder."""
    given = load(case / "case.yml")
    assert given.keys() <= KEYS, f"{case.name}: unknown keys {given.keys() - KEYS}"
    host = load(HERE / f"{given.get('host', 'v2')}.yml")
    facts = SimpleNamespace(**{**host["facts"], "cgroup": SimpleNamespace(**host["facts"]["cgroup"])})
    params = {**(host["container"] if given.get("container") else {}), **(given.get("params") or {})}
    if "layers" in given:
        params["layers"] = [f"/var/lib/byhand/layers/l/{number:04}" for number in range(given["layers"])]
    params = {name: value for name, value in params.items() if value is not None}
    folder = params.get("path") or "/var/lib/byhand/runs/20260101T000000-abcdef/1"
    options = Options(
        str(folder),
        command="invoke " + ("container.run …" if given.get("container") else f"playbook.run {given['playbook']}"),
        tags=frozenset(given.get("tags") or []),
        skip_tags=frozenset(given.get("skip_tags") or []),
        explain=given.get("explain") is True,
    )
    book = playbook.find(given["playbook"])
    compiler = Compiler(options, {"facts": facts, "state_root": "/var/lib/byhand"}, given.get("results"))
    return compiler.program(book, params, start=given.get("start", 0))


def text_of(case: Path) -> str:
    text = compiled(case).text
    made_by = f"Made by byhand {__version__};"
    assert text.count(made_by) == 1
    return text.replace(made_by, "Made by byhand VERSION;")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_inputs_give_this_program(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    golden, text = case / "program.sh", text_of(case).encode("utf-8", "surrogateescape")
    if os.environ.get("BYHAND_RENEW"):
        golden.write_bytes(text)
    assert golden.exists(), "BYHAND_RENEW=1 writes it"
    assert text.decode(errors="replace") == golden.read_bytes().decode(errors="replace")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("name", SHELLS)
def test_shells_can_read_it(name: str, case: Path) -> None:
    done = subprocess.run([*shell(name), "-n", str(case / "program.sh")], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("case", [case for case in CASES if case.name.startswith("container")], ids=lambda case: case.name)
def test_shells_can_read_the_script_inside_it(name: str, case: Path) -> None:
    text = (case / "program.sh").read_bytes().decode("utf-8", "surrogateescape")
    (found,) = re.findall(r"<<'(.*END_OF_INIT_*)'\n(.*?\n)\1\n", text, re.DOTALL)
    done = subprocess.run([*shell(name), "-n"], input=found[1].encode("utf-8", "surrogateescape"), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_lists_its_steps(name: str, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    done = subprocess.run([*shell(name), str(case / "program.sh"), "list"], capture_output=True, text=True, errors="surrogateescape")
    assert (done.returncode, done.stderr) == (0, "")
    assert [row.split()[0] for row in done.stdout.splitlines()] == [piece.id for piece in compiled(case).pieces]


def test_shellcheck_finds_nothing_in_any_of_them() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    programs = [str(case / "program.sh") for case in CASES]
    # SC1003 takes a quote within a value that is quoted twice (become) for a mistake.
    done = subprocess.run(
        ["shellcheck", "--norc", "--shell=sh", "--exclude=SC1003", *programs],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_is_a_case() -> None:
    folders = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name not in ("__pycache__", "templates"))
    assert folders == CASES
