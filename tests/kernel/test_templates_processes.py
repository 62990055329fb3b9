"""Programs that are kept running, on a machine of their own: there and back, killed at every line, ended or taken over since."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
from looks import same
from machine import Machine, machine

SHELLS = {"dash": ("sh",), "busybox": ("busybox", "sh")}
HOSTILE = "it's $(touch pwned) `x`\n-n ü"
FORK = ["unshare", "--fork", "--pid", "--mount-proc", "sh", "-c", "sleep 1001; :"]


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", ["busybox-static"]) as found:
        yield found


@pytest.fixture
def host(debian: Machine) -> Iterator[Machine]:
    before = shown(debian)
    yield debian
    shutil.rmtree(debian.root / "var/lib/byhand", ignore_errors=True)
    same(before, shown(debian), "something is left")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return SHELLS[request.param]


# Not the shell that looks and what it runs, nor what the kernel has for a moment longer than its first process.
LOOK = """
for place in /proc/[0-9]*; do
  [ "${place#/proc/}" -le "$LAST" ] && continue
  name=$(tr '\\0\\n' '  ' <"$place/cmdline") 2>/dev/null || continue
  case $name in *LAST=* | "") ;; *) echo "$name" ;; esac
done
ls -A /run /var/tmp
"""


def shown(host: Machine) -> dict[str, str]:
    """The processes of a machine, and the folders where they leave their files."""
    listed = host.said("env", "LAST=1", "sh", "-c", f": LAST=;{LOOK}")
    return dict.fromkeys((row.strip() for row in listed.splitlines()), "there")


@pytest.mark.parametrize(
    "args",
    [
        {"argv": ["sleep", "1001"], "record": "/run/one"},
        {"argv": ["sh", "-c", "exec sleep 1001", HOSTILE, HOSTILE], "record": f"/run/{HOSTILE}",
         "ready": "cat /proc/[0-9]*/comm | grep -qx sleep"},
        {"argv": FORK, "record": "/run/one", "forks": True},
        {"argv": FORK, "record": "/run/one", "forks": True, "ready": 'grep -q sleep "/proc/$(cat /run/one.child)/cmdline"'},
    ],
    ids=["plain", "hostile", "forks", "forks and gets ready"],
)  # fmt: skip
def test_there_and_back(args: dict[str, Any], host: Machine, shell: tuple[str, ...]) -> None:
    after = host.step("process/running", **args).there_and_back(lambda: shown(host), shell=shell)
    assert any("sleep 1001" in row for row in after)
    assert [path for place in ("", "root", "run") if (path := host.root / place / "pwned").exists()] == []


def test_killed_at_every_line(host: Machine) -> None:
    host.step("process/running", record="/run/one", argv=FORK, forks=True, ready="true").survives_kill_9(lambda: shown(host))


def test_its_record_is_its_process_and_the_child_the_one_that_is_first_inside(host: Machine, shell: tuple[str, ...]) -> None:
    play = host.step("process/running", argv=FORK, record="/run/one", forks=True)
    play.expect("apply", 0, shell=shell)
    pid, start = host.said("cat", "/run/one").split()
    child = host.said("cat", "/run/one.child")
    assert host.said("cat", f"/proc/{pid}/stat").rpartition(")")[2].split()[19] == start
    assert host.said("cat", f"/proc/{child}/status").count(f"\nPPid:\t{pid}\n") == 1
    assert f"\nNSpid:\t{child}\t1\n" in host.said("cat", f"/proc/{child}/status")
    play.expect("undo", 0, shell=shell)
    assert host.run("test", "-e", f"/proc/{pid}").status == host.run("test", "-e", f"/proc/{child}").status == 1


def test_its_output_is_in_its_log(host: Machine) -> None:
    play = host.step("process/running", argv=["sh", "-c", "echo one; echo two >&2; sleep 1001"], record="/run/one",
                     ready="grep -q two /run/one.log")  # fmt: skip
    play.expect("apply", 0)
    assert host.said("cat", "/run/one.log") == "one\ntwo"
    play.expect("undo", 0)


def test_all_that_it_started_ends_with_it(host: Machine, shell: tuple[str, ...]) -> None:
    play = host.step("process/running", argv=["sh", "-c", "sleep 1001 & sleep 1002 & wait"], record="/run/one",
                     ready="cat /proc/[0-9]*/cmdline | grep -q sleep.1002")  # fmt: skip
    play.expect("apply", 0, shell=shell)
    assert {"sleep 1001", "sleep 1002"} <= shown(host).keys()
    play.expect("undo", 0, shell=shell)


def test_one_that_starts_again_what_ends_is_ended_all_the_same(host: Machine, shell: tuple[str, ...]) -> None:
    again = "again() { while :; do sleep 1001 & wait $!; done; }; again & again & again"
    play = host.step("process/running", argv=["sh", "-c", again], record="/run/one", ready="cat /proc/[0-9]*/cmdline | grep -q sleep.1001")
    for _ in range(5):
        play.expect("apply", 0, shell=shell)
        play.expect("undo", 0, shell=shell)
        assert [row for row in shown(host) if "1001" in row] == []


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"argv": ["no-such-program"]}, "no-such-program did not start, or ended at once"),
        ({"argv": ["sh", "-c", "echo alas; sleep 0.2; exit 3"], "ready": "false"}, "alas\nsh did not become ready"),
        ({"argv": ["sleep", "0.2"], "forks": True}, "sleep started no other program"),
        ({"argv": ["sleep", "1"], "record": "/none/one"}, "/none/one.begun"),
    ],
)
def test_what_is_refused(args: dict[str, Any], why: str, host: Machine) -> None:
    host.step("process/running", **{"record": "/run/one", **args}).refused(why, lambda: shown(host))


def test_one_that_has_ended_is_started_again(host: Machine, shell: tuple[str, ...]) -> None:
    play = host.step("process/running", argv=["sleep", "1001"], record="/run/one")
    play.expect("apply", 0, shell=shell)
    first = host.said("cat", "/run/one").split()[0]
    host.said("sh", "-c", f"kill -s KILL {first}")
    play.expect("check", 4, shell=shell)
    play.expect("apply", 0, shell=shell)
    assert host.said("cat", "/run/one").split()[0] != first
    play.expect("undo", 0, shell=shell)


def test_another_process_that_has_its_number_is_left(host: Machine, shell: tuple[str, ...]) -> None:
    play = host.step("process/running", argv=["sleep", "1001"], record="/run/one")
    play.expect("apply", 0, shell=shell)
    pid, start = host.said("cat", "/run/one").split()
    host.said("sh", "-c", f"echo {pid} {int(start) - 1} >/run/one")
    play.expect("check", 4, shell=shell)
    play.expect("undo", 0, shell=shell)
    assert host.said("cat", f"/proc/{pid}/comm") == "sleep"
    host.said("sh", "-c", f"kill -s KILL {pid}")
    deadline = time.monotonic() + 5
    while host.run("test", "-e", f"/proc/{pid}").status == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
