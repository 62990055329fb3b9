"""Secrets: used by the program, and to be found in nothing that is shown or kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from byhand.engine import play
from byhand.engine.events import Event
from byhand.engine.play import Request
from byhand.errors import ByhandError
from tests.support import SHELLS, book, compiled, invoke, made, write

VALUE = 'hunter2 it\'s "$(id)" `x` \\ ü*'


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", VALUE)


def text(*steps: dict[str, object], **more: object) -> str:
    return yaml.safe_dump({"secrets": {"token": {"env": "TOKEN"}}, **more, "steps": list(steps)}, allow_unicode=True, sort_keys=False)


def run(source: str) -> tuple[int, list[Event], str]:
    """Play it; its status, events and the last output."""
    said: list[Event] = []
    outcome = play.apply(Request(book(Path.cwd(), source)), lambda piece, event: said.append(event))
    return outcome.status, said, outcome.output


@pytest.mark.parametrize("shell_name", SHELLS)
def test_the_value_reaches_the_step_and_the_program_has_none_of_it(shell_name: str, tmp_path: Path) -> None:
    source = text({"file/content": {"path": f"{tmp_path}/made", "content": "password={{ token }};\n", "mode": "0600"}})
    program = made(tmp_path, source, shell_name)
    assert "hunter2" not in program.path.read_text()
    assert """'password='"$secret_token"';""" in program.path.read_text()
    environment = {"BYHAND_SECRET_token": VALUE}
    assert program.run("check", env=environment).returncode == 4
    assert program.run(env=environment).returncode == 0
    assert (tmp_path / "made").read_text() == f"password={VALUE};\n"
    assert program.run("check", env=environment).returncode == 0
    assert program.run("check", env={"BYHAND_SECRET_token": "other"}).returncode == 4
    assert program.run("undo").returncode == 0
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("shell_name", SHELLS)
def test_without_its_secret_a_program_says_which_it_wants(shell_name: str, tmp_path: Path) -> None:
    done = made(tmp_path, text({"command/run": {"argv": ["echo", "{{ token }}"]}}), shell_name).run()
    assert (done.returncode, done.stderr) == (125, "byhand: not in the environment: BYHAND_SECRET_token\n")


@pytest.mark.parametrize("shell_name", SHELLS)
@pytest.mark.parametrize("more", [{}, {"timeout": 20}, {"environment": {"OTHER": "x"}}, {"unless": "[ {{ token }} = other ]"}])
def test_what_a_step_starts_does_not_inherit_it(more: dict[str, object], shell_name: str, tmp_path: Path) -> None:
    step: dict[str, object] = {"command/run": {"argv": ["sh", "-c", "env; cat /proc/$PPID/environ", "{{ token }}"]}}
    if "timeout" in more:  # the shell that the time limit needs is given it, and is not asked here
        step = {"command/run": {"argv": ["sh", "-c", "env", "{{ token }}"]}}
    done = made(tmp_path, text({**step, **more}), shell_name).run(env={"BYHAND_SECRET_token": "hunter2"})
    assert done.returncode == 0, done.stderr
    inherited = [
        row for row in done.stdout.replace("\0", "\n").splitlines() if "hunter2" in row and not row.startswith("BYHAND_SECRET_token=")
    ]
    assert inherited == []
    assert "LC_ALL=C" in done.stdout


def test_the_environment_may_hold_it_for_the_step_that_wants_it(tmp_path: Path) -> None:
    step = {"command/shell": {"script": 'echo "$PASSWORD" >made'}, "environment": {"PASSWORD": "{{ token }}"}}
    assert run(text(step))[0] == 0
    assert (tmp_path / "made").read_text() == f"{VALUE}\n"


