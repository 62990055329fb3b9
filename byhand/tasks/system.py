"""system.*: recover from a pulled plug, or take everything back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import Flag, command


@command("recover")
def recover(given: Mapping[str, Any]) -> None:
    """Remove what interrupted runs left on the host, as their journals say."""
    from byhand.containers import lifecycle
    from byhand.engine import report

    mended = lifecycle.recover(report.note)
    report.note(f"{mended} recovered" if mended else "nothing to recover")


@command(
    "reset",
    Flag("yes", "do not ask", short="y", switch=True),
    Flag("keep-images", "leave the image store", switch=True),
)
def reset(given: Mapping[str, Any]) -> int:
    """Remove every container, network and image: the host is as before byhand."""
    import sys

    from byhand.containers import lifecycle
    from byhand.engine import report
    from byhand.errors import UsageError

    if not given["yes"]:
        if not sys.stdin.isatty():
            raise UsageError("system.reset removes everything and asks first", hint="invoke system.reset --yes")
        report.note("This removes every container, network and image of byhand. Type yes to go on:")
        if sys.stdin.readline().strip() != "yes":
            return 1
    lifecycle.reset(report.note, keep_images=given["keep_images"])
    return 0
