"""The machine is what the tests that run in it need: systemd, cgroup v2, the documented tools, packages without a network."""

from __future__ import annotations

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
    keys = vm.run("cat ~/.ssh/authorized_keys").stdout
    assert "ssh-rsa" in keys
    assert "vagrant insecure public key" not in keys


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
