"""Invoke tasks with flags written down as data.

Invoke makes flags from a function's signature and chooses the letters itself; docker's
users expect docker's letters, and a playbook's flags come from its ``params``. A Flag
says it all in one line, and no signature is inspected at start-up.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import invoke
from invoke.parser import Argument

from byhand.errors import ByhandError


@dataclass(frozen=True)
class Flag:
    """One flag: its name (``memory-swap``), its letter or other name, and whether it is a switch or repeats.

    ``positional``: it may be given without its name.
    """

    name: str
    help: str
    short: str = ""
    switch: bool = False
    many: bool = False
    positional: bool = False
    default: Any = None

    @property
    def key(self) -> str:
        return self.name.replace("-", "_")

    def argument(self) -> Argument:
        names = (self.name, self.short) if self.short else (self.name,)
        attribute = self.key if "-" in self.name else None
        kind: type = bool if self.switch else list if self.many else str
        default = False if self.switch else None if self.many else self.default
        return Argument(names=names, kind=kind, default=default, help=self.help, positional=self.positional, attr_name=attribute)


class Command(invoke.Task):  # type: ignore[type-arg]
    """A task whose flags are given as data."""

    flags: Sequence[Flag]

    def __init__(self, body: Callable[..., Any], name: str, flags: Sequence[Flag]) -> None:
        self.flags = flags
        super().__init__(body, name=name, positional=[flag.key for flag in flags if flag.positional])

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:  # noqa: ARG002 (Invoke's signature)
        ordered = sorted(self.flags, key=lambda flag: not flag.positional)
        return [flag.argument() for flag in ordered]


def command(name: str, *flags: Flag) -> Callable[[Callable[[Mapping[str, Any]], int | None]], Command]:
    """Make a task of a function that takes its flags as one mapping and returns an exit code.

    A ByhandError becomes one clear line and its exit code; a traceback is shown only with
    Invoke's ``--debug``.
    """

    def decorate(function: Callable[[Mapping[str, Any]], int | None]) -> Command:
        def body(context: invoke.Context, **given: Any) -> None:
            values = {flag.key: given.get(flag.key, flag.default) for flag in flags}
            code = guarded(lambda: function(values))
            # The process ends soon: its last collections need not walk all that was imported (5 ms).
            gc.freeze()
            if code:
                raise invoke.Exit(code=code)

        body.__doc__ = function.__doc__
        body.__name__ = function.__name__
        return Command(body, name, flags)

    return decorate


def guarded(function: Callable[[], int | None]) -> int:
    """Run ``function``; its exit code, or that of the error it ended with."""
    try:
        return function() or 0
    except ByhandError as error:
        from byhand.engine import report

        report.error(error)
        if os.environ.get("INVOKE_DEBUG"):
            raise
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of stdout went away: nothing is wrong with what was done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def remainder() -> list[str]:
    """What follows ``--`` on the command line, word for word.

    Invoke 3 joins it with spaces, which loses the quoting; sys.argv still has it.
    """
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def shown_command() -> str:
    """This command as a person would type it, for a program's header."""
    from byhand.engine import quoting

    return quoting.command_line([os.path.basename(sys.argv[0]), *sys.argv[1:]])


DRY_RUN = Flag("dry-run", "print the program instead of running it", switch=True)
EXPLAIN = Flag("explain", "print the program with each step's reason and manual pages", switch=True)
JSON = Flag("json", "print data as JSON", switch=True)
