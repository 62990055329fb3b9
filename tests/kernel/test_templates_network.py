"""Links, addresses, routes, cables, control groups and overlays on a machine of their own: there and back, killed, refused."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looks import same
from machine import Machine, machine

from byhand.engine.facts import read_cgroup

TOOLS = ["busybox-static", "cgroup-tools", "iproute2", "iptables", "nftables", "openssh-server"]
SHELLS = {"dash": ("sh",), "busybox": ("busybox", "sh")}
# No addresses that the kernel makes for itself in its own time.
QUIET = """
for one in all default; do
  echo 0 >/proc/sys/net/ipv6/conf/$one/accept_dad
  echo 1 >/proc/sys/net/ipv6/conf/$one/addr_gen_mode
done
"""
# A bridge that is up, with an address and a gateway's route; a namespace with one too.
WIRED = """
ip link add br0 type bridge
ip address add 10.5.0.1/24 dev br0
ip link set dev br0 up
ip -6 address add fd05::1/64 dev br0 nodad
ip link add br2 type bridge
ip route add 10.6.0.0/16 via 10.5.0.9 dev br0
ip route add 10.6.0.0/16 via 10.5.0.8 dev br0 metric 7
ip route add 10.7.0.0/16 via 10.5.0.9 dev br0 table 100
ip -6 route add fd06::/64 via fd05::9 dev br0
"""
NAMESPACE = f"""
QUIET='{QUIET}'
ip netns add blue
ip netns exec blue sh -euc "$QUIET"
ip -netns blue link add br1 type bridge
ip -netns blue address add 10.8.0.1/24 dev br1
ip -netns blue link set dev br1 up
ip -netns blue link add br2 type bridge
"""


@pytest.fixture(scope="module")
def debian() -> Iterator[Machine]:
    with machine("debian", TOOLS) as found:
        found.said("sh", "-euc", QUIET)
        yield found


@pytest.fixture
def host(debian: Machine) -> Iterator[Machine]:
    before = shown(debian)
    debian.said("sh", "-euc", WIRED + NAMESPACE)
    yield debian
    debian.said("sh", "-euc", "ip netns delete blue; ip link delete dev br0; ip link delete dev br2")
    shutil.rmtree(debian.root / "var/lib/byhand", ignore_errors=True)  # a run that was stuck is not the next one's
    same(before, shown(debian), "something is left")


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return SHELLS[request.param]


# Without what stays of a link's having been up (noqueue for noop), and the order of addresses and routes.
LOOK = """
for place in "" $(ls /run/netns 2>/dev/null); do
  echo "in $place"
  run=${place:+ip netns exec $place}
  $run ip -oneline -details link | sed 's/^[0-9]*: //; s/ qdisc [a-z]* / /; s/ state [A-Z]* / /; s/[a-z]*_timer *[0-9.]*//g'
  $run ip -oneline address | cut -d ' ' -f 2- | sort
  $run ip route show table all | sort
  $run ip -6 route show table all | sort
