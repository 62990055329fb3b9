"""playbooks/host on a real remote host: applied, verified, applied again without change, there after a reboot, and undone.

All of them are on the machine at once, and it is rebooted once. Its packages come from the folder in its box.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inside import root_login

if TYPE_CHECKING:
    from tests.vm.conftest import VM

REPO = Path(__file__).resolve().parents[2]
USERS = "ann:$2y$05$6Ei1QGOqYgNzlvSxQ5BSvOMBn2pfyn5h5jfYGWMB6Dx9DZ0rZqzIe"
PAGE = "it's <b>ünd</b> $(so)"
# In the order they are applied.
BOOKS: dict[str, list[str]] = {
    "user": ["name=ann", "groups=adm", "sudo=true"],
    "containers": ["packages=busybox-static", "files=4096", "mirror=mirror.lan:5000"],
    "web": ["name=shop", "root=/srv/shop/pages", "port=8080", f"page={PAGE}"],
    "registry": ["port=5001", "storage=/srv/images", f"users={USERS}"],
    "sshd": ["allow_users=root", "allow_users=vagrant", "allow_users=ann", "max_auth_tries=4"],
}
# What each is for, asked of the machine itself.
CURL = "curl -s -m 20 --retry 5 --retry-connrefused"
WORKS: dict[str, str] = {
    "user": "id -nG ann | grep -qw adm && sudo -u ann sudo -n true",
    "containers": """[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] && [ "$(su ann -c 'ulimit -Hn')" = 4096 ]""",
    "web": f"systemctl -q is-enabled nginx && {CURL} -f http://127.0.0.1:8080/",
    "registry": f"""[ "$({CURL} -o /dev/null -w '%{{http_code}}' http://127.0.0.1:5001/v2/)" = 401 ]""",
    "sshd": "for is in 'maxauthtries 4' 'permitrootlogin without-password'; do /usr/sbin/sshd -T | grep -qx \"$is\"; done",
}
# What the playbooks change, in lines: every file and folder where they write, packages, services, a setting of the kernel.
# ldconfig writes its cache anew at each install, useradd its copies of what was before (/etc/passwd-).
LOOK = r"""
places() {
  find /etc /home /root /srv /usr/local /var/lib/docker-registry /var/www -xdev \
    ! -path '/srv/packages/*' ! -path /etc/ld.so.cache ! -path '/etc/*-' "$@" 2>/dev/null
}
places -printf '%y %p %m %u %g %l\n'
places -type f -exec sha256sum {} +
dpkg-query -W -f 'package ${binary:Package} ${Version} ${Status}\n'
systemctl list-unit-files --no-legend | sed 's/^/unit /'
systemctl list-units --no-legend --plain --type service --state running | sed 's/ .*//; s/^/runs /'
echo "ip_forward $(cat /proc/sys/net/ipv4/ip_forward)"
"""


@dataclass
class Controller:
    """byhand here, with the machine in its inventory, and root's key on it."""

    folder: Path
    vm: VM
    runs: dict[str, str] = field(default_factory=dict)

    def invoke(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "invoke", "-r", str(REPO), verb, *words, "-i", str(self.folder / "hosts.yml"), "--hosts", "vm"]
        environment = {**os.environ, "BYHAND_ROOT": str(self.folder / "state"), "NO_COLOR": "1"}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600)

    def play(self, verb: str, book: str) -> list[dict[str, Any]]:
        """The events of a verb on a playbook of hosts."""
        done = self.invoke(verb, f"host/{book}", "--json", *self.params(book))
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        return [json.loads(row) for row in done.stdout.splitlines()]

    def params(self, book: str) -> list[str]:
        given = list(BOOKS[book])
        if book == "user":
            given.append(f"keys={(self.folder / 'key.pub').read_text().strip()}")
        return [word for param in given for word in ("--param", param)]

    def look(self) -> set[str]:
        return set(self.vm.run(LOOK, root=True).stdout.splitlines())


