"""The README, the other documents and what byhand prints name only what is there; the README's example does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from byhand import tasks
from byhand.verify.modules import MODULES, WHOLE

REPO = Path(__file__).resolve().parents[2]
README = (REPO / "README.md").read_text(encoding="utf-8")
TEXTS = {"README.md": README} | {path.name: path.read_text(encoding="utf-8") for path in sorted((REPO / "docs").glob("*.md"))}


def verbs(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    monkeypatch.setattr(sys, "argv", ["invoke", "--list"])
    contexts = tasks.namespace().to_contexts()
    return {str(context.name): set(context.flags) for context in contexts}


@pytest.mark.parametrize("name", TEXTS)
def test_each_verb_a_document_names_is_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    areas = "|".join(tasks.AREAS)
    # Modules of testinfra are named as tests name them: host.netns(name), and on their own lines host.firewall.
    # What the labs print has files and variables of such names.
    prose = "\n".join(re.findall(r"invoke \S+", TEXTS[name])) if name == "labs.md" else TEXTS[name]
    prose = re.sub(r"```python\n.*?```", "", prose, flags=re.DOTALL)
    modules = {f"host.{module}" for module in (*MODULES, *WHOLE, "file")}
    named = set(re.findall(rf"\b((?:{areas})\.[a-z]+)\b", prose)) - {"container.sh", "playbook.schema", "vm.md"} - modules
    missing = named - set(verbs(monkeypatch))
    assert named and not missing


def test_each_verb_a_message_names_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    known = verbs(monkeypatch)
    folders = ("byhand", "templates", "playbooks")
    sources = [path for folder in folders for path in (REPO / folder).rglob("*") if path.suffix in (".py", ".j2", ".yml", ".sh")]
    named = {(verb, path.name) for path in sources for verb in re.findall(r"\binvoke ([a-z]+\.[a-z]+)", path.read_text(encoding="utf-8"))}
    assert named and not [(verb, name) for verb, name in named if verb not in known]


def test_each_verb_that_is_there_is_in_the_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [verb for verb in verbs(monkeypatch) if f"`{verb}`" not in README]
    assert missing == []


@pytest.mark.parametrize(("name", "least"), [("README.md", 12), ("hosts.md", 2)])
def test_each_flag_a_document_uses_is_one_of_its_verb(name: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    known = verbs(monkeypatch)
    commands = re.findall(r"^(?:invoke|\./bootstrap) (\S+)(.*)$", TEXTS[name], flags=re.MULTILINE)
    assert len(commands) >= least
    for verb, rest in commands:
        for flag in re.findall(r"(--[a-z][a-z-]+)", rest.partition(" -- ")[0]):
            assert flag in known[verb], f"{verb} has no {flag}"


def test_the_example_playbook_runs_checks_and_is_undone(tmp_path: Path) -> None:
    example = re.search(r"<!-- example -->\n```yaml\n(.*?)```", README, flags=re.DOTALL)
    assert example
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "motd.yml").write_text(example[1], encoding="utf-8")
    target = tmp_path / "motd"
    target.write_bytes(b"before \xff")
    target.chmod(0o640)

    def invoke(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "invoke", "--search-root", str(REPO), *words]
        environment = {**os.environ, "BYHAND_ROOT": str(tmp_path / "state")}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    given = ["--param", "who=root", "--param", f"path={target}"]
    assert "drift" in invoke("playbook.check", "motd", *given).stderr
    assert invoke("playbook.run", "motd", *given).returncode == 0
    assert target.read_text(encoding="utf-8") == "root says hello\n"
    assert invoke("playbook.check", "motd", *given).returncode == 0
    again = invoke("playbook.run", "motd", *given)
    assert "changed" not in again.stderr and "1 ok" in again.stderr
    assert invoke("playbook.undo").returncode == 0  # the second run changed nothing: nothing to take back
    assert target.read_text(encoding="utf-8") == "root says hello\n"
    runs = sorted(path.name for path in (tmp_path / "state" / "runs").iterdir())
    assert invoke("playbook.undo", "--run", runs[0]).returncode == 0
    assert target.read_bytes() == b"before \xff"
    assert target.stat().st_mode & 0o777 == 0o640
