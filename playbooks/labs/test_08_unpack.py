"""The tree is what the layers say, and nothing landed outside."""

from __future__ import annotations

from typing import Any


def test_owners_and_modes_are_those_of_the_layers(host: Any, play: Any) -> None:
    root = f"{play.params['folder']}/rootfs"
    mine = host.file(f"{root}/etc/mine")
    assert (mine.uid, mine.gid, mine.mode) == (1000, 1001, 0o640)
    assert host.file(f"{root}/bin/tool").mode == 0o4755
    assert host.file(f"{root}/bin/tool").inode == host.file(f"{root}/bin/same").inode


def test_whiteouts_are_applied_and_are_no_files(host: Any, play: Any) -> None:
    root = f"{play.params['folder']}/rootfs"
    assert sorted(host.file(f"{root}/etc").listdir()) == ["mine", "new"]


def test_nothing_landed_outside(host: Any, play: Any) -> None:
    assert sorted(host.file(play.params["folder"]).listdir()) == ["l1", "l2", "leads-out", "one", "rootfs", "two"]
