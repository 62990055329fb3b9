"""What starts a shell on a host: the user's own ssh, a container's exec, or sh here.

ssh is OpenSSH's client with the user's configuration as it is. What that leaves open is
filled in behind it, where ssh_config(5) lets the first value win: a connection is kept for
a minute and shared by the plays of that minute (``ControlMaster``), and a dead network is
noticed after half a minute (``ServerAliveInterval``). ``ControlMaster no`` in the
configuration, or ``-o ControlMaster=no`` in ``ansible_ssh_args``, turns sharing off.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from byhand.engine import run, state
from byhand.errors import ByhandError, UsageError

if TYPE_CHECKING:
    from byhand.engine.inventory import Host

# The command that starts a shell in a container of byhand's own, from its name and the user asked for.
Enter = Callable[[str, str], list[str]]
PERSIST = 60  # seconds a shared connection is kept
_ALIVE = {"ServerAliveInterval": "10", "ServerAliveCountMax": "3"}
_ARGS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
# Many a host where one logs in as root has no sudo.
_BECOME = 'if [ "$(id -un)" = "$1" ]; then exec sh; else exec sudo -n -u "$1" sh; fi'
_CONFIGS = ("~/.ssh/config", "/etc/ssh/ssh_config")
# sun_path is 108 bytes on Linux and 104 elsewhere (unix(7)); ssh binds NAME.RANDOM16 and renames it.
_LONGEST = 103 - 17


@dataclass(frozen=True)
class Connection:
    """How a host is reached. ``control``: what the names of its shared connection's sockets begin with, "" when not shared."""

    argv: tuple[str, ...]
    control: str = ""

    @property
    def sockets(self) -> list[Path]:
        """The sockets of connections that are kept open for this host."""
        place = Path(self.control)
        return sorted(place.parent.glob(f"{place.name}.*")) if self.control else []

    def forget(self) -> None:
        """End the kept connections; what is left of a killed one is removed."""
        for socket in self.sockets:
            run.capture(["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "--", "host"], ok=None)
            socket.unlink(missing_ok=True)


def connection(host: Host, enter: Enter | None = None, become: str = "") -> Connection:
    """How a shell on ``host`` is started that reads commands from its standard input; it asks no question.

    ``become``: the user it is to be, by sudo(8) unless whoever logs in is that already; "" for whoever logs in.
    Raises UsageError for a connection there is none for, and what ``enter`` raises for a container that is not there.
    """
    kind = host.connection
    shell = ("sh", "-c", _BECOME, "sh", become) if become else ("sh",)
    if kind == "local":
        return Connection(shell)
    if kind in ("docker", "podman"):
        user = ["--user", host.user] if host.user else []
        return Connection((kind, "exec", "--interactive", *user, host.address, *shell))
    if kind == "byhand":
        if enter is None:
            raise UsageError(f"host {host.name}: containers cannot be entered from here")
        return Connection(tuple(enter(host.address, become or host.user)))
    return _ssh(host, shlex.join(shell))


def _ssh(host: Host, shell: str) -> Connection:
    given = [word for name in _ARGS for word in host.words(name)]
    words = ["ssh", "-T", "-o", "BatchMode=yes"]
    if host.port is not None:
        words += ["-p", str(host.port)]
    if host.user:
        words += ["-l", host.user]
    key = host.text("ansible_ssh_private_key_file", "ansible_private_key_file")
    if key:
        words += ["-i", os.path.expanduser(key)]
    words += given
    if not any(word == "ConnectTimeout" or word.startswith(("ConnectTimeout=", "-oConnectTimeout=")) for word in given):
        words += ["-o", "ConnectTimeout=10"]
    end = ["--", host.address, shell]
    folder = None if any(word.startswith("-F") for word in given) else _folder()
    if folder is None:
        alive = [word for name, value in _ALIVE.items() for word in ("-o", f"{name}={value}")]
        return Connection((*words, *alive, *end))
    control = str(folder / blake2b("\0".join([*words, host.address]).encode(), digest_size=5).hexdigest())
    config = _config(control)
    return Connection((*words[:1], "-F", str(config), *words[1:], *end), control)


def _config(control: str) -> Path:
    """The ssh_config for one host: the user's and the system's, then what they leave open. %C is the host as they resolve it."""
    settings = {"ControlMaster": "auto", "ControlPath": f"{control}.%C", "ControlPersist": str(PERSIST), **_ALIVE}
    lines = [f"Include {path}" for path in _CONFIGS] + ["Host *"] + [f"  {name} {value}" for name, value in settings.items()]
    path = Path(f"{control}-config")
    text = "\n".join(lines) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        state.write(path, text)
    return path


def _folder() -> Path | None:
    """The private folder of sockets, None where none can be had or its name is too long for them."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if given := os.environ.get("BYHAND_ROOT"):
        place = Path(os.path.realpath(given), "run", "ssh")
    elif os.geteuid() == 0:
        place = Path("/run/byhand/ssh")
    elif runtime:
        place = Path(runtime, "byhand", "ssh")
    else:
        return None
    if len(os.fsencode(place)) + 1 + 10 + 1 + 40 > _LONGEST or any(c in str(place) for c in " %$\"'\\#\t\n"):
        return None
    try:
        state.make_folder(place)
        info = place.lstat()
    except (ByhandError, OSError):
        return None
    private = stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077
    return place if private else None


def split(text: str, what: str) -> list[str]:
    """The words of a text as sh reads them. Raises UsageError naming ``what``."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{what} {text!r}: {str(error).lower()}") from None
