"""The host's device is seen in the folder."""

from __future__ import annotations

from typing import Any


def test_the_device_is_bound(host: Any, play: Any) -> None:
    path = f"{play.params['folder']}/dev/urandom"
    assert host.mount_point(path).exists
    assert host.check_output("stat -c %%t,%%T %s", path) == "1,9"
    assert host.check_output("stat -c %%d:%%i %s", path) == host.check_output("stat -c %d:%i /dev/urandom")
