"""``play``: fifty steps that each echo a number, on this host."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.lab import REPOSITORY, Lab
from bench.process import BenchError, Word, call
from bench.race import Contestant, Row, race
from bench.report import Measurement, Target, ratio

STEPS = 50
OURS = f"invoke playbook.run, {STEPS} steps"
OURS_ONE = "invoke playbook.run, 1 step"
ANSIBLE = f"ansible-playbook, {STEPS} tasks"
PIPELINED = f"ansible-playbook, {STEPS} tasks, pipelining"
PYINFRA = f"pyinfra, {STEPS} operations"
SHELL = f"sh, {STEPS} lines"
SHELL_ONE = "sh, 1 line"


def measure(lab: Lab) -> Measurement:
    """Time the play with each tool; ansible at most three times, it takes ten seconds."""
    folder = lab.temporary / "play"
    folder.mkdir()
    write_plays(folder)
    ours: list[Word] = [lab.invoke, "playbook.run"]
    entries = [
        Contestant(OURS, [*ours, folder / "ours-50.yml"], env=lab.byhand_env, cwd=REPOSITORY),
        Contestant(OURS_ONE, [*ours, folder / "ours-1.yml"], env=lab.byhand_env, cwd=REPOSITORY),
        *_ansible(lab, folder),
        _pyinfra(lab, folder),
        Contestant(SHELL, ["sh", folder / "50.sh"]),
        Contestant(SHELL_ONE, ["sh", folder / "1.sh"]),
    ]
    rows = race(entries, lab.runs)
    return Measurement(
        name="play",
        summary=f"{STEPS} steps of echo, on this host",
        ours=OURS,
        rows=rows,
        targets=targets(rows),
        notes=["ansible: gather_facts off, interpreter given, connection local"],
    )


def targets(rows: dict[str, Row]) -> list[Target]:
    """How many times faster than the peers, and what one more step costs."""
    return [
        Target("ansible / ours", ratio(rows[ANSIBLE], rows[OURS]), 30, at_least=True),
        Target("pyinfra / ours", ratio(rows[PYINFRA], rows[OURS]), 4, at_least=True),
        Target("each further step, beyond sh's own", step_cost(rows), 1.5, unit=" ms"),
    ]


def step_cost(rows: dict[str, Row]) -> float | None:
    """Milliseconds that one more step takes, less what it takes in plain sh."""
    many, one = rows[OURS].median, rows[OURS_ONE].median
    plain_many, plain_one = rows[SHELL].median, rows[SHELL_ONE].median
    if many is None or one is None or plain_many is None or plain_one is None:
        return None
    return (many - one - (plain_many - plain_one)) / (STEPS - 1) * 1000


def write_plays(folder: Path) -> None:
    """The same play for each tool, in its own words."""
    for count in (1, STEPS):
        numbers = range(1, count + 1)
        (folder / f"{count}.sh").write_text("".join(f"/bin/echo {n}\n" for n in numbers))
        steps = "".join(f'  - name: echo {n}\n    command/run: {{argv: [/bin/echo, "{n}"]}}\n' for n in numbers)
        (folder / f"ours-{count}.yml").write_text(f"title: {count} steps of echo\nsteps:\n{steps}")
    numbers = range(1, STEPS + 1)
    tasks = "".join(f"    - name: echo {n}\n      ansible.builtin.command: /bin/echo {n}\n" for n in numbers)
    head = "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n"
    (folder / "ansible.yml").write_text(head + tasks)
    operations = "".join(f'server.shell(name="echo {n}", commands=["/bin/echo {n}"])\n' for n in numbers)
    (folder / "pyinfra_play.py").write_text(f"from pyinfra.operations import server\n\n{operations}")


def _ansible(lab: Lab, folder: Path) -> list[Contestant]:
    """ansible-playbook as it comes, and with its own switch for fewer files."""
    try:
        program = peer(lab, "ansible-core", "ansible-playbook")
    except BenchError as error:
        return [Contestant(name, missing=str(error)) for name in (ANSIBLE, PIPELINED)]
    argv: list[Word] = [program, "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}"]
    argv += [folder / "ansible.yml"]
    env = {"ANSIBLE_HOME": str(lab.temporary / "ansible"), "ANSIBLE_NOCOLOR": "1"}
    return [
        Contestant(ANSIBLE, argv, env=env, at_most=3),
        Contestant(PIPELINED, argv, env={**env, "ANSIBLE_PIPELINING": "1"}, at_most=3),
    ]


def _pyinfra(lab: Lab, folder: Path) -> Contestant:
    try:
        program = peer(lab, "pyinfra", "pyinfra")
    except BenchError as error:
        return Contestant(PYINFRA, missing=str(error))
    return Contestant(PYINFRA, [program, "-y", "@local", "pyinfra_play.py"], cwd=folder)


def peer(lab: Lab, package: str, program: str) -> str:
    """The peer's program: from the bench's own virtual environment, else from PATH.

    With ``--setup-peers`` the virtual environment is made first. Raises BenchError
    ("not installed").
    """
    home = lab.cache / "peers" / package
    own = home / "bin" / program
    if lab.setup_peers and not own.exists():
        shutil.rmtree(home, ignore_errors=True)
        call([sys.executable, "-m", "venv", home])
        call([home / "bin/pip", "install", "--quiet", package])
    found = str(own) if own.exists() else shutil.which(program)
    if found is None:
        raise BenchError("not installed (--setup-peers makes it a virtual environment)")
    return found
