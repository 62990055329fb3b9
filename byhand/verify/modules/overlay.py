"""``host.overlay(path)``: layers mounted as one tree (mount(8), docs.kernel.org/filesystems/overlayfs.html)."""

from __future__ import annotations

import posixpath
import re

from byhand.engine.mounts import unescape
from byhand.errors import BadValue, ByhandError, NotFound
from byhand.verify.modules import reading
from byhand.verify.modules.reading import Host, Mount

LAYERS = ("lowerdir", "lowerdir+", "datadir+", "upperdir", "workdir")
# The path's own links are followed, but for another process's view: there they lead elsewhere.
READ = """
part mounts
cat "/proc/$2/mountinfo"
part path
if [ "$2" = self ]; then readlink -f -- "$1" || printf '%s\\n' "$1"; else printf '%s\\n' "$1"; fi
"""
# $1: a layer's relative name; the rest: folders it may be relative to.
BASE = 'name=$1; shift\nfor base; do if [ -e "$base/$name" ]; then printf %s "$base"; exit; fi; done\n'
FOLLOW = 'for path; do if [ -L "$path" ]; then readlink -f -- "$path"; else printf \'%s\\n\' "$path"; fi; printf \'\\0\'; done\n'
# A deleted file is a device of number 0/0 in upper.
WHITEOUTS = """
find "$1" -xdev -type c -exec sh -c '
    for path; do
        if [ "$(stat -c %t:%T -- "$path")" = 0:0 ]; then printf "%s\\0" "$path"; fi
    done' sh {} +
"""
OPAQUE = """
if command -v getfattr >/dev/null; then
    part getfattr
    getfattr -RPhd --absolute-names -m '^(trusted|user)\\.overlay\\.opaque$' -e hex -- "$1"
elif command -v python3 >/dev/null; then
    part python3
    python3 -c '
import os, sys

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)
for place, _, _ in os.walk(os.fsencode(sys.argv[1])):
    for name in ("trusted.overlay.opaque", "user.overlay.opaque"):
        try:
            if os.getxattr(place, name, follow_symlinks=False) == b"y":
                os.write(1, place + b"\\0")
        except OSError:
            pass
' "$1"
fi
"""


