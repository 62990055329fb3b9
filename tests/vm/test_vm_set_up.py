"""tests/host in the machine, through testinfra's own ssh: its kernel can all that byhand asks of one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support import REPO

if TYPE_CHECKING:
    from tests.vm.conftest import VM


def test_the_kernel_can_all_that_is_asked_of_one(vm: VM) -> None:
    words = [f"--ssh-config={vm.ssh_config}", "--hosts=ssh://vm", "--sudo", "-p", "no:cacheprovider", "-q"]
    words += ["-k", "not a_tool"]  # some are for building images, which is done elsewhere
    done = subprocess.run([sys.executable, "-m", "pytest", "tests/host", *words], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout and "skipped" not in done.stdout
