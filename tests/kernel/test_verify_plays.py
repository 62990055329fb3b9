"""A playbook as pytest tests, over ssh: the host is broken in one way at a time, and exactly the right tests turn red."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from invoking import REPO
from machine import machine
from ssh_hosts import Controller, SshHost, controller, run_id, ssh_host

from byhand.engine.facts import read_cgroup

TOOLS = ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]
GROUP = f"byhand-test-{os.getpid()}"
PLAY = """title: A host to look at
params:
  group: name
  home: {type: path, default: /srv/data}
verify: test_play.py
steps:
  - name: Write the greeting
    file/content: {path: /etc/motd, content: "hello\\n"}
  - name: Make the folder
    file/folder: {path: "{{ home }}"}
  - name: Mount the data
    mount/mounted: {source: data, path: "{{ home }}", type: tmpfs, options: mode=755}
  - name: Make the bridge
    network/bridge: {name: br0}
  - name: Give the bridge its address
    network/address: {dev: br0, address: 10.5.0.1/24}
  - name: Let the web in
    iptables/rule: {chain: INPUT, rule: [-p, tcp, --dport, 80, -j, ACCEPT]}
  - name: Make the group
    cgroup/create: {name: "{{ group }}", controllers: [memory, pids], mounts: MOUNTS}
  - name: Limit the group
    cgroup/limits: {name: "{{ group }}", settings: [LIMIT=8388608]}
