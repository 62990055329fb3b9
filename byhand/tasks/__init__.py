"""Thin Invoke collections: parse flags, call, print. One module an area.

``namespace()`` is what tasks.py shows Invoke and what the ``byhand`` command runs.
"""

from __future__ import annotations

import importlib
import sys

import invoke

from byhand.tasks.flags import Command

AREAS = ("container", "image", "network", "playbook", "template", "host", "system", "dev")


def namespace() -> invoke.Collection:
    """The root collection: every area's tasks, and ``test``.

    When the command line names tasks, only their areas are loaded: Invoke copies the
    flags of every task it knows, which costs 10 ms.
    """
    root = invoke.Collection()
    typed = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    named = {word.partition(".")[0] for word in typed if "." in word} & set(AREAS)
    only = named and not {"-l", "--list", "-h", "--help", "--complete", "test"} & set(typed)
    for area in AREAS:
        if only and area not in named:
            continue
        module = importlib.import_module(f"byhand.tasks.{area}")
        collection = invoke.Collection(area)
        for value in vars(module).values():
            if isinstance(value, Command):
                (root if value.name == "test" else collection).add_task(value)
        root.add_collection(collection)
    return root


def main() -> None:
    """The ``byhand`` command: the same tasks in any folder."""
    from byhand import __version__

    invoke.Program(version=__version__, namespace=namespace(), name="byhand", binary="byhand", binary_names=["byhand"]).run()
