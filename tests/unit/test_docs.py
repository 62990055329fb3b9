"""The documentation: its examples compile, its links lead somewhere, its flags and keys are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from byhand.engine import playbook_file
from tests.support import REPO, book, compiled

DOCS = sorted((REPO / "docs").glob("*.md"))
# Those of ci.md are other programs' files: tests/kernel/setup/test_ci_docs.py runs what they say.
EXAMPLES = [
    (path, number, text)
    for path in DOCS
    if path.name != "ci.md"
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text(), re.DOTALL))
]


@pytest.mark.parametrize(("path", "number", "text"), EXAMPLES, ids=[f"{path.stem}-{number}" for path, number, _ in EXAMPLES])
def test_an_example_compiles_to_one_program(path: Path, number: int, text: str, tmp_path: Path) -> None:
    assert compiled(book(tmp_path, text), tmp_path).remaining is None


def test_each_key_of_a_play_and_a_step_is_explained() -> None:
    text = (REPO / "docs/playbooks.md").read_text()
    rows = "\n".join(row for row in text.splitlines() if row.startswith("|"))
    words = set(re.findall(r"\b[a-z_]+\b", rows))
    # What byhand's own playbooks use: for containers and images.
    own = {"quiet", "failure_exit", "vanish", "image", "own"}
    assert (playbook_file.PLAY_KEYS | playbook_file.STEP_KEYS) - words == own


@pytest.mark.parametrize("path", [*DOCS, REPO / "README.md"], ids=lambda path: path.name)
def test_each_link_leads_to_a_file(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
        assert (path.parent / target).exists(), target
