"""What was saved as a layer is JSON, not a layer."""

from __future__ import annotations

import json
from typing import Any


def test_the_layer_is_an_error_message(host: Any, play: Any) -> None:
    saved = json.loads(host.file(f"{play.params['folder']}/l1").content_string)
    assert saved["errors"][0]["code"].endswith("UNKNOWN")


def test_with_fail_there_is_no_file(host: Any, play: Any) -> None:
    assert not host.file(f"{play.params['folder']}/l2").exists
