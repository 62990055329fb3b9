"""playbook.run, check, verify, undo, test and drift: on this machine and on others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import DRY_RUN, EXPLAIN, JSON, Flag, command
from byhand.tasks.reports import LISTS, REPORTING, VERBOSE, listed, view_of
from byhand.tasks.requests import NAME, PARAM, SKIP, START_AT, STEP, TAGS, request_of, required
from byhand.tasks.targets import FLEET, hosts_of, how_of, play_on, preview_on
from byhand.tasks.verifying import VERIFY, verified

DIFF = Flag("diff", "show what would change", switch=True)


@command("run", NAME, PARAM, TAGS, SKIP, START_AT, STEP, *FLEET, DRY_RUN, EXPLAIN, *LISTS, *REPORTING)
def run(given: Mapping[str, Any]) -> int:
    """Run a playbook on this machine."""
    from byhand.engine import play, report

    request = request_of(given)
    hosts = hosts_of(given, request.book.hosts)
    if given["dry_run"] or given["explain"]:
        report.data(preview_on(hosts, request, given) if hosts else play.preview(request))
        return 0
    if listed(given, hosts):
        return 0
    if hosts:
        return play_on(hosts, request, "apply", play.new_folder().name, given)
    with view_of(given, "apply", request) as view:
        outcome = play.alone(request, view.show, how_of(given).wait)
        view.end(outcome)
    return outcome.status


@command("check", NAME, PARAM, TAGS, SKIP, START_AT, *FLEET, DIFF, *LISTS, *REPORTING)
def check(given: Mapping[str, Any]) -> int:
    """Ask of each step whether it is so already; 4 when one is not."""
    from byhand.engine import play, report

    request = request_of(given)
    hosts = hosts_of(given, request.book.hosts)
    if listed(given, hosts):
        return 0
    verb = "diff" if given["diff"] else "check"
    if hosts:
        return play_on(hosts, request, verb, play.new_folder().name, given)
    with view_of(given, verb, request) as view:
        outcome = play.check(request, verb, view.show)
        if outcome.unseen and not given["json"]:
            report.note(f"not asked, since they need results of steps that a check does not run: {', '.join(outcome.unseen)}")
        view.end(outcome)
    return outcome.status


@command("verify", NAME, PARAM, TAGS, SKIP, *VERIFY)
def verify(given: Mapping[str, Any]) -> int:
    """Test hosts against a playbook: each step, and the tests it names; 4 when one is not so. What follows -- goes to pytest."""
    return verified([required(given["playbook"])], given)


@command("undo", Flag("run", "the run to take back (default: the last one on this machine)"), *FLEET, *REPORTING)
def undo(given: Mapping[str, Any]) -> int:
    """Take back exactly what a run changed."""
    from byhand.engine import play
    from byhand.errors import UsageError

    hosts = hosts_of(given, "")
    if hosts and not given["run"]:
        raise UsageError("which run is to be taken back on those hosts is not said", hint="--run ID, as playbook.run printed it")
    if hosts:
        return play_on(hosts, None, "undo", given["run"], given)
    with view_of(given, "undo", None) as view:
        outcome = play.undo(given["run"] or "", view.show, how_of(given).wait)
        view.end(outcome)
    return 0


YES = Flag("yes", "this machine is meant: change it and take that back", short="y", switch=True)


@command("test", NAME, PARAM, TAGS, SKIP, *FLEET, YES, JSON, VERBOSE)
def test(given: Mapping[str, Any]) -> int:
    """Prove a playbook: apply, check, apply again, undo, and the host is as before; 1 and the steps at fault when not."""
    from byhand.engine import proof, proof_view
    from byhand.errors import UsageError

    request = request_of(given)
    hosts = hosts_of(given, request.book.hosts)
    if not hosts and not given["yes"]:
        raise UsageError("playbook.test changes this machine and takes that back", hint="--yes when that is meant, or --hosts for another")
    how = how_of(given)
    grounds: list[proof.Ground] = [proof.There(host, request, how) for host in hosts] or [proof.Here(request)]
    return proof_view.prove_all(grounds, forks=how.forks, as_json=given["json"], verbose=given["verbose"])


@command("drift", NAME, PARAM, TAGS, SKIP, *FLEET, *REPORTING)
def drift(given: Mapping[str, Any]) -> int:
    """Ask many hosts whether they are as a playbook says: 4 when one is not, else 3 when one was not reached."""
    from byhand.engine import fleet, inventory, report_drift
    from byhand.tasks.reports import HERE_URL

    request = request_of(given)
    hosts = hosts_of(given, request.book.hosts) or [inventory.target(HERE_URL)]
    with view_of(given, "check", request, [host.name for host in hosts], quiet=not given["verbose"]) as view:
        fleet.play(hosts, request, "check", "", view.show_at, how_of(given), view.ended)
        view.results.status = report_drift.status(view.results)
    if not given["json"]:
        report_drift.show(view.results)
    return view.results.status
