"""What is mounted in a folder is found, whatever the names: what is thought to hold no mount is removed with all in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from byhand.engine import mounts


@pytest.mark.parametrize(
    ("written", "point"),
    [
        ("/s/one/merged", "/s/one/merged"),
        (r"/s/one/a\040b\011c\012d\134e", "/s/one/a b\tc\nd\\e"),
        ("/s/one/a\rb\u2028c", "/s/one/a\rb\u2028c"),
    ],
)
def test_what_is_mounted_in_a_folder_is_found(tmp_path: Path, written: str, point: str) -> None:
    table = tmp_path / "mountinfo"
    others = "22 1 98:0 / / rw - ext4 /dev/root rw\n23 22 0:5 / /s/one rw - tmpfs t rw\n24 22 0:5 / /s/one-more/x rw - tmpfs t rw\n"
    table.write_bytes(f"{others}25 22 0:5 / {written} rw shared:1 - tmpfs t rw\n".encode())
    assert mounts.below(Path("/s/one"), str(table)) == [point]


def test_a_folder_with_a_space_in_its_name_is_the_one_the_kernel_means(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(r"25 22 0:5 / /my\040state/one/merged rw - overlay overlay rw" + "\n")
    assert mounts.below(Path("/my state/one"), str(table)) == ["/my state/one/merged"]
