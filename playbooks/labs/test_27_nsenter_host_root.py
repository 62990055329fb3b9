"""The container's root is its own, and its mount namespace begins at the host's."""

from __future__ import annotations

from typing import Any


def test_a_way_in_without_the_root_leads_to_the_hosts(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    pid = host.file(f"{folder}/container.child").content_string.strip()
    assert host.file(f"/proc/{pid}/root").linked_to == f"{folder}/root"
    there = host.check_output("nsenter --target=%s --mount ls /", pid)
    assert there == host.check_output("ls /") != host.check_output("ls %s", f"{folder}/root")
