"""template.*: what each documented command is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import JSON, Flag, command


@command("ls", JSON)
def ls(given: Mapping[str, Any]) -> None:
    """List the templates: yours in ./templates first, then byhand's."""
    from byhand.engine import report, template
    from byhand.errors import SourceError

    rows = []
    for name in template.names():
        try:
            found = template.find(name)
            rows.append({"name": name, "summary": found.summary, "man": list(found.man)})
        except SourceError as error:
            rows.append({"name": name, "summary": f"! {error.message}", "man": []})
    if given["json"]:
        report.as_json(rows)
    else:
        report.table(["TEMPLATE", "SUMMARY"], [[str(row["name"]), str(row["summary"])] for row in rows])


@command("doc", Flag("template", "its name, network/bridge for instance", positional=True))
def doc(given: Mapping[str, Any]) -> None:
    """Say what a template does, what it takes, and show it."""
    from byhand.engine import report, template
    from byhand.errors import UsageError

    if not given["template"]:
        raise UsageError("no template is named", hint="invoke template.ls shows them")
    found = template.find(given["template"])
    report.data(f"{found.name}: {found.summary}\n{found.why}\n")
    if found.man:
        report.data(f"Manual pages: {', '.join(found.man)}\n")
    for arg in found.args.values():
        need = "required" if arg.required else f"default {arg.default!r}"
        report.data(f"  {arg.name} ({arg.type}{', repeats' if arg.many else ''}; {need}): {arg.help}\n")
    if found.always:
        report.data(f"Runs every time: {found.always}\n")
    if found.undo_none:
        report.data(f"Is not undone: {found.undo_none}\n")
    report.data("\n" + found.text.strip("\n") + "\n")
