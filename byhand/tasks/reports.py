"""The flags that say how a run is shown and where its reports go, and the view they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from byhand.tasks.flags import JSON, Flag, shown_command

if TYPE_CHECKING:
    from pathlib import Path

    from byhand.engine.report_view import View

JUNIT = Flag("junit", "write a JUnit XML file: a suite a host, a case a step")
REPORT = Flag("report", "write one HTML page: hosts and steps, times, commands, output")
VERBOSE = Flag("verbose", "show each step's output, and what is skipped", switch=True, short="v")
HERE_URL = "local://"
REPORTING = (JSON, VERBOSE, JUNIT, REPORT)
LISTS = (
    Flag("list-steps", "print the steps and do nothing", switch=True),
    Flag("list-tags", "print the tags and do nothing", switch=True),
    Flag("list-hosts", "print the hosts and do nothing", switch=True),
    Flag("explain-vars", "print each variable, where its value comes from and what it came before, and do nothing", switch=True),
)


def view_of(given: Mapping[str, Any], verb: str, request: Any, hosts: Sequence[str] = (), *, quiet: bool = False) -> View:
    """The view of a run on ``hosts`` by name ([] is this machine). Raises UsageError for a file that could not be written.

    ``quiet``: only what keeps a host from its answer is told, what came of it is shown otherwise.
    """
    from byhand.engine.report_results import HERE, Results
    from byhand.engine.report_view import View

    files: list[Any] = []
    if given.get("junit"):
        from byhand.engine.report_junit import junit

        files.append((writable(given["junit"], "--junit"), junit))
    if given.get("report"):
        from byhand.engine.report_html import page

        files.append((writable(given["report"], "--report"), page))
    book = request.book if request is not None else None
    results = Results(
        verb, playbook=book.path if book else "", title=book.title if book and "{{" not in book.title else "", command=shown_command(),
        hosts=tuple(hosts) or (HERE,),
    )  # fmt: skip
    return View(
        results, as_json=bool(given.get("json")), verbose=bool(given.get("verbose")), named=bool(hosts), quiet=quiet,
        still=bool(given.get("step")),
        patches=verb == "diff" and not hosts, files=files,
    )  # fmt: skip


def writable(name: str, flag: str) -> Path:
    """The path of a file to be written at the end: better refused now than then."""
    import os
    from pathlib import Path

    from byhand.errors import BadValue

    path = Path(os.path.abspath(name))
    if path.is_dir():
        raise BadValue(flag, name, "is a folder", "a file's path")
    if not path.parent.is_dir():
        raise BadValue(flag, name, "its folder does not exist", "a file in a folder that is there")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not path.is_file()):
        raise BadValue(flag, name, "cannot be written", "a file in a folder of yours")
    return path


def listed(given: Mapping[str, Any], hosts: Sequence[Any]) -> bool:
    """Print what --list-steps, --list-tags, --list-hosts or --explain-vars ask for; whether one of them was given."""
    from byhand.engine import report, report_listing
    from byhand.tasks.requests import request_of

    wanted = [flag.key for flag in LISTS if given.get(flag.key)]
    if not wanted:
        return False
    request = request_of(given)
    found: dict[str, Any] = {}
    if "list_hosts" in wanted:
        found["hosts"] = report_listing.hosts(hosts)
    if "list_tags" in wanted:
        found["tags"] = report_listing.tags(request)
    if "list_steps" in wanted:
        found["steps"] = report_listing.steps(request)
    if "explain_vars" in wanted:
        found["variables"] = report_listing.variables(request, hosts)
    if given.get("json"):
        report.as_json(found)
        return True
    for row in found.get("variables", ()):
        where = f"{row['host']}: " if hosts else ""
        report.data(f"{where}{row['name']} = {report.printable(row['value'])}   ({row['from']})\n")
        for other in row["over"]:
            report.data(f"    over {report.printable(other['value'])}   ({other['from']})\n")
    for row in found.get("hosts", ()):
        report.data(f"{row['host']}\n")
    for tag in found.get("tags", ()):
        report.data(f"{tag}\n")
    if "steps" in found:
        rows = [
            [report.printable(row["step"]), row["uses"], ",".join(row["tags"]), f"{row['file']}:{row['line']}"] for row in found["steps"]
        ]
        report.table(["STEP", "USES", "TAGS", "WHERE"], rows)
    return True