done
"""


def shown(host: Machine) -> dict[str, str]:
    """All of the network of a machine and of its namespaces, by lines."""
    return dict.fromkeys(host.said("sh", "-c", LOOK).splitlines(), "there")


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("netns/create", {"name": "red"}),
        ("network/bridge", {"name": "br7"}),
        ("network/bridge", {"name": "a'$b", "netns": "blue", "mtu": 1400}),
        ("network/up", {"dev": "br2"}),
        ("network/address", {"address": "10.5.1.1/24", "dev": "br0"}),
        ("network/address", {"address": "fd07::1/64", "dev": "br0"}),
        ("network/address", {"address": "10.8.1.1/24", "dev": "br1", "netns": "blue"}),
        ("network/veth", {"name": "v0", "peer": "v1", "mtu": 1400}),
        ("network/veth", {"name": "v0", "peer": "eth0", "peer_netns": "blue"}),
        ("network/veth", {"name": "it's$x", "peer": "eth0", "netns": "blue"}),
        ("network/link", {"dev": "br0", "mtu": 1400}),
        ("network/link", {"dev": "br0", "up": False}),
        ("network/link", {"dev": "br0", "up": False, "mtu": 1000}),
        ("network/link", {"dev": "br2", "netns": "blue", "up": True, "mtu": 1400}),
        ("network/route", {"destination": "default", "via": "10.5.0.9"}),
        ("network/route", {"destination": "10.9.0.0/16", "dev": "br0"}),
        ("network/route", {"destination": "10.6.0.0/16", "via": "10.5.0.7", "dev": "br0"}),
        ("network/route", {"destination": "10.6.0.0/16", "via": "10.5.0.7", "metric": 7}),
        ("network/route", {"destination": "10.6.0.1/32", "via": "10.5.0.7", "table": "200"}),
        ("network/route", {"destination": "fd06::/64", "via": "fd05::8"}),
        ("network/route", {"destination": "fd09::/64", "dev": "br0", "metric": 9}),
        ("network/route", {"destination": "default", "via": "10.8.0.9", "netns": "blue"}),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(str(item) for item in value.values())[:30],
)
def test_what_ip_makes(template: str, args: dict[str, Any], host: Machine, shell: tuple[str, ...]) -> None:
    host.step(template, **args).there_and_back(lambda: shown(host), shell=shell)


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("netns/create", {"name": "red"}),
        ("network/bridge", {"name": "br7", "netns": "blue"}),
        ("network/up", {"dev": "br2"}),
        ("network/address", {"address": "10.5.1.1/24", "dev": "br0"}),
        ("network/veth", {"name": "v0", "peer": "eth0", "peer_netns": "blue"}),
        ("network/link", {"dev": "br0", "up": False, "mtu": 1000}),
        ("network/route", {"destination": "default", "via": "10.5.0.9"}),
        ("network/route", {"destination": "10.6.0.0/16", "via": "10.5.0.7"}),
    ],
)
def test_killed_at_every_line(template: str, args: dict[str, Any], host: Machine) -> None:
    host.step(template, **args).survives_kill_9(lambda: shown(host))


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("network/bridge", {"name": "br7"}),
        ("network/address", {"address": "10.5.1.1/24", "dev": "br0"}),
        ("network/link", {"dev": "br0", "mtu": 1400}),
        ("network/link", {"dev": "br0", "up": False}),
        ("network/route", {"destination": "default", "via": "10.5.0.9"}),
        ("network/route", {"destination": "10.6.0.0/16", "via": "10.5.0.7", "dev": "br0"}),
        ("network/route", {"destination": "10.6.0.0/16", "via": "10.5.0.7", "metric": 7}),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(str(item) for item in value.values())[:30],
)
def test_what_the_ip_of_busybox_makes(template: str, args: dict[str, Any]) -> None:
    with machine("alpine") as host:
        host.said("sh", "-euc", QUIET + WIRED.replace(" nodad", ""))
        host.step(template, **args).there_and_back(lambda: shown(host))


@pytest.mark.parametrize(
    ("template", "args", "why"),
    [
        ("network/veth", {"name": "br0", "peer": "v1"}, "an interface of this name is there already: br0"),
        ("network/veth", {"name": "v1", "peer": "br1", "peer_netns": "blue"}, "an interface of this name is there already: br1"),
        ("network/veth", {"name": "v1", "peer": "v2", "peer_netns": "none"}, 'Cannot open network namespace "none"'),
        ("network/bridge", {"name": "lo"}, "File exists"),
        ("network/link", {"dev": "none", "mtu": 1400}, 'Device "none" does not exist'),
        ("network/link", {"dev": "br0", "mtu": 20}, "less than device minimum"),
        ("network/route", {"destination": "10.9.0.0/16", "via": "192.0.2.1"}, "Nexthop has invalid gateway"),
        ("network/route", {"destination": "default", "via": "10.8.0.9", "netns": "none"}, 'Cannot open network namespace "none"'),
        ("network/route", {"destination": "default", "via": "10.5.0.9", "table": "none"}, "table id value is invalid"),
        ("network/address", {"address": "10.5.1.1/24", "dev": "none"}, 'Cannot find device "none"'),
    ],
)
def test_what_ip_refuses(template: str, args: dict[str, Any], why: str, host: Machine) -> None:
    host.step(template, **args).refused(why, lambda: shown(host))


@pytest.mark.parametrize(
    ("template", "args", "since"),
    [
        ("network/veth", {"name": "v0", "peer": "v1"}, "ip link delete dev v1"),
        (
            "network/veth",
            {"name": "v0", "peer": "v1", "peer_netns": "blue"},
            "ip netns delete blue; while ip link show dev v0 >&2; do sleep 0.02; done; ip netns add blue",
        ),
        ("network/link", {"dev": "br0", "mtu": 1400}, "ip link set dev br0 mtu 1300"),
        ("network/link", {"dev": "br0", "up": False}, "ip link set dev br0 up"),
        ("network/route", {"destination": "10.6.0.0/16", "via": "10.5.0.7"}, "ip route replace 10.6.0.0/16 via 10.5.0.6"),
        ("network/route", {"destination": "10.9.0.0/16", "via": "10.5.0.7"}, "ip route delete 10.9.0.0/16"),
        ("network/address", {"address": "10.5.1.1/24", "dev": "br0"}, "ip address delete 10.5.1.1/24 dev br0"),
    ],
)
def test_what_was_changed_since_is_left(template: str, args: dict[str, Any], since: str, host: Machine) -> None:
    play = host.step(template, **args)
    play.expect("apply", 0)
    host.said("sh", "-euc", since)
    changed = shown(host)
    play.expect("undo", 0)
    if "up" in args:  # it came up without what went down with it: that is back
        assert "10.6.0.0/16 via 10.5.0.9" in host.said("ip", "route") and "fd05::1" in host.said("ip", "-6", "address")
    else:
        same(changed, shown(host), "undo changed what is not its own")


# ---- control groups and overlays, as containers use them


@pytest.fixture
def groups(debian: Machine) -> Iterator[dict[str, str]]:
    """The hierarchies of this host that have these controllers, mounted on the machine as well."""
    mounts = read_cgroup("/proc/self/mounts").mounts
    mounts = {name: mounts[name] for name in ("memory", "pids") if name in mounts}
    assert len(mounts) == 2, "this host has no control groups"
    kinds = {line.split()[1]: line.split()[2] for line in Path("/proc/self/mounts").read_text().splitlines()}
    debian.said("mount", "-t", "tmpfs", "none", "/sys/fs/cgroup")
    for name, place in mounts.items():
        options = ["-o", name] if kinds[place] == "cgroup" else []
        debian.said("sh", "-euc", 'mountpoint -q "$0" || { mkdir -p "$0" && mount -t "$@" none "$0"; }', place, kinds[place], *options)
    yield mounts
    for place in [*set(mounts.values()), "/sys/fs/cgroup"]:
        debian.said("umount", place)


def test_a_control_group_and_its_limits(debian: Machine, groups: dict[str, str], shell: tuple[str, ...], tmp_path: Path) -> None:
    name = f"byhand-test-{tmp_path.name}"
    args = {"name": name, "controllers": list(groups), "mounts": list(groups.values())}
    v2 = len(set(groups.values())) == 1
    limit = "pids.max"

    def look() -> dict[str, Any]:
        return {place: sorted(path.name for path in Path(place).iterdir() if path.is_dir()) for place in groups.values()}

    play = debian.step("cgroup/create", **args)
    play.there_and_back(look, shell=shell)
    play.survives_kill_9(look, shell)
    memory = "memory.max" if v2 else "memory.limit_in_bytes"
    text = f"""steps:
  - cgroup/create: {{name: {name}, controllers: [memory, pids], mounts: {list(groups.values())}}}
  - cgroup/set: {{name: {name}, settings: [{limit}=7, {memory}=8388608]}}
