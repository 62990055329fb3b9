"""Whatever text a user has, a command gets it unchanged: through a template, in real shells."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jinja2 import Template

from byhand.engine import environment, quoting
from byhand.engine.quoting import Sh, Unquotable
from tests.support import SHELLS, made, shell

# All of Unicode but NUL and lone surrogates, and bytes that are no UTF-8 (as surrogate escapes).
UNICODE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
BYTES = st.binary(max_size=60).map(lambda data: data.replace(b"\0", b"").decode("utf-8", "surrogateescape"))
SYNTAX = st.lists(
    st.sampled_from(
        ["'", '"', "`", "$", "$(", ")", "\\", "\n", "\r", " ", "\t", ";", "&", "|", "<", ">", "#", "*", "?", "[", "]", "{", "}",
         "!", "~", "=", "-", "--", "EOF", "EOF\n", "\nEOF\n", "${x}", "$((1))", "\x81", "\x82", "\x88", "\x7f", "é", "{{", "}}", "{%", "%}",
         "if", "done", "x=1", "%", "\udc81", "\udcff"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
ANY = UNICODE | BYTES | SYNTAX
WORDS = [
    "",
    " ",
    "-n",
    "-e",
    "--",
    "~",
    "~root",
    "=x",
    "a=b",
    "if",
    "then",
    "!",
    "{",
    "}",
    "case",
    "time",
    "coproc",
    "[[",
    "#x",
    "a#b",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "$x",
    "${x}",
    "$(id)",
    "`id`",
    "'",
    '"',
    "\\",
    "a\\",
    "\n",
    "a\nb",
    "a\n",
    "\r\n",
    "\t",
    "é",
    "日本",
    "\udcff",
    "\udc81\udc82\udc88",
    "\x81\x82\x83\x88",
    "\x7f",
    "\x01",
    "\u2028",
    "1",
    "2>x",
    "%1",
    "+x",
    "@x",
    ":",
    ".",
    "EOF",
    "a" * 5000,
    "{{ 1 }}",
    "{% raw %}",
    "{# c #}",
]
BUILTINS = ("", ".", ":", "[[")  # these are commands, in busybox the last one too
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ran(argv: list[str], script: str) -> bytes:
    done = subprocess.run([*argv, "-c", script], capture_output=True, check=False)
    assert done.stderr == b""
    assert done.returncode == 0
    return done.stdout


def render(text: str, **values: object) -> str:
    return parsed(text).render(**values)


@lru_cache
def parsed(text: str) -> Template:
    return environment.commands()[0].from_string(text)


@pytest.mark.parametrize("name", SHELLS)
@SLOW
@given(values=st.lists(ANY, min_size=1, max_size=20))
@example(values=WORDS)
def test_any_text_arrives_as_the_argument_it_was(name: str, values: list[str]) -> None:
    out = ran(shell(name), render(r"printf '%s\0' {{ values }}", values=values))
    assert out.decode("utf-8", "surrogateescape").split("\0")[:-1] == values


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("word", [word for word in WORDS if word not in BUILTINS])
def test_any_text_is_a_command_word_and_never_syntax(name: str, word: str) -> None:
    done = subprocess.run([*shell(name), "-c", render("true && {{ word }} arg || exit $?", word=word)], capture_output=True, check=False)
    assert done.returncode in (126, 127), done.stderr


@pytest.mark.parametrize("name", SHELLS)
@SLOW
@given(value=ANY)
@example(value="EOF")
@example(value="EOF\nEOF_\n\nEOF__")
@example(value="\n")
@example(value="")
@example(value="a\\\nb$(id)`id`")
@example(value="Eé")  # dash 0.5.12 lost the first byte of é
@example(value="EOFé\nEOF\n_é\nA\udcff\nB\x80\nEOF_é")
@example(value="\n".join(f"{chr(c)}é" for c in range(33, 127) if chr(c) != "~"))
def test_any_text_passes_through_a_here_document(name: str, value: str) -> None:
    out = ran(shell(name), render("cat {{ value | heredoc }}", value=value))
    expected = value if value.endswith("\n") else value + "\n"
    assert out.decode("utf-8", "surrogateescape") == expected


@pytest.mark.parametrize("name", SHELLS)
@SLOW
@given(value=ANY)
@example(value="EOF")
@example(value="'\nEOF\n'")
def test_any_text_is_a_word_of_a_script_in_a_here_document(name: str, value: str) -> None:
    argv = shell(name)
    inner = render(r"{% filter heredoc %}printf '%s' {{ value }}{% endfilter %}", value=value)
    out = ran(argv, f"{' '.join(argv)} /dev/stdin {inner}")
    assert out.decode("utf-8", "surrogateescape") == value


@pytest.mark.parametrize("name", SHELLS)
@SLOW
@given(value=ANY)
@example(value="\necho injected")
@example(value="a\recho injected")
@example(value="\u2028echo injected\x85echo injected")
@example(value="\\")
@example(value="\\\n")
def test_no_text_gets_out_of_a_comment(name: str, value: str) -> None:
    text = render("# {{ value | comment }}\necho after\n", value=value)
    assert len(text.splitlines()) == 2
    assert ran(shell(name), text) == b"after\n"


@pytest.mark.parametrize("name", SHELLS)
def test_titles_and_parameters_cannot_add_a_line_to_a_program(name: str, tmp_path: Path) -> None:
    hostile = "x\necho injected >&2\n#\\"
    program = made(
        tmp_path,
        """
title: "{{ t }}"
why: "{{ t }}"
params: {t: text}
steps:
  - name: "{{ t }}"
    command/run: {argv: [printf, '%s', "{{ t }}"]}
""",
        name,
        {"t": hostile},
        command="invoke\necho injected >&2",
        explain=True,
    )
    done = program.run()
    assert done.stdout == hostile
    assert done.stderr.splitlines() == [r"changed  x\necho injected >&2\n#" + "\\"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["a b", ""], "'a b' ''"), ([], ""), (3, "3"), (1.5, "1.5"), (Sh("a b"), "a b"), ((1, ["x y"]), "1 'x y'"), ("it's", r"'it'\''s'")],
)
def test_lists_are_several_words_and_numbers_one(value: object, expected: str) -> None:
    assert quoting.words(value) == expected


@pytest.mark.parametrize("value", [None, True, {"a": 1}, object(), "a\0b", ["a", None]])
def test_what_has_no_form_as_a_word_is_refused(value: object) -> None:
    with pytest.raises(Unquotable):
        quoting.words(value)


def test_a_here_document_refuses_a_nul() -> None:
    with pytest.raises(Unquotable):
        quoting.heredoc("a\0b")


def test_a_command_line_is_shown_as_a_person_would_type_it() -> None:
    assert (
        quoting.command_line(["invoke", "container.run", "--", "sh", "-c", "echo 'a b'"])
        == r"invoke container.run -- sh -c 'echo '\''a b'\'''"
    )


@given(ANY)
def test_plain_words_stay_readable_and_all_others_are_quoted(value: str) -> None:
    shown = quoting.quote(value)
    assert shown == value or (shown.startswith("'") and shown.endswith("'"))