class Overlay:
    """An overlay mount, by the folder it is mounted on.

    >>> merged = host.overlay("/srv/merged")
    >>> merged.lower
    ['/srv/layers/app', '/srv/layers/base']
    >>> merged.upper
    '/srv/upper'
    >>> merged.whiteouts
    ['etc/motd']

    ``pid``: the process whose mounts are looked at, the reader's own by default; ``path`` is as that process sees it. The layers are
    as the host sees them. ``below``: the folder that layers with short names are in, where it is none above the mount or upper.
    """

    def __init__(self, host: Host, path: str, pid: int | None = None, below: str | None = None) -> None:
        if not path.startswith("/") or "\0" in path:
            raise BadValue("overlay", path, "is no absolute path", "/srv/merged")
        self._host, self.path, self._pid, self._known = host, posixpath.normpath("/" + path.lstrip("/")), pid, below

    def __repr__(self) -> str:
        return f"<overlay on {self.path}>"

    @property
    def exists(self) -> bool:
        """Whether an overlay is mounted there, and nothing else over it."""
        return self._mount() is not None

    @property
    def lower(self) -> list[str]:
        """The layers that are only read, the top one first.

        Short names (``l/ab12``) are given in full: what is relative is looked for from the folders above the mount and above upper, and
        a link is followed.
        """
        found = layers(self._fields())
        return self._full(found)

    @property
    def upper(self) -> str | None:
        """The layer that writes land in, None when the mount has none and is only read."""
        return self._folder("upperdir")

    @property
    def work(self) -> str | None:
        """The folder overlay works in, None when there is no upper."""
        return self._folder("workdir")

    @property
    def options(self) -> list[str]:
        """The other options, of the mount first (``rw``, ``nodev``), then of the overlay (``index=off``, ``metacopy=on``)."""
        mount = self._found()
        own = [unescape(field) for field in mount.fields if field.partition("=")[0] not in LAYERS]
        return list(dict.fromkeys([*mount.options, *own]))

    @property
    def whiteouts(self) -> list[str]:
        """What was deleted from the layers below: paths relative to the mount, sorted (devices of number 0/0 in upper)."""
        upper = self.upper
        return _below(upper, reading.text(self._host, WHITEOUTS, upper).split("\0")) if upper else []

    @property
    def opaque(self) -> list[str]:
        """The folders that hide all of the layers below: paths relative to the mount, sorted (attribute ``overlay.opaque`` in upper).

        It takes root, and getfattr (package attr) or python3 there. Raises ByhandError where neither is installed.
        """
        upper = self.upper
        if not upper:
            return []
        found = reading.parts(self._host, OPAQUE, upper)
        if not found:
            raise ByhandError("which folders are opaque is read with getfattr or python3, and the host has neither")
        if "python3" in found:
            return _below(upper, found["python3"].split("\0"))
        rows = re.findall(r"^# file: (.*)\n(?:trusted|user)\.overlay\.opaque=0x79$", found["getfattr"], re.MULTILINE)
        return _below(upper, [unescape(row) for row in rows])

    def _mount(self) -> Mount | None:
        found = reading.parts(self._host, READ, self.path, str(self._pid or "self"))
        here = [mount for mount in reading.mounts(found["mounts"]) if mount.point == found["path"][:-1]]
        top = [mount for mount in here if mount.number not in {other.parent for other in here}]
        return top[-1] if top and top[-1].kind == "overlay" else None

    def _found(self) -> Mount:
        mount = self._mount()
        if mount is None:
            raise NotFound(f"no overlay is mounted on '{self.path}'")
        return mount

    def _fields(self) -> list[str]:
        return self._found().fields

    def _folder(self, option: str) -> str | None:
        raw = next((field for field in self._fields() if field.startswith(f"{option}=")), None)
        if raw is None:
            return None
        path = re.sub(r"\\(.)", r"\1", unescape(raw.partition("=")[2]), flags=re.DOTALL)
        return self._full([path])[0]

    def _full(self, paths: list[str]) -> list[str]:
        short = next((path for path in paths if not path.startswith("/")), None)
        base = ""
        if short is not None:
            base = reading.text(self._host, BASE, short, *self._bases())
            if not base:
                raise ByhandError(f"overlay {self.path}: it cannot be told which folder its layer '{short}' is in")
        full = [path if path.startswith("/") else posixpath.join(base, path) for path in paths]
        return [path[:-1] for path in reading.text(self._host, FOLLOW, *full).split("\0")[:-1]]

    def _bases(self) -> list[str]:
        """Where short names may be: what the caller knows, then the folders above the mount and above upper, the nearest first."""
        upper = next((field.partition("=")[2] for field in self._fields() if field.startswith("upperdir=/")), "")
        above = [place for path in (self.path, unescape(upper)) for place in _above(path)]
        return [*([self._known] if self._known else []), *above]


def layers(fields: list[str]) -> list[str]:
    r"""The lower layers among an overlay's options, the top one first.

    ``lowerdir=`` has them all, with a colon between two (two before layers of data only), and ``\`` before a colon that belongs to a
    name; ``lowerdir+=`` and ``datadir+=`` have one each.
    """
    found = []
    for field in fields:
        name, _, raw = field.partition("=")
        value = unescape(raw)
        if name == "lowerdir":
            found += [re.sub(r"\\(.)", r"\1", piece, flags=re.DOTALL) for piece in re.findall(r"(?:\\.|[^:\\])+", value, re.DOTALL)]
        elif name in ("lowerdir+", "datadir+"):
            found.append(value)
    return found


def _above(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:count]) for count in range(len(parts) - 1, -1, -1)] if path else []


def _below(upper: str, paths: list[str]) -> list[str]:
    return sorted(path[len(upper) :].lstrip("/") for path in paths if path and path != upper)
