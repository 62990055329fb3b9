"""The examples of the modules, in docs/verify.md and in their docstrings, on a machine that is as they say."""

from __future__ import annotations

import doctest
import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked import gone, on
from machine import Machine, machine

from tests.support import REPO

CGROUPS = Path("/sys/fs/cgroup")
V2 = (CGROUPS / "cgroup.controllers").exists()
GROUP = f"byve{os.getpid()}"  # stands for the examples' byhand: this host has the groups too
MODULES = ["bridge:Bridge", "cgroup:Cgroup", "firewall:Firewall", "namespaces:Namespaces", "netns:Netns", "overlay:Overlay"]
SECTION = (REPO / "docs/verify.md").read_text().partition("\n## Modules\n")[2].partition("\n## ")[0].partition("\n### ")[0]
EXAMPLES = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
NETWORK = """
ip link add br0 type bridge
ip address add 10.98.0.1/16 dev br0
ip link set dev br0 up
ip netns add web
ip netns add other
ip link add web1 type veth peer name eth0 netns web
ip link add web2 type veth peer name eth0 netns other
for name in web1 web2; do ip link set dev "$name" master br0 up; done
ip -netns web address add 10.98.0.2/16 dev eth0
ip -netns web link set dev eth0 up
ip -netns web route add default via 10.98.0.1
ip netns exec web busybox httpd -p 0.0.0.0:80
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -j DROP
iptables -P FORWARD DROP
iptables -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.98.0.2:80
"""
LAYERS = """
mount -t tmpfs none /srv
cd /srv
mkdir -p layers/app layers/base/etc upper work merged
echo hello >layers/base/etc/motd
mount -t overlay -o nodev,lowerdir=/srv/layers/app:/srv/layers/base,upperdir=/srv/upper,workdir=/srv/work none merged
rm merged/etc/motd
"""
LIMITS_V1 = """
mount -t tmpfs none /sys/fs/cgroup
for one in cpu memory pids; do
    mkdir "/sys/fs/cgroup/$one"
    mount -t cgroup -o "$one" none "/sys/fs/cgroup/$one"
    mkdir -p "/sys/fs/cgroup/$one/$1/web"
done
cd /sys/fs/cgroup
echo 67108864 >"memory/$1/web/memory.limit_in_bytes"
echo 50000 >"cpu/$1/web/cpu.cfs_quota_us"
echo 32 >"pids/$1/web/pids.max"
sleep 600 >/dev/null 2>&1 &
for one in cpu memory pids; do echo $! >"$one/$1/web/cgroup.procs"; done
echo $!
"""
LIMITS_V2 = """
mount -t cgroup2 none /sys/fs/cgroup
cd /sys/fs/cgroup
echo '+cpu +memory +pids' >cgroup.subtree_control
mkdir "$1"
echo '+cpu +memory +pids' >"$1/cgroup.subtree_control"
mkdir "$1/web"
echo 67108864 >"$1/web/memory.max"
echo '50000 100000' >"$1/web/cpu.max"
echo 32 >"$1/web/pids.max"
sleep 600 >/dev/null 2>&1 &
echo $! >"$1/web/cgroup.procs"
echo $!
"""


@pytest.fixture(scope="module")
def groups() -> Iterator[None]:
    """Removes what the examples leave among this host's groups, once their machine is gone."""
    if os.geteuid() != 0:
        pytest.skip("machines need root")
    yield
    for path in [CGROUPS / GROUP] if V2 else CGROUPS.glob(f"*/{GROUP}"):
        gone(path / "web")
        gone(path)


@pytest.fixture(scope="module")
def debian(groups: None) -> Iterator[Machine]:
    with machine("debian", ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]) as found:
        yield found


@pytest.fixture(scope="module")
def member(debian: Machine) -> str:
    """All that the examples speak of; the one process in the group."""
    debian.said("sh", "-euc", NETWORK)
    debian.said("sh", "-euc", LAYERS)
    return debian.said("sh", "-euc", LIMITS_V2 if V2 else LIMITS_V1, "sh", GROUP)


@pytest.mark.parametrize("place", MODULES)
def test_an_example_in_a_docstring_says_what_is(debian: Machine, member: str, place: str) -> None:
    name = place.partition(":")[2]
    text = getattr(importlib.import_module(f"byhand.verify.modules.{place.partition(':')[0]}"), name).__doc__
    text = text.replace("byhand/web", f"{GROUP}/web").replace("4711", member)
    test = doctest.DocTestParser().get_doctest(text, {"host": on(debian)}, name, None, 0)
    said: list[str] = []
    assert test.examples
    results = doctest.DocTestRunner().run(test, out=said.append)
    assert results.failed == 0, "".join(said)


@pytest.mark.parametrize("text", EXAMPLES, ids=[re.findall(r"def test_(\w+)", text)[0] for text in EXAMPLES])
def test_an_example_in_the_documentation_is_so(debian: Machine, member: str, text: str) -> None:
    names: dict[str, object] = {}
    exec(compile(text.replace("byhand/web", f"{GROUP}/web"), "docs/verify.md", "exec"), names)  # noqa: S102 (our own example)
    tests = [found for name, found in names.items() if name.startswith("test_")]
    assert tests
    for found in tests:
        found(on(debian))  # type: ignore[operator]


def test_each_module_is_in_the_documentation() -> None:
    rows = re.findall(r"^\| `(\w+)", SECTION, re.MULTILINE)
    assert {place.partition(":")[0] for place in MODULES} <= set(rows)
