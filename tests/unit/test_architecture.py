"""Imports go one way, one file starts processes, one file prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import REPO

# Each part may import those of a lower rank, and itself.
RANKS = {"errors": 0, "values": 1, "engine": 2, "export": 3, "images": 3, "networks": 3, "containers": 4, "vm": 4, "verify": 5, "tasks": 6}
# Which modules may import what starts processes, and why.
PROCESSES = {"byhand/engine/run.py"}
STARTERS = {"sh", "subprocess", "pty", "multiprocessing"}
OS_STARTERS = ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp")
PRINTERS = {"byhand/engine/report.py"}
FILES = sorted((REPO / "byhand").rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


def part(module: str) -> str:
    """The part a module belongs to: ``byhand.engine.run`` is of engine, ``byhand`` of none."""
    return module.split(".")[1] if module.count(".") else ""


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Each module a file imports, wherever in it, but what only type checkers import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(path)}:{node.lineno}: imports are absolute"
            module = node.module or ""
            yield from ((node.lineno, f"{module}.{alias.name}" if module in ("byhand", "os") else module) for alias in node.names)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from walk(child)


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_imports_go_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(REPO).with_suffix("").parts)
    own = part(module)
    for line, name in imported(path):
        if not name.startswith("byhand.") or part(name) not in RANKS:
            continue
        other = part(name)
        if own in RANKS and other != own:
            assert RANKS[other] < RANKS[own], f"{shown(path)}:{line}: {own} may not import {other}"


def test_every_part_has_a_rank() -> None:
    parts = {path.relative_to(REPO / "byhand").parts[0].removesuffix(".py") for path in FILES} - {"__init__", "__main__"}
    assert parts <= RANKS.keys()


@pytest.mark.parametrize("path", [path for path in FILES if shown(path) not in PROCESSES], ids=shown)
def test_one_file_starts_processes(path: Path) -> None:
    for line, name in imported(path):
        assert name.partition(".")[0] not in STARTERS, f"{shown(path)}:{line}: only {', '.join(PROCESSES)} may import {name}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            starts = node.attr in OS_STARTERS or node.attr.startswith(("exec", "spawn"))
            assert not starts, f"{shown(path)}:{node.lineno}: os.{node.attr} is for engine/run.py"


@pytest.mark.parametrize("path", [path for path in FILES if shown(path) not in PRINTERS], ids=shown)
def test_one_file_prints(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "input"), f"{shown(path)}:{node.lineno}: {node.func.id}() is for engine/report.py"
        if isinstance(node, ast.Attribute) and node.attr == "write" and ast.unparse(node.value).startswith(("sys.stdout", "sys.stderr")):
            raise AssertionError(f"{shown(path)}:{node.lineno}: {ast.unparse(node)} is for engine/report.py")


def test_the_engine_knows_nothing_of_containers() -> None:
    for path in (REPO / "byhand" / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                assert "container/" not in node.value, f"{shown(path)}:{node.lineno}"
