"""``container.run``: a container that does nothing, from the command to the prompt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench import images
from bench.lab import REPOSITORY, Lab
from bench.process import BenchError, Word
from bench.race import Contestant, Row, race
from bench.report import Measurement, Target, ratio

OURS = "invoke container.run"
INVOKE = "invoke --version"
BY_HAND = "handwritten.sh"
DOCKER = "docker run"
PODMAN = "podman run"

NOTES = [
    "handwritten.sh does the same work with the same commands; ours may add invoke's own start and 40 ms",
    "docker and podman also load a seccomp filter and a device list; handwritten.sh does not",
    "dockerd sets the FORWARD policy to DROP while it runs; the others' own ACCEPT rules still match",
]


def measure(lab: Lab) -> Measurement:
    """Time ``/bin/true`` in a fresh container of a local image, network and limits included."""
    entries = [
        _entry(OURS, lambda: _ours(lab)),
        _entry(DOCKER, lambda: _docker(lab)),
        _entry(PODMAN, lambda: _podman(lab)),
        Contestant(INVOKE, [lab.invoke, "--version"], cwd=REPOSITORY),
        _entry(BY_HAND, lambda: _by_hand(lab)),
    ]
    rows = race(entries, lab.runs, warmups=2)
    return Measurement(
        name="container.run",
        summary="run --rm of a local image, /bin/true",
        ours=OURS,
        rows=rows,
        targets=targets(rows),
        notes=NOTES,
    )


def targets(rows: dict[str, Row]) -> list[Target]:
    """The three promises: to docker, to podman, and to doing it by hand."""
    parts = [rows[name].median for name in (OURS, INVOKE, BY_HAND)]
    added = None
    if parts[0] is not None and parts[1] is not None and parts[2] is not None:
        added = (parts[0] - parts[1] - parts[2]) * 1000
    return [
        Target("ours / docker", ratio(rows[OURS], rows[DOCKER]), 0.7),
        Target("ours / podman", ratio(rows[OURS], rows[PODMAN]), 0.5),
        Target("ours - (invoke --version + handwritten.sh)", added, 40, unit=" ms"),
    ]


def _entry(name: str, make: Callable[[], Contestant]) -> Contestant:
    """The contestant, or one that says why it cannot take part."""
    try:
        return make()
    except BenchError as error:
        return Contestant(name, missing=str(error))


def _ours(lab: Lab) -> Contestant:
    """The image comes through the local registry, as any image does."""
    layout = lab.temporary / "alpine-oci"
    images.write_layout(layout, [lab.rootfs_tar.read_bytes()])
    reference = lab.push(layout, "library/alpine")
    lab.byhand("image.pull", reference)
    run = ("container.run", "--image", reference, "--rm", "--")
    said = lab.byhand(*run, "/bin/echo", "inside").strip()
    if said != "inside":  # a fast nothing must not win
        raise BenchError(f"container.run -- /bin/echo inside: printed {said[:40]!r}")
    return Contestant(OURS, [lab.invoke, *run, "/bin/true"], env=lab.byhand_env, cwd=REPOSITORY)


def _docker(lab: Lab) -> Contestant:
    docker = lab.docker
    docker.call("import", str(lab.rootfs_tar), "byhand-bench-alpine")
    lab.at_end(lambda: docker.call("rmi", "byhand-bench-alpine", check=False))
    argv: list[Word] = [*docker.command, "run", "--rm", "byhand-bench-alpine", "/bin/true"]
    return Contestant(DOCKER, argv, env=docker.env)


def _podman(lab: Lab) -> Contestant:
    podman = lab.podman
    podman.call("import", "--quiet", str(lab.rootfs_tar), "byhand-bench-alpine")
    argv: list[Word] = [*podman.command, "run", "--rm", *podman.run_flags]
    argv += ["localhost/byhand-bench-alpine", "/bin/true"]
    return Contestant(PODMAN, argv, env=podman.env)


def _by_hand(lab: Lab) -> Contestant:
    script = Path(__file__).with_name("handwritten.sh")
    env = {"STATE": str(lab.temporary / "handwritten")}
    argv: list[Word] = ["bash", script, lab.rootfs_folder, "/bin/true"]
    return Contestant(BY_HAND, argv, env=env)
