"""The server listens in the container, and is published by one rule."""

from __future__ import annotations

from typing import Any


def test_it_listens_inside_and_only_there(host: Any, play: Any) -> None:
    name = play.params["host"]
    assert host.netns(f"{name}-one").is_listening("tcp://10.44.0.2:80")
    assert not host.netns(name).is_listening("tcp://192.0.2.1:8080")  # nobody listens there: the packets go on


def test_it_is_process_one_on_its_own_root(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    pid = int(host.file(f"{folder}/httpd.child").content_string)
    assert host.namespaces(pid).pids[-1] == 1
    assert host.file(f"/proc/{pid}/root").linked_to == f"{folder}/root"


def test_outside_gets_the_page_at_the_hosts_port(host: Any, play: Any) -> None:
    name = play.params["host"]
    rule = host.netns(name).firewall.rules(table="nat", chain="LAB-PUBLISH")[0]
    assert (rule.target, rule.target_arguments) == ("DNAT", {"to-destination": "10.44.0.2:80"})
    assert host.netns(f"{name}-outside").run("curl -fsS http://192.0.2.1:8080/").stdout == "<h1>It works!</h1>\n"
