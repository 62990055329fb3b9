"""playbook.test on throw-away machines, reached by a real ssh: green for a play that is right, and the step's name where one is not."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from invoking import REPO, Byhand
from proving import Bench, bench

RIGHT = """
params:
  path: {type: path, default: /etc/motd.byhand}
steps:
  - name: Make a folder
    file/folder: {path: /opt/app}
  - name: Write a file in it
    file/content: {path: "/opt/app/it's", content: "hello\\n"}
  - name: Write a message
    file/content: {path: "{{ path }}", content: "welcome\\n"}
"""


@pytest.fixture(autouse=True)
def _root() -> None:
    if os.geteuid() != 0:
        pytest.skip("machines need root")
    if shutil.which("sshd", path="/usr/sbin:/sbin") is None or shutil.which("ssh") is None:
        pytest.skip("openssh-server and openssh-client are not installed")


@pytest.fixture(scope="module", params=["alpine", "debian"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("bench"), request.param) as made:
        yield made


@pytest.fixture(scope="module")
def alpine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("alpine"), "alpine") as made:
        yield made


def test_a_play_that_is_right_is_proved_and_the_machine_is_as_before(found: Bench) -> None:
    before = found.there.snapshot()
    done = found.test(RIGHT)
    assert done.status == 0, done.out.decode() + done.err
    (proof,) = json.loads(done.text)
    assert proof["ok"] and proof["faults"] == [] and proof["unproved"] == [] and proof["steps"] == 3
    after = found.there.snapshot()
    assert {key: value for key, value in after.items() if before.get(key) != value} == {}


def test_every_step_that_is_not_right_is_named_and_no_other(found: Bench) -> None:
    found.there.said("sh", "-c", "echo before >/etc/wrong.conf")
    own(found, "leaves", check="[ -e /opt/leaves ]", apply="echo a >/opt/leaves\n  echo b >/etc/leaves.conf", undo="rm -f /opt/leaves")
    own(found, "wrong", check="grep -q new /etc/wrong.conf", apply="echo new >/etc/wrong.conf", undo="echo befoRe >/etc/wrong.conf")
    own(found, "restless", check="false", apply="echo a >/opt/restless", undo="rm -f /opt/restless")
    own(found, "stuck", check="[ -e /opt/stuck ]", apply=": >/opt/stuck", undo="echo that did not work >&2\n  return 1")
    play = RIGHT + "".join(f"  - name: {name}\n    try/{name}: {{}}\n" for name in ("leaves", "wrong", "restless", "stuck"))
    done = found.test(play)
    found.there.said("rm", "-f", "/etc/leaves.conf", "/etc/wrong.conf", "/opt/stuck")
    assert done.status == 1, done.err
    (proof,) = json.loads(done.text)
    assert proof["ok"] is False and proof["unproved"] == []
    assert sorted((fault["step"], fault["kind"], fault["what"].partition("\n")[0]) for fault in proof["faults"]) == [
        ("leaves", "left after undo", "left: file /etc/leaves.conf"),
        ("restless", "changed on the second run", ""),
        ("restless", "not ok after it was applied", ""),
        ("stuck", "could not be undone", "that did not work"),
        ("stuck", "left after undo", "left: file /opt/stuck"),
        ("wrong", "left after undo", "changed: file /etc/wrong.conf"),
    ]
    assert {fault["step"]: fault["where"] for fault in proof["faults"]}["leaves"] == "play.yml:11"


def test_a_play_that_fails_is_named_and_what_it_left_is_looked_for(alpine: Bench) -> None:
    own(alpine, "leaves", check="[ -e /opt/leaves ]", apply=": >/opt/leaves\n  : >/opt/more", undo="rm -f /opt/leaves")
    play = "steps:\n  - name: Leave something\n    try/leaves: {}\n  - name: Fail\n"
    play += "    command/shell: {script: 'echo no such luck >&2; exit 5'}\n"
    done = alpine.test(play)
    (proof,) = json.loads(done.text)
    assert [(fault["kind"], fault["step"]) for fault in proof["faults"]] == [("failed", "Fail"), ("left after undo", "Leave something")]
    assert "no such luck" in proof["faults"][0]["what"]
    alpine.there.said("rm", "/opt/more")


# What a step may leave behind, how it is taken away again, and how playbook.test speaks of it.
LEFT = (
    ("echo 'bob:x:1234:1234::/:/bin/false' >>/etc/passwd", "sed -i /^bob:/d /etc/passwd", "left: user bob"),
    (
        "mkdir /opt/point\n  mount -t tmpfs scratch /opt/point",
        "umount /opt/point; rmdir /opt/point",
        "left: mount /opt/point tmpfs scratch",
    ),
    ("ip link set lo mtu 1400", "ip link set lo mtu 65536", "changed: interface lo"),
    ("ip addr add 10.9.8.7/32 dev lo", "ip addr del 10.9.8.7/32 dev lo", "left: address lo inet 10.9.8.7"),
    (
        "echo 65 >/proc/sys/net/ipv4/ip_default_ttl",
        "echo 64 >/proc/sys/net/ipv4/ip_default_ttl",
        "changed: kernel setting net.ipv4.ip_default_ttl",
    ),
    ("ln -s /nowhere /etc/pointer", "rm /etc/pointer", "left: link '/etc/pointer' -> '/nowhere'"),
    ("touch '/opt/it is \"odd\"'", "rm /opt/it*", 'left: file /opt/it is "odd"'),
    ("printf x >'/opt/a\tb\nc'", "rm /opt/a*", "left: file /opt/a\tb\nc"),
    ("chmod 700 /srv", "chmod 755 /srv", "changed: file /srv"),
    ("rm /etc/gone", "true", "missing: file /etc/gone"),
)


# The same where there are the tools for it.
MORE_LEFT = (
    ("iptables -A INPUT -s 10.1.2.3 -j DROP", "iptables -F INPUT", "left: iptables rule filter -A INPUT -s 10.1.2.3/32 -j DROP"),
    ("iptables -t nat -N MINE", "iptables -t nat -X MINE", "left: iptables rule nat chain MINE"),
    ("nft add table inet byhand_try", "nft delete table inet byhand_try", "left: nftables rule table inet byhand_try"),
    ("ip link add try0 type veth peer name try1", "ip link del try0", "left: interface try0"),
    ("ip netns add tryspace", "ip netns del tryspace", "left: network namespace tryspace"),
    ("ip route add blackhole 10.3.0.0/16", "ip route del blackhole 10.3.0.0/16", "left: route blackhole 10.3.0.0/16"),
)


def test_whatever_is_left_is_seen_and_its_step_named(found: Bench) -> None:
    found.there.said("sh", "-c", "mkdir -p /srv; chmod 755 /srv; : >/etc/gone")
    things = LEFT if found.there.run("sh", "-c", "command -v nft").status else LEFT + MORE_LEFT
    names = [f"thing{number}" for number in range(len(things))]
    for name, (apply, _, _) in zip(names, things, strict=True):
        own(found, name, check=f"[ -e /run/{name} ]", apply=f"{apply}\n  : >/run/{name}", undo=f"rm /run/{name}")
    play = "steps:\n  - name: Another\n    file/folder: {path: /opt/other}\n" + "".join(
        f"  - name: {name}\n    try/{name}: {{}}\n" for name in names
    )
    done = found.test(play)
    for _, back, _ in things:
        found.there.said("sh", "-c", back)
    faults = json.loads(done.text)[0]["faults"]
    for name, (_, _, what) in zip(names, things, strict=True):
        assert any(fault["what"].startswith(what) and fault["step"] == name for fault in faults), (what, faults)
    assert {fault["kind"] for fault in faults} == {"left after undo"} and "Another" not in {fault["step"] for fault in faults}


def test_what_was_so_already_is_said_to_be_unproved(alpine: Bench) -> None:
    alpine.there.said("sh", "-c", "mkdir -p /opt/app; chmod 755 /opt/app")
    done = alpine.test(RIGHT)
    assert done.status == 0 and json.loads(done.text)[0]["unproved"] == ["Make a folder"]
    assert alpine.invoke("playbook.test", RIGHT).err.count("so already, of which nothing is shown: Make a folder") == 1
    alpine.there.said("rmdir", "/opt/app")


def test_a_host_that_is_not_reached_is_a_fault(alpine: Bench) -> None:
    text = (alpine.folder / "hosts").read_text()
    (alpine.folder / "hosts").write_text(text.replace("sshd -i", "sshd -Q no"))
    try:
        done = alpine.test(RIGHT)
    finally:
        (alpine.folder / "hosts").write_text(text)
    assert done.status == 1
    assert [fault["kind"] for fault in json.loads(done.text)[0]["faults"]] == ["failed"]


def test_a_test_that_is_broken_off_leaves_nothing_applied(alpine: Bench) -> None:
    own(alpine, "slow", check="[ -e /opt/slow ] && sleep 4 && [ -e /opt/slow ]", apply=": >/opt/slow", undo="rm -f /opt/slow")
    (alpine.folder / "play.yml").write_text("steps:\n  - name: Slow\n    try/slow: {}\n")
    process = alpine.byhand.start("-r", str(REPO), "playbook.test", "play.yml", "-i", "hosts", "-v", cwd=alpine.folder)
    assert process.stderr is not None
    seen = b""
    while b"changed" not in seen:  # applied; the check that follows takes its time
        seen = process.stderr.readline()
        assert seen
    time.sleep(0.5)
    process.terminate()
    assert process.wait(30) == 143
    assert process.stdout is not None
    process.stdout.close()
    process.stderr.close()
    assert alpine.there.run("ls", "/opt/slow").status != 0


def test_drift_is_a_table_with_the_steps_that_are_not_so(alpine: Bench) -> None:
    done = alpine.invoke("playbook.drift", RIGHT)
    assert done.status == 4, done.err
    head, row = done.lines
    assert head.split() == ["HOST", "STATE", "DRIFTED", "TIME", "STEPS"]
    assert row.split()[:3] == ["machine", "drift", "3/3"] and row.endswith("Make a folder, Write a file in it, Write a message")
    applied = alpine.invoke("playbook.run", RIGHT)
    assert applied.status == 0, applied.err
    assert alpine.invoke("playbook.drift", RIGHT).status == 0
    alpine.there.said("chmod", "600", "/etc/motd.byhand")
    done = alpine.invoke("playbook.drift", RIGHT)
    assert done.status == 4 and done.lines[1].endswith("Write a message")
    undone = alpine.byhand.invoke(
        "-r", str(REPO), "playbook.undo", "-i", "hosts", "--run", applied.err.strip().rpartition(" run ")[2], cwd=alpine.folder
    )
    assert undone.status == 0, undone.err


def test_a_snapshot_is_the_hosts(alpine: Bench) -> None:
    alpine.there.said("sh", "-c", "echo hello >/opt/here")
    done = alpine.byhand.invoke("-r", str(REPO), "host.snapshot", "-i", "hosts", "--json", cwd=alpine.folder)
    assert done.status == 0, done.err
    rows = {(row["area"], row["name"]): row["state"] for row in json.loads(done.text)}
    assert "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" in rows["file", "/opt/here"]
    assert (
        rows["user", "root"].startswith("x:0:0:") and ("interface", "lo") in rows and rows["kernel setting", "kernel.hostname"] == "machine"
    )
    alpine.there.said("rm", "/opt/here")


def test_this_machine_is_tested_only_when_that_is_said(tmp_path: Path) -> None:
    byhand = Byhand(tmp_path / "state")
    (tmp_path / "play.yml").write_text(f"steps:\n  - name: Touch\n    file/content: {{path: {tmp_path}/x, content: a}}\n")
    refused = byhand.invoke("playbook.test", str(tmp_path / "play.yml"))
    assert refused.status == 2 and "changes this machine" in refused.err and "--yes" in refused.err
    assert not (tmp_path / "x").exists() and not (tmp_path / "state" / "runs").exists()


def own(found: Bench, name: str, **blocks: str) -> None:
    """A template of the play's own, in the folder beside it."""
    place = found.folder / "templates" / "try" / f"{name}.sh.j2"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = f"{{#\nsummary: Try {name}.\nman: [sh(1)]\nwhy: It is tried.\nargs: {{}}\n#}}\n"
    place.write_text(text + "".join(f"{{% block {block} %}}\n  {body}\n{{% endblock %}}\n" for block, body in blocks.items()))
