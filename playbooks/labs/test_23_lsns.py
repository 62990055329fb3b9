"""Both processes have a namespace of their own of each kind."""

from __future__ import annotations

from typing import Any

KINDS = ("mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time")


def test_each_process_has_its_own_of_each_kind(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    one, two = (host.namespaces(int(host.file(f"{folder}/{name}.child").content_string)) for name in ("one", "two"))
    outside = host.check_output("readlink /proc/self/ns/*").split()
    assert [kind for kind in KINDS if one.shares(two.process, kind)] == []
    assert [kind for kind in KINDS for inside in (one, two) if f"{kind}:[{inside[kind]}]" in outside] == []
