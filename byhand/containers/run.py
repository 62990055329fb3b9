"""container.run: image, spec, program, and then this process becomes the program."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from byhand import values
from byhand.containers import limits, names, spec, store
from byhand.engine import playbook, run, state
from byhand.engine.facts import Facts
from byhand.engine.play import Request, compiled
from byhand.errors import ByhandError, MissingTool
from byhand.networks import network as networks

if TYPE_CHECKING:
    from byhand.images.store import Image

TOOLS = ("ip", "iptables", "mount", "unshare", "nsenter", "setpriv", "busybox", "cgcreate", "cgset", "flock")


def prepare(given: Mapping[str, Any], words: Sequence[str], image: Image, facts: Facts, *, claim: bool) -> tuple[dict[str, Any], Path]:
    """The parameters of playbooks/container/run.yml, and the container's folder.

    ``claim``: take the name and an address now; without it (``--dry-run``) nothing is
    written, and the program takes them itself.
    """
    identity = secrets.token_hex(6)
    name = values.convert(given["name"], "name", label="--name") if given.get("name") else names.pick()
    made = spec.build(given, words, image.config.get("config") or {}, id=identity, name=name)
    root = state.root()
    path = root / "containers" / identity
    cgroup = facts.cgroup
    controllers = limits.controllers(made.limits, cgroup)
    group = f"byhand-{identity}"
    mounts = list(dict.fromkeys(cgroup.mounts[c] for c in controllers))
    version = "v2" if cgroup.version == "v2" else "v1"
    params: dict[str, Any] = {
        "id": identity, "name": name, "image": made.image, "root": str(root), "path": str(path),
        "layers": [str(root / "layers" / "l" / link) for link in image.lower],
        "argv": list(made.argv), "env": list(made.env), "search": made.search, "hostname": made.hostname,
        "workdir": made.workdir, "user": made.user, "tty": made.tty, "interactive": made.interactive, "rm": made.rm,
        "read_only": made.read_only, "network": made.network,
        "volumes": [asdict(v) for v in made.volumes],
        "tmpfs": [{"target": target, "options": options} for target, options in made.tmpfs],
        "cgroup": group, "cgroup_version": version, "controllers": controllers, "mounts": mounts,
        "groups": [f"{mount}/{group}" for mount in mounts], "limits": limits.settings(made.limits, cgroup),
        "memory": made.limits.memory,
        "nameservers": facts.nameservers, "domains": facts.search_domains, "capabilities": list(made.capabilities),
        "busybox": facts.tools.get("busybox", "/bin/busybox"), "script": facts.tools.get("script", "/usr/bin/script"),
    }  # fmt: skip
    if "memory" in controllers:
        params["oom_file"] = f"{cgroup.mounts['memory']}/{group}/" + ("memory.events" if version == "v2" else "memory.oom_control")
    if made.network == "default":
        network = networks.default(facts.subnets)
        params |= {"net": network.params(), "veth": f"bh{identity}"}
        address = networks.reserve(network, identity) if claim else _would_get(network)
        params |= {"address": address, "mac": networks.hardware_address(address)}
    if claim:
        try:
            store.claim_name(name, identity)
        except ByhandError:
            _release(params)
            raise
    params["record"] = json.dumps(_record(params, image), indent=1) + "\n"
    return params, path


def _would_get(network: networks.Network) -> str:
    free = networks.free_addresses(network)
    if not free:
        raise ByhandError(f"network {network.name} has no free address in {network.subnet}")
    return f"{free[0]}/{network.subnet.partition('/')[2]}"


def _release(params: Mapping[str, Any], *, name: bool = False) -> None:
    """Give back what ``prepare`` claimed, when nothing comes of it."""
    if "net" in params:
        (Path(params["net"]["path"]) / "addresses" / params["address"].partition("/")[0]).unlink(missing_ok=True)
    if name:
        (state.root() / "names" / params["name"]).unlink(missing_ok=True)


def _record(params: Mapping[str, Any], image: Image) -> dict[str, Any]:
    """What container.inspect shows, and enough to compile the same program again."""
    return {**params, "image_id": image.id, "image_digest": image.digest, "created": time.time()}


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
    return Request(playbook.find("container/run"), params, command=command, explain=explain)


def become(params: dict[str, Any], path: Path, command: str) -> NoReturn:
    """Write the program to the container's folder and become it; what was claimed is given back on error."""
    try:
        program = compiled(request(params, command), path)
        state.make_folder(path)
        state.write(path / "program", program.text, mode=0o700)
    except BaseException:
        _release(params, name=True)
        if path.is_dir():
            path.rmdir()
        raise
    run.replace(["sh", str(path / "program"), "apply"])


def check_terminal(given: Mapping[str, Any], *, showing: bool) -> None:
    """--tty with --interactive needs a terminal to read from, as docker says too."""
    if given["tty"] and given["interactive"] and not showing and not sys.stdin.isatty():
        raise ByhandError("--tty and --interactive need a terminal, and standard input is none", hint="leave out --tty to pipe into it")


def wants_terminal(given: Mapping[str, Any], words: Sequence[str]) -> bool:
    """Whether to be interactive unasked: at a terminal, with no command and neither flag given."""
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return at_terminal and not words and not given["tty"] and not given["interactive"] and not os.environ.get("CI")
