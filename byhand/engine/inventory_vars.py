"""``group_vars/`` and ``host_vars/`` beside an inventory.

For NAME, the first that exists of: NAME (a file or a folder), NAME.yml, NAME.yaml, NAME.json;
a folder's files are merged in sorted order, its subfolders among them, hidden files and ``~``
left out (ansible-core 2.19, ``DataLoader.find_vars_files``). A value of a later file replaces
an earlier one whole, as Ansible's default ``hash_behaviour`` does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from byhand.engine import source
from byhand.engine.inventory_tree import Place, Var, Vars
from byhand.errors import SourceError, shorten

_ENDINGS = ("", ".yml", ".yaml", ".json")
_DEPTH = 20


class Beside:
    """The variables in the folders beside one inventory; each file is read once."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._names: dict[str, frozenset[str]] = {}
        self._read: dict[tuple[str, str], Vars] = {}

    def group(self, name: str) -> Vars:
        return self._of("group_vars", name)

    def host(self, name: str) -> Vars:
        return self._of("host_vars", name)

    def _of(self, kind: str, name: str) -> Vars:
        """The variables for one name; a name with a ``/`` never leads out of the folder. Raises SourceError."""
        if kind not in self._names:
            self._names[kind] = frozenset(_listed(os.path.join(self.folder, kind)))
        entry = next((name + ending for ending in _ENDINGS if name + ending in self._names[kind]), "")
        if not entry:
            return {}
        if (kind, name) not in self._read:
            merged: dict[str, Var] = {}
            for path in _files(os.path.join(self.folder, kind, entry), 0):
                merged |= read(path)
            self._read[kind, name] = merged
        return self._read[kind, name]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=folder) from None


def _files(path: str, depth: int) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    if depth > _DEPTH:
        raise SourceError(f"folders in folders, deeper than {_DEPTH}", path=path)
    for name in _listed(path):
        below = os.path.join(path, name)
        ending = os.path.splitext(name)[1]
        if name.startswith(".") or name.endswith("~") or ending not in _ENDINGS:
            continue
        if os.path.isdir(below):
            if not ending:
                yield from _files(below, depth + 1)
        elif os.path.isfile(below):
            yield below


def read(path: str) -> Mapping[str, Var]:
    """The variables in one file, each with its line. Raises SourceError when it is not a mapping."""
    text = source.read(path)
    if text.startswith("$ANSIBLE_VAULT;"):
        raise SourceError("is encrypted with ansible-vault, which is not read", path=path, line=1, hint="ansible-vault decrypt, or move it")
    data, lines = source.load(text, path)
    if data is None or data in ({}, [], ""):
        return {}
    if not isinstance(data, dict):
        raise SourceError(f"must be a mapping of variables, not {shorten(data)}", path=path, line=lines.get("", 0))
    return {key: Var(value, Place(path, lines.get(f"{key}#key", 0))) for key, value in data.items()}
