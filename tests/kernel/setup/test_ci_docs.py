"""docs/ci.md: the commands of each example are run as a CI job runs them, on a host that is right and on one that is not."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from invoking import REPO
from machine import machine
from ssh_hosts import SshHost, ssh_host

pytestmark = pytest.mark.slow
TEXT = (REPO / "docs/ci.md").read_text()
# The environment is there already, made by tests/kernel/setup/conftest.py; the rest needs a network.
MADE = ("python3 -m venv .venv", ".venv/bin/pip install ./byhand")
PLAY = """title: A web server's greeting
steps:
  - name: Write the greeting
    file/content: {path: /tmp/byhand-ci-greeting, content: "hello\\n"}
"""


def example(name: str) -> str:
    (found,) = re.findall(rf"<!-- ci: {name} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def commands(name: str) -> list[str]:
    """The shell lines of an example that do the job, in their order."""
    text = example(name)
    if name in ("pytest", "status", "change"):
        return [line for line in text.splitlines() if line not in MADE]
    found: dict[str, Any] = yaml.safe_load(text)
    if name == "gitlab":
        job = found["verify"]
        assert job["artifacts"]["reports"]["junit"] == "hosts.xml" and job["artifacts"]["when"] == "always"
        lines = [*job["before_script"], *job["script"]]
    else:
        steps = found["jobs"]["verify"]["steps"]
        assert steps[-1]["with"]["path"] == "hosts.xml" and steps[-1]["if"] == "always()"
        lines = [line for step in steps if "run" in step for line in str(step["run"]).splitlines()]
    assert set(MADE) < set(lines)
    return [line for line in lines if line not in MADE and not line.startswith("apt-get")]


@pytest.fixture(scope="module")
def web() -> Iterator[SshHost]:
    with machine("alpine") as made, ssh_host(made) as host:
        yield host


@pytest.fixture
def project(web: SshHost, installed: Path, tmp_path: Path) -> Path:
    """A user's repository: a playbook, an inventory, and byhand installed."""
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks/web.yml").write_text(PLAY)
    (tmp_path / "hosts").write_text(f"web1 {web.line}\n")
    (tmp_path / "known_hosts").write_text("")
    (tmp_path / "key").write_text("a key\n")
    (tmp_path / ".venv").symlink_to(installed.parent)
    web.machine.said("rm", "-f", "/tmp/byhand-ci-greeting")
    return tmp_path


def run(project: Path, lines: list[str]) -> subprocess.CompletedProcess[str]:
    """The lines as one job; its HOME is the project, so that ~/.ssh is nobody's."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(project), "BYHAND_ROOT": str(project / "state"),
        "SSH_KEY": str(project / "key"), "KEY": "a key",
    }  # fmt: skip
    script = "\n".join(lines).replace("~/", f"{project}/")
    return subprocess.run(["sh", "-euc", script], cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["pytest", "github", "gitlab"])
def test_the_job_is_red_as_long_as_the_host_is_wrong(project: Path, web: SshHost, name: str) -> None:
    wrong = run(project, commands(name))
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    (case,) = ET.parse(project / "hosts.xml").getroot().iter("testcase")  # noqa: S314 (pytest wrote it)
    failure = case.find("failure")
    assert case.attrib["name"] == "Write the greeting[web1]"
    assert failure is not None and "+hello" in str(failure.text)
    if name != "pytest":
        assert (project / ".ssh/id_ed25519").read_text() == "a key\n"
        assert (project / ".ssh/id_ed25519").stat().st_mode & 0o777 == 0o600
        for path in (project / ".ssh").iterdir():
            path.unlink()
    web.machine.said("sh", "-c", "echo hello >/tmp/byhand-ci-greeting")
    right = run(project, commands(name))
    assert right.returncode == 0, right.stdout + right.stderr


def test_the_status_tells_a_wrong_host_from_one_that_is_not_there(project: Path, web: SshHost) -> None:
    assert run(project, commands("status")).returncode == 4
    web.machine.said("sh", "-c", "echo hello >/tmp/byhand-ci-greeting")
    assert run(project, commands("status")).returncode == 0
    (project / "hosts").write_text("web1 ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F none'\n")
    assert run(project, commands("status")).returncode == 3
    assert (project / "hosts.xml").exists()


def test_a_change_is_proved_on_a_machine_that_is_thrown_away(project: Path) -> None:
    lint, proof = commands("change")
    assert run(project, [lint]).returncode == 0
    # The job's own machine is one to throw away, this one is not: the play goes to a container's stand-in instead.
    assert proof.endswith(" --yes")
    done = run(project, [proof.replace(" --yes", " --inventory hosts")])
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_of_a_fork_runs_what_ci_runs() -> None:
    found = yaml.safe_load((REPO / ".github/workflows/ci.yml").read_text())
    steps = found["jobs"]["tests"]["steps"]
    assert steps[-1]["run"] == "bash .ci/run"
    (cached,) = (step["with"] for step in steps if "cache" in str(step.get("uses")))
    patterns = re.findall(r"'([^']+)'", cached["key"])
    assert patterns and all(any(REPO.glob(pattern)) for pattern in patterns)
