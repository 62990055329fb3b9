"""``host.namespaces(pid)``: the namespaces a process is in (namespaces(7))."""

from __future__ import annotations

import re

from byhand.errors import BadValue, ByhandError, NotFound, nearest
from byhand.verify.modules import reading
from byhand.verify.modules.reading import Host

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

READ = """
cd "/proc/$1" 2>/dev/null || exit 0
part ns
for path in ns/*; do
    link=$(readlink "$path") && printf '%s %s\\n' "${path#ns/}" "$link"
done 2>/dev/null
part status
cat status 2>/dev/null || :
"""


class Namespaces:
    """The namespaces of a process.

    >>> first = host.namespaces(1)
    >>> first.exists
    True
    >>> first.net == first["net"]
    True
    >>> first.shares(1, "net")
    True
    >>> first.pids
    [1]

    A namespace is named by its inode number: two processes with the same one share the
    namespace. ``pid`` is a process as the host counts; to read another user's, or one with more capabilities, is refused (ptrace(2)).
    """

    def __init__(self, host: Host, pid: int | str) -> None:
        if not re.fullmatch("[0-9]{1,10}", str(pid), re.ASCII):
            raise BadValue("process", pid, "is no process number", "a number, as ps(1) shows it")
        self._host, self.process = host, int(pid)

    def __repr__(self) -> str:
        return f"<namespaces of process {self.process}>"

    @property
    def exists(self) -> bool:
        """Whether there is such a process, be it one that has ended and that nobody waited for."""
        return bool(self._read())

    @property
    def all(self) -> dict[str, int]:
        """Each namespace with its inode number, by the names in /proc/PID/ns.

        There are also ``pid_for_children`` and ``time_for_children``: those that its next child is born into.
        """
        return self._spaces()[0]

    def __getitem__(self, kind: str) -> int:
        """The inode number of one namespace. Raises NotFound for a kind that the kernel does not have."""
        found, ended = self._spaces()
        if kind in found:
            return found[kind]
        if ended:
            raise NotFound(f"process {self.process} has ended and is in no namespace '{kind}'")
        raise NotFound(f"process {self.process}: no namespace '{kind}'", hint=nearest(kind, found))

    @property
    def mnt(self) -> int:
        """Of mounts (mount_namespaces(7))."""
        return self["mnt"]

    @property
    def uts(self) -> int:
        """Of the host's name (uts_namespaces(7))."""
        return self["uts"]

    @property
    def ipc(self) -> int:
        """Of System V IPC and message queues (ipc_namespaces(7))."""
        return self["ipc"]

    @property
    def net(self) -> int:
        """Of the network (network_namespaces(7))."""
        return self["net"]

    @property
    def pid(self) -> int:
        """Of processes (pid_namespaces(7))."""
        return self["pid"]

    @property
    def user(self) -> int:
        """Of users (user_namespaces(7))."""
        return self["user"]

    @property
    def cgroup(self) -> int:
        """Of control groups (cgroup_namespaces(7))."""
        return self["cgroup"]

    @property
    def time(self) -> int:
        """Of clocks (time_namespaces(7), Linux 5.6)."""
        return self["time"]

    def shares(self, other: int | str, kind: str) -> bool:
        """Whether this process and ``other`` are in one namespace of that kind."""
        return self[kind] == Namespaces(self._host, other)[kind]

    @property
    def pids(self) -> list[int]:
        """Its process number in each pid namespace it is in, the outermost first (``NSpid`` in proc_pid_status(5))."""
        found = self._read()
        row = re.search(r"^NSpid:(.*)$", found.get("status", ""), re.MULTILINE)
        if not row:
            raise NotFound(f"there is no process {self.process}")
        return [int(pid) for pid in row[1].split()]

    def _spaces(self) -> tuple[dict[str, int], bool]:
        """Its namespaces, and whether it has ended: then a few of them are left until its parent waits for it."""
        found = self._read()
        if not found.get("status"):  # it may go while it is read
            raise NotFound(f"there is no process {self.process}")
        rows = [re.fullmatch(r"(\w+) \w+:\[(\d+)\]", row) for row in found["ns"].splitlines()]
        spaces = {row[1]: int(row[2]) for row in rows if row}
        ended = bool(re.search(r"^State:\s+[ZX]", found["status"], re.MULTILINE))
        if not spaces and not ended:
            raise ByhandError(f"process {self.process}: the user who reads may not see its namespaces", hint="read as root")
        return spaces, ended

    def _read(self) -> dict[str, str]:
        return reading.parts(self._host, READ, str(self.process))
