"""The configuration says what is run, and its history fits its layers."""

from __future__ import annotations

import json
from typing import Any


def test_there_is_a_layer_for_each_row_that_is_not_empty(host: Any, play: Any) -> None:
    config = json.loads(host.file(f"{play.params['folder']}/image/config").content_string)
    filled = [row for row in config["history"] if not row.get("empty_layer")]
    assert len(filled) == len(config["rootfs"]["diff_ids"]) == 2
    assert config["config"]["Cmd"] == ["cat", "/etc/first"]
