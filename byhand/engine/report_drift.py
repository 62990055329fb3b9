"""What has drifted on which host, as a table, and as one exit status."""

from __future__ import annotations

from byhand.engine import report
from byhand.engine.report_results import Results
from byhand.engine.report_view import spell

DRIFT, UNREACHABLE = 4, 3


def show(results: Results) -> None:
    """A row a host: its state, and the steps that are not as the playbook says."""
    rows = []
    for host in results.hosts.values():
        drifted = [step.title for step in host.steps if step.state == "drift"]
        told = ", ".join(drifted) or next(iter(host.message.splitlines()), "")
        rows.append([host.name, host.state, f"{len(drifted)}/{len(host.steps)}", spell(host.seconds), report.printable(told)])
    report.table(["HOST", "STATE", "DRIFTED", "TIME", "STEPS"], rows)


def status(results: Results) -> int:
    """4 when a host has drifted: that is known, and something to do. Else 1 when a check could not
    be made, else 3 when a host was not reached; 0 says that every host is as the playbook says.
    """
    states = {host.state for host in results.hosts.values()}
    if "drift" in states:
        return DRIFT
    if states & {"failed", "stuck", "error"}:
        return 1
    return UNREACHABLE if states - {"ok", "changed", "undone"} else 0
