"""Every template with ordinary, full and hostile arguments gives exactly this shell text. README.md here says how to renew it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from byhand.engine import quoting, render, source, template
from byhand.engine.arguments import bind
from byhand.errors import ByhandError
from tests.support import REPO, SHELLS, shell

HERE = Path(__file__).resolve().parent
AREAS = sorted(path.stem for path in (HERE / "templates").glob("*.yml"))
NAMES = sorted(f"{path.parent.name}/{path.name.removesuffix('.sh.j2')}" for path in (REPO / "templates").glob("*/*.sh.j2"))
HEAD = """#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior
"""
Case = tuple[str, str, dict[str, Any]]


def load(path: Path) -> dict[str, Any]:
    found, _ = source.load(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(found, dict)
    return found


def facts() -> SimpleNamespace:
    found = load(HERE / "v1.yml")["facts"]
    return SimpleNamespace(**{**found, "cgroup": SimpleNamespace(**found["cgroup"])})


CASES: list[Case] = [
    (name, case, args) for area in AREAS for name, cases in load(HERE / "templates" / f"{area}.yml").items() for case, args in cases.items()
]


def rendered(name: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    """The blocks of a template for what a step gives it, as the compiler makes them."""
    found = template.load(name, REPO / "templates" / f"{name}.sh.j2")
    assert given.keys() <= found.args.keys(), f"{name} has no {given.keys() - found.args.keys()}"
    context = {**bind(found.args, given, f"{name}: "), "folder": "/the/folder", "step_id": "one", "facts": facts()}
    return list(render.blocks(found, context, "play.yml", 1))


def part(name: str, case: str, given: dict[str, Any]) -> str:
    """One case in the golden file: its name and arguments as comments, its blocks as functions."""
    lines = [f"# ---- {name}: {case}"]
    lines += [f"#   {arg}: {quoting.comment(json.dumps(value, ensure_ascii=False))}" for arg, value in given.items()]
    suffix = re.sub(r"\W+", "_", f"{name}_{case}", flags=re.ASCII)
    blocks = [f"{block}_{suffix}() {{\n{text}}}\n" for block, text in rendered(name, given)]
    return "\n" + "\n".join(lines) + "\n" + "".join(blocks)


def golden(area: str) -> dict[str, str]:
    """The parts of an area's golden file by their first line; "" is what stands before them."""
    text = (HERE / "templates" / f"{area}.sh").read_bytes().decode("utf-8", "surrogateescape")
    parts = re.split(r"(?m)^(?=# ---- [a-z0-9_]+/[a-z0-9_]+: )", text)
    found = {one.partition("\n")[0]: "\n" + one.removesuffix("\n") for one in parts[1:-1]}
    found |= {one.partition("\n")[0]: "\n" + one for one in parts[-1:]}
    return {"": parts[0].removesuffix("\n"), **found}


@pytest.fixture(scope="module", autouse=True)
def renewed() -> None:
    if os.environ.get("BYHAND_RENEW"):
        for area in AREAS:
            parts = [part(*case) for case in CASES if case[0].startswith(f"{area}/") and "refused" not in case[2]]
            (HERE / "templates" / f"{area}.sh").write_bytes((HEAD + "".join(parts)).encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}: {case[1]}")
def test_the_arguments_give_these_blocks(case: Case) -> None:
    name, title, given = case
    if "refused" in given:
        with pytest.raises(ByhandError) as error:
            rendered(name, {arg: value for arg, value in given.items() if arg != "refused"})
        assert given["refused"] and given["refused"] in str(error.value)
    else:
        assert part(*case) == golden(name.partition("/")[0]).get(f"# ---- {name}: {title}"), "BYHAND_RENEW=1 writes it"


@pytest.mark.parametrize("area", AREAS)
def test_a_golden_file_holds_its_cases_and_nothing_else(area: str) -> None:
    named = [f"# ---- {name}: {title}" for name, title, given in CASES if name.startswith(f"{area}/") and "refused" not in given]
    parts = golden(area)
    assert list(parts) == ["", *named]
    assert parts[""] == HEAD


@pytest.mark.parametrize("name", NAMES)
def test_every_template_and_argument_has_a_case(name: str) -> None:
    found = template.load(name, REPO / "templates" / f"{name}.sh.j2")
    given = [args for case, _, args in CASES if case == name and "refused" not in args]
    assert len(given) >= 2, "two cases at least that are not refused"
    assert found.args.keys() - {arg for args in given for arg in args} == set(), "arguments that no case sets"


def test_every_case_is_of_a_template_of_its_area() -> None:
    for area in AREAS:
        names = load(HERE / "templates" / f"{area}.yml")
        assert {name for name in names if name not in NAMES or not name.startswith(f"{area}/")} == set()


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("kind", SHELLS)
def test_shells_can_read_it(kind: str, area: str) -> None:
    done = subprocess.run([*shell(kind), "-n", str(HERE / "templates" / f"{area}.sh")], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("area", AREAS)
def test_shellcheck_finds_nothing_in_it(area: str) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(
        ["shellcheck", "--norc", "--shell=sh", "--exclude=SC1003", str(HERE / "templates" / f"{area}.sh")],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
