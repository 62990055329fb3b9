"""network.*: the networks containers are on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import JSON, Flag, command


@command("ls", JSON)
def ls(given: Mapping[str, Any]) -> None:
    """List the networks."""
    from byhand.engine import report
    from byhand.networks import network

    found = [network.find(name) for name in network.names()]
    if given["json"]:
        report.as_json([n._asdict() for n in found])
    else:
        report.table(["NETWORK", "BRIDGE", "SUBNET", "GATEWAY"], [[n.name, n.bridge, n.subnet, n.gateway] for n in found])


@command("rm", Flag("network", "its name", positional=True))
def rm(given: Mapping[str, Any]) -> None:
    """Remove a network and put back what it changed on the host."""
    from byhand.containers import lifecycle
    from byhand.engine import report
    from byhand.errors import UsageError
    from byhand.networks import network

    if not given["network"]:
        raise UsageError("no network is named", hint="invoke network.ls shows them")
    found = network.find(given["network"])
    lifecycle.remove_network(found)
    report.data(f"{found.name}\n")
