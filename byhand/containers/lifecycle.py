"""Taking things back: container.rm, network.rm, system.recover and system.reset.

All of them run a stored or recompiled program's ``undo`` or ``finish``; nothing here
knows how a mount or a link is removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from byhand.containers import store
from byhand.containers.store import Container
from byhand.engine import mounts, play, playbook, run, state
from byhand.engine.play import Request
from byhand.errors import ByhandError, Conflict
from byhand.networks import network as networks
from byhand.networks.network import Network

Note = Callable[[str], None]


def remove(container: Container, *, force: bool = False) -> None:
    """Remove a container and all its journal names. Raises Conflict when it runs and not ``force``."""
    if container.running:
        if not force:
            raise Conflict(f"container {container.name or container.id} is running", hint="end it first, or use --force")
        kill(container)
    _undo(container, "undo")


def kill(container: Container) -> None:
    """End a running container with SIGKILL and wait until its program has taken back what it set up."""
    deadline = time.monotonic() + 15
    while container.running:
        pid = container.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise Conflict(f"container {container.id} does not end", hint="invoke system.recover, when its program has been killed")
        time.sleep(0.01)


def _undo(container: Container, verb: str) -> None:
    program = container.path / "program"
    if not program.exists():
        if not container.record:
            _remove_empty(container.path)
            return
        _recompile(container, program)
    result = run.shell(program, verb)
    if result.status != 0:
        raise ByhandError(
            f"container {container.id}: {result.stderr.decode(errors='replace').strip() or 'its undo failed'}",
            hint="invoke system.recover tries again",
        )
    if container.path.is_dir() and verb == "undo":
        _remove_empty(container.path)


def _recompile(container: Container, program: Path) -> None:
    """Write the program again for a container that was started by a printed one."""
    book = playbook.find("container/run")
    params = {key: value for key, value in container.record.items() if key in book.params}
    params["record"] = json.dumps(container.record, indent=1) + "\n"
    state.write(program, play.compiled(Request(book, params), container.path).text, mode=0o700)


def _remove_empty(folder: Path) -> None:
    """Remove a container's folder when nothing of the container is in it; refuse when a mount may be."""
    if below := mounts.below(folder.resolve()):
        raise ByhandError(f"{below[0]} is still mounted", hint="umount it, then run this again")
    shutil.rmtree(folder, ignore_errors=True)


def remove_network(network: Network) -> None:
    """Remove a network and put back what it changed. Raises Conflict while containers have addresses in it."""
    folder = network.path / "addresses"
    users = sorted({(folder / name).read_text(encoding="utf-8").strip() for name in os.listdir(folder)}) if folder.is_dir() else []
    if users:
        raise Conflict(f"network {network.name} is used by {', '.join(users)}", hint="invoke container.rm first, or system.recover")
    _network_program(network, "undo")
    if network.path.is_dir():
        shutil.rmtree(network.path, ignore_errors=True)


def _network_program(network: Network, verb: str) -> int:
    book = playbook.find("network/create")
    program = network.path / "program"
    state.write(program, play.compiled(Request(book, network.params()), network.path).text, mode=0o700)
    result = run.shell(program, verb)
    if verb == "undo" and result.status != 0:
        raise ByhandError(f"network {network.name}: {result.stderr.decode(errors='replace').strip()}")
    return result.status


def recover(note: Note) -> int:
    """Take back what interrupted programs left, as their journals say; how many things were mended.

    What a living program holds the lock of is left alone. A container that was to be kept
    keeps its files and becomes an exited one; one that was to be removed is removed.
    """
    mended = 0
    for container in store.containers():
        if container.status == "dead":
            _recover_container(container, note)
            mended += 1
    mended += _recover_claims(note)
    mended += _recover_networks(note)
    for place in play.unfinished():
        if run.shell(place / "program", "undo").status == 0:
            state.write(place.parent / "status", "recovered\n")
            note(f"run {place.parent.name}: undone")
            mended += 1
    from byhand.images.store import Store

    for left in Store(state.root()).prune_temporary():
        note(f"image store: {left} removed")
        mended += 1
    return mended


def _recover_container(container: Container, note: Note) -> None:
    keep = bool(container.record) and not container.record.get("rm") and _was_started(container.path)
    if not keep:
        _undo(container, "undo")
        note(f"container {container.id}: removed")
        return
    killed = container.exit_code is None
    _undo(container, "finish")
    if killed:
        state.write(container.path / "exit", "137\n")
    note(f"container {container.id}: what it left on the host is removed, its files are kept")


def _was_started(folder: Path) -> bool:
    try:
        return "begin start\n" in (folder / "journal").read_text(encoding="ascii")
    except OSError:
        return False


def _recover_claims(note: Note) -> int:
    """Names and addresses claimed by containers that no longer exist."""
    mended = 0
    for folder in [state.root() / "names", *sorted((state.root() / "networks").glob("*/addresses"))]:
        for claim in sorted(folder.iterdir()) if folder.is_dir() else []:
            owner = claim.read_text(encoding="utf-8", errors="replace").strip()
            if not (store.folder() / owner).is_dir() or not owner:
                claim.unlink(missing_ok=True)
                note(f"{folder.name} {claim.name}: free again")
                mended += 1
    return mended


def _recover_networks(note: Note) -> int:
    """Networks whose making was interrupted: what was made of them is undone."""
    mended = 0
    place = state.root() / "networks"
    for folder in sorted(place.iterdir()) if place.is_dir() else []:
        if state.is_locked(folder / "lock"):
            continue
        network = networks.load(folder.name)
        if network is None:
            shutil.rmtree(folder, ignore_errors=True)
        elif not os.listdir(folder / "addresses") if (folder / "addresses").is_dir() else True:
            if _network_program(network, "check") == 0:
                continue
            remove_network(network)
        else:
            continue
        note(f"network {folder.name}: what was made of it is removed")
        mended += 1
    return mended


def reset(note: Note, *, keep_images: bool = False) -> None:
    """Remove every container, network and run record, and the images unless ``keep_images``."""
    recover(note)
    for container in store.containers():
        remove(container, force=True)
        note(f"container {container.id}: removed")
    for name in networks.names():
        remove_network(networks.find(name))
        note(f"network {name}: removed")
    for part in ("containers", "names", "networks", "volumes", "cache", *(() if keep_images else ("images", "layers"))):
        shutil.rmtree(state.root() / part, ignore_errors=True)
