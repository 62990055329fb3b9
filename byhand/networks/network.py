"""The default network: chosen once, written down, shared by the containers on it."""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from byhand.engine import state
from byhand.errors import ByhandError, Conflict, NotFound, nearest

if TYPE_CHECKING:
    from byhand.engine.facts import Facts

# Private networks (RFC 1918) that neither docker (172.17/16 …) nor podman (10.88/16) takes by default.
CANDIDATES = ("10.98.0.0/16", "10.99.0.0/16", "10.198.0.0/16", "172.31.96.0/20", "192.168.198.0/24")


class Network(NamedTuple):
    """A bridge network. ``gateway`` is the bridge's address; both it and ``subnet`` have a prefix length."""

    name: str
    bridge: str
    subnet: str
    gateway: str
    mtu: int = 1500

    @property
    def path(self) -> Path:
        return state.root() / "networks" / self.name

    @property
    def record(self) -> str:
        """What is written down of it."""
        return json.dumps(self._asdict(), indent=1) + "\n"

    def params(self) -> dict[str, object]:
        """The parameters of playbooks/network/create.yml."""
        return {**self._asdict(), "path": str(self.path), "record": self.record}


def default(facts: Facts) -> Network:
    """The default network as it was written down, or as it would be made on this host.

    Raises ByhandError when every candidate overlaps a network the host has a route to.
    """
    found = load("default")
    if found:
        return found
    import ipaddress

    bridge = bridge_name(state.root())
    taken = [ipaddress.ip_network(route, strict=False) for route in facts.subnets]
    for candidate in CANDIDATES:
        network = ipaddress.ip_network(candidate)
        if not any(network.overlaps(other) for other in taken):
            return Network("default", bridge, candidate, f"{network[1]}/{network.prefixlen}", host_mtu())
    raise ByhandError("no free network for containers: the host has routes into all of " + ", ".join(CANDIDATES))


def bridge_name(root: Path) -> str:
    """``byhand0``, or for a state folder elsewhere a name of its own, so that two never share a bridge."""
    if str(root) == "/var/lib/byhand":
        return "byhand0"
    return "byh" + blake2b(str(root).encode(), digest_size=4).hexdigest()


def load(name: str) -> Network | None:
    """The network ``name`` as written down, None when there is none."""
    path = state.root() / "networks" / name / "network.json"
    try:
        with open(path, encoding="utf-8") as file:
            return Network(**json.load(file))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise ByhandError(f"{path}: cannot be read: {error}", hint="invoke system.recover") from None


def find(name: str) -> Network:
    """The network ``name``. Raises NotFound with the nearest name."""
    found = load(name)
    if found is None:
        raise NotFound(f"no network '{name}'", hint=nearest(name, names()))
    return found


def names() -> list[str]:
    """The networks there are, sorted."""
    place = state.root() / "networks"
    return sorted(path.name for path in place.iterdir() if (path / "network.json").exists()) if place.is_dir() else []


def host_mtu() -> int:
    """The MTU in bytes of the interface with the default route, 1500 without one."""
    try:
        with open("/proc/net/route", encoding="ascii") as file:
            devices = [line.split()[0] for line in file.readlines()[1:] if line.split()[1] == "00000000"]
        with open(f"/sys/class/net/{devices[0]}/mtu", encoding="ascii") as file:
            return int(file.read())
    except (OSError, IndexError, ValueError):
        return 1500


def reserve(network: Network, owner: str) -> str:
    """Take the lowest free address for ``owner``; the address.

    The file that stands for it is made with O_EXCL, so that of two who want it one gets it.
    """
    folder = network.path / "addresses"
    state.make_folder(network.path)
    state.make_folder(folder)
    for address in free_addresses(network):
        try:
            descriptor = os.open(folder / address, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "w") as file:
            file.write(owner + "\n")
        return address
    raise Conflict(f"network {network.name} has no free address in {network.subnet}", hint="invoke container.rm frees one")


def free_addresses(network: Network) -> list[str]:
    """The first free addresses, lowest first (ten, so that losing a race costs nothing)."""
    folder = network.path / "addresses"
    taken = set(os.listdir(folder)) if folder.is_dir() else set()
    base, _, prefix = network.subnet.partition("/")
    start = int.from_bytes(bytes(map(int, base.split("."))), "big")
    found = []
    # The first is the gateway's, the last is for broadcasts.
    for number in range(start + 2, start + (1 << 32 - int(prefix)) - 1):
        text = f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if text not in taken:
            found.append(text)
            if len(found) == 10:
                break
    return found


def next_address(network: Network) -> str:
    """The address the next container would get. Raises Conflict when there is none."""
    found = free_addresses(network)
    if not found:
        raise Conflict(f"network {network.name} has no free address in {network.subnet}", hint="invoke container.rm frees one")
    return found[0]


def hardware_address(address: str) -> str:
    """A MAC address made from an IPv4 one: a reused address keeps its MAC, so no neighbour's cache is stale."""
    numbers = address.partition("/")[0].split(".")
    return "02:62:" + ":".join(f"{int(number):02x}" for number in numbers)
