"""The container asks a name server that it reaches, and finds the name."""

from __future__ import annotations

from typing import Any


def test_the_name_server_listens_in_the_namespace(host: Any, play: Any) -> None:
    netns = host.netns(play.params["netns"])
    assert netns.is_listening("udp://10.98.22.53:53") and "10.98.22.53/32" in netns.addresses


def test_no_loopback_is_named_inside(host: Any, play: Any) -> None:
    text = host.file(f"{play.params['folder']}/root/etc/resolv.conf").content_string
    assert "nameserver 10.98.22.53\n" in text and "127." not in text


def test_the_name_resolves_inside_and_another_does_not(host: Any, play: Any) -> None:
    netns, root = host.netns(play.params["netns"]), f"{play.params['folder']}/root"
    assert netns.run("chroot %s /bin/busybox ping -c 1 -W 1 lab.example", root).rc == 0
    assert netns.run("chroot %s /bin/busybox ping -c 1 -W 1 other.example", root).rc != 0
