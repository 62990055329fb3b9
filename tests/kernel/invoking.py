"""byhand as a user has it: `invoke` of the Python that runs the tests, with a state folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from byhand.engine import state

REPO = Path(__file__).resolve().parents[2]
CACHE = Path("/var/cache/byhand-tests")
Word = str | bytes


@dataclass(frozen=True)
class Result:
    """What came of a command."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "surrogateescape").rstrip("\n")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@dataclass(frozen=True)
class Byhand:
    """The tool with the state folder ``root``."""

    root: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BYHAND_")}
        return {**kept, "BYHAND_ROOT": str(self.root), **self.settings}

    def start(self, *words: Word, **options: object) -> subprocess.Popen[bytes]:
        """Start `invoke WORDS`; streams are pipes but for stdin, which is empty."""
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        environment = {**self.environment, **given.pop("env", {})}  # type: ignore[dict-item]
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [sys.executable, "-m", "invoke", *words], **{"cwd": REPO, "env": environment, **given}
        )

    def invoke(self, *words: Word, stdin: bytes = b"", timeout: float = 60, **options: object) -> Result:
        """Run `invoke WORDS` to its end."""
        process = self.start(*words, stdin=subprocess.PIPE, **options)
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.terminate()
            out, err = process.communicate(timeout=30)
            raise AssertionError(f"{words}: no end within {timeout} s; it printed {out!r} and {err!r}") from None
        return Result(process.returncode, out, err.decode(errors="replace"))

    def run(self, *command: Word, flags: Sequence[Word] = (), image: str = "alpine", stdin: bytes = b"", **options: object) -> Result:
        """`invoke container.run --image IMAGE --rm FLAGS -- COMMAND`."""
        words = ["container.run", "--image", image, "--rm", *flags, *(["--", *command] if command else [])]
        return self.invoke(*words, stdin=stdin, **options)  # type: ignore[arg-type]

    def said(self, *command: Word, flags: Sequence[Word] = (), **options: object) -> str:
        """What a container that must succeed printed."""
        result = self.run(*command, flags=flags, **options)  # type: ignore[arg-type]
        assert result.status == 0, f"status {result.status}: {result.err}"
        return result.text

    def program(self, *command: Word, flags: Sequence[Word] = ("--rm",), image: str = "alpine") -> str:
        """What --dry-run prints."""
        result = self.invoke("container.run", "--image", image, "--dry-run", *flags, "--", *command)
        assert result.status == 0, result.err
        return result.out.decode("utf-8", "surrogateescape")

    @contextmanager
    def running(self, *command: Word, flags: Sequence[Word] = (), **options: object) -> Iterator[subprocess.Popen[bytes]]:
        """A container in the background that has printed the line ``ready``; ended when the block is left."""
        process = self.start("container.run", "--image", "alpine", "--rm", *flags, "--", *command, **options)
        try:
            await_line(process, b"ready")
            yield process
        finally:
            end(process)

    def folders(self) -> list[Path]:
        """The folders of the containers there are."""
        place = self.root / "containers"
        return sorted(place.iterdir()) if place.is_dir() else []

    def clean(self) -> None:
        """Take back everything but the images."""
        result = self.invoke("system.reset", "--yes", "--keep-images")
        assert result.status == 0, result.err


def await_line(process: subprocess.Popen[bytes], line: bytes) -> None:
    """Read a process's output up to ``line``."""
    assert process.stdout is not None
    for row in process.stdout:
        if row.strip() == line:
            return
    _, err = process.communicate(timeout=10)
    raise AssertionError(f"ended with {process.returncode} before it said {line!r}: {err!r}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a container's process, which the third signal does whatever it is, and close its pipes."""
    deadline = time.monotonic() + 15
    while process.poll() is None:
        assert time.monotonic() < deadline, "it does not end"
        process.terminate()
        time.sleep(0.05)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for ``condition``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.005)


def cached_image(name: str) -> Path:
    """A state folder with the image of that recipe and nothing else, made once for each version of the recipe."""
    recipe = REPO / "playbooks" / "image" / "recipes" / f"{name}.yml"
    parts = [recipe, *sorted((REPO / "templates" / "image").iterdir())]
    key = sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    place = CACHE / f"{name}-{key}"
    with state.locked(CACHE / f"{name}.lock"):
        if not place.is_dir():
            fresh = Byhand(CACHE / f"{name}-{key}.new")
            shutil.rmtree(fresh.root, ignore_errors=True)
            made = fresh.invoke("image.pull", name, timeout=600)
            if made.status != 0:
                made = fresh.run("true", image=name, flags=["--network", "none"], timeout=600)
            assert made.status == 0, made.err
            for part in fresh.root.iterdir():
                if part.name not in ("images", "layers"):
                    shutil.rmtree(part)
            fresh.root.rename(place)
    return place


def copy_image(name: str, root: Path) -> None:
    """Put a recipe's image into an empty state folder."""
    root.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", "--", *map(str, cached_image(name).iterdir()), str(root)], check=True)
