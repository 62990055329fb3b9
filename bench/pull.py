"""``pull``: an image of 8 layers and 300 MiB, from a registry on this host."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bench import images
from bench.lab import REPOSITORY, Lab
from bench.peers import Engine
from bench.process import BenchError, Word
from bench.race import Contestant, Row, race
from bench.report import Measurement, Target, ratio

OURS = "invoke image.pull"
DOCKER = "docker pull"
PODMAN = "podman pull"
LEAST = 200 * images.MIB  # bytes a store holds at least once the image is in it


def measure(lab: Lab) -> Measurement:
    """Time the pull into a store that has nothing of the image yet."""
    try:
        reference = lab.push(images.big_image(lab.cache), "bench/big")
        entries = [_ours(lab, reference), *_peers(lab, reference)]
    except BenchError as error:  # without a registry nobody can pull
        entries = [Contestant(name, missing=str(error)) for name in (OURS, DOCKER, PODMAN)]
    rows = race(entries, lab.long_runs)
    return Measurement(
        name="pull",
        summary="8 layers, 300 MiB unpacked, from a registry on 127.0.0.1 into an empty store",
        ours=OURS,
        rows=rows,
        targets=targets(rows),
        notes=["each store is emptied and all is written out (sync) before each pull, outside the clock"],
    )


def targets(rows: dict[str, Row]) -> list[Target]:
    """The one promise."""
    return [Target("ours / docker", ratio(rows[OURS], rows[DOCKER]), 0.8)]


def _ours(lab: Lab, reference: str) -> Contestant:
    root = lab.temporary / "byhand-pull"

    def empty() -> None:
        remove(root)
        os.sync()

    def arrived() -> None:
        kept = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
        if kept < LEAST:  # a fast nothing must not win
            raise BenchError(f"image.pull left {kept} bytes in its store")

    argv: list[Word] = [lab.invoke, "image.pull", reference]
    env = lab.byhand_in(root)
    return Contestant(OURS, argv, env=env, cwd=REPOSITORY, before=empty, after=arrived)


def _peers(lab: Lab, reference: str) -> list[Contestant]:
    entries = []
    for name in (DOCKER, PODMAN):
        try:
            engine = lab.docker if name == DOCKER else lab.podman
        except BenchError as error:
            entries.append(Contestant(name, missing=str(error)))
        else:
            entries.append(_peer(name, engine, reference))
    return entries


def _peer(name: str, engine: Engine, reference: str) -> Contestant:
    def empty() -> None:
        engine.call("rmi", reference, check=False)
        os.sync()

    argv = [*engine.command, "pull", "--quiet", reference]
    return Contestant(name, argv, env=engine.env, before=empty)


def remove(root: Path) -> None:
    """Remove a state folder of the benchmark's own; refuses while something is mounted in it."""
    points = Path("/proc/self/mountinfo").read_text()
    if f" {root}/" in points:
        raise BenchError(f"something is mounted in {root}")
    if root.exists():
        shutil.rmtree(root)
