"""The power is cut in the middle of it all: a play from another host, a play of the machine's own, and two containers.

Nothing that stood before is lost: the host tells what was at work, and takes it back or lets it go on.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import pytest
from inside import invoking, root_login

if TYPE_CHECKING:
    from inside import Inside

    from tests.vm.conftest import VM

REPO = Path(__file__).resolve().parents[2]
# {place}: where its files are. What is before `sync` is on disk when the power goes; what is after it, or without it, may
# be or not, but its journal and its program are.
PLAY = """
title: A play that a power cut ends
params:
  cut: {{type: bool, default: false, help: wait for the power cut}}
  synced: {{type: bool, default: false, help: what the first steps did is on disk before the others begin}}
steps:
  - name: Write the first file
    id: first
    file/content: {{path: /etc/{place}-first, content: "new\\n"}}
  - name: Keep a line
    id: line
    file/line: {{path: /etc/{place}-lines, line: added}}
  - name: Make a network namespace
    id: netns
    netns/create: {{name: {place}}}
  - name: Write it all to disk
    when: synced
    changed_when: false
    command/run: {{argv: [sync]}}
  - name: Write the second file
    id: second
    file/content: {{path: /etc/{place}-second, content: "new\\n"}}
  - name: Wait for the end
    when: cut
    changed_when: false
    command/shell: {{script: ': >/run/{place}-waits; exec sleep 600'}}
  - name: Write the last file
    file/content: {{path: /etc/{place}-last, content: "new\\n"}}
"""
PLACES = ("byhand-there", "byhand-here")
# A file system that is frozen for a moment has an empty journal (ioctl_fsfreeze(2)): its recovery, block by block, takes
# a minute in an emulated machine.
CHECKPOINT = "import fcntl, os; root = os.open('/', 0); fcntl.ioctl(root, 0xC0045877, 0); fcntl.ioctl(root, 0xC0045878, 0)"
OLD = {"first": "old\n", "lines": "one\ntwo\n", "second": "old\n"}
NEW = {"first": "new\n", "lines": "one\ntwo\nadded\n", "second": "new\n", "last": "new\n"}


@dataclass
class Cut:
    """What there was before the power cut, and what the controller was told by it."""

    inside: Inside
    folder: Path
    said: str
    status: int

    @property
    def vm(self) -> VM:
        return self.inside.vm

    def files(self, place: str) -> dict[str, str]:
        """The files of a play as they are now; those that are not there are left out."""
        found = {}
        for name in (*OLD, "last"):
            done = self.vm.run(f"cat /etc/{place}-{name}", root=True, ok=False)
            if done.returncode == 0:
                found[name] = done.stdout
        return found

    def controller(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(controller(self.folder, *words), env=environment(self.folder), capture_output=True, text=True, timeout=300)


def controller(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "invoke", "-r", str(REPO), *words, "-i", str(folder / "hosts.yml"), "--hosts", "vm"]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "BYHAND_ROOT": str(folder / "state"), "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def cut(inside: Inside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    vm, folder = inside.vm, tmp_path_factory.mktemp("cut")
    (folder / "hosts.yml").write_text(vm.inventory.read_text().replace("ansible_user: vagrant", "ansible_user: root"))
    for place in PLACES:
        (folder / f"{place}.yml").write_text(PLAY.format(place=place))
    vm.copy(folder / "byhand-here.yml", "/tmp/byhand-here.yml")
    image = invoking.cached_image("alpine")
    old = "\n".join(f"printf %s '{text}' >/etc/{place}-{name}" for place in PLACES for name, text in OLD.items())
    with root_login(vm):
        vm.run(
            f"""set -e
            mkdir -p /var/lib/byhand; cp -a {image}/. /var/lib/byhand
            mv /tmp/byhand-here.yml /srv/byhand/
            {old}
            python3 -c "{CHECKPOINT}"
            """,
            root=True,
        )
        all_at_work(inside)
        there = subprocess.Popen(
            controller(folder, "playbook.run", str(folder / "byhand-there.yml"), "--param", "cut=true"),
            env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        with there:
            try:
                wait(vm, "/run/byhand-there-waits")
                pull_the_plug(vm)
                said, _ = there.communicate(timeout=120)
            finally:
                there.kill()
        yield Cut(inside, folder, said, there.returncode)
        vm.run("rm -rf /var/lib/byhand /var/lib/byhand-here /etc/byhand-*-first /etc/byhand-*-second /etc/byhand-*-lines", root=True)


def all_at_work(inside: Inside) -> None:
    """Two containers and a play of the machine's own are started, and wait."""
    script = "echo written >/kept; sync; : >/ready/$NAME; exec sleep 600"
    inside.vm.run("mkdir /run/byhand-ready", root=True)
    for name, rm in (("kept", ""), ("thrown", "--rm")):
        flags = f"--name {name} {rm} --memory 64m --env NAME={name} --volume /run/byhand-ready:/ready"
        # A run holds the host, a container does not.
        start(inside, f"container.run --image alpine {flags} -- sh -c '{script}'")
    wait(inside.vm, "/run/byhand-ready/kept")
    wait(inside.vm, "/run/byhand-ready/thrown")
    start(inside, "playbook.run /srv/byhand/byhand-here.yml --param cut=true --param synced=true", root="/var/lib/byhand-here")
    wait(inside.vm, "/run/byhand-here-waits")


