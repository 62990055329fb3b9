"""Thin Invoke collections: parse flags, call, print. One module an area.

``namespace()`` is what tasks.py shows Invoke and what the ``byhand`` command runs.
"""

from __future__ import annotations

import importlib

import invoke

from byhand.tasks.flags import Command

AREAS = ("container", "image", "network", "playbook", "template", "host", "system", "dev")


def namespace() -> invoke.Collection:
    """The root collection: every area's tasks, and ``test``."""
    root = invoke.Collection()
    for area in AREAS:
        module = importlib.import_module(f"byhand.tasks.{area}")
        collection = invoke.Collection(area)
        for value in vars(module).values():
            if isinstance(value, Command):
                collection.add_task(value)
        root.add_collection(collection)
        if area == "dev":
            root.add_task(module.test)
    return root


def main() -> None:
    """The ``byhand`` command: the same tasks in any folder."""
    from byhand import __version__

    invoke.Program(version=__version__, namespace=namespace(), name="byhand", binary="byhand", binary_names=["byhand"]).run()
