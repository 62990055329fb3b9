"""playbook.*: run, check, undo and show playbooks, byhand's and your own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from byhand.tasks.flags import DRY_RUN, EXPLAIN, JSON, Flag, command, shown_command

HOSTS = Flag("hosts", "the hosts: ssh://USER@HOST:PORT, local://, docker://NAME, or a pattern of the inventory (comma-separated)")
INVENTORY = Flag("inventory", "an inventory as Ansible has them: a file, a folder, or 'a,b,'", short="i", many=True)
LIMIT = Flag("limit", "of those hosts only these (a pattern)", short="l")
FORKS = Flag("forks", "how many hosts at a time", short="f", default="5")
FLEET = (HOSTS, INVENTORY, LIMIT, FORKS)
NAME = Flag("playbook", "its name, or its file", positional=True)
PARAM = Flag("param", "a parameter as NAME=VALUE; a list is given value by value", short="p", many=True)
TAGS = Flag("tags", "only steps with one of these tags (comma-separated)")
SKIP = Flag("skip-tags", "no steps with one of these tags")


def _request(given: Mapping[str, Any]) -> Any:
    from byhand.engine import playbook
    from byhand.engine.play import Request

    book = playbook.find(_required(given["playbook"]))
    params = parse_params(given.get("param") or [], book.params)
    return Request(
        book, params, tags=_words(given.get("tags")), skip_tags=_words(given.get("skip_tags")), command=shown_command(),
        explain=bool(given.get("explain")),
    )  # fmt: skip


def _required(name: str | None) -> str:
    from byhand.errors import UsageError

    if not name:
        raise UsageError("no playbook is named", hint="invoke playbook.list shows them")
    return name


def _words(text: str | None) -> frozenset[str]:
    return frozenset(word.strip() for word in (text or "").split(",") if word.strip())


def parse_params(pairs: list[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs as a mapping; a parameter that takes many collects its values."""
    from byhand.errors import BadValue, nearest

    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadValue("parameter", pair, "has no value", "NAME=VALUE")
        if name not in known:
            raise BadValue("parameter", name, "is not one of this playbook", nearest(name, known))
        if known[name].many or known[name].type in ("words", "command"):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _hosts(given: Mapping[str, Any], pattern: str) -> list[Any]:
    """The hosts a command line names; [] means this machine, as always."""
    if not given.get("hosts") and not given.get("inventory"):
        return []
    from byhand.engine import inventory

    wanted = given.get("hosts") or pattern or "all"
    if all("://" in word for word in wanted.split(",")):
        return [inventory.target(word) for word in wanted.split(",")]
    return inventory.load(given.get("inventory") or []).select(wanted, given.get("limit") or "")


def _on_hosts(hosts: list[Any], request: Any, verb: str, run_id: str, given: Mapping[str, Any]) -> int:
    """Play on other hosts and say what came of each; 1 when one failed, 3 when one was not reached."""
    from byhand import values
    from byhand.engine import fleet, report

    view = report.Steps(as_json=given["json"], verbose=bool(given.get("verbose")))
    forks = values.convert(given["forks"], "count", label="--forks")
    outcomes = fleet.play(hosts, request, verb, run_id, view.show_at, forks=forks)
    for name, outcome in outcomes.items():
        if outcome.output.strip():
            report.note(report.printable(f"{name}: {outcome.output.strip().removeprefix(f'{name}: ')}"))
        counts = {word: outcome.count(word) for word in ("ok", "changed", "failed", "drift", "undone")}
        if outcome.steps or outcome.status == 0:
            view.end(counts, run_id, outcome.status, name)
    statuses = {outcome.status for outcome in outcomes.values()}
    for worst in (status for status in statuses if status not in (0, 3, 4)):
        return worst if len(outcomes) == 1 else 1
    return max(statuses, default=0) if verb in ("check", "diff") or 3 in statuses else 0


@command("run", NAME, PARAM, TAGS, SKIP, *FLEET, DRY_RUN, EXPLAIN, JSON, Flag("verbose", "show each step's output", switch=True, short="v"))
def run(given: Mapping[str, Any]) -> int:
    """Run a playbook on this machine."""
    from byhand.engine import play, report

    request = _request(given)
    if given["dry_run"] or given["explain"]:
        report.data(play.preview(request))
        return 0
    hosts = _hosts(given, request.book.hosts)
    if hosts:
        return _on_hosts(hosts, request, "apply", play.new_folder().name, given)
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

    request = _request(given)
    hosts = _hosts(given, request.book.hosts)
    if hosts:
        return _on_hosts(hosts, request, "diff" if given["diff"] else "check", play.new_folder().name, given)
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

    hosts = _hosts(given, "")
    if hosts and not given["run"]:
        raise UsageError("which run is to be taken back on those hosts is not said", hint="--run ID, as playbook.run printed it")
    if hosts:
        return _on_hosts(hosts, None, "undo", given["run"], given)
    view = report.Steps(as_json=given["json"])
    outcome = play.undo(given["run"] or "", view.show)
    view.end({"undone": outcome.count("undone")}, outcome.id, 0)
    return 0


@command("show", NAME, PARAM, TAGS, SKIP)
def show(given: Mapping[str, Any]) -> None:
    """Print the program a playbook compiles to."""
    from byhand.engine import play, report

    report.data(play.preview(_request(given)))


@command("explain", NAME, JSON)
def explain(given: Mapping[str, Any]) -> None:
    """Say what a playbook does, step by step, and why."""
    from byhand.engine import playbook, report, template

    book = playbook.find(_required(given["playbook"]))
    steps: list[dict[str, Any]] = []
    for step in book.steps:
        found = template.find(step.template) if step.template else None
        steps.append(
            {
                "step": step.name,
                "uses": step.template or f"playbook {step.include}",
                "why": found.why if found else playbook.find(step.include).why if "{{" not in step.include else "",
                "man": list(found.man) if found else [],
                "when": list(step.when),
                "line": step.line,
            }
        )
    if given["json"]:
        report.as_json({"playbook": book.name, "title": book.title, "why": book.why, "steps": steps})
        return
    report.data(f"{book.title}\n" + (f"{book.why}\n" if book.why else ""))
    for name, param in book.params.items():
        need = "required" if param.required else f"default {param.default!r}"
        report.data(f"  {name} ({param.type}{', repeats' if param.many else ''}; {need}): {param.help}\n")
    for i, item in enumerate(steps, 1):
        report.data(f"\n{i}. {item['step']}\n   {item['uses']}" + (f": {', '.join(item['man'])}" if item["man"] else "") + "\n")
        if item["when"]:
            report.data(f"   when: {' and '.join(item['when'])}\n")
        if item["why"]:
            report.data(f"   {item['why']}\n")


@command("list", JSON)
def list_(given: Mapping[str, Any]) -> None:
    """List the playbooks: yours in ./playbooks first, then byhand's."""
    from byhand.engine import playbook, report
    from byhand.errors import SourceError

    rows = []
    for name in playbook.names():
        try:
            book = playbook.find(name)
            rows.append({"name": name, "title": book.title, "file": book.path})
        except SourceError as error:
            rows.append({"name": name, "title": f"! {error.message}", "file": error.path})
    if given["json"]:
        report.as_json(rows)
    else:
        report.table(["PLAYBOOK", "TITLE"], [[row["name"], row["title"]] for row in rows])
