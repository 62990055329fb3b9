"""``host.container(name)``: a container of byhand's, by what is kept of it on disk and what the kernel knows of its process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from byhand.errors import Conflict, NotFound
from byhand.verify.modules import reading, stored
from byhand.verify.modules.reading import Host, Mount

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

if TYPE_CHECKING:
    from byhand.verify.modules.cgroup import Cgroup
    from byhand.verify.modules.namespaces import Namespaces
    from byhand.verify.modules.netns import Netns
    from byhand.verify.modules.overlay import Overlay

# $2: a name, an id or the beginning of one. Process 1 is the container's while the container's tree is its root: a
# process that has got its number since has another. A program that is at work holds the lock; /proc/locks names it by its inode.
READ = """id=$2
for place in names containers; do
  if [ -e "$place" ] && [ ! -x "$place" ]; then closed "$root/$place"; fi
done
cd containers 2>/dev/null || exit 0
if [ -f "../names/$2" ]; then
  read -r id <"../names/$2" || :
elif [ ! -d "$2" ]; then
  set -- "$2"*
  [ "$#" -eq 1 ] || { part several; exit 0; }
  id=$1
fi
[ -d "$id" ] || exit 0
[ -x "$id" ] || closed "$root/containers/$id"
# It may be removed at any moment.
cd -- "$id" 2>/dev/null || exit 0
part path
printf %s "$PWD"
for name in config.json pid exit oom; do
  if text=$(cat "$name" 2>/dev/null); then
    part "$name"
    printf %s "$text"
  fi
done
pid=''
if [ -s pid ]; then read -r pid <pid || :; fi
case $pid in
'' | *[!0-9]*) ;;
*)
  if grep '^[0-9]* [0-9]* [0-9:]* / / ' "/proc/$pid/mountinfo" 2>/dev/null | grep -qF "upperdir=$PWD/upper,"; then part alive; fi ;;
esac
if [ -f lock ]; then
  # shellcheck disable=SC2046 # the inode's number is its first word
  set -- $(ls -i lock || :)
  part locks
  grep -F ":$1 " /proc/locks || :
fi
"""
# $1: its tree, $2: its network namespace, $3: the host's end of its cable; the rest are the folders of its control group.
LEFT = """if grep -qF " $1 " /proc/self/mounts; then printf '%s\\0' "$1"; fi
shift
for place; do
  if [ -e "$place" ]; then printf '%s\\0' "$place"; fi
