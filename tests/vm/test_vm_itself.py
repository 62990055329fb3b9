"""The machine is what the tests that run in it need: systemd, cgroup v2, the documented tools, packages without a network."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.vm.conftest import VM


def test_it_is_a_debian_under_systemd_with_pure_cgroup_v2(vm: VM) -> None:
    assert vm.host.system_info.distribution == "debian"
    assert vm.run("cat /proc/1/comm").stdout == "systemd\n"
    assert vm.run("stat -fc %T /sys/fs/cgroup").stdout == "cgroup2fs\n"
    assert {"cpu", "io", "memory", "pids"} <= set(vm.run("cat /sys/fs/cgroup/cgroup.controllers").stdout.split())


def test_every_unit_of_it_is_well(vm: VM) -> None:
    assert vm.run("systemctl --failed --no-legend").stdout == ""


@pytest.mark.parametrize("name", ["ssh", "cron", "systemd-networkd"])
def test_a_service_runs_and_starts_at_boot(vm: VM, name: str) -> None:
    assert vm.host.service(name).is_running
    assert vm.host.service(name).is_enabled


def test_vagrant_becomes_root_without_a_password(vm: VM) -> None:
    assert vm.host.user().name == "vagrant"
    with vm.host.sudo():
        assert vm.host.user().name == "root"


def test_the_key_that_everybody_knows_lets_nobody_in(vm: VM) -> None:
    settings = subprocess.run(["ssh", "-G", "-F", str(vm.ssh_config), "vm"], capture_output=True, text=True, check=True).stdout
    port = next(line.split()[1] for line in settings.splitlines() if line.startswith("port "))
    options = [
        word
        for option in ("IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
        for word in ("-o", option)
    ]

    def status(key: Path) -> int:
        argv = ["ssh", "-F", "none", *options, "-p", port, "-i", str(key), "vagrant@127.0.0.1", "true"]
        return subprocess.run(argv, capture_output=True).returncode

    folder = vm.ssh_config.parent
    assert (folder / "home" / "insecure_private_key").exists()
    assert status(folder / "home" / "insecure_private_key") == 255
    assert status(folder / "keys" / "key") == 0


def test_the_machines_host_key_is_known_beforehand(vm: VM) -> None:
    known = (vm.ssh_config.parent / "keys" / "known_hosts").read_text().split()
    assert vm.run("ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null").stdout.split()[1:] == known[1:3]


def test_it_has_no_way_out(vm: VM) -> None:
    assert vm.run("curl -sS -m 5 http://1.1.1.1/", ok=False).returncode != 0


def test_packages_are_installed_without_a_network(vm: VM) -> None:
    vm.run("apt-get -qq update && apt-get -qq -y install hello >/dev/null", root=True)
    assert vm.run("hello").stdout == "Hello, world!\n"
    vm.run("apt-get -qq -y purge hello >/dev/null", root=True)


def test_a_file_and_a_folder_are_copied_into_it(vm: VM, tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    (folder / "file").write_text("text\n")
    vm.copy(folder, "/tmp/copied")
    assert vm.run("cat /tmp/copied/file; rm -r /tmp/copied").stdout == "text\n"
