"""Compiled programs really run, in dash and in busybox ash: applied, applied again, undone, killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import SHELLS, Made, made, write

BYTES = b"old \xff\n\x00 no newline at the end"
Program = Callable[..., Made]

# A template whose every block leaves a trace in the file `log`, and whose blocks can be told to fail or to wait.
TRACED = """{#
summary: Leave a trace.
why: So that a test sees the order.
args:
  log: path
  name: name
  at: {type: text, default: ''}
#}
{% block check %}
  grep -qxF {{ "made " ~ name }} {{ log }}
{% endblock %}
{% block save %}
  echo {{ "before " ~ name }}
{% endblock %}
{% block apply %}
{% if at == "first" %}
  kill -s KILL $$
{% elif at == "fail" %}
  echo {{ "why " ~ name ~ " failed" }} >&2
  return 7
{% elif at == "exit" %}
  exit 9
{% elif at == "false" %}
  false
{% elif at == "wait" %}
  echo waiting >>{{ log }}
  while :; do sleep 0.05; done
{% elif at == "journal" %}
  cp {{ log ~ ".run/journal" }} {{ log ~ ".seen" }}
{% endif %}
  echo {{ "made " ~ name }} >>{{ log }}
{% if at == "last" %}
  kill -s KILL $$
{% endif %}
{% endblock %}
{% block undo %}
{% if at == "stuck" %}
  return 3
{% endif %}
  read -r before <"$prior"
  [ "$before" = {{ "before " ~ name }} ]
  grep -vxF {{ "made " ~ name }} {{ log }} >{{ log ~ ".new" }} || :
  mv {{ log ~ ".new" }} {{ log }}
  echo {{ name }} >>{{ log ~ ".undone" }}
{% endblock %}
"""


@pytest.fixture(params=SHELLS)
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Makes programs for one shell; ``my/trace`` is a template they may use."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "templates/my/trace.sh.j2", TRACED)
    write(tmp_path / "log", "")

    def make(text: str, **more: object) -> Made:
        return made(tmp_path, text, request.param, **more)  # type: ignore[arg-type]

    return make


def traces(*at: str, head: str = "", lasts: str = "run") -> str:
    steps = "".join(
        f"  - name: Step {name}\n    id: {name}\n    lasts: {lasts}\n"
        f"    my/trace: {{log: '{Path.cwd() / 'log'}', name: {name}, at: '{where}'}}\n"
        for name, where in zip("abcdef", at, strict=False)
    )
    return f"{head}steps:\n{steps}"


def log(name: str = "log") -> list[str]:
    path = Path(name)
    return path.read_text().splitlines() if path.exists() else []


def contents(folder: Path) -> Iterator[tuple[str, bytes, int]]:
    for name in sorted(os.listdir(folder)):
        path = folder / name
        yield name, os.readlink(path).encode() if path.is_symlink() else path.read_bytes(), os.lstat(path).st_mode


def content(path: Path, text: str = "new\n", mode: str = "0644") -> str:
    return f"steps:\n  - name: Write\n    file/content: {{path: '{path}', content: {text!r}, mode: '{mode}'}}\n".replace(
        "'new\\n'", '"new\\n"'
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    (path / "old").write_bytes(BYTES)
    (path / "old").chmod(0o4751)
    (path / "link").symlink_to("old\n")
    (path / "dangling").symlink_to("nowhere")
    return path


@pytest.mark.parametrize("name", ["old", "new", "link", "dangling", "it's a $(name)"])
def test_a_file_is_written_once_and_undone_to_the_bytes_and_mode_it_had(name: str, program: Program, folder: Path) -> None:
    before = list(contents(folder))
    play = program(
        "params: {path: path}\nsteps:\n  - name: Write\n    file/content: {path: '{{ path }}', content: \"new\\n\", mode: '0600'}\n",
        params={"path": str(folder / name)},
    )
    assert play.run("check").returncode == 4
    first = play.run()
    assert (first.returncode, first.stderr) == (0, "changed  Write\n")
    assert (folder / name).read_bytes() == b"new\n"
    assert (folder / name).lstat().st_mode & 0o7777 == 0o600
    assert not (folder / name).is_symlink()
    assert play.run("check").returncode == 0
    after = list(contents(folder))
    second = play.run()
    assert (second.returncode, second.stderr) == (0, "ok       Write\n")
    assert list(contents(folder)) == after
    undone = play.run("undo")
    assert (undone.returncode, undone.stderr) == (0, "undone   content\n")
    assert list(contents(folder)) == before


def test_a_file_of_someone_else_is_theirs_again(program: Program, folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a file to another user needs root")
    os.chown(folder / "old", 65534, 65533)
    play = program(content(folder / "old"))
    assert play.run().returncode == 0
    assert play.run("undo").returncode == 0
    facts = (folder / "old").stat()
    assert (facts.st_uid, facts.st_gid) == (65534, 65533)


def test_a_link_in_the_temporary_files_place_is_not_followed(program: Program, folder: Path) -> None:
    (folder / "new.byhand").symlink_to("old")
    assert program(content(folder / "new")).run().returncode == 0
    assert (folder / "old").read_bytes() == BYTES
    assert (folder / "new").read_bytes() == b"new\n"


def test_a_folder_where_a_file_should_be_is_left_alone(program: Program, folder: Path) -> None:
    (folder / "sub").mkdir()
    done = program(content(folder / "sub")).run()
    assert done.returncode == 1
    assert "is a folder" in done.stderr
    assert list((folder / "sub").iterdir()) == []


def test_a_diff_is_a_unified_diff_and_changes_nothing(program: Program, folder: Path) -> None:
    (folder / "old").write_text("one\ntwo\n")
    play = program("steps:\n  - file/content: {path: '" + str(folder / "old") + '\', content: "one\\nthree\\n"}\n')
    before = list(contents(folder))
    done = play.run("diff")
    assert done.returncode == 4
    assert [row for row in done.stdout.splitlines() if row[0] in "+-" and row[:3] not in ("---", "+++")] == ["-two", "+three"]
    assert list(contents(folder)) == before
    assert not play.folder.exists()


def test_a_diff_of_a_file_that_is_not_there_shows_all_of_it(program: Program, folder: Path) -> None:
    done = program(content(folder / "none")).run("diff")
    assert done.returncode == 4
    assert "+new" in done.stdout.splitlines()
    assert "No such file" not in done.stderr


def test_check_and_list_change_nothing(program: Program) -> None:
    play = program(traces("", ""))
    assert play.run("check").returncode == 4
    listed = play.run("list")
    assert [row.split(maxsplit=1) for row in listed.stdout.splitlines()] == [["a", "Step a"], ["b", "Step b"]]
    assert log() == []
    assert not play.folder.exists()


@pytest.mark.parametrize(("at", "status"), [("fail", 7), ("exit", 9), ("false", 1)])
@pytest.mark.parametrize("place", range(4))
def test_a_failing_step_undoes_this_runs_steps_in_reverse(at: str, status: int, place: int, program: Program) -> None:
    ways = ["", "", "", ""]
    ways[place] = at
    play = program(traces(*ways))
    done = play.run()
    assert done.returncode == status
    assert log() == []
    assert log("log.undone") == list(reversed("abcd"[: place + 1]))
    assert f"failed   Step {'abcd'[place]}" in done.stderr.splitlines()
    if at == "fail":
        assert f"why {'abcd'[place]} failed" in done.stderr
    assert play.run("undo").stderr == ""


def test_a_failure_leaves_what_an_earlier_run_made(program: Program) -> None:
    assert program(traces("", "")).run().returncode == 0
    assert program(traces("", "", "fail")).run().returncode == 7
    assert log() == ["made a", "made b"]
    assert log("log.undone") == ["c"]


def test_a_failure_ends_with_the_status_the_playbook_asks_for(program: Program) -> None:
    assert program(traces("fail", head="failure_exit: 125\n")).run().returncode == 125


def test_a_quiet_program_says_only_what_failed(program: Program) -> None:
    assert program(traces("", head="quiet: true\n")).run().stderr == ""
    assert program(traces("", "fail", head="quiet: true\n")).run().stderr == "why b failed\nbyhand: failed: Step b\n"


def test_a_step_that_cannot_be_undone_is_said_and_stays_in_the_journal(program: Program) -> None:
    play = program(traces("", "stuck"))
    assert play.run().returncode == 0
    done = play.run("undo")
    assert done.returncode == 1
    assert "stuck" in done.stderr and str(play.folder / "journal") in done.stderr
    assert log() == ["made b"]
    assert "undone a" in play.journal and "undone b" not in play.journal


@pytest.mark.parametrize("at", ["first", "last"])
@pytest.mark.parametrize("place", range(3))
def test_what_kill_9_leaves_is_undone_by_the_journal(at: str, place: int, program: Program) -> None:
    ways = ["", "", ""]
    ways[place] = at
    play = program(traces(*ways))
    assert play.run().returncode == -signal.SIGKILL
    assert play.journal[-1] == f"begin {'abc'[place]}"
    assert play.run("undo").returncode == 0
    assert log() == []
    assert log("log.undone") == list(reversed("abc"[: place + 1]))
    assert play.run("undo").stderr == ""


def test_after_kill_9_the_same_program_goes_on(program: Program) -> None:
    assert program(traces("", "last", "")).run().returncode == -signal.SIGKILL
    play = program(traces("", "", ""))
    assert play.run().returncode == 0
    assert log() == ["made a", "made b", "made c"]
    assert play.run("undo").returncode == 0
    assert log() == []


def test_the_journal_line_is_there_before_the_change(program: Program) -> None:
    play = program(traces("", "journal").replace("undo: none", ""))
    write(Path("log.run/journal"), "")
    shutil.rmtree("log.run")
    os.symlink(play.folder, "log.run")
    assert play.run().returncode == 0
    assert log("log.seen") == ["begin a", "done a", "begin b"]
    assert play.journal == ["begin a", "done a", "begin b", "done b"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_undoes_what_was_done(number: signal.Signals, status: int, program: Program) -> None:
    play = program(traces("", "wait"))
    process = play.start()
    wait_for(lambda: "waiting" in log())
    # What a shell has not yet started when the signal comes does not get it.
    time.sleep(0.3)
    os.killpg(process.pid, number)
    assert process.wait(20) == status
    assert [row for row in log() if row != "waiting"] == []
    assert log("log.undone") == ["b", "a"]
    assert process.communicate()[1].splitlines()[-1] == "undone   a"


def test_what_lasts_until_the_end_is_taken_back_then(program: Program) -> None:
    play = program(traces("", "", lasts="program"))
    done = play.run()
    assert (done.returncode, log(), log("log.undone")) == (0, [], ["b", "a"])


def test_an_undo_stops_at_its_first_failing_line(program: Program, tmp_path: Path) -> None:
    write(
        tmp_path / "templates/my/halting.sh.j2",
        "{#\nsummary: Fails to undo.\nwhy: What follows the failure must not run.\nalways: it is a test\nargs:\n  log: path\n#}\n"
        "{% block apply %}\n  :\n{% endblock %}\n{% block undo %}\n  false\n  echo went on >{{ log }}\n{% endblock %}\n",
    )
    play = program(f"steps:\n  - my/halting: {{log: '{tmp_path}/went-on'}}\n")
    assert play.run().returncode == 0
    undone = play.run("undo")
    assert undone.returncode == 1 and "stuck" in undone.stderr
    assert not (tmp_path / "went-on").exists()


def test_finish_does_what_a_killed_program_did_not(program: Program) -> None:
    play = program(traces("", "last", lasts="program"))
    assert play.run().returncode == -signal.SIGKILL
    assert play.run("finish").returncode == 0
    assert log() == []


def test_a_folder_that_may_vanish_is_gone_when_all_is_undone(program: Program) -> None:
    play = program(traces("", head="vanish: true\n"))
    assert play.run().returncode == 0
    assert play.folder.is_dir()
    assert play.run("undo").returncode == 0
    assert not play.folder.exists()


def test_a_second_program_on_the_same_folder_is_refused_in_one_line(program: Program) -> None:
    play = program(traces("wait", head="vanish: true\n"))
    process = play.start()
    try:
        wait_for(lambda: "waiting" in log())
        for verb in ("apply", "undo"):
            second = play.run(verb)
            assert second.returncode == 125
            assert second.stderr == f"byhand: {play.folder} is in use by another process\n"
        assert play.journal == ["begin a"]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        process.communicate()


def test_a_refused_program_leaves_the_others_folder_alone(program: Program) -> None:
    play = program(traces("wait", head="vanish: true\n"))
    (play.folder / "prior").mkdir(parents=True)
    (play.folder / "lock").touch()
    holder = subprocess.Popen(["flock", str(play.folder / "lock"), "sleep", "60"], start_new_session=True)
    try:
        wait_for(lambda: subprocess.run(["flock", "-n", str(play.folder / "lock"), "true"]).returncode == 1)
        assert play.run().returncode == 125
        assert (play.folder / "lock").exists()
    finally:
        os.killpg(holder.pid, signal.SIGTERM)
        holder.wait(20)


def test_an_unknown_verb_shows_the_usage(program: Program) -> None:
    done = program(traces("")).run("aply")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")
    assert log() == []


def test_events_go_to_descriptor_3_when_a_reader_is_there(program: Program, tmp_path: Path) -> None:
    play = program(traces("", "fail"))
    script = f"exec {' '.join(play.shell)} {play.path} apply 3>{tmp_path}/events"
    done = subprocess.run(["sh", "-c", script], env={"PATH": os.environ["PATH"], "BYHAND_NONCE": "n0nce"}, capture_output=True, text=True)
    assert done.returncode == 7
    assert done.stderr == "why b failed\n"
    assert (tmp_path / "events").read_text().split("\n") == [
        *(f"\036n0nce {event}" for event in ("begin a", "changed a", "begin b", "failed b", "undone b", "undone a")), "",
    ]  # fmt: skip


def test_with_descriptor_3_closed_or_no_nonce_a_person_is_told(program: Program, tmp_path: Path) -> None:
    play = program(traces(""))
    closed = subprocess.run(
        ["sh", "-c", f"exec {' '.join(play.shell)} {play.path} apply 3>&-"],
        env={"PATH": os.environ["PATH"], "BYHAND_NONCE": "n"}, capture_output=True, text=True,
    )  # fmt: skip
    assert closed.stderr == "changed  Step a\n"
    no_nonce = subprocess.run(
        ["sh", "-c", f"exec {' '.join(play.shell)} {play.path} apply 3>{tmp_path}/events"],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
    )  # fmt: skip
    assert no_nonce.stderr == "ok       Step a\n"
    assert (tmp_path / "events").read_text() == ""


def test_no_step_is_told_the_nonce(program: Program, tmp_path: Path) -> None:
    play = program(f"steps:\n  - command/shell: {{script: 'env >{tmp_path}/env'}}\n")
    assert play.run(env={"BYHAND_NONCE": "n0nce"}).returncode == 0
    assert "n0nce" not in (tmp_path / "env").read_text()


def test_no_step_inherits_the_programs_descriptors(program: Program, tmp_path: Path) -> None:
    play = program(f"steps:\n  - command/shell: {{script: 'ls /proc/self/fd >{tmp_path}/fds; cat'}}\n")
    done = play.run(input="not for the step", env={"BYHAND_NONCE": "n"})
    assert done.returncode == 0
    assert done.stdout == ""
    assert set((tmp_path / "fds").read_text().split()) <= {"0", "1", "2", "3"}  # 3 is the listing's own


@pytest.mark.parametrize("word", ["stop", "say", "main", "undo", "exit", "cd", "set", "exec", "eval", "return", "trap", "hold", "plan"])
def test_a_command_is_a_program_and_never_a_function_or_builtin(word: str, program: Program, tmp_path: Path) -> None:
    tool = write(tmp_path / "bin" / word, '#!/bin/sh\necho "ran $0 $*"\n')
    tool.chmod(0o755)
    play = program(f"steps:\n  - command/run: {{argv: [{word}, a, b]}}\n  - command/run: {{argv: [echo, after]}}\n")
    done = play.run(env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
    assert done.stdout == f"ran {tool} a b\nafter\n"
    assert done.returncode == 0


@pytest.mark.parametrize(("argv", "status"), [("no-such-program-here", 127), ("/etc/passwd", 126)])
def test_a_program_that_cannot_be_run_has_the_shells_status(argv: str, status: int, program: Program) -> None:
    assert program(f"steps:\n  - command/run: {{argv: [{argv}]}}\n").run().returncode == status


@pytest.mark.parametrize("script", ["-x; echo no", "+x", "echo 'a  b'; exit 0", "# only a comment", "- echo"])
def test_a_script_is_never_taken_for_an_option(script: str, program: Program) -> None:
    done = program("params: {s: text}\nsteps:\n  - command/shell: {script: '{{ s }}'}\n", params={"s": script}).run()
    direct = subprocess.run(["sh", "-euc", "--", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (direct.returncode, direct.stdout)


def test_become_runs_and_undoes_a_step_as_that_user(program: Program, folder: Path) -> None:
    me = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
    before = list(contents(folder))
    play = program(f"become: true\nbecome_user: {me}\n" + content(folder / "old"))
    assert play.run().returncode == 0
    assert (folder / "old").read_bytes() == b"new\n"
    assert play.run("check").returncode == 0
    done = play.run("undo")
    assert (done.returncode, done.stderr) == (0, "undone   content\n")
    assert list(contents(folder)) == before


def test_become_goes_through_sudo_for_another_user(program: Program) -> None:
    if shutil.which("sudo") is None:
        pytest.skip("sudo is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root may become another user without a password here")
    # pytest's own folder is closed to others.
    theirs = Path(tempfile.mkdtemp(prefix="byhand-become-", dir="/tmp"))
    try:
        os.chown(theirs, 65534, 65534)
        play = program("become: true\nbecome_user: nobody\n" + content(theirs / "file"))
        assert play.run().returncode == 0
        assert (theirs / "file").stat().st_uid == 65534
        assert play.run("undo").returncode == 0
        assert list(theirs.iterdir()) == []
    finally:
        shutil.rmtree(theirs)


def test_a_registered_steps_output_is_kept_beside_the_journal(program: Program) -> None:
    play = program("steps:\n  - register: r\n    command/shell: {script: 'echo out; echo err >&2'}\n")
    done = play.run()
    assert (done.stdout, done.stderr) == ("", "changed  command/shell\n")
    assert (play.folder / "out/shell.out").read_text() == "out\n"
    assert (play.folder / "out/shell.err").read_text() == "err\n"


def test_a_registered_step_that_fails_says_why(program: Program) -> None:
    done = program("steps:\n  - register: r\n    command/shell: {script: 'echo because >&2; exit 3'}\n").run()
    assert done.returncode == 3
    assert "because" in done.stderr


def test_a_shared_folders_steps_stay_when_the_play_is_undone(program: Program, tmp_path: Path) -> None:
    write(tmp_path / "playbooks/part.yml", traces("").replace("Step a", "Shared").replace("id: a", "id: s").replace("name: a,", "name: s,"))
    play = program(f"steps:\n  - include: part\n    own: '{tmp_path}/shared'\n" + traces("", "").partition("steps:\n")[2])
    assert play.run().returncode == 0
    assert log() == ["made s", "made a", "made b"]
    assert play.run("undo").returncode == 0
    assert log() == ["made s"]
    assert (tmp_path / "shared/journal").read_text() == "begin s\ndone s\n"


def test_a_shared_step_that_fails_is_undone_with_the_rest(program: Program, tmp_path: Path) -> None:
    write(
        tmp_path / "playbooks/part.yml",
        traces("", "fail").replace("id: ", "id: s").replace("name: a,", "name: sa,").replace("name: b,", "name: sb,"),
    )
    play = program(traces("") + f"  - include: part\n    own: '{tmp_path}/shared'\n")
    assert play.run().returncode == 7
    assert log() == []
    assert log("log.undone") == ["sb", "sa", "a"]


def test_a_save_that_is_cut_off_is_done_again(program: Program, tmp_path: Path) -> None:
    said = 'echo {{ "before " ~ name }}'
    cut = TRACED.replace(f"  {said}\n", f"  if [ -e {{{{ log ~ '.cut' }}}} ]; then printf bef; kill -s KILL $$; fi\n  {said}\n")
    assert cut != TRACED
    write(tmp_path / "templates/my/trace.sh.j2", cut)
    play = program(traces(""))
    write(tmp_path / "log.cut", "")
    assert play.run().returncode == -signal.SIGKILL
    assert play.run("undo").stderr == ""
    (tmp_path / "log.cut").unlink()
    assert play.run().returncode == 0
    assert play.run("undo").returncode == 0
    assert log() == []


def test_what_changed_between_two_runs_is_what_the_second_undo_brings_back(program: Program, folder: Path) -> None:
    play = program(content(folder / "old"))
    assert play.run().returncode == 0
    assert play.run("undo").returncode == 0
    (folder / "old").write_bytes(b"changed by hand")
    assert play.run().returncode == 0
    assert play.run("undo").returncode == 0
    assert (folder / "old").read_bytes() == b"changed by hand"


def test_applied_twice_the_undo_brings_back_what_was_first(program: Program, folder: Path) -> None:
    play = program(content(folder / "old"))
    assert play.run().returncode == 0
    (folder / "old").write_bytes(b"drifted")
    assert play.run().returncode == 0
    assert play.run("undo").returncode == 0
    assert (folder / "old").read_bytes() == BYTES


def test_a_reader_that_goes_away_does_not_leave_a_change_behind(program: Program) -> None:
    play = program(traces("", "", ""))
    done = subprocess.run(
        ["sh", "-c", f"(sleep 0.2; exec {' '.join(play.shell)} {play.path} apply) 2>&1 | true; exit 0"],
        env={"PATH": os.environ["PATH"]}, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert log() in ([], ["made a", "made b", "made c"])


def test_the_header_tells_what_the_program_is(program: Program) -> None:
    text = program(traces("", head="title: My play\n"), command="invoke playbook.run x").path.read_text()
    assert text.startswith("#!/bin/sh\n")
    assert "\n# My play\n" in text
    assert "\n# invoke playbook.run x\n" in text
    assert re.search(r"\n# sh FILE \[apply", text)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)
