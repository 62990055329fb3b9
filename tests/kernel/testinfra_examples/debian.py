"""The modules of testinfra that need GNU tools, dpkg, sudo or a service script, as testinfra's documentation shows them."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_system(host: Any) -> None:
    system = host.system_info
    assert system.type == "linux" and system.distribution == "debian" and system.codename == "bookworm" and system.release == "12"


def test_packages(host: Any) -> None:
    bash = host.package("bash")
    assert bash.is_installed and bash.version.startswith("5.2")
    assert not host.package("nginx").is_installed


def test_files_of_a_folder(host: Any) -> None:
    assert {"passwd", "group", "debian_version"} <= set(host.file("/etc").listdir())


def test_a_service_of_init_d(host: Any) -> None:
    web = host.service("web")
    assert web.is_running and web.is_enabled
    still = host.service("still")
    assert not still.is_running and not still.is_enabled


def test_each_user_and_group(host: Any) -> None:
    assert {"root", "www-data", "web"} <= set(host.user("root").get_all_users)
    with host.sudo():
        assert host.user("web").expiration_date is None and host.user("web").password == "!"
    assert host.group("web").members == [] and "www-data" in host.group("web").get_all_groups


def test_sudo(host: Any) -> None:
    assert host.check_output("id -un") == "web"
    with host.sudo():
        assert host.check_output("id -un") == "root"
        assert host.file("/etc/shadow").contains("^web:")
        with host.sudo("www-data"):
            assert host.check_output("id -un") == "www-data"
    assert host.run("cat /etc/shadow").rc == 1


def test_what_is_no_block_device(host: Any) -> None:
    with pytest.raises(RuntimeError, match="No data from /dev/null"):
        assert host.block_device("/dev/null").size


def test_text_that_is_not_ascii(host: Any) -> None:
    done = host.run("printf %%s %s; printf %%s %s >&2; exit 3", "grüße ☃", "größer")
    assert (done.rc, done.stdout, done.stderr) == (3, "grüße ☃", "größer")
