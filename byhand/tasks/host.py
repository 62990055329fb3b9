"""host.*: what this machine has, and what byhand needs on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import DRY_RUN, JSON, Flag, command
from byhand.tasks.targets import FLEET, hosts_of, how_of
from byhand.tasks.verifying import VERIFY, verified


@command("setup", DRY_RUN, Flag("verbose", "show each step's output", short="v", switch=True))
def setup(given: Mapping[str, Any]) -> int:
    """Install the documented tools: runs the playbook host/setup."""
    from byhand.tasks import playbook

    empty = {"playbook": "host/setup", "param": [], "tags": "", "skip_tags": "", "explain": False, "json": False}
    return int(playbook.run.body(None, **{**empty, **given}) or 0)


@command("verify", Flag("playbook", "a playbook (default: host/setup)", many=True, positional=False), *VERIFY)
def verify(given: Mapping[str, Any]) -> int:
    """Test hosts against playbooks, host/setup unless others are named; 4 when one is not so. What follows -- goes to pytest."""
    return verified(given["playbook"] or ["host/setup"], given)


@command("facts", JSON)
def facts(given: Mapping[str, Any]) -> None:
    """Say what is true of this host: control groups, tools, distribution."""
    from byhand.engine import report
    from byhand.engine.facts import PACKAGES, Facts

    found = Facts()
    if given["json"]:
        report.as_json(found.as_dict())
        return
    group = found.cgroup
    release = found.os_release.get("PRETTY_NAME", "unknown")
    report.data(f"distribution   {release} ({found.architecture}, kernel {found.kernel})\n")
    report.data(f"control groups {group.version}: {' '.join(group.controllers)}\n")
    report.data(f"iptables       {found.iptables or 'not installed'}\n")
    report.data(f"name servers   {' '.join(found.nameservers)}\n")
    for tool in sorted(PACKAGES):
        report.data(f"{tool:<14} {found.tools.get(tool) or 'missing: package ' + found.package(tool)}\n")


@command("snapshot", *FLEET, JSON)
def snapshot(given: Mapping[str, Any]) -> None:
    """Print what a host looks like, as playbook.test compares it: files, mounts, network, rules, users, services, packages."""
    from byhand.engine import inventory, proof, report
    from byhand.errors import UsageError

    hosts = hosts_of(given, "") or [inventory.target("local://")]
    if len(hosts) > 1:
        raise UsageError(f"{len(hosts)} hosts are named", hint="a snapshot is of one")
    found = proof.look(hosts[0], how_of(given))
    if given["json"]:
        report.as_json([{"area": area, "name": name, "state": how} for (area, name), how in found.things.items()])
        return
    for note in found.notes:
        report.note(report.printable(note))
    for (area, name), how in sorted(found.things.items()):
        report.data(report.printable(f"{area} {name}  {how}".rstrip()).replace("\n", "\\n") + "\n")
