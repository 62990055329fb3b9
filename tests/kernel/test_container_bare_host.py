"""What --dry-run prints is what runs: on a host that has no byhand."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from invoking import Byhand, Result
from sabotage import Program

SHELLS = {"dash": ["dash"], "busybox ash": ["busybox", "sh"], "bash": ["bash", "--posix"]}


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a host without byhand: a PATH that has every tool, and neither invoke nor a Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for place in ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"):
        for name in os.listdir(place) if os.path.isdir(place) else []:
            if not re.match(r"python|pip|invoke|inv$|byhand", name) and not (folder / name).is_symlink():
                (folder / name).symlink_to(f"{place}/{name}")
    assert not (folder / "python3").exists()
    return {"PATH": str(folder)}


def play(
    text: str, folder: Path, environment: dict[str, str], shell: list[str] | None = None, verb: str = "apply", stdin: bytes = b""
) -> Result:
    file = folder / "container.sh"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = subprocess.run([*(shell or ["sh"]), str(file), verb], env=environment, input=stdin, capture_output=True, timeout=60, cwd="/")
    return Result(done.returncode, done.stdout, done.stderr.decode())


SHOW = """cat /etc/os-release; tr '\\0' '\\n' </proc/1/environ | sort; id; pwd; cat /proc/self/mounts | cut -d' ' -f2 | sort; umask
cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null
ls /dev; grep ^Cap /proc/self/status; ip -4 -o addr show eth0 | awk '{print $4}'"""
FLAGS = ("--rm", "--memory", "64m", "-e", "A=it's $(id) `x`", "-e", "B=a\nEOF\nb", "--hostname", "same", "-w", "/srv/x", "-u", "12:34")


def test_the_printed_program_makes_the_same_container(byhand: Byhand, tmp_path: Path, bare: dict[str, str]) -> None:
    wanted = byhand.run("sh", "-c", SHOW, flags=FLAGS[1:])
    printed = play(byhand.program("sh", "-c", SHOW, flags=FLAGS), tmp_path, bare)
    assert wanted.status == printed.status == 0, printed.err
    assert printed.text == wanted.text
    assert byhand.folders() == []


def test_dry_run_changes_nothing(byhand: Byhand) -> None:
    before = sorted(path for path in byhand.root.rglob("*") if "layers" not in path.parts and "cache" not in path.parts)
    byhand.program("true", flags=("--rm", "--name", "x", "-v", "newvolume:/x"))
    assert sorted(path for path in byhand.root.rglob("*") if "layers" not in path.parts and "cache" not in path.parts) == before


def test_what_is_printed_is_what_runs(byhand: Byhand) -> None:
    byhand.invoke("container.run", "--image", "alpine", "--name", "same", "--hostname", "h", "--", "echo", "x")
    ran = (byhand.folders()[0] / "program").read_text()
    byhand.invoke("container.rm", "same")
    printed = byhand.program("echo", "x", flags=("--name", "same", "--hostname", "h"))

    def neutral(text: str) -> list[str]:
        identity = Program(text).home.name
        rows = text.replace(identity, "ID").splitlines()
        return [row for row in rows if not re.search(r'"created"|--dry-run|^#', row)]

    assert neutral(printed) == neutral(ran)


@pytest.mark.parametrize("shell", SHELLS)
def test_any_posix_shell_runs_it(byhand: Byhand, tmp_path: Path, bare: dict[str, str], shell: str) -> None:
    result = play(byhand.program("sh", "-c", "cat; exit 7", flags=("--rm", "-i")), tmp_path, bare, SHELLS[shell], stdin=b"piped \xff")
    assert (result.status, result.out, result.err) == (7, b"piped \xff", "")
    assert byhand.folders() == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_failing_step_is_undone_in_any_shell(byhand: Byhand, tmp_path: Path, bare: dict[str, str], shell: str) -> None:
    program = Program(byhand.program("true")).broken("cable", "real; false")
    result = play(program.text, tmp_path, bare, SHELLS[shell])
    assert result.status == 125 and "Plug it into the bridge" in result.err
    assert byhand.folders() == []


def test_a_container_of_a_printed_program_is_listed_and_removed(byhand: Byhand, tmp_path: Path, bare: dict[str, str]) -> None:
    text = byhand.program("sh", "-c", "exit 6", flags=("--name", "printed"))
    assert play(text, tmp_path, bare).status == 6
    (found,) = json.loads(byhand.invoke("container.ps", "--all", "--json").out)
    assert (found["name"], found["status"], found["exit_code"]) == ("printed", "exited", 6)
    removed = byhand.invoke("container.rm", "printed")
    assert removed.status == 0, removed.err
    assert byhand.folders() == [] and os.listdir(byhand.root / "names") == []


def test_a_printed_program_undoes_itself(byhand: Byhand, tmp_path: Path, bare: dict[str, str]) -> None:
    text = byhand.program("true", flags=("--name", "printed"))
    assert play(text, tmp_path, bare).status == 0
    assert play(text, tmp_path, bare, verb="undo").status == 0
    assert byhand.folders() == [] and os.listdir(byhand.root / "names") == []


def test_two_printed_programs_with_one_address_do_not_both_run(byhand: Byhand, tmp_path: Path, bare: dict[str, str]) -> None:
    text = byhand.program("sleep", "1")
    (tmp_path / "a").mkdir()
    other = byhand.program("true")
    file = tmp_path / "a" / "p"
    file.write_text(text)
    first = subprocess.Popen(["sh", str(file)], env=bare, stdin=subprocess.DEVNULL)
    try:
        from invoking import until

        until(lambda: byhand.folders() and (byhand.folders()[0] / "pid").exists())
        second = play(other, tmp_path, bare)
        assert second.status == 125 and "is taken" in second.err
    finally:
        assert first.wait(timeout=20) == 0
    assert byhand.folders() == []


def test_check_and_list_change_nothing(byhand: Byhand, tmp_path: Path, bare: dict[str, str]) -> None:
    text = byhand.program("true")
    for verb in ("list", "check", "diff"):
        assert play(text, tmp_path, bare, verb=verb).status in (0, 4)
        assert byhand.folders() == []


def test_an_unknown_verb_is_refused(byhand: Byhand, tmp_path: Path, bare: dict[str, str]) -> None:
    result = play(byhand.program("true"), tmp_path, bare, verb="destroy")
    assert result.status == 2 and "usage:" in result.err and byhand.folders() == []
