"""Blobs from a registry: one curl fetches all that are missing, side by side.

What was cut off is kept under ``partial/<hex>`` and continued, in this run or a later
one. curl says on its standard error when a blob is whole, so that it can be unpacked
while others are still on their way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from byhand.errors import ByhandError
from byhand.images import curl
from byhand.images.distribution import Repository
from byhand.images.layout import locked

PARALLEL = 6
TRIES = 5  # in a row without one more byte
STALLED = 30  # seconds without a byte
PAUSE = 0.5  # seconds before the second try, doubled for each one after it
NO_RANGES = 33  # curl(1): "HTTP range error"
DONE = "byhand-done"  # begins the lines that are ours among curl's


@dataclass(frozen=True)
class Blob:
    """One blob to fetch: its digest and its size in bytes."""

    digest: str
    size: int

    @property
    def name(self) -> str:
        """The file's name: the digest's hexadecimal digits."""
        return self.digest.partition(":")[2]


@contextmanager
def claimed(folder: Path, blobs: Sequence[Blob]) -> Iterator[None]:
    """Keep other processes from fetching the same blobs meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for blob in sorted(blobs, key=lambda blob: blob.name):  # one order: no deadlock
            stack.enter_context(locked(folder / f"{blob.name}.lock"))
        try:
            yield
        finally:
            for blob in blobs:
                (folder / f"{blob.name}.lock").unlink(missing_ok=True)


def fetch(
    repository: Repository,
    blobs: Sequence[Blob],
    folder: Path,
    arrived: Callable[[Blob], None],
    note: Callable[[str], None],
) -> None:
    """Bring each blob into ``folder`` under its name, and call ``arrived`` with it at once.

    A file of the right size has arrived; whether its digest is right is for the caller.
    Raises ByhandError when ``TRIES`` tries in a row brought nothing; the parts stay.
    """
    waiting = {blob.name: blob for blob in blobs}
    failed = 0

    def is_whole(name: str) -> bool:
        path = folder / name
        return path.exists() and path.stat().st_size == waiting[name].size

    def deliver(name: str) -> None:
        arrived(waiting.pop(name))

    def sweep() -> None:
        for name, blob in list(waiting.items()):
            path = folder / name
            if path.exists() and path.stat().st_size > blob.size:
                path.unlink()
            if blob.size == 0:
                path.touch()
            if is_whole(name):
                deliver(name)

    def finished(name: str) -> None:
        if is_whole(name):
            deliver(name)

    sweep()
    while waiting:
        before = _bytes(folder, waiting)
        problem = _try(repository, list(waiting.values()), folder, finished)
        sweep()
        if not waiting:
            return
        failed = 0 if _bytes(folder, waiting) > before else failed + 1
        if failed >= TRIES or problem.fatal:
            raise problem.error
        if problem.denied:
            repository.renew()
        note(f"{problem.error.message}; {len(waiting)} left, trying again")
        time.sleep(PAUSE * 2**failed)


@dataclass(frozen=True)
class _Problem:
    error: ByhandError
    fatal: bool = False
    denied: bool = False


def _try(repository: Repository, blobs: list[Blob], folder: Path, done: Callable[[str], None]) -> _Problem:
    """One curl for all of ``blobs``; what kept the others from arriving."""
    names = {blob.name: blob for blob in blobs}
    said: list[str] = []
    statuses: dict[str, tuple[int, int]] = {}

    def listen(line: str) -> None:
        words = line.split()
        if len(words) == 4 and words[0] == DONE:
            name = words[1]
            statuses[name] = (int(words[2]), int(words[3]))
            if name in names:
                done(name)
        else:
            said.append(line.rstrip())

    result = curl.call(_options(repository, blobs, folder), on_stderr=listen)
    for name, (code, _) in statuses.items():
        if code == NO_RANGES:
            (folder / name).unlink(missing_ok=True)
    codes = [(name, code, http) for name, (code, http) in statuses.items() if code]
    where = f"{repository.endpoint.host}/{repository.endpoint.path}"
    for name, _, http in codes:
        if 400 <= http < 500 and http not in (408, 416, 429):
            error = ByhandError(f"{where}: the registry answers {http} for the blob sha256:{name}")
            return _Problem(error, fatal=http != 401, denied=http == 401)
    status = codes[0][1] if codes else result.status
    if not status:
        return _Problem(ByhandError(f"{where}: a blob has another size than the manifest says"))
    return _Problem(curl.failure(repository.url("blobs", blobs[0].digest), status, "\n".join(said)))


def _options(repository: Repository, blobs: list[Blob], folder: Path) -> list[curl.Option]:
    options: list[curl.Option] = [("parallel", True), ("parallel-max", PARALLEL)]
    for number, blob in enumerate(blobs):
        url = repository.url("blobs", blob.digest)
        if number:
            options.append(("next", True))
        options += [
            ("url", url),
            *curl.common(url, verify=repository.verify),
            ("fail", True),
            ("max-filesize", max(blob.size, 1)),
            ("speed-limit", 1),
            ("speed-time", STALLED),
            ("output", str(folder / blob.name)),
            ("continue-at", "-"),
            # On standard error, which curl does not buffer.
            ("write-out", f"%{{stderr}}{DONE} {blob.name} %{{exitcode}} %{{http_code}}\\n"),
            *repository.authorization(),
        ]
    return options


def _bytes(folder: Path, names: dict[str, Blob]) -> int:
    return sum((folder / name).stat().st_size for name in names if (folder / name).exists())