"""
TESTS = '''"""What the play is for, seen from outside of it."""


def test_the_greeting(host):
    assert host.file("/etc/motd").content_string == "hello\\n"


def test_the_data_is_a_mount(host, play):
    assert host.mount_point(play.params["home"]).filesystem == "tmpfs"


def test_the_bridge_has_its_address(host):
    assert host.bridge("br0").addresses == ["10.5.0.1/24"]


def test_the_web_is_let_in(host):
    assert host.firewall.has(chain="INPUT", protocol="tcp", destination_port=80, target="ACCEPT")


def test_the_limit_of_the_group(host, play):
    assert host.cgroup(play.params["group"]).memory.limit == 8388608


def test_the_group_has_its_process(host, play):
    assert len(host.cgroup(play.params["group"]).members) == 1
'''
STEPS = (
    "Write the greeting", "Make the folder", "Mount the data", "Make the bridge", "Give the bridge its address", "Let the web in",
    "Make the group", "Limit the group",
)  # fmt: skip
TESTED = tuple(re.findall(r"def (test_\w+)", TESTS))


@dataclass(frozen=True)
class Outcome:
    """A pytest run. ``red``: each failed test by name, with its message; ``skipped`` likewise with the reason."""

    status: int
    text: str
    passed: set[str] = field(default_factory=set)
    red: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """A host with the play applied, and the machine that tests it."""

    host: SshHost
    controller: Controller
    limit: str
    inventory: str

    def pytest(self, *words: str, hosts: str = "there") -> Outcome:
        """Run ``pytest play.yml``; the results are read from its JUnit file by a parser that is not ours."""
        junit = self.controller.folder / "junit.xml"
        junit.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "pytest", "-p", "byhand.verify.plugin", "-p", "no:cacheprovider", "-c", os.devnull, f"--junitxml={junit}",
            f"--hosts={hosts}", "--play-inventory=hosts", f"--play-param=group={GROUP}", f"--rootdir={self.controller.folder}",
            *words, "play.yml",
        ]  # fmt: skip
        environment = {**os.environ, "BYHAND_ROOT": str(self.controller.folder), "PYTHONPATH": str(REPO)}
        done = subprocess.run(command, cwd=self.controller.folder, env=environment, capture_output=True, text=True, check=False)
        text = done.stdout + done.stderr
        return Outcome(done.returncode, text, *_read(junit)) if junit.exists() else Outcome(done.returncode, text)

    def verify(self, *words: str) -> tuple[int, str]:
        """``playbook.verify play.yml``: its status and what it printed."""
        ran = self.controller.play("verify", "-p", f"group={GROUP}", *words)
        return ran.status, ran.text


def _read(junit: Path) -> tuple[set[str], dict[str, str], dict[str, str]]:
    passed: set[str] = set()
    red: dict[str, str] = {}
    skipped: dict[str, str] = {}
    for case in ET.parse(junit).getroot().iter("testcase"):  # noqa: S314 (pytest wrote it)
        failure, skip = case.find("failure"), case.find("skipped")
        name = case.attrib["name"]
        assert name not in passed | red.keys() | skipped.keys()
        if failure is not None:
            red[name] = f"{failure.attrib['message']}\n{failure.text}"
        elif skip is not None:
            skipped[name] = skip.attrib["message"]
        else:
            assert case.find("error") is None
            passed.add(name)
    return passed, red, skipped


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    if os.geteuid() != 0:
        pytest.skip("machines need root")
    mounts = read_cgroup("/proc/self/mounts").mounts
    places = [mounts["memory"], mounts["pids"]]
    kinds = {line.split()[1]: line.split()[2] for line in Path("/proc/self/mounts").read_text().splitlines()}
    limit = "memory.max" if places[0] == places[1] else "memory.limit_in_bytes"
    with machine("debian", TOOLS) as debian, ssh_host(debian) as host, controller() as here:
        debian.said("mount", "-t", "tmpfs", "none", "/sys/fs/cgroup")
        for name, place in zip(("memory", "pids"), places, strict=True):
            options = ["-o", name] if kinds[place] == "cgroup" else []
            debian.said("sh", "-euc", 'mountpoint -q "$0" || { mkdir -p "$0" && mount -t "$@" none "$0"; }', place, kinds[place], *options)
        inventory = f"there {host.line}\nnobody ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F none'\n"
        here.write("hosts", inventory)
        here.write("play.yml", PLAY.replace("MOUNTS", json.dumps(places)).replace("LIMIT", limit))
        here.write("test_play.py", TESTS)
        ran = here.play("run", "-p", f"group={GROUP}", "--limit", "there")
        assert ran.status == 0, ran.err
        found = Ground(host, here, f"{places[0]}/{GROUP}", inventory)
        try:
            # Every hierarchy has it, or it is no member of the group.
            starting = 'setsid sleep 1000 </dev/null >/dev/null 2>&1 & for place; do echo $! >"$place/$0/cgroup.procs"; done'
            debian.said("sh", "-euc", starting, GROUP, *places)
            yield found
        finally:
            for pid in Path(found.limit, "cgroup.procs").read_text().split():
                os.kill(int(pid), 9)
            debian.said("sh", "-euc", 'while [ -s "$0/cgroup.procs" ]; do sleep 0.02; done', found.limit)
            undone = here.run("undo", "-i", "hosts", "--limit", "there", "--run", run_id(ran.err))
            assert undone.status == 0, undone.err


def test_a_test_for_each_step_and_host_and_those_the_playbook_names(ground: Ground) -> None:
    found = ground.pytest()
    assert (found.status, dict(found.red)) == (0, {}), found.text
    assert found.passed == {f"{name}[there]" for name in (*STEPS, *TESTED)}


# How the host is broken, how it is mended, which tests turn red, and what their messages name.
BROKEN: dict[str, tuple[str, str, dict[str, str]]] = {
    "a file edited": (
        "echo bye >/etc/motd", "echo hello >/etc/motd",
        {"Write the greeting": "-bye\n+hello", "test_the_greeting": "bye"},
    ),
    "a mount gone": (
        "umount /srv/data", "mount -t tmpfs -o mode=755 data /srv/data",
        {"Mount the data": "/srv/data", "test_the_data_is_a_mount": "/srv/data"},
    ),
    "an address removed": (
        "ip address delete 10.5.0.1/24 dev br0", "ip address add 10.5.0.1/24 dev br0",
        {"Give the bridge its address": "10.5.0.1/24 dev br0", "test_the_bridge_has_its_address": "10.5.0.1/24"},
    ),
    "a rule flushed": (
        "iptables -w -F INPUT", "iptables -w -A INPUT -p tcp --dport 80 -j ACCEPT",
        {"Let the web in": "--dport 80", "test_the_web_is_let_in": "INPUT"},
    ),
    "a limit raised": (
        "echo 16777216 >LIMIT", "echo 8388608 >LIMIT",
        {"Limit the group": "=8388608", "test_the_limit_of_the_group": "16777216"},
    ),
    "a process moved out of its group": (
        'read -r pid <GROUP/cgroup.procs; echo $pid >/tmp/moved; echo $pid >GROUP/../cgroup.procs',
        "cat /tmp/moved >GROUP/cgroup.procs",
        {"test_the_group_has_its_process": GROUP},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_host_broken_in_one_way_is_exactly_that_test_red(ground: Ground, what: str) -> None:
    limit = "memory.max" if (Path(ground.limit) / "memory.max").exists() else "memory.limit_in_bytes"
    broken, mended, red = BROKEN[what]
    broken, mended = (text.replace("LIMIT", f"GROUP/{limit}").replace("GROUP", ground.limit) for text in (broken, mended))
    ground.host.machine.said("sh", "-euc", broken)
    try:
        found = ground.pytest()
        assert found.status == 1
        assert found.red.keys() == {f"{name}[there]" for name in red}, found.text
        for name, words in red.items():
            assert words in found.red[f"{name}[there]"]
    finally:
        ground.host.machine.said("sh", "-euc", mended)


def test_the_hosts_of_an_inventory_and_one_that_does_not_answer(ground: Ground) -> None:
    found = ground.pytest(hosts="all")
    assert found.status == 1
    assert found.red.keys() == {"the host answers[nobody]"}
    assert "nobody: unreachable: ssh: connect to host 127.0.0.1 port 1: Connection refused" in found.red["the host answers[nobody]"]
    assert len(found.passed) == len(STEPS) + len(TESTED)


def test_workers_side_by_side_ask_a_host_once(ground: Ground) -> None:
    ground.controller.write("hosts", f"there {replace(ground.host, more='-o ControlMaster=no').line}\n")
    try:
        before = ground.host.log.count("Accepted publickey")
        plain = ground.pytest("-k", "bridge")
        alone = ground.host.log.count("Accepted publickey") - before
        found = ground.pytest("-n", "2", "-p", "xdist")
        beside = ground.host.log.count("Accepted publickey") - before - alone
    finally:
        ground.controller.write("hosts", ground.inventory)
    assert plain.passed == {"Make the bridge[there]", "Give the bridge its address[there]", "test_the_bridge_has_its_address[there]"}
    assert found.status == 0, found.text
    assert len(found.passed) == len(STEPS) + len(TESTED)
    # One for the play, and one for the tests it names: for these each worker has its own.
    assert (alone, beside in (2, 3)) == (2, True), beside


def test_verify_says_it_by_its_exit_status_in_tap_and_in_json(ground: Ground) -> None:
    status, text = ground.verify("--hosts", "there", "--tap")
    lines = text.splitlines()
    assert status == 0
    assert lines[0] == "TAP version 14"
    assert lines[-1] == f"1..{len(STEPS) + len(TESTED)}"
    assert [line for line in lines[1:-1] if not re.match(r"ok \d+ - \S", line)] == []
    status, text = ground.verify("--hosts", "nobody")
    assert status == 3
    assert "nobody: unreachable: ssh" in text
    ground.host.machine.said("sh", "-euc", "echo bye >/etc/motd")
    try:
        status, text = ground.verify("--json", "--junit", "j.xml")
    finally:
        ground.host.machine.said("sh", "-euc", "echo hello >/etc/motd")
    assert status == 4
    *events, end = (json.loads(line) for line in text.splitlines())
    failed = {event["test"]: event for event in events if event["outcome"] == "failed"}
    assert failed.keys() == {
        "play.yml::Write the greeting[there]", "play.yml::the host answers[nobody]", "play.yml::test_play.py::test_the_greeting[there]",
    }  # fmt: skip
    greeting = failed["play.yml::Write the greeting[there]"]
    assert (greeting["host"], greeting["state"], greeting["where"]) == ("there", "drift", "play.yml:7")
    assert greeting["message"].endswith("-bye\n+hello")
    assert (end["event"], end["status"], end["failed"], end["skipped"], end["errors"]) == ("end", 4, 3, 0, 0)
    assert len(_read(ground.controller.folder / "j.xml")[1]) == 3
