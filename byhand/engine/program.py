"""A compiled program: its steps as the frame ``templates/program.sh.j2`` takes them, and its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from byhand import __version__
from byhand.engine import environment, modifiers, secret, template
from byhand.engine.modifiers import Modifiers
from byhand.engine.playbook import Playbook
from byhand.engine.template import Template


@dataclass(frozen=True)
class Section:
    """A folder with its own lock and journal. ``shared``: another object's, only added to here."""

    folder: str
    shared: bool = False


@dataclass(frozen=True)
class Piece:
    """One step of a program: its rendered blocks and what the frame must know of it.

    ``section`` counts from 1. ``line`` and ``path`` are where the step is written.
    """

    id: str
    title: str
    template: Template
    blocks: tuple[tuple[str, str], ...]
    section: int
    path: str
    line: int
    register: str = ""
    at_exit: bool = False
    become: str = ""
    become_method: str = ""
    looped: bool = False
    modifiers: Modifiers = modifiers.NONE
    handler: bool = False
    rescue: bool = False

    @property
    def unasked(self) -> str:
        """Why a check says nothing of it, "" when it does."""
        if self.handler:
            return "a handler: it runs when it is notified"
        if self.rescue:
            return "a rescue: it runs when its block fails"
        if self.modifiers.when:
            return "not asked: whether it runs depends on the result of another step"
        if self.at_exit:
            return "not asked: it lasts only as long as the program"
        return f"not asked: {self.template.always}" if self.template.always and not self.modifiers.guards else ""

    @property
    def note(self) -> str:
        """Where the step comes from: its template and the manual pages."""
        return f"{self.template.name}: {', '.join(self.template.man)}".rstrip(": ")

    @property
    def why(self) -> str:
        return self.template.why

    @property
    def undo_none(self) -> str:
        return self.template.undo_none


@dataclass(frozen=True)
class Program:
    """A compiled program. ``remaining``: the index of the first step left for the next
    program, because it needs a result of this one; None when the play is complete.
    ``results``: those known without running it, of skipped steps and of programs before.
    ``secrets``: where those it uses are kept; ``one_line``: those that may have one line only.
    ``variables``: the play's own parameters and variables, a secret as its mark.
    """

    text: str
    title: str
    pieces: tuple[Piece, ...]
    sections: tuple[Section, ...]
    remaining: int | None = None
    skipped: tuple[str, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    one_line: frozenset[str] = frozenset()
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A line of a program's plan: a step, or a block of steps.

    ``inside``: the function it stands in, ``rescue_2`` for instance, "" for the plan itself.
    ``block``: a block's number, 0 for a step. ``together``: the number of a loop whose items
    run ``workers`` at a time, each item in a worker's function of its own.
    """

    inside: str
    section: int
    id: str = ""
    title: str = ""
    block: int = 0
    rescues: bool = False
    together: int = 0
    workers: int = 0


def text(
    book: Playbook, title: str, pieces: Sequence[Piece], sections: Sequence[Section], entries: Sequence[Entry], *,
    home: str, command: str = "", explain: bool = False, notified: frozenset[str] = frozenset(),
) -> str:  # fmt: skip
    """The program's text: the frame with its steps.

    ``home``: the folder of the run's journal. ``notified``: the handlers that earlier
    programs of the play have notified.
    """
    marks = [(piece.id, _marks(piece)) for piece in pieces]

    def marked(mark: str) -> str:
        named = [identity for identity, found in marks if found[mark]]
        return f" {' '.join(named)} " if named else " "

    header = [command] if command else []
    if explain and book.why:
        header.append(book.why)
    env, sources = environment.commands()
    name = "program.sh.j2"
    if name not in sources.texts:
        sources.texts[name] = (template.packaged("templates") / name).read_text(encoding="utf-8")
    shell = "".join(block for piece in pieces for _, block in (*piece.blocks, *piece.modifiers.conditions))
    return env.get_template(name).render(
        title=title, header=header, version=__version__, steps=pieces, sections=sections, home=home, marked=marked, explain=explain,
        become_methods=sorted({piece.become_method for piece in pieces if piece.become}),
        registers=any(piece.register or piece.modifiers.no_log for piece in pieces),
        uses_results=any(piece.modifiers.conditions for piece in pieces), secrets=secret.used(shell),
        entries=entries, blocks=[entry for entry in entries if entry.block], loops=[entry for entry in entries if entry.together],
        notified=f" {' '.join(sorted(notified))} ", vanish=book.vanish, quiet=book.quiet, failure_exit=book.failure_exit,
    )  # fmt: skip


def _marks(piece: Piece) -> dict[str, bool]:
    """What the frame asks of a step."""
    found = piece.template
    return {
        "always": bool(found.always) and not piece.modifiers.guards,
        "careful": piece.modifiers.careful,
        "ignored": piece.modifiers.ignore_errors,
        "unchanged": piece.modifiers.changed_when == "false" or not found.changes,
        "asked": piece.modifiers.changed_when not in ("", "false", "true"),
        "depends": bool(piece.modifiers.when),
        "waits": bool(piece.modifiers.until),
        "judged": bool(piece.modifiers.failed_when),
        "hidden": piece.modifiers.no_log,
        "handlers": piece.handler,
        "saves": "save" in found.blocks,
        "stays": "undo" not in found.blocks,
        "diffs": "diff" in found.blocks and not piece.modifiers.no_log,
        "lasting": found.lasting,
        "foreground": found.foreground,
        "at_exit": piece.at_exit,
        "register": bool(piece.register),
    }
