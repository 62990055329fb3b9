"""Thin Invoke collections: parse flags, call, print. One module an area.

``namespace()`` is what tasks.py shows Invoke and what the ``byhand`` command runs.
"""

from __future__ import annotations

import importlib
import sys

import invoke

from byhand.tasks.flags import Command

# The tasks of an area are in the module of that name and in those beside it.
AREAS = {
    "container": (), "image": (), "network": (), "playbook": ("playbook_about",), "template": (), "host": (), "vm": (), "system": (),
    "dev": (),
}  # fmt: skip


def namespace() -> invoke.Collection:
    """The root collection: every area's tasks, and ``test``.

    When the command line names tasks, only their areas are loaded: Invoke copies the
    flags of every task it knows, which costs 10 ms.
    """
    root = invoke.Collection()
    typed = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    named = {word.partition(".")[0] for word in typed if "." in word} & AREAS.keys()
    only = named and not {"-l", "--list", "-h", "--help", "--complete", "test"} & set(typed)
    for area, besides in AREAS.items():
        if only and area not in named:
            continue
        collection = invoke.Collection(area)
        for name in (area, *besides):
            for value in vars(importlib.import_module(f"byhand.tasks.{name}")).values():
                if isinstance(value, Command):
                    (root if (area, value.name) == ("dev", "test") else collection).add_task(value)
        root.add_collection(collection)
    return root


def main() -> None:
    """The ``byhand`` command: the same tasks in any folder."""
    from byhand import __version__

    invoke.Program(version=__version__, namespace=namespace(), name="byhand", binary="byhand", binary_names=["byhand"]).run()
