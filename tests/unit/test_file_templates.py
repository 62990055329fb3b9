"""The templates of files, archives and downloads, really applied: in dash and busybox ash, killed at every line, undone."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import signal
import stat
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from byhand.errors import ByhandError
from tests.support import SHELLS, Made, made, write

Play = Callable[..., Made]
# Path: mode, user, group, content or where a link leads, and the first path that is the same file.
Listing = dict[str, tuple[str, int, int, str | bytes | None, str]]
HOSTILE = ["a b", "it's", 'say "hi"', "$(touch pwned)", "`touch pwned`", "-rf", "--", "a\nb", "end\n", "*", "\\n", "ü", "#x", "~"]
OLD = b"one\n\xfftwo\n# PermitRootLogin yes\nPermitRootLogin no\nlast, without a newline"


@pytest.fixture(params=SHELLS)
def play(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Makes the program of one step for one shell."""
    monkeypatch.chdir(tmp_path)

    def make(template: str, **args: Any) -> Made:
        text = yaml.safe_dump({"steps": [{"name": "Step", "id": "it", template: args}]})
        return made(tmp_path, text, request.param)

    return make


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one of each kind of thing."""
    data = tmp_path / "data"
    (data / "full/sub").mkdir(parents=True)
    (data / "full/sub/file").write_bytes(bytes(range(256)))
    (data / "full/same").hardlink_to(data / "full/sub/file")
    (data / "full/out").symlink_to("/nowhere\n")
    (data / "full/sub").chmod(0o2750)
    os.mkfifo(data / "full/pipe")
    (data / "empty").mkdir(mode=0o700)
    (data / "file").write_bytes(OLD)
    (data / "file").chmod(0o640)
    (data / "tool").write_bytes(b"\0binary\n")
    (data / "tool").chmod(0o4751)
    (data / "link").symlink_to("empty")
    (data / "dangling").symlink_to("no where\n")
    if os.geteuid() == 0:
        for name in ("file", "full/sub", "full/out", "link", "tool"):
            os.chown(data / name, 65534, 65533, follow_symlinks=False)
        (data / "tool").chmod(0o4751)
    return data


def listing(folder: Path) -> Listing:
    """All there is to know of what is in a folder: kind, mode, owner, content, and which names are one file."""
    found: Listing = {}
    inodes: dict[int, str] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        facts = path.lstat()
        what: str | bytes | None = None
        if stat.S_ISLNK(facts.st_mode):
            what = os.readlink(path)
        elif stat.S_ISREG(facts.st_mode):
            what = path.read_bytes()
        same = inodes.setdefault(facts.st_ino, str(path))
        found[str(path)] = (oct(facts.st_mode), facts.st_uid, facts.st_gid, what, same)
    return found


def text_of(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def goes_there_and_back(program: Made, data: Path) -> Listing:
    """Needed, applied, so, applied again without a change, undone to the last bit. What was there in between."""
    before = listing(data)
    assert program.run("check").returncode == 4
    assert program.run("diff").returncode == 4
    assert listing(data) == before
    first = program.run()
    assert (first.returncode, first.stderr) == (0, "changed  Step\n")
    after = listing(data)
    assert not [path for path in after if path.endswith(".byhand")]
    assert program.run("check").returncode == 0
    second = program.run()
    assert (second.returncode, second.stderr) == (0, "ok       Step\n")
    assert listing(data) == after
    undone = program.run("undo")
    assert (undone.returncode, undone.stderr) == (0, "undone   it\n")
    assert listing(data) == before
    if not any(path[len(str(data)) + 1 :] in HOSTILE for path in after.keys() - before.keys()):  # their kills would be the same
        survives_kill_9(program, data, before)
    return after


def survives_kill_9(program: Made, data: Path, before: Listing) -> None:
    """Killed before every line of apply: undo brings all back, and so does undo after going on."""
    text = program.path.read_text(errors="surrogateescape")
    head, start, rest = text.partition("\napply_it() {\n")
    body, end, tail = rest.partition("\n}\n")
    rows = body.split("\n")
    tried = 0
    for place in range(len(rows) + 1):
        cut = "\n".join([*rows[:place], "kill -s KILL $$; exit 1", *rows[place:]])
        killed = Made(program.path.with_name("killed.sh"), program.folder, program.shell)
        write(killed.path, head + start + cut + end + tail)
        if subprocess.run([*program.shell, "-n", str(killed.path)], capture_output=True).returncode:
            continue
        for goes_on in (False, True):
            if killed.run().returncode != -signal.SIGKILL:
                break  # a branch that is not taken, or text between quotes
            tried += 1
            if goes_on:
                assert program.run().returncode == 0, rows[place - 1 : place + 1]
                assert program.run("check").returncode == 0
            assert text_of(program.run("undo")) == "undone   it\n", rows[place - 1 : place + 1]
            assert listing(data) == before, rows[place - 1 : place + 1]
        else:
            continue
        program.run("undo")
        assert listing(data) == before
    assert tried >= 2


def refused(program: Made, data: Path, why: str) -> None:
    """Fails, says why, and leaves everything as it was."""
    before = listing(data)
    done = program.run()
    assert done.returncode not in (0, 125)
    assert why in text_of(done)
    assert listing(data) == before


# ---- file/folder


@pytest.mark.parametrize("name", HOSTILE)
def test_a_folder_of_any_name(name: str, play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/folder", path=f"{data}/{name}", mode="1770"), data)
    assert after[f"{data}/{name}"][0] == "0o41770"
    assert not Path("pwned").exists()


def test_a_folder_and_those_above_it(play: Play, data: Path) -> None:
    goes_there_and_back(play("file/folder", path=f"{data}/empty/a b/-c/d", parents=True, mode="0700"), data)


def test_a_folder_without_those_above_it_is_not_made(play: Play, data: Path) -> None:
    refused(play("file/folder", path=f"{data}/a/b"), data, "No such file")


def test_a_folders_mode_is_changed_and_comes_back(play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/folder", path=f"{data}/full/sub", mode="0755"), data)
    assert after[f"{data}/full/sub"][0] == "0o40755"


def test_a_file_where_a_folder_should_be_stays(play: Play, data: Path) -> None:
    refused(play("file/folder", path=f"{data}/file"), data, "is no folder")
    refused(play("file/folder", path=f"{data}/dangling"), data, "is no folder")


def test_a_folder_that_has_something_in_it_is_not_removed(play: Play, data: Path) -> None:
    program = play("file/folder", path=f"{data}/new")
    assert program.run().returncode == 0
    (data / "new/mine").write_text("kept")
    program.run("undo")
    assert (data / "new/mine").read_text() == "kept"


# ---- file/content


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_any_name_holds_the_text(name: str, play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/content", path=f"{data}/{name}", content="it's $(id)\n", mode="0640"), data)
    assert after[f"{data}/{name}"][0] == "0o100640"
    assert after[f"{data}/{name}"][3] == b"it's $(id)\n"


@pytest.mark.parametrize("name", ["file", "tool", "dangling"])
def test_a_files_text_is_replaced_and_its_owner_stays(name: str, play: Play, data: Path) -> None:
    before = (data / name).lstat()
    after = goes_there_and_back(play("file/content", path=f"{data}/{name}", content="new\n", mode="4711"), data)
    mode, uid, gid, text, _ = after[f"{data}/{name}"]
    assert (mode, text) == ("0o104711", b"new\n")
    if name in ("file", "tool") and os.geteuid() == 0:
        assert (uid, gid) == (before.st_uid, before.st_gid) == (65534, 65533)


# ---- file/mode


@pytest.mark.parametrize(("name", "mode"), [("file", "0600"), ("tool", "0755"), ("full/sub", "0755"), ("empty", "7777"), ("link", "0755")])
def test_a_mode_is_set_and_comes_back(name: str, mode: str, play: Play, data: Path) -> None:
    goes_there_and_back(play("file/mode", path=f"{data}/{name}", mode=mode), data)
    assert (data / name).stat().st_mode & 0o7777 != int(mode, 8)


def test_the_mode_of_what_is_not_there_cannot_be_set(play: Play, data: Path) -> None:
    refused(play("file/mode", path=f"{data}/none", mode="0600"), data, "No such file")


@pytest.mark.parametrize("owner", ["daemon", "1", "daemon:sys", "1:3", "daemon:3"])
@pytest.mark.parametrize(("template", "more"), [("file/mode", {}), ("file/copy", {"source": "tool"})])
def test_owners_by_name_and_by_number(owner: str, template: str, more: dict[str, str], play: Play, data: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a file to another user needs root")
    more = {key: f"{data}/{value}" for key, value in more.items()}
    after = goes_there_and_back(play(template, path=f"{data}/file", owner=owner, **more), data)
    assert after[f"{data}/file"][1] == 1


@pytest.mark.parametrize(("template", "name"), [("file/mode", "tool"), ("file/folder", "full/sub"), ("file/folder", "new")])
def test_groups(template: str, name: str, play: Play, data: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a file to another group needs root")
    mode = "0751" if template == "file/folder" else "4751"
    after = goes_there_and_back(play(template, path=f"{data}/{name}", owner="daemon", group="sys", mode=mode), data)
    assert after[f"{data}/{name}"][:3] == ("0o40751" if template == "file/folder" else "0o104751", 1, 3)


# ---- file/link


@pytest.mark.parametrize("name", ["link", "dangling", "new", *HOSTILE])
def test_a_link_is_made_and_the_former_one_comes_back(name: str, play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/link", path=f"{data}/{name}", target="full/a\n$(touch pwned)\n"), data)
    assert after[f"{data}/{name}"][3] == "full/a\n$(touch pwned)\n"


@pytest.mark.parametrize("name", ["file", "empty"])
def test_what_is_no_link_is_not_replaced_by_one(name: str, play: Play, data: Path) -> None:
    refused(play("file/link", path=f"{data}/{name}", target="x"), data, "is no link")


# ---- file/copy


@pytest.mark.parametrize("name", ["file", "tool", *HOSTILE])
def test_a_copy_is_made_and_the_former_file_comes_back(name: str, play: Play, data: Path) -> None:
    write(data / "it's $(the) source\n", "new\n")
    after = goes_there_and_back(play("file/copy", source=f"{data}/it's $(the) source\n", path=f"{data}/{name}", mode="0444"), data)
    assert after[f"{data}/{name}"][0] == "0o100444"
    assert after[f"{data}/{name}"][3] == b"new\n"


def test_a_copys_bytes_are_the_sources(play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/copy", source=f"{data}/full/same", path=f"{data}/new"), data)
    assert after[f"{data}/new"][3] == bytes(range(256))


@pytest.mark.parametrize("name", ["link", "dangling", "empty"])
def test_a_copy_does_not_replace_a_folder_or_a_link(name: str, play: Play, data: Path) -> None:
    refused(play("file/copy", source=f"{data}/file", path=f"{data}/{name}"), data, "is a folder or a link")


def test_a_copy_of_what_is_not_there_fails(play: Play, data: Path) -> None:
    refused(play("file/copy", source=f"{data}/none", path=f"{data}/file"), data, "No such file")


# ---- file/absent


@pytest.mark.parametrize("name", ["file", "tool", "link", "dangling", "empty", "full"])
def test_what_is_removed_comes_back_exactly(name: str, play: Play, data: Path) -> None:
    os.utime(data / "file", (1e9, 1e9))
    after = goes_there_and_back(play("file/absent", path=f"{data}/{name}"), data)
    assert f"{data}/{name}" not in after
    assert (data / "file").stat().st_mtime == 1e9


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_any_name_is_removed(name: str, play: Play, data: Path) -> None:
    write(data / name, "x")
    goes_there_and_back(play("file/absent", path=f"{data}/{name}"), data)


def test_what_was_half_removed_comes_back(play: Play, data: Path) -> None:
    before = listing(data)
    program = play("file/absent", path=f"{data}/full")
    cut = program.path.read_text().replace("  rm -rf -- ", "  kill -s KILL $$ # ")
    killed = Made(write(program.path.with_name("killed.sh"), cut), program.folder, program.shell)
    assert killed.run().returncode == -signal.SIGKILL
    (data / "full/sub/file").unlink()
    (data / "full/out").unlink()
    assert program.run("undo").returncode == 0
    assert listing(data) == before


@pytest.mark.parametrize("path", ["/proc", "/"])
def test_what_something_is_mounted_on_is_not_removed(path: str, play: Play, data: Path) -> None:
    # Only the question is asked: should it ever be answered wrongly, nothing must be lost.
    program = play("file/absent", path=path)
    text = (
        program.path.read_text()
        .replace("\napply_it() {\n", "\napply_it() {\nexit 99\n")
        .replace("\nundo_it() {\n", "\nundo_it() {\nexit\n")
    )
    text = text.replace("  env tar -cf - ", "  exit 98 # ")
    done = Made(write(program.path, text), program.folder, program.shell).run()
    assert done.returncode == 1
    assert "something is mounted" in done.stderr


# ---- file/line


@pytest.mark.parametrize("name", ["file", "new"])
@pytest.mark.parametrize("line", ["a new line", '-e it\'s "$(touch pwned)" `x` \\n & * ', "10", "é", "last, without"])
def test_a_line_is_added(name: str, line: str, play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/line", path=f"{data}/{name}", line=line), data)
    old = OLD + b"\n" if name == "file" else b""
    assert after[f"{data}/{name}"][3] == old + line.encode() + b"\n"
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        ({"match": "^#? *PermitRootLogin "}, b"one\n\xfftwo\n# PermitRootLogin yes\nNEW\nlast, without a newline\n"),
        ({"match": "^(one|two){1}$"}, b"NEW\n" + OLD[4:] + b"\n"),
        ({"match": "-no such"}, OLD + b"\nNEW\n"),
        ({"after": "^one$"}, b"one\nNEW\n" + OLD[4:] + b"\n"),
        ({"after": "no such"}, OLD + b"\nNEW\n"),
        ({"after": "^last"}, OLD + b"\nNEW\n"),
        ({"match": "^one", "after": "^last"}, b"NEW\n" + OLD[4:] + b"\n"),
        ({"match": "no such", "after": "^one"}, b"one\nNEW\n" + OLD[4:] + b"\n"),
    ],
)
def test_a_line_has_its_place(args: dict[str, str], wanted: bytes, play: Play, data: Path) -> None:
    # What matches has to match afterwards too, or the line is put there again.
    line = "PermitRootLogin never" if "PermitRoot" in str(args) else "NEW"
    after = goes_there_and_back(play("file/line", path=f"{data}/file", line=line, **args), data)
    assert after[f"{data}/file"][:3] == listing(data)[f"{data}/file"][:3]
    assert after[f"{data}/file"][3] == wanted.replace(b"NEW", line.encode())


@pytest.mark.parametrize(
    ("args", "wanted"),
    [({"line": "one"}, OLD[4:] + b"\n"), ({"line": "x", "match": "PermitRoot"}, b"one\n\xfftwo\nlast, without a newline\n"),
     ({"line": "x", "match": "."}, b"")],
)  # fmt: skip
def test_a_line_is_taken_out(args: dict[str, str], wanted: bytes, play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/line", path=f"{data}/file", absent=True, **args), data)
    assert after[f"{data}/file"][3] == wanted


def test_a_line_that_is_not_in_a_file_that_is_not_there_is_absent(play: Play, data: Path) -> None:
    assert play("file/line", path=f"{data}/none", line="x", absent=True).run("check").returncode == 0


@pytest.mark.parametrize("template", [("file/line", {"line": "x"}), ("file/block", {"name": "x", "block": "x"})])
@pytest.mark.parametrize(("name", "why"), [("link", "is a folder or a link"), ("dangling", "is a folder or a link"), ("tool", "NUL")])
def test_only_a_text_file_is_edited(template: tuple[str, dict[str, str]], name: str, why: str, play: Play, data: Path) -> None:
    refused(play(template[0], path=f"{data}/{name}", **template[1]), data, why)


@pytest.mark.parametrize("key", ["match", "after"])
def test_a_broken_expression_changes_nothing(key: str, play: Play, data: Path) -> None:
    refused(play("file/line", path=f"{data}/file", line="x", **{key: "[a"}), data, "")


def test_the_diff_of_a_line_is_the_change(play: Play, data: Path) -> None:
    done = play("file/line", path=f"{data}/file", line="NEW", match="^one").run("diff")
    assert [row for row in done.stdout.splitlines() if row[0] in "+-" and row[1:3] not in ("--", "++")][:2] == ["-one", "+NEW"]


# ---- file/block


@pytest.mark.parametrize("name", ["file", "new"])
@pytest.mark.parametrize("block", ["a\nb\n", "no newline", "", "\n", 'it\'s "$(touch pwned)"\n\\n & `x`\n-e\n\n\n', "# BEGIN other\n"])
def test_a_block_is_added(name: str, block: str, play: Play, data: Path) -> None:
    after = goes_there_and_back(play("file/block", path=f"{data}/{name}", name="mine", block=block), data)
    old = OLD + b"\n" if name == "file" else b""
    lines = block if block.endswith("\n") or not block else block + "\n"
    assert after[f"{data}/{name}"][3] == old + b"# BEGIN mine\n" + lines.encode() + b"# END mine\n"


def test_a_block_is_changed_in_its_place_and_taken_out(play: Play, data: Path) -> None:
    (data / "file").write_text("a\n; BEGIN x\nold\n; END x\nz\n")
    after = goes_there_and_back(play("file/block", path=f"{data}/file", name="x", comment=";", block="new\n2\n"), data)
    assert after[f"{data}/file"][3] == b"a\n; BEGIN x\nnew\n2\n; END x\nz\n"
    after = goes_there_and_back(play("file/block", path=f"{data}/file", name="x", comment=";", absent=True), data)
    assert after[f"{data}/file"][3] == b"a\nz\n"


def test_a_block_without_its_end_is_not_touched(play: Play, data: Path) -> None:
    (data / "file").write_text("a\n# BEGIN x\nold\nz\n")
    refused(play("file/block", path=f"{data}/file", name="x", block="new"), data, "failed")


def test_a_block_cannot_hold_its_own_marks(play: Play, data: Path) -> None:
    refused(play("file/block", path=f"{data}/file", name="x", block="a\n# END x\nb"), data, "marks it")


# ---- archive/unpack


def archive(path: Path, *members: tuple[str, bytes, str], content: bytes = b"text") -> Path:
    """A tar archive with members as (name, type, target)."""
    with tarfile.open(path, "w:gz") as tar:
        for name, kind, target in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, target, 0o755 if kind == tarfile.DIRTYPE else 0o644
            info.uid, info.size = 12345, len(content) if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(content) if info.size else None)
    return path


FILE, DIR, LINK, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
GOOD = [("top", DIR, ""), ("top/bin", DIR, ""), ("top/lib/it's $(a) file", FILE, ""), ("top/bin/run", LINK, "../lib/it's $(a) file"),
        ("top/same", HARD, "top/lib/it's $(a) file")]  # fmt: skip


@pytest.mark.parametrize("name", ["new", *HOSTILE])
def test_an_archive_is_unpacked(name: str, play: Play, data: Path) -> None:
    source = archive(data / "it's an archive", *GOOD)
    after = goes_there_and_back(play("archive/unpack", source=str(source), path=f"{data}/{name}", creates="top/bin/run"), data)
    assert after[f"{data}/{name}/top/lib/it's $(a) file"][:4] == ("0o100644", os.geteuid(), os.getegid(), b"text")
    assert not Path("pwned").exists()


def test_leading_folders_are_left_out(play: Play, data: Path) -> None:
    after = goes_there_and_back(play("archive/unpack", source=str(archive(data / "a", *GOOD)), path=f"{data}/new", strip=1), data)
    assert f"{data}/new/bin/run" in after


@pytest.mark.parametrize(
    "members",
    [
        [("../out", FILE, "")],
        [("a/../../out", FILE, "")],
        [("/tmp/byhand-out", FILE, "")],
        [("a", LINK, "/etc"), ("a/out", FILE, "")],
        [("a", LINK, "/etc/passwd")],
        [("a", LINK, ".."), ("a/out", FILE, "")],
        [("a", LINK, "../out")],
        [("l", LINK, "."), ("m", LINK, "l/l/l/../.."), ("m/out", FILE, "")],
        [("a", HARD, "/etc/passwd")],
        [("a", HARD, "../file")],
        [("a", tarfile.CHRTYPE, "")],
        [("a", tarfile.FIFOTYPE, "")],
    ],
    ids=str,
)
def test_an_archive_that_leads_outside_is_refused(members: list[tuple[str, bytes, str]], play: Play, data: Path) -> None:
    program = play("archive/unpack", source=str(archive(data / "a", *members)), path=f"{data}/new")
    refused(program, data, "")
    assert not Path("/tmp/byhand-out").exists()


def test_a_folder_that_is_there_is_not_unpacked_into(play: Play, data: Path) -> None:
    source = archive(data / "a", *GOOD)
    refused(play("archive/unpack", source=str(source), path=f"{data}/full", creates="top"), data, "is there already")
    refused(play("archive/unpack", source=str(source), path=f"{data}/file"), data, "is there already")


def test_an_archive_without_what_it_should_bring_is_refused(play: Play, data: Path) -> None:
    refused(play("archive/unpack", source=str(archive(data / "a", *GOOD)), path=f"{data}/new", creates="x"), data, "brings no x")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b broken"])
def test_what_is_no_archive_leaves_nothing(content: bytes, play: Play, data: Path) -> None:
    (data / "a").write_bytes(content)
    refused(play("archive/unpack", source=f"{data}/a", path=f"{data}/new", creates="x"), data, "")


# ---- download/file


class Handler(http.server.BaseHTTPRequestHandler):
    """Gives one file under every name; ``/to?ADDRESS`` leads there, ``/none`` is not there, ``/short`` breaks off."""

    def do_GET(self) -> None:
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        found = self.path != "/none"
        self.send_response(200 if found else 404)
        # A transfer that breaks off: fewer bytes than announced.
        self.send_header("Content-Length", str(len(OLD) + (self.path == "/short")))
        self.end_headers()
        self.wfile.write(OLD)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


SUM = "sha256:" + hashlib.sha256(OLD).hexdigest()


@pytest.mark.parametrize("name", ["tool", "new", *HOSTILE])
def test_a_download_lands_and_is_undone(name: str, play: Play, data: Path, server: str) -> None:
    program = play("download/file", url=f"{server}/to?/it's[1-3]{{$(touch,pwned)}}", path=f"{data}/{name}", sha256=SUM, mode="0600")
    after = goes_there_and_back(program, data)
    assert after[f"{data}/{name}"][3] == OLD
    assert after[f"{data}/{name}"][0] == "0o100600"


def test_a_file_of_this_host_is_an_address_too(play: Play, data: Path) -> None:
    goes_there_and_back(play("download/file", url=f"file://{data}/file", path=f"{data}/new", sha256=SUM), data)


@pytest.mark.parametrize(
    ("where", "checksum", "why"),
    [
        ("/x", "sha256:" + "0" * 64, f"is    {SUM}"),
        ("/none", SUM, "404"),
        ("/short", SUM, "curl: (18)"),
        ("/to?file:///etc/hostname", SUM, "curl: (1)"),
    ],
)
@pytest.mark.parametrize("name", ["file", "tool", "new"])
def test_nothing_lands_that_was_not_meant(where: str, checksum: str, why: str, name: str, play: Play, data: Path, server: str) -> None:
    refused(play("download/file", url=server + where, path=f"{data}/{name}", sha256=checksum, mode="0600"), data, why)


# ---- arguments


@pytest.mark.parametrize(
    ("template", "args", "why"),
    [
        ("file/folder", {"path": "a"}, "not absolute"),
        ("file/folder", {"path": "/a", "mode": "rwx"}, "not a file mode"),
        ("file/folder", {"path": "/a", "owner": "-R"}, "not a user"),
        ("file/mode", {"path": "/a", "group": "a b"}, "not a user"),
        ("file/link", {"path": "/a", "target": "-f"}, "starts with '-'"),
        ("file/link", {"path": "/a"}, "target"),
        ("file/copy", {"source": "/../a", "path": "/b"}, "'..'"),
        ("file/line", {"path": "/a", "line": "a\nb"}, "more than one line"),
        ("file/line", {"path": "/a", "line": "x", "match": "a\nb"}, "more than one line"),
        ("file/block", {"path": "/a", "name": "a b", "block": ""}, "not a name"),
        ("archive/unpack", {"source": "/a", "path": "/b", "strip": -1}, "negative"),
        ("download/file", {"url": "ftp://a/b", "path": "/a", "sha256": SUM}, "not an address"),
        ("download/file", {"url": "http://a/b", "path": "/a", "sha256": "abc"}, "not a digest"),
        ("download/file", {"url": "http://a/b", "path": "/a"}, "sha256"),
    ],
)
def test_a_bad_argument_is_named_with_file_and_line(template: str, args: dict[str, Any], why: str, play: Play) -> None:
    with pytest.raises(ByhandError) as caught:
        play(template, **args)
    assert why in str(caught.value)
    assert "play.yml:" in str(caught.value)


@pytest.mark.parametrize("template", ["file/content", "file/copy", "download/file"])
def test_what_has_no_end_is_not_read(template: str, play: Play, data: Path) -> None:
    pipe, args = data / "full/pipe", {"file/content": {"content": "x"}, "file/copy": {"source": str(data / "file")}}
    given = args.get(template, {"url": "file:///none", "sha256": f"sha256:{'0' * 64}"})
    program = play(template, path=str(pipe), **given)
    assert program.run("check").returncode == 4
    assert program.run("diff").returncode == 4
    done = program.run("apply")
    assert done.returncode == 1 and "no regular file" in done.stdout + done.stderr
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
