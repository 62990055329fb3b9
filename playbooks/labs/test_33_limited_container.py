"""The container is in its group and nowhere else, with the limits that were set."""

from __future__ import annotations

from typing import Any


def test_the_limits_are_those_of_the_group(host: Any, play: Any) -> None:
    group = host.cgroup(play.params["group"])
    assert group.memory.limit == 999997440
    assert group.cpu.weight == 20


def test_the_container_is_in_it_with_all_it_started(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/container.child").content_string)
    members = host.cgroup(play.params["group"]).members
    assert pid in members and host.namespaces(pid).pids[-1] == 1
    assert all(host.namespaces(pid).shares(other, "cgroup") for other in members)
