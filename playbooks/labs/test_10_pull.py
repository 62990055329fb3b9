"""The store holds this machine's image, each part under its digest."""

from __future__ import annotations

from typing import Any


def test_the_first_pull_fetched_the_manifest_and_three_blobs(host: Any, play: Any) -> None:
    said = host.file(f"{play.params['folder']}/first").content_string
    assert said.count(": fetched\n") == 4 and "is there" not in said


def test_each_part_has_its_digest_for_a_name(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    names = [name for name in host.file(f"{folder}/store").listdir() if name != "list"]
    assert len(names) == 4
    for name in names:
        assert host.file(f"{folder}/store/{name}").sha256sum == name


def test_it_is_this_machines_and_not_the_other(host: Any, play: Any) -> None:
    folder = play.params["folder"]
    assert host.file(f"{folder}/store/{host.file(f'{folder}/image/manifest').sha256sum}").exists
    assert not host.file(f"{folder}/store/{host.file(f'{folder}/other').sha256sum}").exists
