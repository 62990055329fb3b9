"""Values: the short way for plain ones says what Jinja says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from byhand.engine import evaluate
from byhand.engine.evaluate import Evaluator, NeedsResult, Pending
from byhand.engine.playbook_file import SIMPLE
from byhand.errors import SourceError
from tests.support import book

VARIABLES = {
    "a": "text", "n": 7, "yes_": True, "f": 1.5, "list_": [1, "x"], "map_": {"k": "v"}, "nothing": None, "braces": "{{ n }}", "empty": "",
    "lines": "one\ntwo\n", "range": "a variable", "pending": Pending(("x",)),
}  # fmt: skip
TEXTS = [
    "{{ a }}",
    "{{a}}",
    "x{{ a }}y",
    " {{ a }}\n",
    "{{ a }}{{ n }}",
    "{{ n }}",
    " {{ n }} ",
    "{{ n }}px",
    "{{ yes_ }}",
    "{{ yes_ }}!",
    "{{ f }}",
    "v{{ f }}",
    "{{ list_ }}",
    "{{ list_ }}.",
    "{{ map_ }}",
    "{{ nothing }}",
    "-{{ nothing }}-",
    "{{ braces }}",
    "a {{ braces }}",
    "{{ empty }}",
    "{{ lines }}",
    "{{ lines }}x",
    "{{ lines }}\n",
    "{{ range }}",
    "{{ a }}\r\nb",
    "ü{{ a }}",
    "{{ missing }}",
    "x{{ missing }}",
    "{{ pending }}",
    "{{ a | upper }}",
    "{{ n + 1 }}",
    "{{ true }}",
    "{{ none }}",
    "{ {{ a }} }",
    "{{- a }}",
    "{{ a -}} b",
    "{% if n %}x{% endif %}{{ a }}",
]


def said(evaluator: Evaluator, text: str) -> Any:
    """A value with its type, or what went wrong."""
    try:
        found = evaluator.value(text, VARIABLES, 3)
    except (SourceError, NeedsResult) as error:
        return type(error), str(error)
    return type(found), found


@pytest.mark.parametrize("text", TEXTS)
def test_a_plain_value_is_what_jinja_makes_of_it(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = book(tmp_path, yaml.safe_dump({"steps": [{"command/run": {"argv": ["echo", text]}}]}))
    short = said(Evaluator(found), text)
    monkeypatch.setattr(evaluate, "_simple", lambda text, variables: None)
    assert short == said(Evaluator(found), text)


@pytest.mark.parametrize("text", ["{{ not }}", "{{ a b }}", "{{ a.b }}", "{{ 1a }}", "{{ a }", "{{ }}", "{{ if }}", "{# {{ a }} #}"])
def test_what_is_more_than_a_name_is_jinjas(text: str) -> None:
    assert SIMPLE.match(text) is None
