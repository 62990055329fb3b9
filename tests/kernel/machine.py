"""Throw-away machines: an Alpine or a Debian in namespaces of its own, on which a program is tried and taken back.

Each has its own root (an overlay over a root made once), mounts, processes, host name,
users of the network and IPC; all of it is gone when its first process is killed. What
it looks like is read from outside, through /proc, so that nothing in it can tell a lie.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from invoking import CACHE, REPO, Byhand
from looks import NETWORK, files, rules, same, steady
from setup import fresh_debian

from byhand.engine import play, playbook, state
from byhand.engine.compile import Compiler, Options
from byhand.engine.remote_facts import RemoteFacts, gather

# Mounts of a namespace of its own; / is a mount there, as it is on a machine.
BOOT = """
mount -t overlay overlay -o "lowerdir=$1,upperdir=$0/upper,workdir=$0/work" "$0/root"
cd "$0/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
mount -t tmpfs tmpfs run
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for name in null zero full random urandom tty; do touch "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
ip link set lo up
# A new network begins with what its maker's has set.
if [ -w proc/sys/net/ipv4/ip_forward ]; then echo 0 >proc/sys/net/ipv4/ip_forward; fi
hostname machine
pivot_root . .
umount -l .
echo ready
exec 1>&-
exec sh -c 'while :; do sleep 1000; done'
"""
# systemd as the first process, in a control group of its own; nothing of this host's kernel can be set from there.
SYSTEMD = BOOT.replace(
    "hostname", "mount -t cgroup2 cgroup2 sys/fs/cgroup\nmount -o remount,bind,ro sys\nmount --bind -r proc/sys proc/sys\nhostname", 1
).replace(
    "exec sh -c 'while :; do sleep 1000; done'",
    """exec env -i container=byhand setpriv --bounding-set=-sys_time,-sys_module,-sys_boot,-mknod \\
  /lib/systemd/systemd --unit=multi-user.target --log-target=null --show-status=no""",
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Ran:
    """What came of a command on a machine."""

    status: int
    out: str
    err: str


@dataclass
class Machine:
    """A running machine. ``pid``: its first process, as this host counts."""

    folder: Path
    pid: int

    @property
    def root(self) -> Path:
        """Its root, as seen from here."""
        return Path(f"/proc/{self.pid}/root")

    def enter(self, argv: Sequence[str]) -> list[str]:
        """The command that runs ``argv`` in all of its namespaces."""
        kinds = ["--mount", "--pid", "--uts", "--net", "--ipc"]
        return ["nsenter", f"--target={self.pid}", *kinds, "--root", "--wdns=/", "--", "env", "-i", f"PATH={PATH}", "HOME=/root", *argv]

    def run(self, *argv: str, stdin: str = "", timeout: float = 300) -> Ran:
        """Run a command on it to its end."""
        done = subprocess.run(
            self.enter(argv), input=stdin, capture_output=True, text=True, errors="surrogateescape", timeout=timeout, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def said(self, *argv: str, **more: Any) -> str:
        """What a command that must succeed printed."""
        ran = self.run(*argv, **more)
        assert ran.status == 0, f"{argv}: status {ran.status}: {ran.err or ran.out}"
        return ran.out.rstrip("\n")

    @cached_property
    def facts(self) -> RemoteFacts:
        """The facts a play for this machine is compiled with, asked for as on any host."""
        return gather(_Asked(self))  # type: ignore[arg-type]

    def play(self, text: str, params: Mapping[str, Any] | None = None, *, name: str = "play", **options: Any) -> Play:
        """Compile a playbook for this machine and put its program there."""
        place = self.folder / f"{name}.yml"
        place.write_text(text, encoding="utf-8")
        return self.play_book(playbook.load(place, name), params, name=name, **options)

    def play_book(self, book: playbook.Playbook, params: Mapping[str, Any] | None = None, *, name: str = "play", **options: Any) -> Play:
        """The same for a playbook that is read already."""
        variables = {**play.variables(), "facts": self.facts, "state_root": "/var/lib/byhand"}
        compiler = Compiler(Options(f"/var/lib/byhand/runs/{name}", **options), variables)
        program = compiler.program(book, params or {})
        assert program.remaining is None, "a play of several programs"
        path = self.root / "root" / f"{name}.sh"
        path.write_bytes(program.text.encode("utf-8", "surrogateescape"))
        return Play(self, f"/root/{name}.sh")

    def step(self, template: str, **args: Any) -> Play:
        """The play of one step, ``Step`` with the id ``it``."""
        return self.play(yaml.safe_dump({"steps": [{"name": "Step", "id": "it", template: args}]}, allow_unicode=True))

    def snapshot(self) -> dict[str, Any]:
        """All there is to know of it: each file (kind, mode, owner, content), mounts, addresses, routes, rules, host name."""
        found: dict[str, Any] = {path: what for path, what in files(self.root) if not path.startswith("root/play")}
        mounts = Path(f"/proc/{self.pid}/mounts").read_text().splitlines()
        found["mounts"] = sorted(" ".join(row.split(" ")[:4]) for row in mounts)
        found |= self.network()
        uts = subprocess.run(["nsenter", f"--target={self.pid}", "--uts", "--", "hostname"], capture_output=True, text=True, check=True)
        found["hostname"] = uts.stdout
        return found

    def part(self, *folders: str) -> dict[str, Any]:
        """The files of some folders, ``etc`` for instance, and the mounts: what can be looked at often."""
        found: dict[str, Any] = {f"{top}/{path}": what for top in folders for path, what in files(self.root / top)}
        found["mounts"] = Path(f"/proc/{self.pid}/mounts").read_text()
        return found

    def network(self) -> dict[str, Any]:
        """Its links, addresses, routes and rules, those of its named network namespaces too."""
        inside = sorted((self.root / "run/netns").glob("*"))
        found: dict[str, Any] = {"netns": [path.name for path in inside]}
        for place in ["", *(path.name for path in inside)]:
            net = ["--net"] if not place else [f"--net={self.root}/run/netns/{place}"]
            for name, argv in NETWORK.items():
                done = subprocess.run(["nsenter", f"--target={self.pid}", *net, "--", *argv], capture_output=True, text=True, check=False)
                found[f"{name} {place}".strip()] = steady(name, done.stdout)
        if (self.root / "usr/sbin/nft").exists():  # its own: not every host that runs the tests has one
            found["nft"] = rules(self.said("nft", "--stateless", "list", "ruleset") + "\n")
        return found


class _Asked:
    """A session as ``gather`` uses it, through the namespaces instead of a connection."""

    mark = "machine"

    def __init__(self, asked: Machine) -> None:
        self.machine = asked

    def ask(self, script: str, on_line: Callable[[str], None]) -> int:
        ran = self.machine.run("sh", stdin=script)
        for line in ran.out.splitlines(keepends=True):
            on_line(line)
        return ran.status


@dataclass(frozen=True)
class Play:
    """A program on a machine."""

    machine: Machine
    path: str

    def run(self, verb: str = "apply", shell: Sequence[str] = ("sh",), **more: Any) -> Ran:
        return self.machine.run(*shell, self.path, verb, **more)

    def there_and_back(self, look: Callable[[], Any] | None = None, **more: Any) -> Any:
        """Needed, applied, so, applied again without a change, undone to the last bit. What was there in between.

        ``look``: what is compared, all there is to know of the machine by default.
        """
        look = look or self.machine.snapshot
        before = look()
        self.expect("check", 4, **more)
        same(before, look(), "check changed something")
        self.expect("diff", 4, **more)
        same(before, look(), "diff changed something")
        self.expect("apply", 0, **more)
        after = look()
        self.expect("check", 0, **more)
        second = self.expect("apply", 0, **more)
        assert "changed " not in second.err, second.err
        same(after, look(), "a second apply changed something")
        self.expect("undo", 0, **more)
        same(before, look(), "undo left something")
        return after

    def survives_kill_9(self, look: Callable[[], Any] | None = None, shell: Sequence[str] = ("sh",)) -> None:
        """Killed before every line of apply of the step ``it``: undo brings all back, and so does undo after going on.

        ``look``: what is compared, the network of the machine by default.
        """
        look = look or self.machine.network
        program = self.machine.root / self.path.lstrip("/")
        head, start, rest = program.read_text(errors="surrogateescape").partition("\napply_it() {\n")
        body, end, tail = rest.partition("\n}\n")
        rows, before, tried = body.split("\n"), look(), 0
        killed = Play(self.machine, self.path.replace(".sh", ".killed.sh"))
        for place in range(len(rows) + 1):
            text = head + start + "\n".join([*rows[:place], "kill -s KILL $$; exit 1", *rows[place:]]) + end + tail
            (self.machine.root / killed.path.lstrip("/")).write_bytes(text.encode("utf-8", "surrogateescape"))
            if self.machine.run(*shell, "-n", killed.path).status:
                continue
            for goes_on in (False, True):
                if killed.run(shell=shell).status != -signal.SIGKILL:
                    break  # a branch that is not taken, or text between quotes
                tried += 1
                if goes_on:
                    self.expect("apply", 0, shell=shell)
                    self.expect("check", 0, shell=shell)
                undone = self.expect("undo", 0, shell=shell)
                assert undone.out + undone.err == "undone   it\n", rows[place - 1 : place + 1]
                same(before, look(), f"undo left something when killed at {rows[place - 1 : place + 1]}")
            else:
                continue
            self.run("undo", shell=shell)
            same(before, look(), "undo left something")
        assert tried >= 2

    def refused(self, why: str, look: Callable[[], Any] | None = None) -> None:
        """Fails, says why, and leaves everything as it was."""
        look = look or self.machine.snapshot
        before = look()
        ran = self.run()
        assert ran.status != 0
        assert why in ran.err + ran.out, ran.err + ran.out
        same(before, look(), "a refusal changed something")

    def expect(self, verb: str, status: int, **more: Any) -> Ran:
        ran = self.run(verb, **more)
        assert ran.status == status, f"{verb}: status {ran.status}: {ran.err}{ran.out}"
        return ran


@contextmanager
def machine(distribution: str, packages: Sequence[str] = (), *, systemd: bool = False) -> Iterator[Machine]:
    """A new machine with Alpine (BusyBox, OpenRC) or Debian (the essential packages, apt and ``packages``).

    ``systemd``: a Debian's, and one of the packages, is its first process and has started all there is to start.
    """
    lower = root_of(distribution, tuple(packages))
    folder = Path(tempfile.mkdtemp(prefix="byhand-machine-", dir="/var/tmp"))
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(mode=0o755)
    spaces = ["--mount", "--propagation=private", "--pid", "--uts", "--net", "--ipc", "--fork", "--kill-child"]
    boot = SYSTEMD if systemd else BOOT
    with _own_group(folder.name) if systemd else nullcontext([]) as enter:
        process = subprocess.Popen(
            [*enter, "setpriv", "--pdeathsig", "KILL", "unshare", *spaces, *(["--cgroup"] if systemd else []), "--", "sh", "-euc", boot,
             folder, lower],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env={"PATH": PATH},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "the machine did not come up"
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            found = Machine(folder, int(children[0]))
            if systemd:
                _started(found)
            yield found
        finally:
            process.kill()
            process.wait(30)
            process.stdout.close()
            _gone(folder)


@contextmanager
def _own_group(name: str) -> Iterator[list[str]]:
    """A group in the v2 hierarchy, removed at the end with all below it, and the command that runs what follows in it."""
    unified = Path("/sys/fs/cgroup/unified")
    group = (unified if unified.is_dir() else unified.parent) / name
    group.mkdir()
    try:
        yield ["sh", "-euc", 'echo $$ >"$0/cgroup.procs"; exec "$@"', str(group)]
    finally:
        deadline = time.monotonic() + 20
        while "populated 1" in (group / "cgroup.events").read_text():
            assert time.monotonic() < deadline, f"{group} is still in use"
            time.sleep(0.02)
        for where, _, _ in os.walk(group, topdown=False):
            os.rmdir(where)


def _started(found: Machine) -> None:
    deadline = time.monotonic() + 60
    while (ran := found.run("systemctl", "is-system-running")).out.strip() not in ("running", "degraded"):
        assert time.monotonic() < deadline, ran
        time.sleep(0.05)


def _gone(folder: Path) -> None:
    """Remove a machine's folder; the last of its processes may still hold it for a moment."""
    deadline = time.monotonic() + 20
    while True:
        try:
            shutil.rmtree(folder)
        except OSError:
            assert time.monotonic() < deadline, f"{folder} is still in use"
            time.sleep(0.05)
        else:
            return


