"""The schema for editors: every shipped playbook fits it, and mistakes do not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from byhand import values
from byhand.engine import modifiers, playbook, playbook_file, schema, source, template
from tests import peers
from tests.support import REPO

VALIDATE = """
import json, sys
import jsonschema
schema, documents = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
print(json.dumps([[f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(one)] for one in documents]))
"""
FOLDERS = [REPO / "playbooks", REPO / "tests" / "cases", REPO / "tests" / "kernel" / "export_cases"]
STEP = "file/content: {path: /a, content: x}"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return schema.schema()


def errors(made: dict[str, Any], texts: list[str]) -> list[list[str]]:
    """What a validator says of each playbook, read as byhand reads it."""
    documents = [source.load(text, "play.yml")[0] for text in texts]
    done = subprocess.run(
        [str(peers.environment("schema", peers.SCHEMA) / "python"), "-c", VALIDATE],
        input=json.dumps([made, documents]), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


def plays() -> list[Path]:
    found = []
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.yml")):
            try:
                playbook.load(path, path.stem)
            except playbook_file.SourceError:
                continue  # a golden case's own file
            found.append(path)
    return found


def test_what_the_parser_takes_fits(made: dict[str, Any]) -> None:
    paths = plays()
    assert len(paths) > 10
    found = errors(made, [path.read_text(encoding="utf-8") for path in paths])
    assert {str(path): wrong for path, wrong in zip(paths, found, strict=True) if wrong} == {}


RIGHT = [
    "- name: x\n  file/content: {path: '{{ p }}', content: 1, mode: '{{ m }}'}\n  retries: '{{ n }}'\n  become: '{{ b }}'",
    "- include: {playbook: network/create, name: x}\n  when: [true, a > 1]",
    "- play/pause: {seconds: '3'}\n  loop: {a: 1}\n  loop_control: {label: x}\n  parallel: 3",
    "- block:\n    - command/run: {argv: [ls, 1]}\n  rescue: []\n  always:\n    - command/run: {argv: ls}\n  when: x",
    "- command/shell: {script: ls}\n  register: r\n  until: r.rc == 0\n  notify: a,b\n  unless: [test, -e, /x]\n  environment: {A: 1}",
    "- iptables/chain: {table: '{{ t }}', chain: c, parent: p, rules: one}",
]
WRONG = {
    "an unknown key of the play": f"stepz: 1\nsteps:\n- {STEP}",
    "no steps": "title: x",
    "steps that are none": "steps: []",
    "an unknown key of a step": f"steps:\n- {STEP}\n  wen: x",
    "an unknown template": "steps:\n- file/contents: {path: /a}",
    "two templates": f"steps:\n- {STEP}\n  command/run: {{argv: [ls]}}",
    "no template": "steps:\n- name: x",
    "an unknown argument": "steps:\n- file/content: {path: /a, content: x, owner: me}",
    "a missing argument": "steps:\n- file/content: {path: /a}",
    "a path that is not absolute": "steps:\n- file/content: {path: a, content: x}",
    "a truth value for text": "steps:\n- file/content: {path: /a, content: yes}",
    "a mode that is none": "steps:\n- file/content: {path: /a, content: x, mode: rwx}",
    "a choice there is not": "steps:\n- iptables/chain: {table: mangled, chain: c, parent: p, rules: []}",
    "a number that is none": "steps:\n- play/pause: {seconds: soon}",
    "braces in a condition": f"steps:\n- {STEP}\n  when: '{{{{ x }}}}'",
    "a rescue without a block": f"steps:\n- {STEP}\n  rescue: []",
    "a result of an include": "steps:\n- include: x\n  register: r",
    "a loop's key without a loop": f"steps:\n- {STEP}\n  parallel: 2",
    "a block that is run by another user's key": "steps:\n- block:\n  - command/run: {argv: ls}\n  register: x",
    "a name that is none": f"steps:\n- {STEP}\n  register: No-Name",
    "a parameter of an unknown type": f"params: {{a: {{type: texts}}}}\nsteps:\n- {STEP}",
    "a parameter with an unknown key": f"params: {{a: {{typ: text}}}}\nsteps:\n- {STEP}",
    "a secret from nowhere": f"secrets: {{a: {{vault: x}}}}\nsteps:\n- {STEP}",
    "a percentage above all": f"max_fail_percentage: 101\nsteps:\n- {STEP}",
    "a method there is not": f"become_method: runas\nsteps:\n- {STEP}",
}


def test_right_and_wrong(made: dict[str, Any], tmp_path: Path) -> None:
    right = ["steps:\n" + text for text in RIGHT]
    found = errors(made, [*right, *WRONG.values()])
    assert found[: len(right)] == [[] for _ in right]
    assert [title for title, wrong in zip(WRONG, found[len(right) :], strict=True) if not wrong] == []
    for text in right:  # the parser agrees
        place = tmp_path / "play.yml"
        place.write_text(text, encoding="utf-8")
        playbook.load(place, "play")


def test_every_key_is_told_of(made: dict[str, Any]) -> None:
    assert schema.STEP_KEYS.keys() == playbook_file.STEP_KEYS
    assert schema.PLAY_KEYS.keys() == playbook_file.PLAY_KEYS
    assert schema.STEP_KEYS.keys() >= modifiers.KEYS
    step = made["$defs"]["step"]["properties"]
    assert all(step[key]["description"] for key in playbook_file.STEP_KEYS)
    for name in template.names():
        found = template.find(name)
        assert step[name]["properties"].keys() == found.args.keys()
        assert found.summary in step[name]["description"]
        for arg in found.args.values():
            assert arg.help in step[name]["properties"][arg.name]["description"]


@pytest.mark.parametrize("kind", sorted(values.TYPES))
def test_a_type_takes_expressions_and_has_a_help(kind: str) -> None:
    made = schema.argument(schema.Argument("it", kind, help="what it is", default=None))
    assert "what it is" in made["description"] and kind in made["description"]
