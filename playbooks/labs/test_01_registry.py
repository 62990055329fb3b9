"""The registry answers on loopback, and is another process than the first that did."""

from __future__ import annotations

from typing import Any


def test_it_answers_on_loopback_only(host: Any, play: Any) -> None:
    port = play.params["port"]
    assert host.socket(f"tcp://127.0.0.1:{port}").is_listening
    assert not host.socket(f"tcp://0.0.0.0:{port}").is_listening
    assert host.check_output("curl -s -o /dev/null -w %%{http_code} http://127.0.0.1:%s/v2/", str(port)) == "200"


def test_the_loop_has_started_it(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    loop = host.file(f"{folder}/loop.pid").content_string.split()[0]
    server = host.process.get(pid=int(host.file(f"{folder}/server.pid").content_string))
    assert server.comm == "docker-registry" and server.ppid == int(loop)
