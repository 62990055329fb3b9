"""Folders that are thrown away, shell that is taken back, and programs that must be there, on throw-away machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from machine import Machine, machine

ODD = "/srv/it's a\t$(touch pwned)\n"


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param) as found:
        found.said("mkdir", "-p", "/srv")
        yield found


def files(host: Machine) -> dict[str, Any]:
    return host.part("srv", "run")


# ---- file/scratch


@pytest.mark.parametrize("path", ["/srv/try", ODD], ids=repr)
def test_a_scratch_folder_goes_with_all_that_is_in_it(path: str, host: Machine) -> None:
    program = host.step("file/scratch", path=path, mode="0750")
    program.there_and_back()
    before = files(host)
    program.expect("apply", 0)
    assert host.said("stat", "-c", "%a %U", "--", path) == "750 root"
    host.said("sh", "-c", 'cd -- "$0"; mkdir -p a/b; echo text >a/b/-f; ln -s /etc link; mknod null c 1 3', path)
    program.expect("check", 0)
    program.expect("undo", 0)
    assert files(host) == before and host.run("ls", "/etc/passwd", "/dev/null").status == 0
    if path != ODD:  # its newline would take the line that kills for a part of the name
        program.survives_kill_9(lambda: files(host))


@pytest.mark.parametrize("place", ["", "/a b"], ids=["on it", "in it"])
def test_nothing_is_removed_while_something_is_mounted_below(place: str, host: Machine) -> None:
    program = host.step("file/scratch", path=ODD)
    program.expect("apply", 0)
    host.said("sh", "-c", 'echo kept >"$0/here"; mkdir -p -- "$0$1"; mount -t tmpfs inside "$0$1"; echo kept >"$0$1/file"', ODD, place)
    undone = program.expect("undo", 1)
    assert "is still mounted" in undone.err and host.said("cat", f"{ODD}{place}/file") == "kept"
    host.said("umount", f"{ODD}{place}")
    assert host.said("cat", f"{ODD}/here") == "kept"
    program.expect("undo", 0)
    assert host.run("ls", "-d", ODD).status != 0


def test_a_folder_that_was_there_is_left_and_so_is_one_put_in_its_place(host: Machine) -> None:
    host.said("sh", "-c", "mkdir /srv/theirs; chown 1000 /srv/theirs; echo a >/srv/theirs/file; ln -s /etc /srv/link")
    for path in ("/srv/theirs", "/srv/link"):
        host.step("file/scratch", path=path).refused("is there already, and is not ours")
    program = host.step("file/scratch", path="/srv/try")
    program.expect("apply", 0)
    host.said("sh", "-c", "mv /srv/try /srv/other; mkdir /srv/try; echo a >/srv/try/file")
    program.expect("undo", 0)
    assert host.said("cat", "/srv/try/file", "/srv/theirs/file") == "a\na"
    host.said("rm", "-r", "/srv/try", "/srv/other", "/srv/theirs", "/srv/link")


# ---- command/reversible


def test_shell_with_a_check_and_an_undo_is_a_state(host: Machine) -> None:
    program = host.step(
        "command/reversible", check='grep -qx "it\'s" /srv/a', script='echo "it\'s" >/srv/a\n: >/srv/b', undo="rm -f /srv/a /srv/b"
    )
    program.there_and_back()
    program.survives_kill_9(lambda: files(host))


def test_what_fails_half_way_is_taken_back(host: Machine) -> None:
    host.step("command/reversible", check="[ -e /srv/b ]", script="echo a >/srv/a; false; : >/srv/b", undo="rm -f /srv/a").refused("")


# ---- command/needed


def test_a_program_that_is_not_installed_is_named(host: Machine) -> None:
    before = host.snapshot()
    assert host.step("command/needed", name="tar").expect("apply", 0).err == "ok       Step\n"
    host.step("command/needed", name="no-such", package="none").refused("no-such is not installed here, the package none has it\n")
    program = host.step("command/needed", name="no-such")
    assert "no-such is not installed here\n" in program.run().err
    program.expect("check", 4)
    assert host.snapshot() == before
