"""Proving a play on several hosts at a time, and telling what came of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from byhand.engine import proof, report
from byhand.engine.events import PLANNED
from byhand.engine.report_view import leaving, spell

if TYPE_CHECKING:
    from byhand.engine.compile import Piece
    from byhand.engine.events import Event
    from byhand.engine.proof import Ground, Proof

# More differences than these are named by their number.
_MOST = 50


def prove_all(grounds: Sequence[Ground], *, forks: int, as_json: bool, verbose: bool) -> int:
    """Prove a play on each host and tell what came of it; 0 when all is well, 1 when not."""
    lock = threading.Lock()

    def one(ground: Ground) -> Proof:
        def tell(phase: str, piece: Piece | None, event: Event) -> None:
            if verbose and event.word not in ("begin", PLANNED):
                with lock:
                    title = piece.title if piece else event.output if event.word == "skipped" else event.id
                    report.note(f"{ground.name}: {phase:<6} {event.word:<8} {event.seconds:7.3f}s  {report.printable(title)}")

        found = proof.prove(ground, tell)
        if not as_json:
            with lock:
                _told(found)
        return found

    with leaving():
        if len(grounds) == 1:  # in the main thread, which signals reach
            proofs = [one(grounds[0])]
        else:
            with ThreadPoolExecutor(max_workers=max(1, forks)) as pool:
                proofs = list(pool.map(one, grounds))
    if as_json:
        report.as_json([found.as_dict() for found in proofs])
    return 0 if all(found.ok for found in proofs) else 1


def _told(found: Proof) -> None:
    for line in found.notes:
        report.note(f"{found.host}: {report.printable(line)}")
    if found.unproved:
        report.note(f"{found.host}: so already, of which nothing is shown: {report.printable(', '.join(found.unproved))}")
    for fault in found.faults[:_MOST]:
        report.note(f"{found.host}: {report.printable(str(fault))}")
    if len(found.faults) > _MOST:
        report.note(f"{found.host}: and {len(found.faults) - _MOST} more (--json has all)")
    word = report.coloured("proved", "32") if found.ok else report.coloured(f"{len(found.faults)} faults", "31;1")
    report.note(f"{found.host}: {word}: {found.steps} steps applied, checked, applied again and undone in {spell(found.seconds)}")
