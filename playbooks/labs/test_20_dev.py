"""The devices have their numbers (Documentation/admin-guide/devices.txt), and the mounts are there."""

from __future__ import annotations

from typing import Any

import pytest

DEVICES = {"null": "1,3", "zero": "1,5", "full": "1,7", "random": "1,8", "urandom": "1,9", "console": "5,1", "tty": "5,0"}


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_has_its_numbers(name: str, host: Any, play: Any) -> None:
    assert host.check_output("stat -c '%%F %%t,%%T' %s", f"{play.params['folder']}/dev/{name}") == f"character special file {DEVICES[name]}"


def test_what_is_no_device_is_mounted(host: Any, play: Any) -> None:
    for name, kind in (("pts", "devpts"), ("shm", "tmpfs"), ("mqueue", "mqueue")):
        assert host.mount_point(f"{play.params['folder']}/dev/{name}").filesystem == kind


def test_the_links_lead_to_descriptors(host: Any, play: Any) -> None:
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        assert host.check_output("readlink %s", f"{play.params['folder']}/dev/{name}") == f"/proc/self/fd/{number}"
