"""byhand as a wheel, and an environment that has it installed."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from fresh_debian import copy_checkout
from invoking import REPO


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    copy_checkout(folder / "source")
    _pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the locked packages and the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    _pip(python, "install", "--require-hashes", "-r", str(REPO / "requirements.txt"))
    _pip(python, "install", "--no-deps", str(wheel))
    _pip(python, "check")
    return folder / "bin"


def _pip(python: Path, *words: str) -> None:
    done = subprocess.run([str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *words], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
