"""What a machine looks like from outside: its files, links, addresses, routes and rules; and how two looks differ."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# Names that change by themselves, or that only say that something was run.
RESTLESS = ("dev", "proc", "run", "sys", "tmp", "var/log", "var/cache", "var/lib/byhand", "root/.cache")
# What the tools of accounts and packages keep of their last change, and what they lock.
BACKUPS = {f"etc/{name}-" for name in ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")} | {
    "etc/.pwd.lock", "var/lib/dpkg/status-old",
}  # fmt: skip
NETWORK = {
    "links": ["ip", "-json", "-details", "link"],
    "addresses": ["ip", "-json", "address"],
    "routes": ["ip", "-json", "route", "show", "table", "all"],
    "iptables": ["iptables-save"],
    "ip6tables": ["ip6tables-save"],
}

# What of a link runs: counters, and a bridge's clocks.
RUNNING = ("stats64", "_timer")


def steady(name: str, text: str) -> Any:
    if "tables" in name:
        return rules(text)
    if name.startswith("routes"):
        return text
    return json.loads(text or "[]", object_hook=lambda found: {key: value for key, value in found.items() if not key.endswith(RUNNING)})


def rules(text: str) -> str:
    """Rules without counters, comments, and the empty built-in chains that iptables makes by being run."""
    text = re.sub(r"(?m)^#.*\n|^:[A-Z]+ ACCEPT \[.*\n| \[\d+:\d+\]$", "", text)
    text = re.sub(r"\*\w+\nCOMMIT\n", "", text)
    text = re.sub(r"\tchain [A-Z]+ \{\n\t\ttype \w+ hook \w+ priority [^;]+; policy accept;\n\t\}\n", "", text)
    text = re.sub(r"\n\s*\n", "\n", text)
    text = re.sub(r"table ip6? (filter|nat|mangle|raw|security) \{\n\s*\}\n", "", text)
    return "".join(sorted(re.split(r"(?m)^(?=table )", text))).strip()  # nft lists tables in the order they were made


def files(root: Path) -> Iterator[tuple[str, Any]]:
    """Each file below a root, the restless folders and what is mounted there apart."""
    device = root.stat().st_dev
    for where, folders, files in os.walk(root):
        folder = os.path.relpath(where, root)
        folders[:] = sorted(name for name in folders if os.path.normpath(os.path.join(folder, name)) not in RESTLESS)
        for name in sorted([*folders, *files]):
            if f"{folder}/{name}" in BACKUPS:
                continue
            path = os.path.join(where, name)
            info = os.lstat(path)
            content: Any = None
            if stat.S_ISLNK(info.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(info.st_mode):
                # Reading programs and libraries for each snapshot would be all the time there is.
                content = (info.st_size, info.st_mtime_ns if info.st_size > 200_000 else _digest(path, info))
            shown = os.path.normpath(os.path.join(folder, name)).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            yield shown, (oct(info.st_mode), info.st_uid, info.st_gid, content)
        folders[:] = [name for name in folders if os.lstat(os.path.join(where, name)).st_dev == device]


def _digest(path: str, info: os.stat_result) -> str:
    """A file's checksum, read anew only when the file is another or was written to (its ctime tells)."""
    key = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
    if key not in _digests:
        _digests[key] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return _digests[key]


_digests: dict[tuple[int, ...], str] = {}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is not the same in two snapshots."""
    return {key: (before.get(key), after.get(key)) for key in sorted({*before, *after}) if before.get(key) != after.get(key)}


def same(before: Mapping[str, Any], after: Mapping[str, Any], what: str) -> None:
    """Fails with what is different."""
    found = differences(before, after)
    assert not found, f"{what}: " + "\n".join(f"{key}\n  {was}\n  {now}" for key, (was, now) in found.items())