@pytest.mark.parametrize("method", ["sudo", "su"])
def test_a_step_as_another_user_has_it_and_no_command_line_shows_it(method: str, tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which(method) is None:
        pytest.skip(f"becoming another user needs root and {method}")
    script = "id -un; printf %s \"$A$B\" | wc -c; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'hunter[2]' || :"
    source = text(
        {
            "name": "See", "become": True, "become_user": "nobody", "become_method": method, "register": "r",
            "environment": {"A": "{{ token }}", "B": "{{ two }}"}, "command/shell": {"script": script},
        },
        {"name": "Use", "file/content": {"path": f"{tmp_path}/made", "content": "{{ r.stdout }}"}},
        secrets={"token": {"env": "TOKEN"}, "two": {"command": ["printf", "a\\nb"]}},
    )  # fmt: skip
    status, _, output = run(source)
    assert status == 0, output
    user, length, seen = (tmp_path / "made").read_text().split()
    assert (user, int(length), int(seen)) == ("nobody", len(VALUE.encode()) + len("a\nb"), 0)


def test_it_is_masked_in_what_is_printed_and_kept(tmp_path: Path) -> None:
    source = text(
        {"name": "Say {{ token }}", "command/run": {"argv": ["echo", "it is {{ token }}!"]}, "register": "r"},
        {"name": "Again", "command/run": {"argv": ["sh", "-c", 'echo "$1"; echo "$1" >&2', "sh", "{{ token }} {{ r.stdout }}"]}},
        {"name": "Fail", "command/shell": {"script": "echo {{ token }} >&2; exit 3"}},
    ).replace("echo {{ token }} >&2", "echo so hunter2 fails >&2")
    status, said, _ = run(source.replace("so hunter2 fails", "fails"))
    assert status == 3
    assert [event.output for event in said if event.word == "changed"][-1] == "**** it is ****!\n" * 2
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes() and path.name != "play.yml"]
    state = Path(os.environ["BYHAND_ROOT"])
    kept += [path for path in state.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert kept == []


@pytest.mark.parametrize("flag", ["--dry-run", "--explain", "--json", ""])
def test_no_command_shows_it(flag: str, tmp_path: Path) -> None:
    write(tmp_path / "p.yml", text({"name": "Say {{ token }}", "command/run": {"argv": ["echo", "it is {{ token }}"]}}))
    done = invoke("playbook.run", "p.yml", *([flag] if flag else ["--verbose"]), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "****" in done.stdout + done.stderr


def test_dry_run_needs_no_secret(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", text({"command/run": {"argv": ["echo", "{{ token }}"]}}).replace("TOKEN", "NOT_THERE"))
    done = invoke("playbook.run", "p.yml", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    done = invoke("playbook.run", "p.yml", cwd=tmp_path)
    assert done.returncode == 125
    assert done.stderr.startswith("byhand: the secret 'token' is not in the environment\n")
    assert not (Path(os.environ["BYHAND_ROOT"]) / "runs").exists()


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("{{ token | upper }}", "a secret can be put into a text, and not be looked at"),
        ("{{ token == 'x' }}", "a secret can be put into a text, and not be looked at"),
        ("{{ token[0] }}", "has no element 0"),
        ("{{ token | length }}", "a secret can be put into a text, and not be looked at"),
        ("{{ 'x' in token }}", "a secret can be put into a text, and not be looked at"),
    ],
)
def test_an_expression_cannot_look_at_it(expression: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ByhandError, match=why):
        compiled(book(tmp_path, text({"command/run": {"argv": ["echo", expression]}})), tmp_path)


def test_an_argument_that_is_looked_at_is_none(tmp_path: Path) -> None:
    with pytest.raises(ByhandError, match="path cannot be a secret: a path is looked at first"):
        compiled(book(tmp_path, text({"file/absent": {"path": "/{{ token }}"}})), tmp_path)


def test_one_line_where_one_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "one\ntwo")
    with pytest.raises(ByhandError, match="has more than one line"):
        run(text({"file/line": {"path": f"{tmp_path}/made", "line": "{{ token }}"}}))


def test_no_undo_that_would_need_it(tmp_path: Path) -> None:
    write(tmp_path / "templates/my/thing.sh.j2", THING)
    found = book(tmp_path, text({"my/thing": {"word": "{{ token }}"}}))
    with pytest.raises(ByhandError, match="its undo would need the secret 'token'"):
        compiled(found, tmp_path)


THING = """{#
summary: A thing.
why: Because.
args:
  word: {type: text, help: a word}
#}
{% block check %}
  false
{% endblock %}
{% block apply %}
  echo {{ word }}
{% endblock %}
{% block undo %}
  echo {{ word }}
{% endblock %}
"""


def test_no_text_from_outside_passes_for_one(tmp_path: Path) -> None:
    source = text({"command/run": {"argv": ["echo", "\ue000token:0123456789abcdef\ue001"]}})
    assert "$secret_token" not in compiled(book(tmp_path, source), tmp_path).text


def test_it_may_be_in_a_file_or_what_a_command_prints(tmp_path: Path) -> None:
    write(tmp_path / "kept", "from a file\n\n")
    secrets = {"one": {"file": "kept"}, "two": {"command": ["printf", "from a\\ncommand\\n"]}, "three": {"file": "{{ 'ke' ~ 'pt' }}"}}
    step = {"file/content": {"path": f"{tmp_path}/made", "content": "{{ one }}|{{ two }}|{{ three }}"}}
    assert run(text(step, secrets=secrets))[0] == 0
    assert (tmp_path / "made").read_text() == "from a file|from a\ncommand|from a file"


def test_gpg_age_and_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in ("gpg", "age", "pass"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(tmp_path / "store"))

    def call(*argv: str, stdin: str = "") -> None:
        subprocess.run(argv, input=stdin, text=True, check=True, capture_output=True)

    try:
        call("gpg", "--batch", "--passphrase", "", "--quick-gen-key", "test@example.org", "default", "default", "never")
        call("gpg", "--batch", "--encrypt", "--recipient", "test@example.org", "--output", "g.gpg", stdin="from gpg\n")
        call("pass", "init", "test@example.org")
        call("pass", "insert", "--multiline", "db/prod", stdin="from pass\nuser: me\n")
        call("age-keygen", "-o", "key.txt")
        public = next(row.split()[-1] for row in Path("key.txt").read_text().splitlines() if "public key" in row)
        call("age", "--recipient", public, "--output", "a.age", stdin="from age\n")
        secrets = {"one": {"gpg": "g.gpg"}, "two": {"age": "a.age", "identity": "key.txt"}, "three": {"pass": "db/prod"}}
        step = {"file/content": {"path": f"{tmp_path}/made", "content": "{{ one }}|{{ two }}|{{ three }}"}}
        assert run(text(step, secrets=secrets))[0] == 0
        assert (tmp_path / "made").read_text() == "from gpg|from age|from pass"
        with pytest.raises(ByhandError, match="the secret 'one': pass: Error: db/none is not in the password store"):
            run(text({"command/run": {"argv": ["echo", "{{ one }}"]}}, secrets={"one": {"pass": "db/none"}}))
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False)