done
"""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True)
class _State:
    """One look at a container. ``held``: its program is at work. ``started``: its process 1 has been."""

    path: str
    record: dict[str, Any]
    started: bool
    pid: int | None
    exit_code: int | None
    oom_kills: int
    held: bool


class Container:
    """A container that byhand runs or has kept, by its name, its id or the beginning of its id.

    >>> web = host.container("web")
    >>> web.exists, web.status, web.image
    (True, 'running', 'alpine')
    >>> web.cgroup.memory.limit
    67108864
    >>> web.namespaces.pids[-1]
    1
    >>> "ro" in web.mounts["/proc/sys"].options
    True
    >>> host.container("none").exists
    False

    ``root``: byhand's state folder there; else ``BYHAND_ROOT`` as the commands on that host have it, or /var/lib/byhand.
    Only files and /proc are read: byhand need not be installed there. All but ``exists``, ``is_running`` and
    ``status`` raise NotFound where there is no such container.
    """

    def __init__(self, host: Host, name: str, root: str = "") -> None:
        self._host, self._name, self._root = host, name, root

    def __repr__(self) -> str:
        return f"<container {self._name}>"

    @property
    def exists(self) -> bool:
        """Whether there is such a container, running or not."""
        return self._look() is not None

    @property
    def is_running(self) -> bool:
        """Whether its process 1 lives, whatever was written down of it."""
        state = self._look()
        return state is not None and state.pid is not None

    @property
    def status(self) -> str:
        """``running``: its process 1 lives. ``created``: it was never started, so far. ``exited``: it has ended, and nothing
        of it is left on the host. ``dead``: it was left behind as it was, its program being killed. ``absent``: there is none.
        """
        state = self._look()
        if state is None:
            return "absent"
        if state.pid is not None:
            return "running"
        if not state.started:
            return "created"
        ended = state.exit_code is not None and (state.held or not self.leftovers)
        return "exited" if ended else "dead"

    @property
    def id(self) -> str:
        """Its id, twelve hexadecimal digits."""
        return self._found().path.rpartition("/")[2]

    @property
    def name(self) -> str:
        """The name it was given, or got."""
        return str(self._found().record.get("name", ""))

    @property
    def path(self) -> str:
        """The folder all that belongs to it is kept in."""
        return self._found().path

    @property
    def record(self) -> dict[str, Any]:
        """All that was asked for when it was made: its config.json."""
        return self._found().record

    @property
    def pid(self) -> int | None:
        """Its process 1, as the host counts, None while it does not run."""
        return self._found().pid

    @property
    def exit_code(self) -> int | None:
        """The status its command ended with, 128+n for signal n; None while it has none."""
        return self._found().exit_code

    @property
    def oom_kills(self) -> int:
        """How many of its processes the kernel had killed for lack of memory by the time it ended."""
        return self._found().oom_kills

    @property
    def image(self) -> str:
        """The image as it was asked for; ``host.image`` takes it."""
        return str(self._found().record.get("image", ""))

    @property
    def image_digest(self) -> str:
        """The digest of the manifest that the name stood for when the container was made."""
        return str(self._found().record.get("image_digest", ""))

    @property
    def command(self) -> list[str]:
        """What it runs, word by word."""
        return _texts(self._found().record, "argv")

    @property
    def environment(self) -> dict[str, str]:
        """The variables its command was started with."""
        pairs = [pair.partition("=") for pair in _texts(self._found().record, "env")]
        return {name: value for name, _, value in pairs}

    @property
    def limits(self) -> dict[str, str]:
        """The limits that were asked for, as cgset(1) was told them; what holds is in ``cgroup``."""
        pairs = [pair.partition("=") for pair in _texts(self._found().record, "limits")]
        return {name: value for name, _, value in pairs}

    @property
    def addresses(self) -> list[str]:
        """The addresses in its network namespace that are not the loopback's, IPv4 first, each with its prefix length."""
        from byhand.verify.modules.netns import Netns

        if self._found().record.get("network") == "host":
            return []
        found = Netns(self._host, f"/proc/{self._running()}/ns/net").interfaces.values()
        addresses = [address for one in found if one.name != "lo" for address in one.addresses]
        return sorted(addresses, key=lambda address: ":" in address)

    @property
    def address(self) -> str | None:
        """Its first address without the prefix length, None when it has none of its own."""
        return next((address.partition("/")[0] for address in self.addresses), None)

    @property
    def mounts(self) -> dict[str, Mount]:
        """What is mounted in it, by where; of two at one place the upper one."""
        text = stored.file(self._host, f"/proc/{self._running()}/mountinfo")
        return {mount.point: mount for mount in reading.mounts(text)}

    @property
    def namespaces(self) -> Namespaces:
        """The namespaces of its process 1. Raises Conflict when it does not run; ``mounts`` and ``netns`` do too."""
        from byhand.verify.modules.namespaces import Namespaces

        return Namespaces(self._host, self._running())

    @property
    def netns(self) -> Netns:
        """Its network, seen from inside."""
        from byhand.verify.modules.netns import Netns

        return Netns(self._host, f"/proc/{self._running()}/ns/net")

    @property
    def cgroup(self) -> Cgroup:
        """Its control group: the limits that hold, and who is in it."""
        from byhand.verify.modules.cgroup import Cgroup

        return Cgroup(self._host, str(self._found().record.get("cgroup", "")))

    @property
    def overlay(self) -> Overlay:
        """Its tree: the image's layers and what it has written over them."""
        from byhand.verify.modules.overlay import Overlay

        path = self._found().path
        return Overlay(self._host, f"{path}/merged", below=path.rpartition("/containers/")[0] + "/layers")

    @property
    def leftovers(self) -> list[str]:
        """What of it is on the host and should end with it: its mount, its network namespace, its cable, its groups.

        Also a running container has these; one that has ended has none.
        """
        state = self._found()
        group, veth = str(state.record.get("cgroup", "")), str(state.record.get("veth", ""))
        places = [f"/run/netns/{group}" if group else "", f"/sys/class/net/{veth}" if veth else "", *_texts(state.record, "groups")]
        return reading.text(self._host, LEFT, f"{state.path}/merged", *filter(None, places)).split("\0")[:-1]

    def _look(self) -> _State | None:
        if not NAME.fullmatch(self._name):
            return None
        found = stored.parts(self._host, READ, self._root, self._name)
        if "several" in found:
            raise Conflict(f"'{self._name}' begins the ids of several containers", hint="give more of the id")
        if "path" not in found:
            return None
        record = stored.json_object(found["config.json"], f"{found['path']}/config.json") if "config.json" in found else {}
        return _State(
            path=found["path"],
            record=record,
            started="pid" in found or "exit" in found,
            pid=_number(found.get("pid")) if "alive" in found else None,
            exit_code=_number(found.get("exit")),
            oom_kills=_number(found.get("oom")) or 0,
            held="FLOCK" in found.get("locks", ""),
        )

    def _found(self) -> _State:
        state = self._look()
        if state is None:
            raise NotFound(f"there is no container {self._name!r}")
        return state

    def _running(self) -> int:
        pid = self._found().pid
        if pid is None:
            raise Conflict(f"container {self._name} does not run: {self.status}")
        return pid


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isdecimal() else None


def _texts(record: dict[str, Any], key: str) -> list[str]:
    return [str(one) for one in record.get(key) or []]
