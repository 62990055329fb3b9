"""playbook.run, check and undo: on this machine and on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from byhand.tasks.flags import DRY_RUN, EXPLAIN, JSON, Flag, command
from byhand.tasks.requests import NAME, PARAM, SKIP, TAGS, request_of
from byhand.tasks.targets import FLEET, hosts_of, play_on


@command("run", NAME, PARAM, TAGS, SKIP, *FLEET, DRY_RUN, EXPLAIN, JSON, Flag("verbose", "show each step's output", switch=True, short="v"))
def run(given: Mapping[str, Any]) -> int:
    """Run a playbook on this machine."""
    from byhand.engine import play, report

    request = request_of(given)
    if given["dry_run"] or given["explain"]:
        report.data(play.preview(request))
        return 0
    hosts = hosts_of(given, request.book.hosts)
    if hosts:
        return play_on(hosts, request, "apply", play.new_folder().name, given)
    view = report.Steps(as_json=given["json"], verbose=given["verbose"])
    outcome = play.apply(request, view.show)
    if outcome.output.strip():
        report.note(report.printable(outcome.output.rstrip()))
    counts = {word: outcome.count(word) for word in ("ok", "changed", "failed", "undone")} | {"skipped": len(outcome.skipped)}
    view.end(counts, outcome.id, outcome.status)
    return outcome.status


@command("check", NAME, PARAM, TAGS, SKIP, *FLEET, JSON, Flag("diff", "show what would change", switch=True))
def check(given: Mapping[str, Any]) -> int:
    """Ask of each step whether it is so already; 4 when one is not."""
    from byhand.engine import play, report

    request = request_of(given)
    hosts = hosts_of(given, request.book.hosts)
    if hosts:
        return play_on(hosts, request, "diff" if given["diff"] else "check", play.new_folder().name, given)
    view = report.Steps(as_json=given["json"])

    def show(piece: Any, event: Any) -> None:
        if given["diff"] and not given["json"] and event.word == "drift":
            report.data(event.output)
            event = replace(event, output="")
        view.show(piece, event)

    outcome = play.check(request, "diff" if given["diff"] else "check", show)
    if outcome.output.strip():
        report.note(report.printable(outcome.output.rstrip()))
    if outcome.unseen and not given["json"]:
        report.note(f"not asked, since they need results of steps that a check does not run: {', '.join(outcome.unseen)}")
    counts = {word: outcome.count(word) for word in ("ok", "drift", "always")} | {"unseen": len(outcome.unseen)}
    view.end(counts, "", outcome.status)
    return outcome.status


@command("undo", Flag("run", "the run to take back (default: the last one on this machine)"), *FLEET, JSON)
def undo(given: Mapping[str, Any]) -> int:
    """Take back exactly what a run changed."""
    from byhand.engine import play, report
    from byhand.errors import UsageError

    hosts = hosts_of(given, "")
    if hosts and not given["run"]:
        raise UsageError("which run is to be taken back on those hosts is not said", hint="--run ID, as playbook.run printed it")
    if hosts:
        return play_on(hosts, None, "undo", given["run"], given)
    view = report.Steps(as_json=given["json"])
    outcome = play.undo(given["run"] or "", view.show)
    view.end({"undone": outcome.count("undone")}, outcome.id, 0)
    return 0
