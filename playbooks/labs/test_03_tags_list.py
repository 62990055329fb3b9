"""The tag that was pushed is in the list, and no other."""

from __future__ import annotations

import json
from typing import Any


def test_the_tag_is_listed(host: Any, play: Any) -> None:
    port = str(play.params["port"])
    said = json.loads(host.check_output("curl -fsS http://127.0.0.1:%s/v2/lab/tags/list", port))
    assert said == {"name": "lab", "tags": ["1"]}
