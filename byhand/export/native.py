"""Templates that mean exactly what a module of ansible-core means.

Few do. ansible.builtin.copy keeps the owner of the file it replaces and a new file/content has
ours; ``file: state=link`` refuses a link that leads nowhere; ``state=absent`` removes what is
mounted below; ``apt`` installs python3-apt; with ``--check`` a module fails on what an earlier
step would make. Those steps stay the shell they are (ansible-core 2.19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from byhand.export.late import Jinja, condition

Args = Mapping[str, Any]
Module = tuple[str, dict[str, Any]]


def _folder(args: Args) -> Module | None:
    # Ansible makes the folders above with this one's mode, and --check fails where the owner is made by an earlier step.
    if args["parents"] or args["owner"] or args["group"]:
        return None
    return "ansible.builtin.file", {"path": args["path"], "state": "directory", "mode": args["mode"]}


def _assert(args: Args) -> Module:
    that = args["that"]
    if isinstance(that, Jinja):
        inside = that.strip()
        whole = inside.startswith("{{") and inside.endswith("}}") and inside.count("{{") == 1
        that = condition(inside[2:-2].strip()) if whole else that
    return "ansible.builtin.assert", {"that": [that], "fail_msg": args["message"], "quiet": True}


def _pause(args: Args) -> Module | None:
    return ("ansible.builtin.wait_for", {"timeout": args["seconds"]}) if args["seconds"] else None


MODULES: Mapping[str, Callable[[Args], Module | None]] = {
    "file/folder": _folder, "play/assert": _assert, "play/pause": _pause,
}  # fmt: skip
