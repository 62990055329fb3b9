"""Only the shell tells which signal it was."""

from __future__ import annotations

import re
from typing import Any


def test_unshare_loses_the_signal_and_the_shell_does_not(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    found = re.search(r"(\d+)\.(\d+)", host.check_output("unshare --version"))
    assert found is not None
    old = (int(found[1]), int(found[2])) <= (2, 38)
    assert host.file(f"{folder}/unshare").content_string.strip() == ("1" if old else "137")
    assert host.file(f"{folder}/shell").content_string.strip() == "137"
