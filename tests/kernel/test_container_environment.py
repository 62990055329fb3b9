"""What a container's command is given: variables, user, folder, arguments, each byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invoking import Byhand

NASTY = [
    b"plain", b"", b" ", b"  two  spaces ", b"it's", b'say "hi"', b"$HOME ${PATH} $(id) `id` $((1+1))", b"a\nb\n\nc\n", b"\n",
    b"\t\r\x0b\x0c",
    b"END_OF_INIT", b"x\nEND_OF_INIT\nid\n", b"EOF", b"\nEOF\nEOF\n", b"-n", b"--", b"--help", b"-", b"\\", b"\\n\\0\\",
    b"'\\''", b"*?[a-z]{1,2}~",
    b"!history & | ; < > ( )", b"#comment", b"%s%d%n", b"{{ 7*7 }}{% raw %}{# c #}",
    "ünïcödé → 漢字 🐳".encode(), b"\xff\xfe\x80 not utf-8", b"\x01\x1b[31m\x7f",
    b"a=b=c", b"=", b"\xc3\x28", b"'" * 40, b"x" * 5000,
]  # fmt: skip
# One line a byte string, so that newlines inside and between are told apart.
SHOW = 'for word; do printf "%s" "$word" | od -An -v -tx1 | tr -d " \\n"; echo .; done'


def shown(text: str) -> list[bytes]:
    return [bytes.fromhex(row.removesuffix(".")) for row in text.splitlines()]


def test_arguments_arrive_byte_for_byte(byhand: Byhand) -> None:
    assert shown(byhand.said("sh", "-c", SHOW, "sh", *NASTY)) == NASTY


def test_variables_arrive_byte_for_byte(byhand: Byhand) -> None:
    flags = [word for number, value in enumerate(NASTY) for word in ("--env", f"V{number}=".encode() + value)]
    out = byhand.run("sh", "-c", 'env -0 2>/dev/null || tr "\\n" "?" </dev/null; cat /proc/self/environ', flags=flags).out
    found = dict(pair.split(b"=", 1) for pair in out.split(b"\0") if b"=" in pair)
    assert [found.get(f"V{number}".encode()) for number in range(len(NASTY))] == NASTY


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"")), min_size=4, max_size=40))
def test_any_arguments_and_variables_arrive_byte_for_byte(byhand: Byhand, words: list[bytes]) -> None:
    flags = [part for number, word in enumerate(words) for part in ("--env", f"V{number}=".encode() + word)]
    script = f"{SHOW}; cat /proc/self/environ"
    result = byhand.run("sh", "-c", script, "sh", *words, flags=flags)
    assert result.status == 0, result.err
    head, variables = result.out.split(b".\n", len(words))[:-1], result.out.split(b".\n", len(words))[-1]
    assert [bytes.fromhex(row.decode()) for row in head] == words
    found = dict(pair.split(b"=", 1) for pair in variables.split(b"\0") if b"=" in pair)
    assert [found[f"V{number}".encode()] for number in range(len(words))] == words


def test_the_environment_is_docker_s_and_nothing_of_the_caller(byhand: Byhand) -> None:
    names = byhand.said("sh", "-c", "tr '\\0' '\\n' </proc/1/environ | cut -d= -f1", env={"LEAK": "1"}).split()
    assert sorted(names) == ["HOME", "HOSTNAME", "PATH"]


def test_the_images_path_and_root_s_home(byhand: Byhand) -> None:
    said = byhand.said("sh", "-c", "echo $PATH; echo $HOME").splitlines()
    assert said == ["/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "/root"]


def test_a_variable_s_name_alone_takes_the_callers_value(byhand: Byhand) -> None:
    said = byhand.said("sh", "-c", 'echo "$HERE:${ABSENT-unset}"', flags=["--env", "HERE", "--env", "ABSENT"], env={"HERE": "a b"})
    assert said == "a b:unset"


def test_a_later_variable_wins_and_home_can_be_set(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "echo $A $HOME", flags=["-e", "A=1", "-e", "A=2", "-e", "HOME=/tmp"]) == "2 /tmp"


def test_a_variable_may_have_a_name_no_shell_would_take(byhand: Byhand) -> None:
    assert "my.name-1=x" in byhand.said("env", flags=["-e", "my.name-1=x"]).splitlines()


def test_an_env_file_is_read_as_docker_reads_it(byhand: Byhand, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_bytes(b'# comment\n\nA=1\n  B=two words # not a comment\nC="quoted"\nHERE\nD=$(id)\nA=last\n')
    result = byhand.run("sh", "-c", 'printf "%s\\n" "$A" "$B" "$C" "$HERE" "$D"', flags=["--env-file", str(file)], env={"HERE": "h"})
    assert result.out == b'last\ntwo words # not a comment\n"quoted"\nh\n$(id)\n'


def test_env_wins_over_env_file(byhand: Byhand, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=file\n")
    assert byhand.said("sh", "-c", "echo $A", flags=["-e", "A=flag", "--env-file", str(tmp_path / "env")]) == "flag"


def test_a_missing_working_folder_is_made(byhand: Byhand) -> None:
    assert byhand.said("pwd", flags=["--workdir", "/srv/new folder/$x"]) == "/srv/new folder/$x"


def test_a_file_as_working_folder_is_named_in_the_error(byhand: Byhand) -> None:
    result = byhand.run("true", flags=["--workdir", "/etc/passwd"])
    assert result.status in (125, 126) and "/etc/passwd" in result.err, result


@pytest.mark.parametrize(("user", "wanted"), [
    ("0", "0 0 /root"), ("root", "0 0 /root"), ("nobody", "65534 65534 /"), ("65534", "65534 65534 /"),
    ("1234", "1234 0 /"), ("1234:5678", "1234 5678 /"), ("nobody:daemon", "65534 2 /"),
    ("0:1000", "0 1000 /root"), ("2147483647", "2147483647 0 /"),
])  # fmt: skip
def test_the_user_is_found_in_the_containers_own_passwd(byhand: Byhand, user: str, wanted: str) -> None:
    assert byhand.said("sh", "-c", "echo $(id -u) $(id -g) $HOME", flags=["--user", user]) == wanted


@pytest.mark.parametrize("user", ["nosuchuser", "0:nosuchgroup", "nosuchuser:0", "2147483648", "0:4294967295"])
def test_an_unknown_user_or_group_is_125_and_named(byhand: Byhand, user: str) -> None:
    result = byhand.run("true", flags=["--user", user])
    assert result.status in (2, 125), result.err
    assert any(part in result.err for part in user.split(":")), result.err


def test_another_user_has_none_of_root_s_groups(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "id -G", flags=["--user", "1234:5678"]) == "5678"
    groups = byhand.said("grep", "^Groups", "/proc/self/status", flags=["--user", "1234:5678"]).split()[1:]
    assert set(groups) <= {"5678"}, "supplementary groups of the caller came along"


def test_the_entrypoint_comes_before_the_words(byhand: Byhand) -> None:
    assert byhand.said("a", "b c", flags=["--entrypoint", "/bin/echo"]) == "a b c"


def test_an_entrypoint_drops_the_images_command(byhand: Byhand) -> None:
    assert byhand.said(flags=["--entrypoint", "pwd"]) == "/"


def test_the_images_own_command_runs_when_none_is_given(byhand: Byhand) -> None:
    result = byhand.run(flags=["--interactive"], stdin=b"echo from $0\n")
    assert (result.status, result.text) == (0, "from /bin/sh")


def test_the_command_is_looked_for_in_the_containers_path(byhand: Byhand) -> None:
    flags = ["--tmpfs", "/opt:exec", "-e", "PATH=/nowhere:/opt"]
    result = byhand.run("ls", flags=flags)
    assert result.status == 127 and "ls" in result.err


def test_the_callers_umask_and_ignored_signals_do_not_come_along(byhand: Byhand) -> None:
    previous = os.umask(0o077)
    try:
        mask = byhand.said("sh", "-c", "umask")
        said = byhand.said("grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
        seen = byhand.said("stat", "-c", "%a", "/", "/etc/hosts", "/dev", flags=["--user", "1000"]).split()
    finally:
        os.umask(previous)
    blocked, ignored = said.splitlines()
    assert mask == "0022" and seen == ["755", "644", "755"]
    assert int(blocked.split()[1], 16) == 0 and int(ignored.split()[1], 16) == 0, said
