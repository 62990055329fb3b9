"""playbook.show, explain, list, export, schema and lint: what there is and what it does, without doing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import JSON, Flag, command
from byhand.tasks.requests import NAME, PARAM, SKIP, TAGS, request_of, required
from byhand.tasks.targets import FLEET, hosts_of

FORMAT = Flag("format", "sh: a program for each host; ansible: a playbook for ansible-core", default="sh")
OUTPUT = Flag("output", "the file it is written to; a folder for the programs of several hosts (default: stdout)", short="o")


@command("show", NAME, PARAM, TAGS, SKIP)
def show(given: Mapping[str, Any]) -> None:
    """Print the program a playbook compiles to."""
    from byhand.engine import play, report

    report.data(play.preview(request_of(given)))


@command("explain", NAME, JSON)
def explain(given: Mapping[str, Any]) -> None:
    """Say what a playbook does, step by step, and why."""
    from byhand.engine import playbook, report, report_listing

    book = playbook.find(required(given["playbook"]))
    steps = report_listing.explained(book)
    if given["json"]:
        report.as_json({"playbook": book.name, "title": book.title, "why": book.why, "steps": steps})
        return
    report.data(f"{book.title}\n" + (f"{book.why}\n" if book.why else ""))
    for name, param in book.params.items():
        need = "required" if param.required else f"default {param.default!r}"
        report.data(f"  {name} ({param.type}{', repeats' if param.many else ''}; {need}): {param.help}\n")
    for i, item in enumerate(steps, 1):
        part = f" ({item['part']})" if item["part"] else ""
        report.data(f"\n{i}. {item['step']}{part}\n   {item['uses']}" + (f": {', '.join(item['man'])}" if item["man"] else "") + "\n")
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


@command("export", NAME, FORMAT, PARAM, TAGS, SKIP, *FLEET, OUTPUT)
def export(given: Mapping[str, Any]) -> None:
    """Write a playbook as files that run without byhand."""
    from byhand import values
    from byhand.engine import report
    from byhand.errors import UsageError
    from byhand.export import targets

    kind = values.convert(given["format"], "text", choices=["sh", "ansible"], label="--format")
    request = request_of(given)
    hosts = hosts_of(given, request.book.hosts)
    if kind == "sh" and len(hosts) > 1 and not given["output"]:
        raise UsageError(f"there is a program for each of {len(hosts)} hosts", hint="--output DIR")
    found = targets.targets(hosts, values.convert(given["forks"], "count", label="--forks"))
    name = request.book.name.rpartition("/")[2]
    texts = targets.as_programs(request, found) if kind == "sh" else {name: targets.as_ansible(request, found)}
    if not given["output"]:
        report.data("".join(texts.values()))
        return
    for path in targets.save(texts, given["output"], ".sh" if kind == "sh" else ".yml"):
        report.note(str(path))


@command("schema")
def schema(given: Mapping[str, Any]) -> None:
    """Print a JSON Schema of playbooks for editors."""
    from byhand.engine import report
    from byhand.engine import schema as made

    report.as_json(made.schema())


@command("lint", Flag("playbooks", "names or files, with commas between; all: every one there is", positional=True), PARAM, JSON)
def lint(given: Mapping[str, Any]) -> int:
    """Say what is wrong in playbooks, or would surprise, without running anything."""
    from byhand.engine import lint as linter
    from byhand.engine import playbook, report

    words = required(given["playbooks"]).split(",")
    names = playbook.names() if words == ["all"] else [word for word in words if word]
    params = dict(pair.partition("=")[::2] for pair in given["param"] or [])
    found = [finding for name in names for finding in linter.lint(name, params)]
    if given["json"]:
        report.as_json([{"file": one.path, "line": one.line, "level": "error" if one.error else "warning", "code": one.code,
                         "message": one.message} for one in found])  # fmt: skip
    else:
        report.data("".join(f"{finding}\n" for finding in found))
        report.note(f"{len(found)} found in {len(names)} playbooks" if found else f"nothing found in {len(names)} playbooks")
    return 1 if found else 0
