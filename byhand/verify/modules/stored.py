"""What byhand keeps on a host's disk: the folder it is in, found and read there through the host's own ``run``."""

from __future__ import annotations

import json
from typing import Any

from byhand.errors import ByhandError, NotFound
from byhand.verify.modules import reading
from byhand.verify.modules.reading import Host

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

# $1: the state folder, "" for the one of whoever runs this, found as byhand itself finds it (byhand/engine/state.py).
ROOT = """root=${1:-${BYHAND_ROOT-}}
if [ ! "$root" ] && [ "$(id -u)" = 0 ]; then root=/var/lib/byhand; fi
[ "$root" ] || root=${XDG_STATE_HOME:-$HOME/.local/state}/byhand
closed() { part closed; printf %s "$1"; exit 0; }
if [ -e "$root" ] && [ ! -x "$root" ]; then closed "$root"; fi
cd -P -- "$root" 2>/dev/null || exit 0
root=$PWD
"""


def parts(host: Host, script: str, root: str, *args: str) -> dict[str, str]:
    """What ``script`` printed after each ``part NAME``, {} when there is no state folder; the folder is ``$root`` and ``$PWD``.

    ``args`` are ``$2`` and so on. Raises ByhandError for a folder that the user there may not read.
    """
    found = reading.parts(host, ROOT + script, root, *args)
    if "closed" in found:
        raise ByhandError(f"{found['closed']}: the user who reads may not look into it", hint="read as root, by --sudo for instance")
    return found


def json_object(text: str, path: str) -> dict[str, Any]:
    """The JSON object in a file that was read. Raises ByhandError that names the file."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ByhandError(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ByhandError(f"{path}: not a JSON object")
    return found


def file(host: Host, path: str) -> str:
    """What is in a file. Raises NotFound."""
    found = reading.parts(host, 'if [ -f "$1" ]; then part file; cat -- "$1"; fi', path)
    if "file" not in found:
        raise NotFound(f"{path} is not there")
    return found["file"]
