"""What the tests of the engine share: playbooks written on the spot, and shells to run programs in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from byhand.engine import play, playbook
from byhand.engine.compile import Compiler, Options, Program
from byhand.engine.playbook import Playbook

REPO = Path(__file__).resolve().parent.parent
SHELLS = {"dash": ("dash",), "busybox": ("busybox", "sh")}


def shell(name: str) -> list[str]:
    """The command of a shell; the test is skipped where there is none."""
    argv = SHELLS[name]
    if shutil.which(argv[0]) is None:
        pytest.skip(f"{argv[0]} is not installed")
    return list(argv)


def write(path: Path, text: str) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def book(folder: Path, text: str, name: str = "play.yml") -> Playbook:
    """The playbook ``text``, read from a file as any other."""
    path = write(folder / name, text)
    return playbook.load(path, path.stem)


def compiled(
    found: Playbook,
    folder: Path,
    params: Mapping[str, Any] | None = None,
    *,
    results: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    start: int = 0,
    **options: Any,
) -> Program:
    """The program of a playbook, for a run in ``folder``."""
    compiler = Compiler(Options(str(folder), **options), variables or play.variables(), results)
    return compiler.program(found, params or {}, start=start)


@dataclass(frozen=True)
class Made:
    """A compiled program on disk, with the folder of its journal, and the shell that runs it."""

    path: Path
    folder: Path
    shell: tuple[str, ...]

    def run(self, verb: str = "apply", **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a verb to its end."""
        return subprocess.run([*self.shell, str(self.path), verb], **self._settings(more))

    def start(self, verb: str = "apply", **more: Any) -> subprocess.Popen[str]:
        """Start a verb in a process group of its own."""
        settings = self._settings(more)
        settings.pop("capture_output")
        return subprocess.Popen(
            [*self.shell, str(self.path), verb], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **settings
        )

    def _settings(self, more: Mapping[str, Any]) -> dict[str, Any]:
        env = {"PATH": os.environ["PATH"], **more.get("env", {})}
        return {"capture_output": True, "text": True, "errors": "surrogateescape", **more, "env": env}

    @property
    def journal(self) -> list[str]:
        path = self.folder / "journal"
        return path.read_text().splitlines() if path.exists() else []


def made(folder: Path, text: str, shell_name: str = "dash", params: Mapping[str, Any] | None = None, **more: Any) -> Made:
    """Compile a playbook and write its program to a file."""
    run_folder = folder / "run"
    program = compiled(book(folder, text), run_folder, params, **more)
    path = write(folder / "program.sh", program.text)
    return Made(path, run_folder, tuple(shell(shell_name)))


def invoke(*args: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``invoke ARGS`` in ``cwd`` as a person would."""
    command = [sys.executable, "-m", "invoke", "-r", str(REPO), *args]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        stdin=subprocess.DEVNULL,
    )
