"""The name is set inside, and the host's is another."""

from __future__ import annotations

from typing import Any


def test_the_names_are_two(host: Any, play: Any) -> None:
    pid = int(host.file(f"{play.params['folder']}/process").content_string.split()[0])
    assert host.check_output("readlink /proc/self/ns/uts") != f"uts:[{host.namespaces(pid).uts}]"
    assert host.check_output("nsenter --target=%s --uts uname -n", str(pid)) == play.params["hostname"]
    assert host.check_output("uname -n") != play.params["hostname"]
