"""Programs that tests compare byhand with: each in a virtual environment of its own, made once and kept beside the benchmark's."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.lab import default_cache
from byhand.engine import state

# ansible-lint asks for an ansible-core of its own.
EXPORT = (
    ("ansible-core==2.19.14", "ansible-lint==26.10.1") if sys.version_info >= (3, 11) else ("ansible-core==2.17.14", "ansible-lint==25.1.3")
)
SCHEMA = ("jsonschema==4.26.0",)


def environment(name: str, packages: tuple[str, ...]) -> Path:
    """The bin folder of the virtual environment with those packages; skips the test when PyPI does not answer."""
    home = default_cache() / "peers" / f"{name}-{hashlib.sha256(repr((packages, sys.version)).encode()).hexdigest()[:12]}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with state.locked(home.with_name(f"{home.name}.lock")):
        if not (home / "made").exists():
            shutil.rmtree(home, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            done = subprocess.run(
                [str(home / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *packages],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                pytest.skip(f"{' '.join(packages)} cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
            (home / "made").touch()
    return home / "bin"
