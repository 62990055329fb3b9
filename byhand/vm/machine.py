"""The machine: up, down, and whether it is there.

Bringing it up is a run of playbooks/vm/up.yml like any other, in the state folder's runs:
taking it down is that run's undo, and so system.recover takes back one that was killed.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from byhand.engine import play, playbook, run, state
from byhand.engine.events import Event
from byhand.engine.play import Outcome, Request
from byhand.errors import ByhandError, Conflict, NotFound, UsageError
from byhand.vm import host
from byhand.vm.places import Places

Emit = Callable[[Any, Event], None]
_LONGEST = 107 - len("/libvirt-sock-ro")  # a socket's name (unix(7))


def emulated(places: Places, box: Path, command: str = "", *, explain: bool = False) -> Request:
    """The play that brings up the machine of our own box, with a port that is free now. Raises UsageError."""
    if len(os.fsencode(places.sockets)) > _LONGEST:
        raise UsageError(f"{places.sockets}: too long for the name of a socket")
    params = {
        "name": places.name, "checkout": str(places.checkout), "folder": str(places.folder), "sockets": str(places.sockets),
        "box": str(box), "port": free_port(), "driver": "kvm" if host.kvm_works() else "qemu",
        "cpus": max(1, min(2, os.cpu_count() or 1)),
    }  # fmt: skip
    return Request(playbook.find("vm/up"), params, command=command, explain=explain)


def stock(places: Places, provider: str, command: str = "", *, explain: bool = False) -> Request:
    """The play that brings up the machine of Vagrant Cloud's box."""
    params = {"name": places.name, "checkout": str(places.checkout), "folder": str(places.folder), "provider": provider}
    return Request(playbook.find("vm/stock"), params, command=command, explain=explain)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def is_up(places: Places) -> bool:
    """Whether the machine lets one in: asked by ssh, half a minute at most."""
    if not places.run.exists() or not places.ssh_config.exists():
        return False
    return run.capture(["ssh", "-F", str(places.ssh_config), "-o", "ConnectTimeout=30", "--", "vm", "true"], ok=None).status == 0


def up(places: Places, wanted: Request, emit: Emit) -> Outcome:
    """Bring the machine up. Raises Conflict when there is one already, or what is left of one."""
    if places.run.exists():
        if not (_run_folder(places) / "status").exists() or (_run_folder(places) / "status").read_text() == "0\n":
            raise Conflict(f"what is left of a machine is in {places.folder}", hint="invoke vm.down takes it down")
        _forget(places)  # system.recover or playbook.undo took it down
    folder = play.new_folder()
    state.make_folder(places.folder)
    state.write(places.run, f"{folder}\n", durable=True)
    try:
        outcome = play.apply(wanted, emit, folder)
    except BaseException:
        if not folder.exists():
            _forget(places)
        raise
    if outcome.status:
        _forget(places)
    return outcome


def down(places: Places, emit: Emit) -> Outcome:
    """Take the machine down and all that its run made, whatever state that is in.

    Raises NotFound when there is none, Conflict when a step could not be taken back or its run is not there any more.
    """
    if not places.run.exists():
        raise NotFound("there is no VM here", hint="invoke vm.up brings one up")
    folder = _run_folder(places)
    if not folder.is_dir() and any(path.name != "run" for path in places.folder.iterdir()):
        raise Conflict(
            f"the run that brought the machine up is gone, and how it is taken down with it: {folder}",
            hint=f"end the QEMU and the libvirtd of {places.name} by their pids, then remove {places.folder} and {places.sockets}",
        )
    outcome = play.take_back(folder, emit) if folder.is_dir() else Outcome(folder.name)
    _forget(places)
    return outcome


def _run_folder(places: Places) -> Path:
    return Path(places.run.read_text(encoding="utf-8").strip())


def _forget(places: Places) -> None:
    """Remove what is left of a machine's folder, and the folders above it when they are empty."""
    shutil.rmtree(places.folder, ignore_errors=True)
    if places.folder.exists():
        raise ByhandError(f"{places.folder}: cannot be removed")
    for folder in (places.folder.parent, places.sockets.parent):
        try:
            folder.rmdir()
        except OSError:
            continue  # it holds something else, or is not there
