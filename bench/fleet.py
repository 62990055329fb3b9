"""``fleet`` and ``distance``: fifty steps on twenty hosts over ssh, near and 50 ms away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench import goal
from bench.lab import REPOSITORY, Lab
from bench.namespaces import Hosts
from bench.play import peer
from bench.process import BenchError, Word, call
from bench.race import Contestant, Row, race
from bench.report import Measurement, Target, ratio

HOSTS = 20
FORKS = 20
DELAY = 50  # ms on the way there

OURS = "invoke playbook.run"
ANSIBLE = "ansible-playbook"
PIPELINED = "ansible-playbook, pipelining"
PYINFRA = "pyinfra"
PROGRAM = "ssh HOST sh <program"
CONNECT = "ssh HOST true"
SHARED = "ssh HOST true, shared connection"
FIRST, SECOND = "", ", nothing to change"


def measure(lab: Lab) -> Measurement:
    """Near: the hosts answer at once."""
    with_hosts = _Fleet(lab)
    try:
        return with_hosts.measure("fleet", "", 10, 3)
    finally:
        with_hosts.hosts.stop()


def measure_far(lab: Lab) -> Measurement:
    """Far: every round trip takes 50 ms more."""
    with_hosts = _Fleet(lab)
    try:
        means = with_hosts.hosts.delay(DELAY)
        return with_hosts.measure("distance", f", {DELAY} ms away", 20, None, [f"the delay: {means}"])
    finally:
        with_hosts.hosts.stop()


def targets(rows: dict[str, Row], times_ansible: float, times_pyinfra: float | None) -> list[Target]:
    """How many times faster than each peer, in the first run and in the second."""
    found = []
    for kind in (FIRST, SECOND):
        ours = rows[OURS + kind]
        wanted = [(ANSIBLE, times_ansible), (PIPELINED, times_ansible), *([(PYINFRA, times_pyinfra)] if times_pyinfra else [])]
        found += [Target(f"{name} / ours{kind}", ratio(rows[name + kind], ours), times, at_least=True) for name, times in wanted]
    return found


class _Fleet:
    """The hosts, the plays in a folder, and the contestants."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.folder = lab.temporary / "fleet"
        number = 1
        while self.folder.exists():  # the second measurement of one run
            number += 1
            self.folder = lab.temporary / f"fleet{number}"
        self.folder.mkdir()
        self.hosts = Hosts(self.folder / "hosts.d", HOSTS)
        keys = self.hosts.keys
        goal.write_plays(self.folder, self.hosts.addresses, keys / "user", keys / "known_hosts", self.hosts.ssh_options)
        self._before: dict[Path, dict[str, tuple[int, int]]] = {}

    def measure(self, name: str, where: str, ansible: float, pyinfra: float | None, notes: list[str] | None = None) -> Measurement:
        rare = max(1, self.lab.runs // 5)
        entries = [
            *self._pair(OURS, self._ours),
            *self._pair(ANSIBLE, self._ansible, rare),
            *self._pair(PIPELINED, self._pipelined, rare),
            *self._pair(PYINFRA, self._pyinfra),
            *self._ssh(),
        ]
        rows = race(entries, self.lab.long_runs, warmups=0)
        return Measurement(
            name=name,
            summary=f"{goal.STEPS} steps on {HOSTS} hosts over ssh{where}, {FORKS} at a time",
            ours=OURS,
            rows=rows,
            targets=targets(rows, ansible, pyinfra),
            notes=[
                "after each run every path on every host is compared; a second run must write nothing",
                "ansible: gather_facts off, interpreter given; connections are not kept from one run to the next",
                *(notes or []),
            ],
        )

    def _pair(self, name: str, make: Callable[[], tuple[list[Word], dict[str, str], Path]], at_most: int = 0) -> list[Contestant]:
        """A tool's first run, on hosts that have nothing, and one on hosts that have everything."""
        try:
            argv, env, cwd = make()
        except BenchError as error:
            return [Contestant(name + kind, missing=str(error)) for kind in (FIRST, SECOND)]
        argv = self.hosts.player(argv)
        return [
            Contestant(name + FIRST, argv, env=env, cwd=cwd, before=self._empty, after=self._reached, at_most=at_most),
            Contestant(name + SECOND, argv, env=env, cwd=cwd, before=self._filled, after=self._untouched, at_most=at_most),
        ]

    def _ours(self) -> tuple[list[Word], dict[str, str], Path]:
        argv: list[Word] = [self.lab.invoke, "playbook.run", self.folder / "ours.yml"]
        argv += ["--inventory", self.folder / "hosts", "--forks", str(FORKS)]
        return argv, {"BYHAND_ROOT": str(self.folder / "state")}, REPOSITORY

    def _ansible(self) -> tuple[list[Word], dict[str, str], Path]:
        argv: list[Word] = [peer(self.lab, "ansible-core", "ansible-playbook"), "-i", self.folder / "hosts", "-f", str(FORKS)]
        env = {"ANSIBLE_HOME": str(self.folder / "ansible"), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg")}
        return [*argv, self.folder / "ansible.yml"], env, self.folder

    def _pipelined(self) -> tuple[list[Word], dict[str, str], Path]:
        argv, env, cwd = self._ansible()
        return argv, {**env, "ANSIBLE_PIPELINING": "1"}, cwd

    def _pyinfra(self) -> tuple[list[Word], dict[str, str], Path]:
        program = peer(self.lab, "pyinfra", "pyinfra")
        return [program, "-y", "--parallel", str(FORKS), "inventory.py", "deploy.py"], {}, self.folder

    def _ssh(self) -> list[Contestant]:
        """What it takes without any tool: the connections alone, and with byhand's program on each."""
        common = ["ssh", *self.hosts.ssh_options, "-i", str(self.hosts.keys / "user"), "-o", "BatchMode=yes", "-l", "root"]
        shared = [*common, "-o", f"ControlPath={self.folder}/cm-%h"]
        program = self.folder / "program"
        state = str(self.folder / "state")
        text = call([self.lab.invoke, "playbook.show", self.folder / "ours.yml"], env={"BYHAND_ROOT": state}, cwd=REPOSITORY)
        program.write_text(text.replace(state, "/srv/state"))

        def everywhere(words: list[str], remote: str) -> list[Word]:
            each: list[Word] = ["xargs", "-P", str(FORKS), "-I", "HOST", "sh", "-c", '"$@" <"$0"', program, *words, "HOST", remote]
            return self.hosts.player(["sh", "-c", 'hosts=$1; shift; "$@" <"$hosts"', "sh", self.folder / "addresses", *each])

        (self.folder / "addresses").write_text("".join(f"{address}\n" for address in self.hosts.addresses))

        def connect() -> None:
            call(everywhere([*shared, "-o", "ControlMaster=auto", "-o", "ControlPersist=600"], "true"))

        def disconnect() -> None:
            for address in self.hosts.addresses:
                call(self.hosts.player([*shared, "-O", "exit", address]), check=False)

        return [
            Contestant(PROGRAM, everywhere(common, "BYHAND_TALK= sh"), before=self._empty, after=self._reached),
            Contestant(CONNECT, everywhere(common, "true")),
            Contestant(SHARED, everywhere(shared, "true"), before=connect, after=disconnect),
        ]

    def _trees(self) -> list[tuple[str, Path]]:
        """Each host's address and the folder that is goal.ROOT there."""
        name = Path(goal.ROOT).name
        return [(address, self.hosts.inside(number) / name) for number, address in enumerate(self.hosts.addresses, 1)]

    def _empty(self) -> None:
        self._hang_up()
        self.hosts.clear()
        for _, tree in self._trees():
            tree.mkdir()

    def _filled(self) -> None:
        self._empty()
        for _, tree in self._trees():
            goal.make(tree)
            self._before[tree] = goal.stamps(tree)

    def _reached(self) -> None:
        for address, tree in self._trees():
            goal.require(tree, address)

    def _untouched(self) -> None:
        self._reached()
        for address, tree in self._trees():
            after = goal.stamps(tree)
            changed = [path for path, stamp in self._before[tree].items() if after.get(path) != stamp]
            if changed:
                raise BenchError(f"{address}: {changed[0]} was written again ({len(changed)} paths in all)")

    def _hang_up(self) -> None:
        """End the connections that Ansible keeps for a minute: the next run makes its own."""
        for socket in (self.folder / "ansible").glob("cp/*"):
            call(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "anyone"], check=False)