"""
    before = look()
    play = debian.play(text)
    play.expect("apply", 0, shell=shell)
    assert debian.said("cgget", "-n", "-v", "-r", limit, "-r", memory, name).split() == ["7", "8388608"]
    play.expect("undo", 0, shell=shell)
    assert look() == before


def test_limits_that_are_kept(debian: Machine, groups: dict[str, str], shell: tuple[str, ...], tmp_path: Path) -> None:
    """Asked for, floored to a page, and taken back to what they were; a group that is gone is no fault."""
    name, limit = f"byhand-test-{tmp_path.name}", "pids.max"
    memory = "memory.max" if len(set(groups.values())) == 1 else "memory.limit_in_bytes"
    debian.said("cgcreate", "-g", f"memory,pids:{name}")
    try:
        limits = debian.step("cgroup/limits", name=name, settings=[f"{limit}=7", f"{memory}=8388610"])
        limits.there_and_back(lambda: {"limits": debian.said("cgget", "-n", "-v", "-r", limit, "-r", memory, name)}, shell=shell)
        limits.expect("apply", 0, shell=shell)
        debian.said("cgset", "-r", f"{memory}=16777216", name)
        limits.expect("check", 4, shell=shell)
        limits.expect("undo", 0, shell=shell)
        both = "memory.memsw.limit_in_bytes"
        if (Path(groups["memory"]) / name / both).exists():  # never less than the limit of memory alone: set after it, taken back before it
            swap = debian.step("cgroup/limits", name=name, settings=[f"{memory}=8388608", f"{both}=8388608"])
            swap.there_and_back(lambda: {"limits": debian.said("cgget", "-n", "-v", "-r", memory, "-r", both, name)}, shell=shell)
        limits.expect("apply", 0, shell=shell)
    finally:
        # cgdelete of libcgroup 2.0.2 can answer 0 and leave one of several.
        debian.said("rmdir", *sorted({f"{place}/{name}" for place in groups.values()}))
    limits.expect("undo", 0, shell=shell)


def test_a_limit_that_is_none(debian: Machine, groups: dict[str, str]) -> None:
    ran = debian.step("cgroup/set", name="byhand-test-none", settings=["pids.max=7"]).run()
    assert ran.status == 95 and "cgset" in ran.err


def test_layers_as_one_tree(debian: Machine, shell: tuple[str, ...]) -> None:
    place = "/mnt/it's $(a) tree"
    debian.said(
        "sh",
        "-euc",
        'mount -t tmpfs tmpfs /mnt; cd /mnt; mkdir "$0"; cd "$0"; mkdir a b up work all; echo a >a/f; echo b >b/f; echo b >b/g',
        place,
    )
    lower = [f"{place}/a", f"{place}/b"]
    args = {"lower": lower, "upper": f"{place}/up", "work": f"{place}/work", "target": f"{place}/all"}
    mounts = Path(f"/proc/{debian.pid}/mounts")
    play = debian.step("overlay/mount", **args, below=place)
    play.there_and_back(lambda: {"mounts": mounts.read_text()}, shell=shell)
    play.survives_kill_9(lambda: {"mounts": mounts.read_text()}, shell)
    play.expect("apply", 0, shell=shell)
    assert debian.said("sh", "-euc", 'cd "$0"; cat all/f all/g; echo new >all/f; cat a/f up/f', place).split() == ["a", "b", "a", "new"]
    play.expect("undo", 0, shell=shell)
    debian.step("overlay/mount", **{**args, "lower": [f"{place}/none"]}).refused("mount", lambda: {"mounts": mounts.read_text()})
    debian.said("umount", "/mnt")


def test_this_host_has_none_of_it() -> None:
    assert "br0" not in subprocess.run(["ip", "link"], capture_output=True, text=True, check=True).stdout
