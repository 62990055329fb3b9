"""What of a container's tree can be written, and what of the host's it is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from invoking import Byhand


def test_what_a_container_writes_is_gone_with_it(byhand: Byhand) -> None:
    assert byhand.said("sh", "-c", "echo x >/root/file; rm /etc/motd /bin/ls; cat /root/file") == "x"
    assert byhand.said("sh", "-c", "test ! -e /root/file && ls /bin/ls") == "/bin/ls"


def test_a_read_only_root_cannot_be_written(byhand: Byhand) -> None:
    result = byhand.run("sh", "-c", "echo x >/file", flags=["--read-only"])
    assert result.status != 0 and "ead-only" in result.err
    assert byhand.said("sh", "-c", "echo x >/dev/shm/a; echo x >/dev/null; cat /dev/shm/a", flags=["--read-only"]) == "x"


def test_a_read_only_root_with_a_tmpfs_can_be_written_there(byhand: Byhand) -> None:
    flags = ["--read-only", "--tmpfs", "/tmp/a b:size=64k,mode=1770"]
    said = byhand.said(
        "sh",
        "-c",
        "echo x >'/tmp/a b/f'; stat -c %a '/tmp/a b'; stat -f -c %T '/tmp/a b';"
        " dd if=/dev/zero of='/tmp/a b/g' bs=1k count=100 2>/dev/null || echo full",
        flags=flags,
    )
    assert said.split() == ["1770", "tmpfs", "full"]


def test_a_tmpfs_is_not_for_programs_devices_or_setuid(byhand: Byhand) -> None:
    row = next(row for row in byhand.said("cat", "/proc/self/mounts", flags=["--tmpfs", "/scratch"]).splitlines() if " /scratch " in row)
    assert {"nosuid", "nodev", "noexec", "rw"} <= set(row.split()[3].split(","))


def test_a_folder_of_the_host_is_shared_both_ways(byhand: Byhand, tmp_path: Path) -> None:
    place = tmp_path / "a folder $(id)"
    place.mkdir()
    (place / "in").write_text("from the host")
    assert byhand.said("sh", "-c", "cat /data/in; echo out >/data/out", flags=["-v", f"{place}:/data"]) == "from the host"
    assert (place / "out").read_text() == "out\n"


def test_a_file_of_the_host_can_be_shared(byhand: Byhand, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("content")
    assert byhand.said("sh", "-c", "cat /new/deep/place; echo more >>/new/deep/place", flags=["-v", f"{file}:/new/deep/place"]) == "content"
    assert file.read_text() == "contentmore\n"


def test_a_read_only_volume_cannot_be_written(byhand: Byhand, tmp_path: Path) -> None:
    result = byhand.run("sh", "-c", "echo x >/data/x", flags=["-v", f"{tmp_path}:/data:ro"])
    assert result.status != 0 and "ead-only" in result.err and not (tmp_path / "x").exists()


def test_a_read_only_volume_is_read_only_below_as_well(byhand: Byhand) -> None:
    result = byhand.run(
        "sh",
        "-c",
        "for p in /hostdev/shm /hostdev/mqueue; do touch $p/byhand-test-x && rm $p/byhand-test-x && echo written; done; true",
        flags=["-v", "/dev:/hostdev:ro"],
    )
    assert "written" not in result.text, "a mount below a read-only volume can be written"


def test_a_named_volume_lasts_longer_than_its_container(byhand: Byhand) -> None:
    assert byhand.run("sh", "-c", "echo kept >/data/file", flags=["-v", "shelf:/data"]).status == 0
    assert byhand.said("cat", "/data/file", flags=["-v", "shelf:/data:ro"]) == "kept"


def test_a_missing_folder_is_refused_and_not_made(byhand: Byhand, tmp_path: Path) -> None:
    result = byhand.run("true", flags=["-v", f"{tmp_path}/missing:/data"])
    assert result.status in (2, 125) and "missing does not exist" in result.err
    assert not (tmp_path / "missing").exists()


def test_volumes_may_lie_in_each_other(byhand: Byhand, tmp_path: Path) -> None:
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "f").write_text("other")
    said = byhand.said("sh", "-c", "ls /a; cat /a/inner/f", flags=["-v", f"{tmp_path}/outer:/a", "-v", f"{tmp_path}/other:/a/inner"])
    assert said == "inner\nother"


@pytest.mark.parametrize("file", ["hosts", "resolv.conf", "hostname"])
def test_a_volume_over_a_file_of_etc_wins(byhand: Byhand, tmp_path: Path, file: str) -> None:
    (tmp_path / "own").write_text("mine\n")
    assert byhand.said("cat", f"/etc/{file}", flags=["-v", f"{tmp_path}/own:/etc/{file}:ro"]) == "mine"


def test_the_sources_mounts_do_not_reach_the_container_later_nor_the_other_way(byhand: Byhand, tmp_path: Path) -> None:
    assert byhand.run("true", flags=["-v", f"{tmp_path}:/data"]).status == 0
    assert not [row for row in Path("/proc/self/mounts").read_text().splitlines() if str(byhand.root) in row or str(tmp_path) in row]


def test_the_images_layers_are_as_they_were_after_a_run(byhand: Byhand) -> None:
    def look() -> list[tuple[str, int, int, int, float]]:
        found = []
        for folder, folders, files in os.walk(byhand.root / "layers"):
            for name in sorted([*folders, *files]):
                info = os.lstat(os.path.join(folder, name))
                found.append((os.path.join(folder, name), info.st_mode, info.st_uid, info.st_size, info.st_mtime))
        return sorted(found)

    before = look()
    script = "echo x >>/etc/passwd; rm -rf /etc/apk /home; chmod 777 /bin; chown 5 /etc/group; mv /var /var2; ln /etc/motd /root/m"
    byhand.run("sh", "-c", script)
    assert look() == before


@pytest.mark.parametrize("target", ["/", "//", "/.", "/x/.."])
def test_a_volume_cannot_hide_the_whole_tree(byhand: Byhand, tmp_path: Path, target: str) -> None:
    result = byhand.run("true", flags=["-v", f"{tmp_path}:{target}"])
    assert result.status in (2, 125) and target in result.err, result
