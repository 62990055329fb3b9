"""The throw-away machines themselves: what they are, that they are apart, and that a slip in a program is seen on them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from looks import differences
from machine import Machine, machine


@pytest.fixture(scope="module", params=["alpine", "debian"])
def host(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with machine(request.param) as found:
        yield found


def test_it_is_what_it_says_and_apart(host: Machine) -> None:
    assert host.said("hostname") == "machine"
    assert subprocess.check_output(["hostname"], text=True).strip() != "machine"
    assert host.facts.os_release["ID"] in ("alpine", "debian")
    assert host.said("sh", "-c", "echo $PPID") == "0"


def test_a_step_goes_there_and_back(host: Machine) -> None:
    after = host.step("file/content", path="/etc/motd.new", content="ünd\n").there_and_back()
    assert "etc/motd.new" in after


@pytest.mark.parametrize(
    "change", ["touch /etc/new", "chmod 711 /etc", "hostname other", "ip link add br9 type bridge", "mount -t tmpfs none /mnt"]
)
def test_a_change_is_seen(change: str) -> None:
    with machine("alpine") as host:
        before = host.snapshot()
        assert differences(before, host.snapshot()) == {}
        host.said("sh", "-c", change)
        assert differences(before, host.snapshot())