@pytest.mark.parametrize(
    ("secrets", "why"),
    [
        ({"one": {"file": "none"}}, r"the secret 'one': .*none: No such file or directory"),
        ({"one": {"command": ["sh", "-c", "echo no >&2; exit 3"]}}, "the secret 'one': sh: no"),
        ({"one": {"command": ["no-such-tool"]}}, "the secret 'one': no-such-tool: not found"),
        ({"one": {"command": ["true"]}}, "the secret 'one' is empty"),
        ({"one": {"vault": "x"}}, "where the secret 'one' is kept is not said"),
        ({"one": {"file": "x", "env": "X"}}, "where the secret 'one' is kept is not said"),
        ({"one": {"file": "x", "identity": "y"}}, "'one' has an unknown key 'identity'"),
        ({"One": {"file": "x"}}, "'One' is not a secret's name"),
        ({"one": {"command": "x"}}, "'command' must be a list of words"),
        ({"one": {"file": ["x"]}}, "'file' must be text"),
    ],
)
def test_what_is_wrong_is_one_clear_line(secrets: dict[str, object], why: str) -> None:
    with pytest.raises(ByhandError, match=why):
        run(text({"command/run": {"argv": ["echo", "{{ one }}"]}}, secrets=secrets))


def test_a_secret_in_a_variable_is_one_too(tmp_path: Path) -> None:
    source = text({"command/run": {"argv": ["echo", "{{ url }}"]}}, vars={"url": "https://u:{{ token }}@h"})
    found = compiled(book(tmp_path, source), tmp_path)
    assert """(exec echo https://u:"$secret_token"@h)""" in found.text
    assert "hunter2" not in json.dumps(play.as_data(found))
