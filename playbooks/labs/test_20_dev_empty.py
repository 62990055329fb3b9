"""What should be a device is a file with text in it."""

from __future__ import annotations

from typing import Any


def test_null_is_a_file(host: Any, play: Any) -> None:
    null = host.file(f"{play.params['folder']}/dev/null")
    assert null.is_file and null.content_string == "thrown away\n"
    assert host.file(f"{play.params['folder']}/dev").listdir() == ["null"]
