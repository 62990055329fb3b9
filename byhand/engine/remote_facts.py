"""The facts of another host: one script there answers all of them, read as the local ones are."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path

from byhand.engine import facts
from byhand.engine.facts import PACKAGES, Cgroup, Facts
from byhand.engine.session import Session
from byhand.errors import ByhandError

_FILES = {
    "os-release": "/etc/os-release",
    "mounts": "/proc/self/mounts",
    "routes": "/proc/net/route",
    "resolv": "/etc/resolv.conf",
}
# What read_cgroup looks at besides the mounts: each of these files that is there, its path and what stands in it on one line.
_CGROUPS = """while read -r _ place kind _; do
  case $kind in cgroup | cgroup2)
    for file in "$place/cgroup.controllers" "$place/memory.memsw.limit_in_bytes"; do
      [ ! -e "$file" ] || echo "$file $(cat "$file" 2>/dev/null)"
    done ;;
  esac
done </proc/self/mounts
[ ! -e /proc/swaps ] || echo /proc/swaps"""


def script(mark: str) -> str:
    """Prints every fact, each behind a line with ``mark`` and its name."""
    parts = [
        "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin",
        f"echo {mark} uid; id -u; echo {mark} machine; uname -m; echo {mark} kernel; uname -r",
        f'echo {mark} home; echo "${{HOME:-/}}"; echo {mark} root; echo "${{BYHAND_ROOT-}}"',
        f'echo {mark} tools; for tool in {" ".join(sorted(PACKAGES))}; do command -v "$tool" || :; done',
        f'echo {mark} iptables; readlink -f "$(command -v iptables)" 2>/dev/null || :',
    ]
    parts += [f"echo {mark} {name}; cat {path} 2>/dev/null || :" for name, path in _FILES.items()]
    parts += [f"echo {mark} cgroups", _CGROUPS]
    return "\n".join(parts)


def gather(session: Session) -> RemoteFacts:
    """Ask a host for its facts. Raises Unreachable, Lost, ByhandError for an answer that is none."""
    found: dict[str, list[str]] = {}
    name = ""

    def on_line(line: str) -> None:
        nonlocal name
        if line.startswith(f"{session.mark} "):
            name = line.split()[1]
            found[name] = []
        elif name:
            found[name].append(line)

    session.ask(script(session.mark), on_line)
    if not found.get("uid") or not found["uid"][0].strip().isdigit():
        raise ByhandError(f"{session.host.name}: its shell does not answer as sh does", hint="byhand needs a POSIX shell there")
    return RemoteFacts({key: "".join(lines) for key, lines in found.items()})


class RemoteFacts(Facts):
    """Facts from the texts ``gather`` was given."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def _word(self, name: str) -> str:
        return self._texts.get(name, "").strip()

    def _file(self, name: str) -> str:
        """The text ``name`` in a file of its own, since facts are read from files."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape", delete=False) as file:
            file.write(self._texts.get(name, ""))
        return file.name

    @cached_property
    def cgroup(self) -> Cgroup:
        path = self._file("mounts")
        files = {name: text for name, _, text in (row.partition(" ") for row in self._texts.get("cgroups", "").splitlines())}
        try:
            return facts.read_cgroup(path, files.get)
        finally:
            Path(path).unlink()

    @cached_property
    def os_release(self) -> dict[str, str]:
        path = self._file("os-release")
        try:
            return facts.read_os_release(path)
        finally:
            Path(path).unlink()

    @cached_property
    def subnets(self) -> list[str]:
        path = self._file("routes")
        try:
            return facts.read_routes(path)
        finally:
            Path(path).unlink()

    @cached_property
    def nameservers(self) -> list[str]:
        rows = [row.split() for row in self._texts.get("resolv", "").splitlines()]
        return [row[1] for row in rows if len(row) > 1 and row[0] == "nameserver" and not row[1].startswith("127.")][:3]

    @cached_property
    def search_domains(self) -> list[str]:
        rows = [row.split() for row in self._texts.get("resolv", "").splitlines()]
        return next((row[1:] for row in reversed(rows) if len(row) > 1 and row[0] in ("search", "domain")), [])

    @cached_property
    def architecture(self) -> str:
        return self._word("machine")

    @cached_property
    def kernel(self) -> str:
        return self._word("kernel")

    @cached_property
    def tools(self) -> dict[str, str]:
        paths = [path for path in self._word("tools").splitlines() if path.startswith("/")]
        return {path.rpartition("/")[2]: path for path in paths}

    @cached_property
    def uid(self) -> int:
        return int(self._word("uid"))

    @cached_property
    def iptables(self) -> str:
        found = self._word("iptables")
        return "" if not found else "legacy" if "legacy" in found else "nf_tables"

    @property
    def state_root(self) -> str:
        """byhand's state folder there: what ``state.root()`` is here."""
        if self._word("root"):
            return self._word("root")
        return "/var/lib/byhand" if self.uid == 0 else f"{self._word('home').rstrip('/')}/.local/state/byhand"