def start(inside: Inside, words: str, root: str = "/var/lib/byhand") -> None:
    """Start ``byhand WORDS`` in the machine and leave it to itself."""
    inside.vm.run(f"cd / && BYHAND_ROOT={root} setsid /opt/byhand/bin/byhand {words} </dev/null >/dev/null 2>&1 &", root=True)


def wait(vm: VM, path: str) -> None:
    vm.run(f"i=0; until [ -e {path} ]; do [ $i -lt 600 ] || exit 1; i=$((i + 1)); sleep 0.1; done", root=True)


def pull_the_plug(vm: VM) -> None:
    """Reboot at once, without a word to any process and without writing anything to disk (proc_sysrq-trigger(5))."""
    before = vm.run("cat /proc/sys/kernel/random/boot_id").stdout
    with suppress(subprocess.TimeoutExpired):
        vm.run("echo 1 >/proc/sys/kernel/sysrq; echo b >/proc/sysrq-trigger", root=True, ok=False, timeout=5)
    vm.returned(before, timeout=300)


def test_the_controller_is_told_how_it_is_taken_back(cut: Cut) -> None:
    assert cut.status == 3
    assert re.search(r"the connection ended\n.* playbook\.undo --run \S+ takes it back", cut.said), cut.said


def test_what_was_on_disk_is_there_and_nothing_is_half_written(cut: Cut) -> None:
    there, here = (cut.files(place) for place in PLACES)
    assert (here["first"], here["lines"]) == (NEW["first"], NEW["lines"])
    for found in (there, here):
        assert "last" not in found
        for name, text in found.items():
            assert text in (OLD[name], NEW[name])


def test_a_play_from_another_host_goes_on_and_both_runs_are_taken_back(cut: Cut) -> None:
    found = re.search(r"--run (\S+) takes", cut.said)
    assert found
    again = cut.controller("playbook.run", str(cut.folder / "byhand-there.yml"))
    assert again.returncode == 0, again.stdout + again.stderr
    assert cut.files(PLACES[0]) == NEW
    second = re.search(r"run (\d{8}T\S+)", again.stdout + again.stderr)
    assert second
    for run in (second[1], found[1]):
        undone = cut.controller("playbook.undo", "--run", run)
        assert undone.returncode == 0, undone.stdout + undone.stderr
    assert cut.files(PLACES[0]) == OLD


def test_the_machine_tells_of_its_own_play_and_takes_it_back(cut: Cut) -> None:
    recovered = cut.inside.byhand("system.recover", root="/var/lib/byhand-here")
    assert re.search(r"run \S+: undone\n", recovered.stderr) and "1 recovered" in recovered.stderr
    assert cut.files(PLACES[1]) == OLD
    assert "nothing to recover" in cut.inside.byhand("system.recover", root="/var/lib/byhand-here").stderr


def test_the_containers_are_told_dead_and_their_remains_are_cleared_away(cut: Cut) -> None:
    shown = cut.inside.byhand("container.ps --all").stdout
    assert re.search(r" dead +kept$", shown, re.MULTILINE) and re.search(r" dead +thrown$", shown, re.MULTILINE), shown
    recovered = cut.inside.byhand("system.recover").stderr
    assert "its files are kept" in recovered and ": removed" in recovered
    shown = cut.inside.byhand("container.ps --all").stdout
    assert re.search(r" exited \(137\) +kept$", shown, re.MULTILINE) and "thrown" not in shown, shown
    assert cut.vm.run("cat /var/lib/byhand/containers/*/upper/kept", root=True).stdout == "written\n"
    assert "nothing to recover" in cut.inside.byhand("system.recover").stderr
    ping = """ping -c 1 -W 5 "$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')" """
    ran = cut.inside.byhand(f"container.run --image alpine --rm --memory 64m -- sh -c {quote(ping)}")
    assert " 0% packet loss" in ran.stdout
    cut.inside.byhand("system.reset --yes")
