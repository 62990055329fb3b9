"""A package manager works inside: DNS, NAT and a complete /dev are all needed for that."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from invoking import Byhand, cached_image, copy_image

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def debian() -> Iterator[Byhand]:
    if shutil.which("mmdebstrap") is None:
        pytest.skip("mmdebstrap is not installed, which the debian recipe needs")
    cached_image("debian")
    root = Path(tempfile.mkdtemp(prefix="byhand-debian-", dir="/var/tmp"))
    copy_image("debian", root)
    byhand = Byhand(root)
    yield byhand
    byhand.clean()
    shutil.rmtree(root)


def test_it_is_debian(debian: Byhand) -> None:
    assert "ID=debian" in debian.said("cat", "/etc/os-release", image="debian").splitlines()


def test_a_command_of_debian_s_is_not_the_host_s_busybox(debian: Byhand) -> None:
    assert "GNU coreutils" in debian.said("ls", "--version", image="debian")


def test_apt_get_update_works_inside(debian: Byhand) -> None:
    flags = [word for name in ("http_proxy", "https_proxy") if name in os.environ for word in ("--env", name)]
    result = debian.run("sh", "-c", "apt-get update 2>&1 && apt-cache policy bash", image="debian", flags=flags, timeout=180)
    assert result.status == 0 and "Candidate:" in result.text, result
    assert "Err:" not in result.text and "Failed to fetch" not in result.text, result.text
