"""Every lab in the machine, over ssh, where byhand is not installed: cgroup v2, systemd, a kernel of Debian's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inside import root_login

from byhand.engine import fleet, inventory, play
from byhand.engine.events import Event
from byhand.verify import labs
from tests.verified import verified

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.inventory import Host
    from tests.vm.conftest import VM

# What a lab may leave anywhere: mounts, links, namespaces, rules, groups, processes of its own, and files.
LOOK = r"""
cut -d' ' -f1-4 /proc/self/mounts | grep -v ' /run/netns ' # as in byhand/engine/snapshot.sh
ip -br link; ip netns list
iptables-save | grep -v '^#'
sysctl -n net.ipv4.ip_forward
find /sys/fs/cgroup -maxdepth 2 -type d -not -path '*systemd*' -not -path '*.slice*'
ls -A /var/tmp /srv
ps -eo args= | grep -e '[b]usybox' -e '[d]ocker-registry' -e '[s]leep'
"""


@pytest.fixture(scope="module")
def host(vm: VM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Path]]:
    """The machine, where root logs in with the same key (sudo takes half a second here), and its inventory; it is left as it was."""
    folder = tmp_path_factory.mktemp("inventory")
    shutil.copy(vm.inventory, folder / "hosts.yml")
    (folder / "host_vars").mkdir()
    (folder / "host_vars/vm.yml").write_text("ansible_user: root\n")
    # A real installation: the box has the package, and no other way out.
    vm.run("DEBIAN_FRONTEND=noninteractive apt-get install -q -y docker-registry && systemctl disable -q --now docker-registry", root=True)
    with root_login(vm):
        before = vm.run(LOOK, root=True, ok=False).stdout
        yield inventory.load([str(folder / "hosts.yml")]).hosts["vm"], folder / "hosts.yml"
        after = vm.run(LOOK, root=True, ok=False).stdout
    assert sorted(after.splitlines()) == sorted(before.splitlines())


@pytest.mark.parametrize("name", labs.names())
def test_a_lab_in_the_machine(host: tuple[Host, Path], name: str) -> None:
    there, inventory_file = host
    said: list[str] = []

    def emit(_: Host, piece: Piece | None, event: Event) -> None:
        said.append(f"{event.word}: {piece.title if piece else event.id}\n{event.output}")

    request = play.Request(labs.book(name), command=f"playbook.run labs/{name}")
    run = play.new_folder().name
    outcome = fleet.play([there], request, "apply", run, emit)[there.name]
    assert (outcome.status, outcome.why) == (0, ""), outcome.output + "\n".join(said)
    try:
        assert outcome.count("changed")
        verified(labs.FOLDER / f"{name}.yml", [f"--hosts={there.name}", f"--play-inventory={inventory_file}"], labs.tests_of(name).name)
    finally:
        undone = fleet.play([there], None, "undo", run, emit)[there.name]
    assert (undone.status, undone.why) == (0, ""), undone.output + "\n".join(said)
