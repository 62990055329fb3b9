"""What the playbook found is what is mounted."""

from __future__ import annotations

from typing import Any


def test_the_version_is_the_one_that_limits(host: Any, play: Any) -> None:
    version, *controllers = host.file(f"{play.params['folder']}/answer").content_string.split()
    root = host.cgroup("/")
    assert root.version == (2 if version == "v2" else 1)
    assert "memory" in controllers and set(controllers) <= set(root.controllers)
