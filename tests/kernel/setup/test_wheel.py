"""The wheel holds all that `byhand` needs: its templates and playbooks, and the versions of the lock."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from invoking import REPO

from byhand import __version__

pytestmark = pytest.mark.slow


def test_the_wheel_has_every_template_and_playbook(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.removeprefix("byhand/_data/") for name in archive.namelist() if name.startswith("byhand/_data/")}
    here = {path for kind in ("templates", "playbooks") for path in (REPO / kind).rglob("*") if path.is_file()}
    assert inside == {str(path.relative_to(REPO)) for path in here if path.parent.name != "__pycache__"}
    assert wheel.name == f"byhand-{__version__}-py3-none-any.whl"


SHOWN = {"playbook.list": "container/run", "template.ls": "overlay/mount", "--version": __version__}


@pytest.mark.parametrize(("verb", "shows"), SHOWN.items())
def test_the_command_works_in_an_empty_folder(installed: Path, tmp_path: Path, verb: str, shows: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "BYHAND_ROOT": str(tmp_path / "state"), "PYTHONSAFEPATH": "1"}
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run([str(installed / "byhand"), verb], cwd=empty, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert shows in done.stdout
    assert list(empty.iterdir()) == []


def test_pytest_takes_a_playbook_wherever_byhand_is_installed(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("verify: test_x.py\nsteps:\n  - file/absent: {path: /tmp/byhand-none}\n")
    (tmp_path / "test_x.py").write_text("def test_x(host):\n    assert not host.bridge('byhand-none').exists\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "BYHAND_ROOT": str(tmp_path / "state")}
    words = [str(installed / "pytest"), "-v", "play.yml"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout + done.stderr
    # A checkout's own conftest.py names the same plugin.
    (tmp_path / "conftest.py").write_text((REPO / "conftest.py").read_text())
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout + done.stderr
