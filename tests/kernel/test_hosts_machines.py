"""Plays on an Alpine and a Debian at once, over real sshd: series of programs, batches, shared connections, one run at a time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from invoking import Result, until
from looks import differences
from machine import machine
from ssh_hosts import Controller, SshHost, controller, ended, run_id, ssh_host

NASTY = b"it's $(id)\r\nEND_OF_PROGRAM\n\x1e \xff\xc3\xa9\n\n\n"
SERIES = """title: What a step printed
steps:
  - name: Ask
    command/run: {argv: [cat, /root/asked]}
    register: asked
  - name: Ask for two
    loop: [a, b]
    command/run: {argv: [echo, "{{ item }}{{ inventory_hostname }}"]}
    register: both
  - name: Keep it
    vars: {two: "{{ both.results | map(attribute='stdout') | join(',') }}"}
    file/content: {path: /root/kept, content: "{{ asked.stdout }}|{{ two }}|{{ asked.changed }}"}
  - name: Ask what was kept
    command/run: {argv: [wc, -c, /root/kept]}
    register: size
  - name: Keep its size
    file/content: {path: /root/size, content: "{{ size.stdout.split()[0] }}"}
"""


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[SshHost]]:
    if os.geteuid() != 0:
        pytest.skip("machines need root")
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(machine(name)) for name in ("alpine", "debian")]
        yield [stack.enter_context(ssh_host(one)) for one in made]


@pytest.fixture
def here(hosts: list[SshHost]) -> Iterator[Controller]:
    with controller() as found:
        found.write("hosts", "".join(f"{name} {host.line}\n" for name, host in zip(("alpine", "debian"), hosts, strict=True)))
        for host in hosts:
            host.machine.said("rm", "-rf", "/var/lib/byhand", "/root/asked", "/root/kept", "/root/size", "/tmp/waits", "/tmp/go")
        yield found


def files(host: SshHost) -> dict[str, object]:
    return {name: what for name, what in host.machine.snapshot().items() if not name.startswith("root/.ssh")}


def test_a_play_goes_on_with_what_its_steps_printed_and_is_undone_as_a_whole(here: Controller, hosts: list[SshHost]) -> None:
    here.write("play.yml", SERIES)
    for host in hosts:
        (host.machine.root / "root/asked").write_bytes(NASTY)
    before = [files(host) for host in hosts]
    applied = here.play("run")
    assert applied.status == 0, applied.err
    for name, host in zip(("alpine", "debian"), hosts, strict=True):
        kept = (host.machine.root / "root/kept").read_bytes()
        assert kept == NASTY.rstrip(b"\n") + f"|a{name},b{name}|True".encode()
        assert (host.machine.root / "root/size").read_text() == str(len(kept))
        [run] = (host.machine.root / "var/lib/byhand/runs").iterdir()
        assert sorted(path.name for path in run.iterdir()) == ["1", "2", "3", "run.json", "status"]
        assert json.loads((run / "run.json").read_text())["host"] == name
    undone = here.undo(run_id(applied.err))
    assert undone.status == 0, undone.err
    for host, was in zip(hosts, before, strict=True):
        assert differences(was, files(host)) == {}


def test_a_later_program_that_fails_takes_back_the_earlier_ones(here: Controller, hosts: list[SshHost]) -> None:
    fails = 'command/shell: {script: "echo {{ size.stdout | quote_it }}; exit 7"}'.replace(" | quote_it", " | length")
    here.write("play.yml", f"{SERIES}  - name: Fail\n    {fails}\n")
    (hosts[0].machine.root / "root/asked").write_text("x")
    (hosts[0].machine.root / "root/kept").write_text("before")
    failed = here.play("run", "--limit", "alpine")
    assert failed.status == 7, failed.err
    assert (hosts[0].machine.root / "root/kept").read_text() == "before"
    assert not (hosts[0].machine.root / "root/size").exists()
    [run] = (hosts[0].machine.root / "var/lib/byhand/runs").iterdir()
    assert (run / "status").read_text() == "7\n"


def test_a_play_that_cannot_be_compiled_further_takes_back_what_ran(here: Controller, hosts: list[SshHost]) -> None:
    here.write("play.yml", f'{SERIES}  - name: Wrong\n    file/mode: {{path: /root/size, mode: "{{{{ size.stdout }}}}"}}\n')
    (hosts[1].machine.root / "root/asked").write_text("x")
    failed = here.play("run", "--limit", "debian")
    assert failed.status == 2, failed.err
    assert "play.yml:" in failed.err
    assert not (hosts[1].machine.root / "root/kept").exists()
    [run] = (hosts[1].machine.root / "var/lib/byhand/runs").iterdir()
    assert (run / "status").read_text() == "2\n"


def test_a_connection_that_ends_in_a_later_program_undoes_all_of_them(here: Controller, hosts: list[SshHost]) -> None:
    waits = "touch /tmp/waits; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo {{ asked.stdout }}"
    here.write("play.yml", f"{SERIES}  - name: Wait\n    command/shell: {{script: '{waits}'}}\n")
    host = hosts[0]
    (host.machine.root / "root/asked").write_text("x")
    process = here.start("run", "play.yml", "-i", "hosts", "--limit", "alpine")
    until((host.machine.root / "tmp/waits").exists, 30)
    assert (host.machine.root / "root/size").exists()
    process.kill()
    ended(process)
    [run] = (host.machine.root / "var/lib/byhand/runs").iterdir()
    until((run / "status").exists, 20)
    assert not (host.machine.root / "root/size").exists() and not (host.machine.root / "root/kept").exists()


def connections(host: SshHost) -> int:
    return host.log.count("Accepted publickey")


def test_plays_share_a_connection_and_survive_its_death(here: Controller, hosts: list[SshHost]) -> None:
    here.write("play.yml", "steps:\n  - command/run: {argv: ['true']}\n")
    host = hosts[0]
    before = connections(host)
    for _ in range(3):
        assert here.play("run", "--limit", "alpine").status == 0
    assert connections(host) == before + 1
    [socket] = (here.folder / "run/ssh").glob("*.*")
    assert socket.parent.stat().st_mode & 0o777 == 0o700 and len(str(socket)) < 104 - 17
    # Its far end dies; then the process that keeps it, which leaves its socket behind.
    for pid in host.sessions:
        os.kill(pid, signal.SIGKILL)
    assert here.play("run", "--limit", "alpine").status == 0
    [master] = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and socket_of(path) == str(socket)]
    os.kill(master, signal.SIGKILL)
    assert socket.exists()
    again = here.play("run", "--limit", "alpine")
    assert again.status == 0, again.err
    assert connections(host) == before + 3


def socket_of(process: Path) -> str:
    """The socket of the shared connection that a process keeps: ssh shows it in its command line."""
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
    return words[len("ssh: ") :].partition(" [mux]")[0] if words.startswith("ssh: ") else ""


def test_a_frozen_shared_connection_is_given_up_for_a_fresh_one(here: Controller, hosts: list[SshHost]) -> None:
    host = hosts[0]
    host.more = "-o ServerAliveInterval=1 -o ServerAliveCountMax=2"
    try:
        here.write("hosts", f"alpine {host.line}\n")
        here.write("play.yml", "steps:\n  - command/run: {argv: ['true']}\n")
        assert here.play("run").status == 0
        with host.cut():
            again = here.play("run")
        assert again.status == 0, again.err
    finally:
        host.more = ""


def test_the_users_configuration_decides_about_sharing(here: Controller, hosts: list[SshHost]) -> None:
    hosts[0].more = "-o ControlMaster=no -o ControlPath=none"
    try:
        here.write("hosts", f"alpine {hosts[0].line}\n")
        here.write("play.yml", "steps:\n  - command/run: {argv: ['true']}\n")
        before = connections(hosts[0])
        for _ in range(2):
            assert here.play("run").status == 0
        assert connections(hosts[0]) == before + 2
        assert list((here.folder / "run/ssh").glob("*.*")) == []
    finally:
        hosts[0].more = ""


def test_a_shared_connection_is_faster(here: Controller, hosts: list[SshHost]) -> None:
    """Seen on a busy machine of two processors: 354 ms for a play of one step instead of 562 ms (medians)."""
    here.write("play.yml", "steps:\n  - command/run: {argv: ['true']}\n")

    def median() -> float:
        times = []
        for _ in range(5):
            began = time.monotonic()
            assert here.play("check", "--limit", "alpine").status in (0, 4)
            times.append(time.monotonic() - began)
        return statistics.median(times)

    here.play("check", "--limit", "alpine")
    shared = median()
    hosts[0].more = "-o ControlMaster=no -o ControlPath=none"
    try:
        here.write("hosts", f"alpine {hosts[0].line}\n")
        alone = median()
    finally:
        hosts[0].more = ""
    assert shared < alone, f"{shared:.3f} s shared, {alone:.3f} s alone"


def waiting(here: Controller, host: SshHost) -> subprocess.Popen[str]:
    """A play on the Alpine that holds it until /tmp/go is there."""
    here.write("play.yml", "steps:\n  - command/shell: {script: 'touch /tmp/waits; while [ ! -e /tmp/go ]; do sleep 0.1; done'}\n")
    process = here.start("run", "play.yml", "-i", "hosts", "--limit", "alpine")
    until((host.machine.root / "tmp/waits").exists, 30)
    return process


def test_one_run_at_a_time_holds_a_host(here: Controller, hosts: list[SshHost]) -> None:
    first = waiting(here, hosts[0])
    second = here.play("run", "--limit", "alpine")
    assert second.status == 3
    [line] = [row for row in second.err.splitlines() if "busy" in row]
    assert f"alpine: busy: root@{os.uname().nodename} (process {first.pid}) runs " in line and "playbook.run play.yml" in line
    assert "since 20" in line
    assert "--wait SECONDS" in second.err
    assert here.play("check", "--limit", "alpine").status == 0, "a check only reads"
    assert here.run("undo", "-i", "hosts", "--limit", "alpine", "--run", "20200101T000000.000000-abcd").status == 3
    patient = here.start("run", "play.yml", "-i", "hosts", "--limit", "alpine", "--wait", "30")
    time.sleep(0.5)
    hosts[0].machine.said("touch", "/tmp/go")
    assert ended(first).status == 0
    assert ended(patient).status == 0
    unknown = here.run("undo", "-i", "hosts", "--limit", "alpine", "--run", "20200101T000000.000000-abcd")
    assert unknown.status == 125 and "there is no run 20200101T000000.000000-abcd here" in unknown.err


def failing(here: Controller, text: str, *words: str, count: int = 6) -> tuple[Result, dict[str, str]]:
    """A play on local hosts h1, h2, … of which some fail; what is said of each."""
    here.write("hosts", "".join(f"h{i} ansible_connection=local\n" for i in range(1, count + 1)))
    here.write(
        "play.yml",
        f"{text}steps:\n  - command/shell: {{script: 'echo {{{{ inventory_hostname }}}} >>{here.folder}/order; {{{{ does }}}}'}}\n",
    )
    done = here.run("run", "play.yml", "-i", "hosts", "-p", "does=true", "--wait", "60", *words)
    return done, {row.split(":")[0]: row for row in done.err.splitlines() if row.startswith("h")}


def order(here: Controller) -> list[str]:
    return (here.folder / "order").read_text().split()


def test_batches_go_one_after_another(here: Controller) -> None:
    begin = "params: {does: text}\nserial: [1, '50%']\n"
    done, _ = failing(here, begin)
    assert done.status == 0, done.err
    assert order(here)[0] == "h1" and set(order(here)[1:4]) == {"h2", "h3", "h4"} and len(order(here)) == 6


@pytest.mark.parametrize(
    ("keys", "fails", "left"),
    [
        ("serial: 1", "h1", ["h2", "h3", "h4", "h5", "h6"]),  # all of a batch
        ("serial: 3", "h1", []),
        ("serial: 3\nmax_fail_percentage: 30", "h1", ["h2", "h3", "h4", "h5", "h6"]),
        ("serial: 3\nmax_fail_percentage: 34", "h1", []),
        ("serial: 2\nany_errors_fatal: true", "h3", ["h4", "h5", "h6"]),
    ],
)
def test_hosts_that_are_not_begun_are_said(here: Controller, keys: str, fails: str, left: list[str]) -> None:
    begin = f"params: {{does: text}}\nvars: {{who: '{fails}'}}\n{keys}\n"
    here.write("x", "")
    done, said = failing(here, begin, "-p", "does=[ $(tail -n 1 order) != " + fails + " ]", "--forks", "1")
    assert done.status == 1, done.err
    assert sorted(name for name, row in said.items() if "not started" in row) == left
    assert sorted(order(here)) == sorted(f"h{i}" for i in range(1, 7) if f"h{i}" not in left)
    if left:
        assert "hosts of the batch failed" in done.err or "max_fail_percentage: 30" in done.err or "any_errors_fatal" in done.err
