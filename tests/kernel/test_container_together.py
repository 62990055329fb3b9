"""Several containers at once."""

from __future__ import annotations

import json
import os
import subprocess

from invoking import Byhand, await_line, end, until


def test_eight_started_at_once_on_a_bare_host_all_work(byhand: Byhand) -> None:
    byhand.clean()
    script = "ip -4 -o addr show eth0 | awk '{print $4}'; ping -c1 -W5 $(ip route | awk '/default/{print $3}') >/dev/null && echo ready"
    script += "; exec sleep 60"
    words = ["container.run", "--image", "alpine", "--rm", "--", "sh", "-c", script]
    processes = [byhand.start(*words) for _ in range(8)]
    try:
        addresses = []
        for process in processes:
            assert process.stdout is not None
            line = process.stdout.readline().decode().strip()
            assert line, process.communicate(timeout=20)[1]
            addresses.append(line)
            await_line(process, b"ready")
        assert len(set(addresses)) == 8, addresses
        listed = json.loads(byhand.invoke("container.ps", "--json").out)
        assert sorted(found["address"] for found in listed) == sorted(addresses)
        assert len({found["name"] for found in listed}) == 8
        bridge = json.loads((byhand.root / "networks" / "default" / "network.json").read_text())["bridge"]
        rules = [
            row
            for row in subprocess.run(["iptables-save"], capture_output=True, text=True).stdout.splitlines()
            if row.startswith("-A") and bridge in row
        ]
        assert len(rules) == len(set(rules)) == 5, rules
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            end(process)
    until(lambda: byhand.folders() == [])
    assert os.listdir(byhand.root / "networks" / "default" / "addresses") == []


def test_of_two_that_want_a_name_at_once_one_gets_it(byhand: Byhand) -> None:
    processes = [byhand.start("container.run", "--image", "alpine", "--rm", "--name", "only", "--", "sleep", "1") for _ in range(6)]
    ends = [process.communicate(timeout=60) for process in processes]
    codes = sorted(process.returncode for process in processes)
    assert codes == [0, 125, 125, 125, 125, 125], ends
    assert sum(b"'only' is taken" in err or b"only is taken" in err for _, err in ends) == 5
    assert byhand.folders() == []


def test_many_short_ones_side_by_side(byhand: Byhand) -> None:
    processes = [byhand.start("container.run", "--image", "alpine", "--rm", "--", "echo", str(number)) for number in range(12)]
    said = [process.communicate(timeout=60) for process in processes]
    assert [out.strip().decode() for out, _ in said] == [str(number) for number in range(12)], [err for _, err in said if err]
    assert byhand.folders() == []


def test_starting_while_the_network_is_removed_either_works_or_says_why(byhand: Byhand) -> None:
    for _ in range(4):
        started = byhand.start(
            "container.run", "--image", "alpine", "--rm", "--", "sh", "-c", "ping -c1 -W5 $(ip route | awk '/default/{print $3}')"
        )
        removed = byhand.invoke("network.rm", "default")
        _, err = started.communicate(timeout=60)
        assert removed.status in (0, 125), removed.err
        assert started.returncode in (0, 125), err
        assert started.returncode == 0 or b"byhand:" in err
    assert byhand.run("true").status == 0