@pytest.fixture(scope="module")
def controller(vm: VM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    folder = tmp_path_factory.mktemp("controller")
    (folder / "hosts.yml").write_text(vm.inventory.read_text().replace("ansible_user: vagrant", "ansible_user: root"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann here", "-f", str(folder / "key")], check=True)
    with root_login(vm):
        yield Controller(folder, vm)


@pytest.fixture(scope="module")
def before(controller: Controller) -> set[str]:
    return controller.look()


@pytest.fixture(scope="module")
def applied(controller: Controller, before: object) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """All of them applied; what is still there at the end is taken back."""
    found = {}
    try:
        for book in BOOKS:
            found[book] = controller.play("playbook.run", book)
            controller.runs[book] = found[book][-1]["run"]
        yield found
    finally:
        for book in reversed(list(controller.runs)):
            controller.invoke("playbook.undo", "--run", controller.runs.pop(book))


def words(events: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return dict(events[-1]["counts"])


@pytest.mark.parametrize("book", BOOKS)
def test_it_is_applied(applied: dict[str, list[dict[str, Any]]], book: str) -> None:
    assert words(applied[book])["changed"] >= 2


@pytest.mark.parametrize("book", BOOKS)
def test_applied_again_it_changes_nothing(controller: Controller, applied: object, book: str) -> None:
    again = controller.play("playbook.run", book)
    changed = [event["title"] for event in again if event["event"] == "changed"]
    assert changed == [], "an undo of this run would have something to take back"


@pytest.mark.parametrize("book", BOOKS)
def test_it_works(controller: Controller, applied: object, book: str) -> None:
    works(controller, book)


def works(controller: Controller, book: str) -> None:
    said = controller.vm.run(f"set -e; {WORKS[book]}", root=True).stdout
    assert said.strip() == (PAGE if book == "web" else "")


def test_the_key_lets_ann_in(controller: Controller, applied: object) -> None:
    argv = controller.vm.ssh("id", "-un")
    key = ["-o", "User=ann", "-o", "ControlPath=none", "-o", f"IdentityFile={controller.folder / 'key'}", "-o", "IdentitiesOnly=yes"]
    done = subprocess.run([argv[0], *key, *argv[1:]], capture_output=True, text=True, timeout=60)
    assert done.stdout == "ann\n", done.stderr


CUT = """
title: A play that the host's shutdown meets
steps:
  - name: Write a file
    file/content: {path: /etc/byhand-shutdown, content: "new"}
  - name: Wait for the shutdown
    changed_when: false
    command/shell: {script: ': >/run/byhand-waits; exec sleep 600'}
"""


@pytest.fixture(scope="module")
def rebooted(controller: Controller, applied: object) -> str:
    """After a reboot, in the middle of one more play; what that play's controller was told."""
    (controller.folder / "cut.yml").write_text(CUT)
    controller.vm.run("echo old >/etc/byhand-shutdown", root=True)
    words = ["playbook.run", "cut.yml", "-i", str(controller.folder / "hosts.yml"), "--hosts", "vm"]
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", "-r", str(REPO), *words],
        cwd=controller.folder, env={**os.environ, "BYHAND_ROOT": str(controller.folder / "state"), "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    controller.vm.run("i=0; until [ -e /run/byhand-waits ] || [ $i -ge 300 ]; do sleep 0.1; i=$((i + 1)); done; [ -e /run/byhand-waits ]")
    controller.vm.reboot()
    said, _ = process.communicate(timeout=90)
    assert process.returncode in (1, 3, 129, 143), said
    return said


def test_a_play_that_the_shutdown_met_has_taken_itself_back(controller: Controller, rebooted: str) -> None:
    assert controller.vm.run("cat /etc/byhand-shutdown; rm /etc/byhand-shutdown", root=True).stdout == "old\n"
    assert "Write a file" in rebooted


@pytest.mark.parametrize("book", BOOKS)
def test_it_is_verified_and_works_after_the_reboot(controller: Controller, rebooted: str, book: str) -> None:
    done = controller.invoke("playbook.verify", f"host/{book}", *controller.params(book))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    works(controller, book)


def test_undone_the_host_is_as_before(controller: Controller, before: set[str], rebooted: str) -> None:
    for book in reversed(BOOKS):
        done = controller.invoke("playbook.undo", "--run", controller.runs.pop(book))
        assert done.returncode == 0, f"{book}: {done.stdout}{done.stderr}"
    after = controller.look()
    assert sorted(f"+ {row}" for row in after - before) + sorted(f"- {row}" for row in before - after) == []
