"""A play as one file of sh for a host: copied there by any means, it applies, checks and takes back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from byhand.engine import quoting
from byhand.engine.compile import Compiler, Options
from byhand.engine.play import Request
from byhand.errors import UsageError


def text(request: Request, variables: Mapping[str, Any], name: str) -> str:
    """The program of a play for the host ``name`` ("" is this machine).

    Its folder on the host depends on the playbook, the host and the parameters only: the same
    export gives the same text, and a file that is exported again takes back what the first did.
    Raises UsageError for a play that is not one program.
    """
    book = request.book
    given = repr((book.name, name, sorted(request.params.items(), key=str), sorted(request.tags), sorted(request.skip_tags)))
    slug = re.sub(r"[^a-z0-9]+", "-", book.name.lower()).strip("-") or "play"
    digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    folder = f"{variables['state_root']}/exported/{slug}-{digest}"
    options = Options(folder, command=request.command, tags=request.tags, skip_tags=request.skip_tags, explain=request.explain)
    program = Compiler(options, variables).program(book, request.params)
    if program.remaining is not None:
        step = book.steps[program.remaining]
        raise UsageError(
            f"{book.path}:{step.line}: the step '{step.name}' needs the result of an earlier one, so this play is no single file",
            hint="playbook.run compiles what is left when that step has run; --format ansible can wait for a result too",
        )
    header = [
        f"For {name or 'this machine'}, which needs sh and nothing of byhand. Run it there as the user it is for:",
        "  sh FILE          apply: each step asks first; when one fails, all are taken back",
        "  sh FILE check    change nothing, end with 4 when something is not so yet (diff: and show it)",
        "  sh FILE undo     take back what apply changed",
        f"What stood before is kept in {folder}.",
    ]
    if program.secrets:
        names = ", ".join(f"BYHAND_SECRET_{name}" for name in sorted(program.secrets))
        header.append(f"Its secrets come in its environment: {names}.")
    first, title, rest = program.text.partition(f"\n# {quoting.comment(program.title)}\n")
    return first + title + "".join(f"# {quoting.comment(line)}\n" for line in header) + rest
