"""container.run: image, spec, program, and then this process becomes the program."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from byhand import values
from byhand.containers import limits, names, programs, spec, store
from byhand.engine import run, state
from byhand.engine.quoting import comment
from byhand.errors import ByhandError, MissingTool
from byhand.networks import network as networks

if TYPE_CHECKING:
    from byhand.engine.compile import Program
    from byhand.engine.facts import Facts
    from byhand.engine.play import Request
    from byhand.images.store import Image

TOOLS = ("ip", "iptables", "mount", "unshare", "nsenter", "setpriv", "busybox", "cgcreate", "cgset", "flock")


class Identity(NamedTuple):
    """What sets one container apart from another of the same shape."""

    id: str
    name: str
    address: str
    created: float

    @property
    def mac(self) -> str:
        return networks.hardware_address(self.address)

    @property
    def path(self) -> Path:
        return store.folder() / self.id


NO_ADDRESS = "0.0.0.0"
STAND_IN = Identity(programs.ID, programs.NAME, programs.ADDRESS, programs.CREATED)


class Asked(NamedTuple):
    """What the command line asks for: flags, words after ``--``, and how it was typed."""

    flags: Mapping[str, Any]
    words: Sequence[str]
    command: str

    @property
    def name(self) -> str:
        """The name it is to have, "" when any will do. Raises BadValue."""
        given = self.flags.get("name")
        return str(values.convert(given, "name", label="--name")) if given else ""

    @property
    def can_be_kept(self) -> bool:
        """Whether its program may be kept: no secrets from --env, nothing a stand-in stands for."""
        given = self.flags
        return not (given.get("env") or given.get("env_file") or programs.holds_stand_in(self.command))


def parameters(asked: Asked, image: Image, facts: Facts, who: Identity) -> dict[str, Any]:
    """The parameters of playbooks/container/run.yml. Raises BadValue for a flag that cannot be."""
    made = spec.build(asked.flags, asked.words, image.config.get("config") or {}, id=who.id, name=who.name)
    root = state.root()
    cgroup = facts.cgroup
    controllers = limits.controllers(made.limits, cgroup)
    group = f"byhand-{who.id}"
    mounts = list(dict.fromkeys(cgroup.mounts[c] for c in controllers))
    version = "v2" if cgroup.version == "v2" else "v1"
    params: dict[str, Any] = {
        "id": who.id, "name": who.name, "image": made.image, "root": str(root), "path": str(who.path),
        "layers": [str(root / "layers" / "l" / link) for link in image.lower],
        "argv": list(made.argv), "env": list(made.env), "search": made.search, "hostname": made.hostname,
        "workdir": made.workdir, "user": made.user, "tty": made.tty, "interactive": made.interactive, "rm": made.rm,
        "read_only": made.read_only, "network": made.network,
        "volumes": [v._asdict() for v in made.volumes],
        "tmpfs": [{"target": target, "options": options} for target, options in made.tmpfs],
        "cgroup": group, "cgroup_version": version, "controllers": controllers, "mounts": mounts,
        "groups": [f"{mount}/{group}" for mount in mounts], "limits": limits.settings(made.limits, cgroup),
        "memory": made.limits.memory,
        "nameservers": facts.nameservers, "domains": facts.search_domains, "capabilities": list(made.capabilities),
        "setpriv": facts.tools.get("setpriv", "/usr/bin/setpriv"), "unshare": facts.tools.get("unshare", "/usr/bin/unshare"),
        "busybox": facts.tools.get("busybox", "/bin/busybox"), "script": facts.tools.get("script", "/usr/bin/script"),
    }  # fmt: skip
    if "memory" in controllers:
        params["oom_file"] = f"{cgroup.mounts['memory']}/{group}/" + ("memory.events" if version == "v2" else "memory.oom_control")
    if made.network == "default":
        network = networks.default(facts)
        address = f"{who.address}/{network.subnet.partition('/')[2]}"
        params |= {"net": network.params(), "veth": f"bh{who.id}", "address": address, "mac": who.mac}
    # What container.inspect shows, and enough to compile the same program again.
    record = {**params, "image_id": image.id, "image_digest": image.digest, "created": who.created}
    params["record"] = json.dumps(record, indent=1) + "\n"
    return params


def identity(asked: Asked, facts: Facts, *, claim: bool) -> Identity:
    """A new container's identity. ``claim``: its name and address are taken now; without it
    (``--dry-run``) nothing is written, and the program takes them itself.
    """
    own = os.urandom(6).hex()
    name = asked.name
    if claim and name:
        store.claim_name(name, own)
    elif claim:
        name = store.claim_some_name(own)
    address = NO_ADDRESS
    if spec.network(asked.flags.get("network") or "default") == "default":
        network = networks.default(facts)
        try:
            address = networks.reserve(network, own) if claim else networks.next_address(network)
        except ByhandError:
            if claim:
                (state.root() / "names" / name).unlink(missing_ok=True)
            raise
    return Identity(own, name or names.pick(), address, time.time())


def shape(asked: Asked, image: Image, facts: Facts) -> tuple[str, str] | None:
    """The program and the record with stand-ins for the identity; None when they may not be kept.

    Raises BadValue for a flag that cannot be, before anything is claimed.
    """
    params = parameters(asked, image, facts, STAND_IN)
    if not asked.can_be_kept or programs.holds_stand_in(json.dumps(image.config)):
        return None
    wanted = programs.key(params)
    text = programs.kept(wanted)
    if text is None:
        from byhand.engine.play import compiled

        program = compiled(request(params, programs.COMMAND), STAND_IN.path)
        programs.keep(wanted, program)
        text = program.text
    return text, params["record"]


def program_text(asked: Asked, image: Image, facts: Facts, who: Identity, form: tuple[str, str] | None) -> tuple[str, str]:
    """The program that runs the container and the record it writes down: the form with the
    identity put in, or compiled anew.
    """
    if form is None:
        params = parameters(asked, image, facts, who)
        return compiled_program(asked, image, facts, who).text, params["record"]
    text, record = (
        programs.filled(
            part, id=who.id, name=who.name, address=who.address, mac=who.mac, created=who.created, command=comment(asked.command)
        )
        for part in form
    )
    return text, record


def compiled_program(asked: Asked, image: Image, facts: Facts, who: Identity, *, explain: bool = False) -> Program:
    """The same program, compiled for this very identity."""
    from byhand.engine.play import compiled

    return compiled(request(parameters(asked, image, facts, who), asked.command, explain=explain), who.path)


def _release(who: Identity) -> None:
    """Give back what ``identity`` claimed, when nothing comes of it."""
    for folder in (state.root() / "networks").glob("*/addresses"):
        claim = folder / who.address
        if claim.exists() and claim.read_text(encoding="utf-8").strip() == who.id:
            claim.unlink()
    (state.root() / "names" / who.name).unlink(missing_ok=True)


def check_host(facts: Facts, *, tty: bool) -> None:
    """Raise a clear error when this host cannot run a container: not root, or tools missing."""
    if facts.uid != 0:
        raise ByhandError("container.run needs root: namespaces, mounts and control groups are the kernel's", hint="sudo invoke …")
    missing = [tool for tool in (*TOOLS, *(("script",) if tty else ())) if tool not in facts.tools]
    if missing:
        from byhand.engine.facts import PACKAGES

        listed = ", ".join(f"{tool} (package {PACKAGES[tool][0]})" for tool in missing)
        raise MissingTool(f"not installed: {listed}", hint=facts.install_command(missing))
    if not _is_static(facts.tools["busybox"]):
        raise MissingTool(
            f"{facts.tools['busybox']} is not a static program, so it cannot run inside another root",
            hint=facts.install_command(["busybox"]),
        )


def _is_static(path: str) -> bool:
    """Whether an ELF program needs no loader: it has no PT_INTERP header (elf(5))."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if head[:4] != b"\x7fELF" or head[4] != 2:
        return head[:4] == b"\x7fELF"
    order = "little" if head[5] == 1 else "big"
    offset = int.from_bytes(head[32:40], order)  # type: ignore[arg-type]
    size, count = (int.from_bytes(head[at : at + 2], order) for at in (54, 56))  # type: ignore[arg-type]
    kinds = [head[offset + i * size : offset + i * size + 4] for i in range(count)]
    return (3).to_bytes(4, order) not in kinds  # type: ignore[arg-type]


