"""One state folder with the alpine image for all tests of containers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from invoking import Byhand, cached_image, copy_image


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: makes an image that takes a minute (deselect with -m 'not slow')")


@pytest.fixture(scope="session")
def state_folder() -> Iterator[Path]:
    """Byhand's state, on a real file system; everything in it is taken back at the end."""
    if os.geteuid() != 0:
        pytest.skip("containers need root")
    # Not pytest's own folder: that one is removed blindly, and a mount may be in here when a test fails.
    cached_image("alpine")
    root = Path(tempfile.mkdtemp(prefix="byhand-kernel-", dir="/var/tmp"))
    copy_image("alpine", root)
    yield root
    Byhand(root).clean()
    shutil.rmtree(root)


@pytest.fixture
def byhand(state_folder: Path) -> Iterator[Byhand]:
    found = Byhand(state_folder)
    yield found
    if found.folders():  # a test that failed must not make the next ones fail
        found.clean()
