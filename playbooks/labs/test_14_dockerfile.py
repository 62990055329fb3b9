"""What was built is the base with another command."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any


def test_the_layers_are_those_of_the_base(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    base, built = (json.loads(host.file(f"{folder}/{image}/manifest").content_string) for image in ("image", "built"))
    assert built["layers"] == base["layers"] and built["config"] != base["config"]


def test_the_history_has_one_row_more_which_is_empty(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    text = host.file(f"{folder}/built/config").content_string
    base, built = json.loads(host.file(f"{folder}/image/config").content_string), json.loads(text)
    assert built["config"]["Cmd"] == ["ping", "killer.sh"]
    assert built["history"] == [*base["history"], {"created_by": 'CMD ["ping", "killer.sh"]', "empty_layer": True}]
    named = json.loads(host.file(f"{folder}/built/manifest").content_string)["config"]
    assert (named["digest"], named["size"]) == ("sha256:" + sha256(text.encode()).hexdigest(), len(text))
