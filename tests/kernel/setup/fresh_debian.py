"""A Debian as it comes: the essential packages and apt, in a folder, with its own mounts and processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from invoking import CACHE, REPO

# Mounts of a namespace of our own: they are gone with its last process, whatever happens.
# pivot_root and not chroot alone: / is a mount there, as it is on a machine.
ENTER = """
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --rbind /sys "$0/sys"
mount --rbind /dev "$0/dev"
cd "$0"
pivot_root . .
umount -l .
exec chroot . "$@"
"""
# How this host reaches its packages, as data of the host: none of it is named here.
SETTINGS = (
    "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/auth.conf.d", "/etc/apt/keyrings", "/etc/apt/trusted.gpg.d",
    "/usr/share/keyrings", "/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt", "/usr/local/share/ca-certificates",
    "/etc/pip.conf", "/etc/xdg/pip", "/root/.pip", "/root/.config/pip",
)  # fmt: skip
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


@dataclass(frozen=True)
class Fresh:
    """The Debian in ``root``, with this checkout in its folder /byhand."""

    root: Path

    def command(self, argv: Sequence[str]) -> list[str]:
        own = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        return [*own, "sh", "-euc", ENTER, str(self.root), *argv]

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key.startswith("PIP_") or key.lower() in PROXIES}
        return {**kept, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "NO_COLOR": "1"}

    def run(self, *argv: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
        """Run a command in it to its end; its standard input is empty."""
        return subprocess.run(
            self.command(argv), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Start a command in it; killing the process ends everything in its namespace."""
        return subprocess.Popen(
            self.command(argv),
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def settle(self) -> None:
        """Tell it how this host reaches its packages."""
        for name in SETTINGS:
            _copy(Path(name), self.root / name.lstrip("/"))
        (self.root / "etc/apt/apt.conf.d/90host").write_text(_acquire())

    def packages(self) -> set[str]:
        """Each package dpkg knows and its state: what was removed but left its settings is there too."""
        done = self.run("dpkg-query", "-W", "-f", "${Status} ${binary:Package} ${Version}\n")
        assert done.returncode == 0, done.stderr
        return set(done.stdout.splitlines())


@contextmanager
def fresh() -> Iterator[Fresh]:
    """A new one, removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="byhand-fresh-", dir="/var/tmp"))
    try:
        root.chmod(0o755)
        subprocess.run(["tar", "-x", "-p", "--numeric-owner", "-C", str(root), "-f", str(base())], check=True)
        debian = Fresh(root)
        debian.settle()
        copy_checkout(root / "byhand")
        yield debian
    finally:
        shutil.rmtree(root)


def base() -> Path:
    """The archive of a minimal Debian of this host's release, made once and kept by what it is made from."""
    files = [path for path in map(Path, ("/etc/apt/sources.list", *sorted(Path("/etc/apt/sources.list.d").glob("*")))) if _is_source(path)]
    text = "".join(path.read_text() for path in files) + _acquire() + _suite()
    archive = CACHE / f"debian-{_suite()}-{sha256(text.encode()).hexdigest()[:16]}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = archive.with_name(f".{archive.name}.{os.getpid()}")
        options = [f"--aptopt={line}" for line in _acquire().splitlines()]
        subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--format=tar", *options, _suite(), str(made), *map(str, files)],
            check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        made.rename(archive)
    return archive


def copy_checkout(target: Path) -> None:
    """This checkout without what git ignores."""
    listed = subprocess.run(
        ["git", "-C", str(REPO), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True, text=True
    ).stdout
    for name in {name for name in listed.split("\0") if name and (REPO / name).is_file()}:
        _copy(REPO / name, target / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.unlink(missing_ok=True)
        shutil.copy2(source, target)


def _is_source(path: Path) -> bool:
    return path.suffix in (".list", ".sources") and path.is_file()


def _suite() -> str:
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return json.loads(release["VERSION_CODENAME"]) if '"' in release["VERSION_CODENAME"] else release["VERSION_CODENAME"]


def _acquire() -> str:
    """apt's own settings of how to fetch: proxies, dates."""
    dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout
    return "".join(f"{line}\n" for line in dump.splitlines() if line.startswith("Acquire::") and not line.endswith(' "";'))
