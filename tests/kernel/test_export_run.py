"""Exported plays on real machines: ansible-core and our own programs lead to the same host, and so does the second time."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from looks import differences
from machine import Machine, machine

from byhand.engine import play, playbook, playbook_file, secret, series, template
from byhand.engine.compile import Compiler, Options, Program
from byhand.engine.events import Reader
from byhand.engine.play import Outcome, Request
from byhand.export import targets
from tests import peers

HERE = Path(__file__).parent
CASES = sorted((HERE / "export_cases").glob("*.yml"))
PACKAGES = ("python3", "sudo", "iproute2", "iptables", "nftables", "curl", "openssh-client", "cron")
# What Ansible leaves of itself, and what no two links have in common.
OTHERWISE = re.compile(r"root/\.ansible|var/tmp/ansible")


@pytest.fixture(scope="session")
def ansible() -> Path:
    return peers.environment("export", peers.EXPORT)


@dataclass
class Here:
    """Our own programs on a machine (series.Runner)."""

    machine: Machine
    request: Request
    folder: str
    said: list[str] = field(default_factory=list)

    def compiled(self, number: int, results: Mapping[str, Any], start: int, notified: frozenset[str]) -> Program:
        variables = {**play.variables(), "facts": self.machine.facts, "state_root": "/var/lib/byhand"}
        options = Options(f"{self.folder}/{number}", notified=notified)
        return Compiler(options, variables, results).program(self.request.book, self.request.params, start=start)

    def applied(self, program: Program, number: int, outcome: Outcome) -> int:  # noqa: ARG002 (a Runner's)
        pieces = {piece.id: piece for piece in program.pieces}
        reader = Reader(lambda event: outcome.steps.append((pieces.get(event.id), event)))
        script = "cat >/root/program; exec sh /root/program apply 3>&1 2>&1 </dev/null"
        secrets = secret.environment(secret.fetch(program.secrets, program.one_line))
        given = [f"{name}={value}" for name, value in {"BYHAND_NONCE": reader.nonce, **secrets}.items()]
        ran = self.machine.run("env", *given, "sh", "-c", script, stdin=program.text)
        for line in ran.out.split("\n"):
            reader.feed(f"{line}\n")
        self.said.append(ran.out)
        (self.machine.root / "root/program").unlink()
        return ran.status

    def printed(self, program: Program, number: int) -> series.Printed:  # noqa: ARG002 (a Runner's)
        def said(identity: str, kind: str) -> str:
            path = self.machine.root / f"{self.folder}/{number}/out/{identity}.{kind}".lstrip("/")
            return path.read_text() if path.exists() else ""

        return said

    def taken_back(self, last: int, status: int) -> None:  # noqa: ARG002 (a Runner's)
        raise AssertionError("the play cannot go on")


def ours(host: Machine, request: Request, name: str) -> list[str]:
    """Apply a play with our own programs; the titles of the steps that changed something."""
    outcome, runner = Outcome(name), Here(host, request, f"/var/lib/byhand/runs/{name}")
    series.play(runner, outcome)
    assert outcome.status == 0, "".join(runner.said)[-2000:]
    return [event.id for _, event in outcome.steps if event.word == "changed"]


def run(bins: Path, host: Machine, file: Path, *flags: str) -> dict[str, Any]:
    """Run ansible-playbook on a machine; its numbers: ok, changed, failures, ignored, rescued, skipped."""
    entered = {"ansible_connection": "nsenter", "machine_enter": " ".join(host.enter([])), "machine_root": str(host.root)}
    inventory = {"all": {"hosts": {"machine": {**entered, "ansible_python_interpreter": "/usr/bin/python3"}}}}
    place = host.folder / "inventory.yml"
    place.write_text(yaml.safe_dump(inventory))
    settings = {
        "HOME": host.folder, "CONNECTION_PLUGINS": HERE / "export_connection", "PIPELINING": 1, "NOCOLOR": 1, "DEPRECATION_WARNINGS": 1,
    }  # fmt: skip
    env = {"PATH": f"{bins}:{os.environ['PATH']}", "HOME": str(host.folder), "LC_ALL": "C.UTF-8"}
    env |= {f"ANSIBLE_{name}": str(value) for name, value in settings.items()}
    argv = [str(bins / "ansible-playbook"), "-i", str(place), str(file), *flags]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, check=False, timeout=300, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "DEPRECATION" not in done.stderr, done.stderr
    recap = re.findall(r"(\w+)=(\d+)", done.stdout.rpartition("PLAY RECAP")[2])
    return {**{name: int(number) for name, number in recap}, "said": done.stdout}


def looks(host: Machine) -> dict[str, Any]:
    """A machine without what is never the same on two: the addresses and numbers of links, what Ansible keeps for itself."""
    found = {key: value for key, value in host.snapshot().items() if not OTHERWISE.match(key)}
    found["mounts"] = [row.replace(str(host.folder), "") for row in found["mounts"]]
    for key, value in found.items():
        if key.startswith(("links", "addresses")):
            found[key] = re.sub(r'"(address|ifindex|link_index|broadcast|local|\w+_id|\w+_timer)": "?[^",}]*"?', "", json.dumps(value))
        if key.startswith("routes"):
            found[key] = re.sub(r"fe80::[0-9a-f:]+", "", value)
    return found


@pytest.fixture(scope="module")
def tried(ansible: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Every case, tried side by side: ansible-core takes a third of a second for a task."""
    exported = tmp_path_factory.mktemp("exported")
    with ThreadPoolExecutor(max_workers=len(CASES)) as pool:
        yield {case.stem: pool.submit(lead, case, ansible, exported) for case in CASES}