def root_of(distribution: str, packages: tuple[str, ...] = ()) -> Path:
    """The root of a distribution, made once and kept; nobody writes in it."""
    make = {"alpine": _alpine, "debian": _debian}[distribution]
    key = hashlib.sha256(repr((packages, inspect.getsource(make), _inputs(distribution))).encode()).hexdigest()[:16]
    place = CACHE / f"root-{distribution}-{key}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with state.locked(CACHE / f"root-{distribution}-{key}.lock"):
        if not place.is_dir():
            fresh = Path(f"{place}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o755)
            make(fresh, packages)
            fresh.rename(place)
    return place


def _inputs(distribution: str) -> bytes:
    return _recipe().read_bytes() if distribution == "alpine" else str(fresh_debian.base()).encode()


def _recipe() -> Path:
    return REPO / "playbooks" / "image" / "recipes" / "alpine.yml"


def _alpine(root: Path, packages: tuple[str, ...]) -> None:
    """The Alpine of the image's recipe before what only a machine needs is taken from it."""
    assert not packages, "Alpine's packages are not to be had here"
    recipe = yaml.safe_load(_recipe().read_text())
    steps = []
    for step in recipe["steps"]:
        if "image/inside" in step or "image/remove" in step:
            break
        steps.append(step)
    assert steps, "the recipe has another form"
    with tempfile.TemporaryDirectory(prefix="byhand-alpine-", dir="/var/tmp") as scratch:
        place = Path(scratch, "alpine.yml")
        place.write_text(yaml.safe_dump({"params": recipe["params"], "steps": steps}))
        Path(scratch, "work").mkdir()
        given = {"tree": root, "work": f"{scratch}/work", "python": sys.executable}
        flags = [word for name, value in given.items() for word in ("--param", f"{name}={value}")]
        made = Byhand(Path(scratch, "state")).invoke("playbook.run", str(place), *flags, timeout=600)
        assert made.status == 0, made.err


def _debian(root: Path, packages: tuple[str, ...]) -> None:
    subprocess.run(["tar", "-x", "-p", "--numeric-owner", "-C", str(root), "-f", str(fresh_debian.base())], check=True)
    debian = fresh_debian.Fresh(root)
    debian.settle()
    if packages:
        script = 'apt-get -qq update && apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install -- "$@" && apt-get clean'
        done = debian.run("env", "DEBIAN_FRONTEND=noninteractive", "sh", "-euc", script, "sh", *packages)
        assert done.returncode == 0, done.stderr
