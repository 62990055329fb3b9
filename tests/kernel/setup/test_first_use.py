"""`./bootstrap` on a Debian where nothing is installed: no python3, no tools, no package lists."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fresh_debian import Fresh, fresh

from byhand.engine.facts import PACKAGES

pytestmark = pytest.mark.slow
STAMPS = ("byhand/.venv/byhand-packages", "byhand/.venv/byhand-tools")


@pytest.fixture(scope="module")
def debian() -> Iterator[Fresh]:
    if os.geteuid() != 0:
        pytest.skip("a chroot needs root")
    if not (shutil.which("mmdebstrap") and Path("/etc/debian_version").exists()):
        pytest.skip("needs mmdebstrap on a Debian")
    with fresh() as made:
        yield made


@pytest.fixture(scope="module")
def first(debian: Fresh) -> subprocess.CompletedProcess[str]:
    """The first use of all."""
    assert debian.run("sh", "-c", "command -v python3 || command -v curl || command -v ip").stdout == ""
    return debian.run("/byhand/bootstrap", "host.facts", "--json")


AS_USER = "cp -r /byhand /tmp/mine && chown -R 65534 /tmp/mine && exec setpriv --reuid 65534 --clear-groups /tmp/mine/bootstrap --version"
AS_FEDORA = """
mv /usr/bin/apt-get /usr/bin/apt-get.away
ln -s /bin/true /usr/bin/dnf
/byhand/bootstrap --version
status=$?
rm /usr/bin/dnf
mv /usr/bin/apt-get.away /usr/bin/apt-get
exit $status
"""


# Before anything is set up: it comes first in the file.
@pytest.mark.parametrize(
    ("script", "command"), [(AS_USER, "as root: apt-get install -y python3 python3-venv"), (AS_FEDORA, "dnf install -y python3")]
)
def test_where_it_cannot_install_python_it_names_the_command_in_one_line(debian: Fresh, script: str, command: str) -> None:
    done = debian.run("sh", "-c", script)
    assert (done.returncode, done.stdout) == (125, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("byhand: Python 3.10 or later with its venv module is missing")
    assert line.endswith(command)


def test_the_first_use_sets_up_and_then_does_what_it_was_asked(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0, first.stderr
    facts = json.loads(first.stdout)  # nothing but the command's data
    assert set(facts["tools"]) == set(PACKAGES)
    said = [line for line in first.stderr.splitlines() if line.startswith("byhand: ")]
    assert [line.split()[1] for line in said] == ["installing", "fetching", "making", "installing", "installing"], first.stderr


@pytest.mark.usefixtures("first")
def test_the_second_use_does_nothing_but_the_command(debian: Fresh) -> None:
    def touched() -> list[int]:
        return [(debian.root / name).stat().st_mtime_ns for name in (*STAMPS, "var/log/dpkg.log", "byhand/.cache/bootstrap.lock")]

    before = touched()
    done = debian.run("/byhand/bootstrap", "host.facts")
    assert (done.returncode, done.stderr) == (0, "")
    assert "missing" not in done.stdout
    assert touched() == before


@pytest.mark.usefixtures("first")
def test_it_works_from_any_folder_with_the_callers_paths(debian: Fresh) -> None:
    (debian.root / "root/playbooks").mkdir(exist_ok=True)
    (debian.root / "root/playbooks/mine.yml").write_text("title: Mine\nsteps:\n  - name: Say it\n    command/run: {argv: [echo, hi]}\n")
    done = debian.run("sh", "-c", "cd /root && ln -sf /byhand/bootstrap /usr/local/bin/byhand && byhand playbook.list")
    assert done.returncode == 0, done.stderr
    assert any(line.split() == ["mine", "Mine"] for line in done.stdout.splitlines())


@pytest.mark.usefixtures("first")
def test_a_container_runs_and_stdout_is_its_output_alone(debian: Fresh) -> None:
    done = debian.run(
        "/byhand/bootstrap", "container.run", "--image", "alpine", "--network", "none", "--rm", "--", "cat", "/etc/os-release"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('NAME="Alpine Linux"\nID=alpine\n')


@pytest.mark.usefixtures("first")
def test_a_changed_lock_sets_up_again(debian: Fresh) -> None:
    lock = debian.root / "byhand/requirements.txt"
    text = lock.read_text()
    stamp = debian.root / STAMPS[0]
    before = stamp.read_text()
    lock.write_text(text + "# changed\n")
    done = debian.run("/byhand/bootstrap", "--version")
    assert done.returncode == 0
    assert "installing the packages of requirements.txt" in done.stderr
    assert stamp.read_text() != before


@pytest.mark.usefixtures("first")
def test_an_interrupted_set_up_is_redone_and_two_at_once_wait_for_each_other(debian: Fresh) -> None:
    venv = debian.root / "byhand/.venv"
    shutil.rmtree(venv)
    interrupted = debian.start("/byhand/bootstrap", "--version")
    try:
        _await((venv / "bin/pip").exists)
    finally:
        interrupted.kill()
        interrupted.communicate()
    assert not (debian.root / STAMPS[0]).exists()

    # One process namespace for both, so that the end of one does not end the other.
    both = debian.run("sh", "-c", "/byhand/bootstrap --version & /byhand/bootstrap --version; status=$?; wait $! && exit $status")
    assert both.returncode == 0, both.stderr
    assert len(both.stdout.splitlines()) == 2
    assert both.stderr.count("waiting for another set-up") == 1
    assert both.stderr.count("installing the packages") == 1


def test_what_pip_says_is_shown_when_it_fails(debian: Fresh, first: subprocess.CompletedProcess[str]) -> None:
    lock = debian.root / "byhand/requirements.txt"
    text = lock.read_text()
    lock.write_text("rich==15.0.0 --hash=sha256:" + "0" * 64 + "\n")
    try:
        # Another version is there: pip has to fetch this one, and its hash is wrong.
        done = debian.run("sh", "-c", "rm -rf /byhand/.venv && /byhand/bootstrap --version")
    finally:
        lock.write_text(text)
    assert (done.returncode, done.stdout) == (125, "")
    assert "byhand: pip could not install what requirements.txt lists\n" in done.stderr
    assert "0000" in done.stderr
    assert debian.run("/byhand/bootstrap", "--version").returncode == 0


@pytest.mark.usefixtures("first")
def test_undoing_the_setup_removes_exactly_what_it_added(debian: Fresh) -> None:
    again = debian.run("/byhand/bootstrap", "host.setup")
    assert again.returncode == 0
    assert "1 ok" in again.stderr
    runs = sorted((debian.root / "var/lib/byhand/runs").iterdir())
    prior = [run for run in runs if (run / "1/prior/apt").exists()]
    assert len(prior) == 1, "only the first one changed anything"
    before = set((prior[0] / "1/prior/apt").read_text().split())
    with_tools = debian.packages()
    done = debian.run("/byhand/bootstrap", "playbook.undo", "--run", prior[0].name)
    assert done.returncode == 0, done.stderr
    left = debian.packages()
    assert {line.split()[3] for line in left} == before  # not even settings are left
    assert left < with_tools


# Between unpacking a package and noting that it need not be reinstalled, dpkg is for too short a time to be met by waiting:
# its list of packages is made to say so.
BETWEEN = """
: | dpkg --set-selections # what it had noted in single files goes into the list
sed -i '0,/^Status: install ok unpacked$/s//Status: install reinstreq unpacked/' /var/lib/dpkg/status
grep -qx 'Status: install reinstreq unpacked' /var/lib/dpkg/status
"""


@pytest.mark.parametrize(("state", "then"), [("unpacked", "true"), ("half-installed", "true"), ("unpacked", BETWEEN)])
def test_a_setup_killed_while_dpkg_was_at_work_is_undone_as_exactly(debian: Fresh, state: str, then: str) -> None:
    before = debian.packages()  # without the tools: the test above took them back
    killed = debian.start("/byhand/bootstrap", "host.setup")
    try:
        _await(lambda: any(line.split()[2] == state for line in debian.packages()))
    finally:
        killed.kill()
        killed.communicate()
    assert debian.run("sh", "-euc", then).returncode == 0
    done = debian.run("/byhand/bootstrap", "playbook.undo")
    assert done.returncode == 0, done.stderr
    assert debian.packages() == before


def _await(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "never came"
        time.sleep(0.02)
