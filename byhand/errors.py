"""The error tree: every failure a user can meet is one of these.

An error is one line that says what was wrong and with which value; ``hint``
says what to do next; ``exit_code`` is what the process ends with. Codes are
docker's where docker has one (docker-run(1), "Exit status").
"""

from __future__ import annotations

from collections.abc import Iterable


class ByhandError(Exception):
    """Anything byhand reports to a person instead of showing a traceback.

    ``message``: one line, no full stop needed.
    ``hint``: what to do next, or "" when the message already says it.
    """

    exit_code = 125

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(ByhandError):
    """A value or a flag from the command line cannot be used (exit code 2)."""

    exit_code = 2


class BadValue(UsageError):
    """A value that its type refuses: says the value, what is wrong and what would be right."""

    def __init__(self, kind: str, value: object, wrong: str, right: str) -> None:
        shown = shorten(value)
        super().__init__(f"{kind} {shown}: {wrong}", hint=f"right: {right}" if right else "")
        self.kind, self.wrong, self.right = kind, wrong, right


class SourceError(ByhandError):
    """A playbook, template, env file or other text a user wrote is wrong at a place.

    ``path`` is the file as the user named it; ``line`` counts from 1, 0 when unknown.
    """

    exit_code = 2

    def __init__(self, message: str, *, path: str, line: int = 0, hint: str = "") -> None:
        place = f"{path}:{line}" if line else path
        super().__init__(f"{place}: {message}", hint=hint)
        self.path, self.line = path, line


class NotFound(ByhandError):
    """A container, image, network, playbook or template of that name does not exist."""


class Conflict(ByhandError):
    """Something of that name exists already, or is in use by another process."""


class Busy(Conflict):
    """Another run holds the host."""

    exit_code = 3


class MissingTool(ByhandError):
    """A documented tool is not installed on this host."""


class CommandFailed(ByhandError):
    """A command ended with a status that was not expected.

    ``status`` is the command's own, 128+n when signal n ended it.
    """

    def __init__(self, command: str, status: int, stderr: str, *, hint: str = "") -> None:
        last = next((line for line in reversed(stderr.splitlines()) if line.strip()), "")
        super().__init__(f"{command}: exit status {status}: {last}".rstrip(": "), hint=hint)
        self.command, self.status, self.stderr = command, status, stderr


class NetworkUnreachable(ByhandError):
    """A server could not be reached at all (name, route, connection, timeout)."""


def shorten(value: object, limit: int = 80) -> str:
    """``value`` as one printable line of at most ``limit`` characters, quoted."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return f"'{shown}'" if isinstance(value, str) else shown


def nearest(word: str, candidates: Iterable[str]) -> str:
    """A hint that names the candidate closest to ``word``, or lists them all.

    The list is cut at twelve names; "" when there are no candidates.
    """
    import difflib  # only an error needs it

    names = sorted(str(name) for name in candidates)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not names:
        return ""
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {listed}"
