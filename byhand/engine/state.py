"""Where things that last live, and how they are written.

``/var/lib/byhand`` for root, ``$XDG_STATE_HOME/byhand`` for a user; ``BYHAND_ROOT``
moves it (tests). Paths are resolved once, so that no link is followed later.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from byhand.errors import BadValue, Busy, ByhandError, shorten


def root() -> Path:
    """The state folder (it need not exist yet), absolute and without links."""
    given = os.environ.get("BYHAND_ROOT")
    if given:
        place = os.path.realpath(given)
        if not re.match(r"[A-Za-z0-9_./@%+-]+\Z", place, re.ASCII):
            raise BadValue("BYHAND_ROOT", place, "mount options cannot hold it", "letters, digits and _ . / @ % + -")
        return Path(place)
    if os.geteuid() == 0:
        return Path("/var/lib/byhand")
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(os.path.realpath(home)) / "byhand"


def write(path: Path, text: str | bytes, *, mode: int = 0o600, durable: bool = False) -> None:
    """Write a file whole or not at all: a temporary name, then a rename.

    ``durable``: on disk before this returns. Text may hold surrogate escapes (bytes
    that are not UTF-8) and keeps them.
    """
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.rename(temporary, path)
    except OSError as error:
        raise ByhandError(f"{path}: cannot be written: {error.strerror}", hint=_writable_hint(error)) from error


def _writable_hint(error: OSError) -> str:
    return "run it as root, or set BYHAND_ROOT to a folder of yours" if isinstance(error, PermissionError) else ""


def make_folder(path: Path) -> None:
    """Make a folder only its owner can enter; PermissionError becomes a clear line."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ByhandError(f"{path}: cannot be made: {error.strerror}", hint=_writable_hint(error)) from error


def is_locked(path: Path) -> bool:
    """Whether a living process holds the flock(2) on ``path`` (False when there is no file)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the flock(2) on ``path``, made if need be, waiting for whoever has it."""
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def holder(what: str, run_id: str) -> str:
    """Who a run is, in one line for whoever comes next."""
    since = time.strftime("%Y-%m-%d %H:%M:%S %z")
    return f"{person()} (process {os.getpid()}) runs {shorten(what, 120)} since {since}, run {run_id}"


def person() -> str:
    """Who runs byhand, and where: USER@MACHINE."""
    import getpass

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    return f"{user}@{os.uname().nodename}"


@contextmanager
def alone(who: str, wait: int = 0) -> Iterator[None]:
    """One run at a time on this machine: hold its lock, which says who holds it.

    ``wait``: seconds to wait for another. Raises Busy with its holder. The kernel frees the
    lock when the process ends, whatever ends it (flock(2)).
    """
    path = root() / "run.lock"
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    found = os.pread(descriptor, 1000, 0).decode(errors="replace").strip() or "another run"
                    raise Busy(f"busy: {found}", hint="--wait SECONDS waits for it") from None
                time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{who}\n".encode("utf-8", "replace"))
        yield
    finally:
        os.close(descriptor)
