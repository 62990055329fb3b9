"""The proxy is in a network namespace, and noted what went through it without a password."""

from __future__ import annotations

from typing import Any


def test_the_proxy_listens_in_the_namespace_only(host: Any, play: Any) -> None:
    netns = host.netns(play.params["netns"])
    assert netns.exists and list(netns.interfaces) == ["lo"]
    assert netns.is_listening("tcp://0.0.0.0:3128") or netns.is_listening("tcp://:::3128")
    assert netns.is_listening("tcp://127.0.0.1:5000")


def test_no_password_was_noted(host: Any, play: Any) -> None:
    requests = host.file(f"{play.params['folder']}/requests").content_string
    assert requests.startswith("GET http://127.0.0.1:5000/v2/\n")
    assert "****" in requests and "secret" not in requests and "bWU6" not in requests  # base64 of "me:"
