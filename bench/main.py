"""Runs the measurements asked for, prints the table, writes the JSON."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import compiling, container_run, facts, fleet, host, play, pull, report
from bench.lab import REPOSITORY, Lab, default_cache, opened, temporary_folder
from bench.peers import docker_client
from bench.process import Argv, BenchError, call
from bench.report import Measurement

MEASUREMENTS: Mapping[str, Callable[[Lab], Measurement]] = {
    "container": container_run.measure,
    "play": play.measure,
    "pull": pull.measure,
    "compile": compiling.measure,
    "fleet": fleet.measure,
    "distance": fleet.measure_far,
}


def run(
    selection: list[str] | None,
    json_path: Path,
    runs: int = 15,
    *,
    setup_peers: bool = False,
    rootfs: Path | None = None,
    cache: Path | None = None,
) -> int:
    """Measure ``selection`` (all of them when empty or None) and report.

    ``runs``: samples of the short contestants; pulls and Ansible get at most 3.
    ``setup_peers``: make virtual environments for ansible-core and pyinfra.
    ``rootfs``: a tar, folder or raw ext4 disk to make the image of; without one,
    the cached image, else one of this host's static busybox.
    Returns 0 when every target that could be measured is met, 1 when one is not,
    2 when nothing could be measured or the host is not as it was found.
    """
    names = selection or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        return _refuse(f"no measurement '{unknown[0]}'; known: {', '.join(MEASUREMENTS)}")
    if os.geteuid() != 0:
        return _refuse("the benchmark starts containers and servers: run it as root")
    if runs < 1:
        return _refuse(f"--runs {runs}: at least 1")

    before = host.look()
    measured: list[Measurement] = []
    kept = cache or default_cache()
    kept.mkdir(parents=True, exist_ok=True)
    temporary = temporary_folder()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all below is put back
    try:
        with opened(Lab(temporary, kept, runs, rootfs=rootfs, setup_peers=setup_peers)) as lab:
            try:
                for name in names:
                    print(f"measuring {name} …", file=sys.stderr)
                    measured.append(MEASUREMENTS[name](lab))
                machine = facts.gather(_peer_versions(lab))
            finally:
                _reset_byhand(lab)
    except BenchError as error:
        return _refuse(str(error))
    finally:
        left = host.restore(before, temporary)
        for line in left:
            print(f"left behind: {line}", file=sys.stderr)
        if not any(str(temporary) in line for line in left):
            shutil.rmtree(temporary, ignore_errors=True)

    report.write(json_path, report.document(measured, machine, left))
    print(report.table(measured))
    print(f"written: {json_path}", file=sys.stderr)
    return _status(measured, left)


def _status(measured: list[Measurement], left: list[str]) -> int:
    verdicts = [target.met for measurement in measured for target in measurement.targets]
    if left or not any(row.samples for measurement in measured for row in measurement.rows.values()):
        return 2
    return 1 if False in verdicts else 0


def _reset_byhand(lab: Lab) -> None:
    """byhand takes away its own network and rules, as a user would have it do."""
    if (lab.temporary / "byhand").exists():
        call([lab.invoke, "system.reset", "--yes"], env=lab.byhand_env, cwd=REPOSITORY, check=False)


def _peer_versions(lab: Lab) -> dict[str, Argv]:
    """The commands that tell the versions of byhand, invoke and the peers from PyPI."""
    versions: dict[str, Argv] = {"invoke": [str(lab.invoke), "--version"]}
    client = docker_client()
    if client is not None:
        versions["docker"] = [client, "--version"]
    for package, program in (("ansible-core", "ansible-playbook"), ("pyinfra", "pyinfra")):
        try:
            versions[package] = [play.peer(lab, package, program), "--version"]
        except BenchError:
            versions[package] = [program, "--version"]
    return versions


def _refuse(message: str) -> int:
    print(f"bench: {message}", file=sys.stderr)
    return 2