@pytest.mark.parametrize("case", [path.stem for path in CASES])
def test_ansible_leads_to_the_same_host(case: str, tried: dict[str, Future[None]]) -> None:
    tried[case].result()


def lead(case: Path, ansible: Path, exported: Path) -> None:
    """Run a case with both, twice; the machines are the same each time, and the second time nothing changes."""
    request = Request(playbook.load(case, case.stem))
    with machine("debian", PACKAGES) as mine, machine("debian", PACKAGES) as theirs:
        before = looks(theirs)
        assert differences(looks(mine), before) == {}
        variables = {**play.variables(), "facts": theirs.facts, "state_root": "/var/lib/byhand"}
        file = exported / case.name
        file.write_text(targets.as_ansible(request, [targets.Target("machine", variables)]))
        if case.stem == "late":  # a second each for a few steps
            checked = run(ansible, theirs, file, "--check")
            assert differences(before, looks(theirs)) == {}, "--check changed something"
            assert checked["changed"] > 0
        first = run(ansible, theirs, file)
        changed = ours(mine, request, "first")
        assert changed
        assert differences(looks(mine), looks(theirs)) == {}
        second = run(ansible, theirs, file)
        assert second["changed"] == len(ours(mine, request, "second")) == 0, second["said"]
        assert differences(looks(mine), looks(theirs)) == {}
        assert first["failed"] == second["failed"] == 0


def test_ansible_lint_finds_nothing(ansible: Path, tmp_path: Path) -> None:
    """The profile for what is published, every case and every shipped playbook that needs no more than its defaults."""
    with machine("debian", PACKAGES) as host:
        variables = {**play.variables(), "facts": host.facts, "state_root": "/var/lib/byhand"}
    for case in CASES:
        text = targets.as_ansible(Request(playbook.load(case, case.stem)), [targets.Target("machine", variables)])
        (tmp_path / case.name).write_text(text)
    shipped = [name for name in playbook.names() if name.startswith("host/")]
    for name in shipped:
        book = playbook.find(name)
        if not any(param.required for param in book.params.values()):
            text = targets.as_ansible(Request(book), [targets.Target("machine", variables)])
            (tmp_path / f"{name.replace('/', '_')}.yml").write_text(text)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert {"late.yml", "hosts.yml", "host_setup.yml"} <= set(files)
    env = {"PATH": f"{ansible}:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    argv = [str(ansible / "ansible-lint"), "--offline", "--profile=production", "--strict", "-q", "--parseable", *files]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=tmp_path, check=False, timeout=300, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr[-2000:]


def test_the_cases_use_every_key_and_many_templates() -> None:
    """A key of steps that nothing here uses is a key nobody knows to be exported."""
    keys: set[str] = set()

    def walk(steps: Any) -> None:
        for step in steps or []:
            keys.update(step)
            for part in playbook_file.PARTS:
                walk(step.get(part))

    for case in CASES:
        top = yaml.safe_load(case.read_text())
        walk(top["steps"])
        walk(top.get("handlers"))
    # Ids are names of ours, includes and vars_files are followed before, and the others are refused.
    assert playbook_file.STEP_KEYS - keys <= {"id", "include", "lasts", "own", "loop_var", "parallel"}
    assert len(keys & set(template.names())) >= 30
