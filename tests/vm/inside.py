"""byhand inside the machine: our own wheel and all it needs installed without a network, and the kernel tests run there.

What the machine is given lies in /srv/byhand (wheels, tests), /opt/byhand (the environment) and the tests' cache, and is
removed again.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from byhand.engine import state

if TYPE_CHECKING:
    from tests.vm.conftest import VM

REPO = Path(__file__).resolve().parents[2]
KERNEL = REPO / "tests" / "kernel"
if str(KERNEL) not in sys.path:
    sys.path.append(str(KERNEL))

import invoking  # noqa: E402 (the kernel tests' own, found by the line above)
from setup import fresh_debian  # noqa: E402

PYTHON = "/opt/byhand/bin/python"
BYHAND = "/opt/byhand/bin/byhand"
CHECKOUT = "/srv/byhand/checkout"
PLACES = f"/opt/byhand /srv/byhand {invoking.CACHE}"
# pip runs from its own wheel, which is not installed itself: Debian's venv has none without a network.
INSTALL = f"""set -eu
python3 -m venv --without-pip /opt/byhand
cd /srv/byhand/wheels
set -- pip/pip-*.whl
{PYTHON} "$1/pip" install -q --no-index --no-deps --no-compile --disable-pip-version-check --root-user-action ignore -- *.whl
"""


@dataclass(frozen=True)
class Case:
    """One test that ran in the machine. ``fault``: "" when it passed, else what pytest says."""

    function: str
    name: str
    seconds: float
    fault: str


class Inside:
    """The machine with byhand in it."""

    def __init__(self, vm: VM) -> None:
        self.vm = vm

    def byhand(self, words: str, *, root: str = "", ok: bool = True, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run ``byhand WORDS``, a line of shell, as root there. ``root``: its state folder, else /var/lib/byhand."""
        setting = f"BYHAND_ROOT={root} " if root else ""
        return self.vm.run(f"cd / && {setting}{BYHAND} {words}", root=True, ok=ok, timeout=timeout)

    def pytest(self, nodes: Sequence[str], timeout: float = 900) -> list[Case]:
        """Run tests there, named from tests/kernel, as root; what came of each."""
        report = "/srv/byhand/junit.xml"
        words = " ".join(f"'tests/kernel/{node}'" for node in nodes)
        line = f"cd {CHECKOUT} && BYHAND_MUST_RUN=kernel {PYTHON} -m pytest -q -p no:cacheprovider --junitxml {report} {words}"
        done = self.vm.run(line, root=True, ok=False, timeout=timeout)
        assert done.returncode in (0, 1), f"pytest there ended with {done.returncode}\n{done.stdout[-5000:]}{done.stderr[-2000:]}"
        return list(cases(self.vm.run(f"cat {report}", root=True).stdout))


def cases(junit: str) -> Iterator[Case]:
    """What a JUnit file says."""
    for one in ET.fromstring(junit).iter("testcase"):  # noqa: S314 (our own pytest wrote it)
        bad = [part for part in one if part.tag in ("failure", "error", "skipped")]
        fault = "\n".join(f"{part.tag}: {part.get('message')}\n{part.text or ''}" for part in bad)
        module, name = one.get("classname", "").rpartition(".")[2], one.get("name", "")
        yield Case(f"{module}::{name.partition('[')[0]}", name, float(one.get("time", "0")), fault)


def functions(path: Path) -> list[str]:
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@contextmanager
def installed(vm: VM) -> Iterator[Inside]:
    """Put byhand into the machine as long as this lasts."""
    version = vm.run("python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2])'").stdout.strip()
    image = invoking.cached_image("alpine")
    with tempfile.TemporaryDirectory(prefix="byhand-vm-", dir="/var/tmp") as scratch:
        tree = Path(scratch)
        _wheels(tree / "srv/byhand/wheels", version)
        _tests(tree / CHECKOUT[1:])
        shutil.copytree(image, tree / str(image)[1:], symlinks=True)
        packed = subprocess.Popen(["tar", "-C", scratch, "-c", "srv", "var"], stdout=subprocess.PIPE)
        with packed:
            unpack = vm.ssh(f"sudo -n sh -c 'rm -rf {PLACES}; tar -C / -x --no-same-owner'")
            subprocess.run(unpack, stdin=packed.stdout, check=True, timeout=300)
        assert packed.returncode == 0
    vm.run(INSTALL, root=True)
    yield Inside(vm)
    vm.run(f"rm -rf {PLACES}", root=True)


@contextmanager
def root_login(vm: VM) -> Iterator[None]:
    """Who may log in as vagrant may do so as root, as long as this lasts."""
    give = "[ -e /root/.ssh/authorized_keys ] || { mkdir -p -m 700 /root/.ssh; cp ~vagrant/.ssh/authorized_keys /root/.ssh; echo given; }"
    given = vm.run(give, root=True).stdout
    try:
        yield
    finally:
        if given:
            vm.run("rm -r /root/.ssh; sync", root=True)


def _wheels(folder: Path, version: str) -> None:
    """Our wheel, and beside it those of all it needs for that version of Python."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="byhand-vm-", dir="/var/tmp") as scratch:
        fresh_debian.copy_checkout(Path(scratch))
        _pip("wheel", "--no-deps", "--wheel-dir", str(folder), scratch)
    (own,) = folder.glob("*.whl")
    pins = (REPO / "requirements.txt").read_text(encoding="utf-8")
    key = sha256(f"{pins}{(REPO / 'pyproject.toml').read_text()}{version}".encode()).hexdigest()[:16]
    place = invoking.CACHE / f"wheels-{key}"
    with state.locked(invoking.CACHE / f"wheels-{key}.lock"):
        if not place.is_dir():
            fresh = Path(f"{place}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            limits = fresh / "constraints"
            limits.write_text("".join(f"{row.rstrip(chr(92)).strip()}\n" for row in pins.splitlines() if "==" in row))
            asked = ["--only-binary", ":all:", "--python-version", version, "--constraint", str(limits), "--dest", str(fresh)]
            _pip("download", *asked, "pip", str(own))
            limits.unlink()
            for built in fresh.glob("byhand-*"):
                built.unlink()
            fresh.rename(place)
    (folder / "pip").mkdir()
    for wheel in place.iterdir():
        shutil.copy(wheel, folder / "pip" if wheel.name.startswith("pip-") else folder)


def _tests(checkout: Path) -> None:
    """The kernel tests, those of this folder for the machine among them, and what they read of a checkout; not byhand itself."""
    left_out = shutil.ignore_patterns("__pycache__", ".hypothesis")
    shutil.copytree(KERNEL, checkout / "tests/kernel", ignore=left_out)
    shutil.copytree(REPO / "tests/vm/guest", checkout / "tests/kernel/guest", ignore=left_out)
    for name in ("tests/conftest.py", "tests/host_snapshot.py", "tests/support.py", "tasks.py", "pyproject.toml"):
        shutil.copy(REPO / name, checkout / name)
    for name in ("playbooks/image/recipes", "templates/image"):  # what the cached image's name is a hash of
        shutil.copytree(REPO / name, checkout / name)


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