def request(params: Mapping[str, Any], command: str, *, explain: bool = False) -> Request:
    """The play that runs a container."""
    from byhand.engine import playbook
    from byhand.engine.play import Request

    return Request(playbook.find("container/run"), params, command=command, explain=explain)


def become(asked: Asked, image: Image, facts: Facts) -> NoReturn:
    """Claim a name and an address, write the program to the container's folder and become it.

    What was claimed is given back on an error; after a crash system.recover does it.
    """
    form = shape(asked, image, facts)
    who = identity(asked, facts, claim=True)
    try:
        text, record = program_text(asked, image, facts, who, form)
        for folder in (who.path, who.path / "prior", who.path / "out"):
            state.make_folder(folder)
        state.write(who.path / "program", text, mode=0o700)
        state.write(who.path / "config.json", record)
        claims = ["name"] if who.address == NO_ADDRESS else ["name", "address"]
        state.write(who.path / "journal", "".join(f"claimed {step}\n" for step in claims))
    except BaseException:
        _release(who)
        shutil.rmtree(who.path, ignore_errors=True)
        raise
    run.replace(["sh", str(who.path / "program"), "apply"])


def check_terminal(given: Mapping[str, Any], *, showing: bool) -> None:
    """--tty with --interactive needs a terminal to read from, as docker says too."""
    if given["tty"] and given["interactive"] and not showing and not sys.stdin.isatty():
        raise ByhandError("--tty and --interactive need a terminal, and standard input is none", hint="leave out --tty to pipe into it")


def wants_terminal(given: Mapping[str, Any], words: Sequence[str]) -> bool:
    """Whether to be interactive unasked: at a terminal, with no command and neither flag given."""
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return at_terminal and not words and not given["tty"] and not given["interactive"]
