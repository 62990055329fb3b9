"""The playbooks for hosts, on throw-away machines: applied, checked, applied again, working, undone to the last bit."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from invoking import CACHE, until
from looks import differences
from machine import Machine, Play, machine
from setup import fresh_debian

from byhand.engine import playbook, state

# apt's own copy of the list of packages as it was before the last of its runs.
APTS = {"var/lib/dpkg/status-old"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a key"
SYSTEMD = ["systemd", "systemd-sysv", "cron"]
SSHD = [
    "busybox-static",
    "cgroup-tools",
    "iproute2",
    "iptables",
    "nftables",
    "openssh-server",
]  # as the tests of templates: one root for all


def fetched(packages: Sequence[str]) -> Path:
    """Packages as apt would fetch them, and its lists: a machine has no way out."""
    key = sha256(repr((packages, str(fresh_debian.base()))).encode()).hexdigest()[:16]
    place = CACHE / f"packages-{key}"
    with state.locked(CACHE / f"packages-{key}.lock"):
        if not place.is_dir():
            root = Path(tempfile.mkdtemp(prefix="byhand-fetch-", dir="/var/tmp"))
            try:
                root.chmod(0o755)
                archive = str(fresh_debian.base())
                subprocess.run(["tar", "-x", "-p", "--numeric-owner", "-C", str(root), "-f", archive], check=True)
                debian = fresh_debian.Fresh(root)
                debian.settle()
                done = debian.run(
                    "sh", "-euc", 'apt-get -qq update; apt-get -qq -y -d --no-install-recommends install -- "$@"', "sh", *packages
                )
                assert done.returncode == 0, done.stderr
                fresh = Path(f"{place}.new")
                shutil.rmtree(fresh, ignore_errors=True)
                for name in ("cache/apt/archives", "lib/apt/lists"):
                    shutil.copytree(root / "var" / name, fresh / name, ignore=shutil.ignore_patterns("lock", "partial"))
                fresh.rename(place)
            finally:
                shutil.rmtree(root)
    return place


@contextmanager
def debian(packages: Sequence[str], *, systemd: bool = False) -> Iterator[Machine]:
    """A Debian that can install ``packages`` without a network."""
    place = fetched(packages)
    with machine("debian", SYSTEMD if systemd else [], systemd=systemd) as host:
        shutil.copytree(place, host.root / "var", dirs_exist_ok=True)
        host.said("chown", "_apt", "/var/lib/apt/lists/auxfiles")  # as apt itself leaves it
        (host.root / "etc/dpkg/dpkg.cfg.d/fast").write_text("force-unsafe-io\n")
        yield host


def compiled(host: Machine, book: str, /, **params: Any) -> Play:
    return host.play_book(playbook.find(f"host/{book}"), params)


def goes(play: Play, during: Any = None) -> None:
    """What there_and_back does, with a look at what works in between, and apt's own traces left out."""
    before = play.machine.snapshot()
    play.expect("check", 4)
    assert differences(before, play.machine.snapshot()) == {}
    play.expect("apply", 0)
    play.expect("check", 0)
    second = play.expect("apply", 0)
    assert "changed " not in second.err, second.err
    if during:
        during()
    play.expect("undo", 0)
    left = differences(before, play.machine.snapshot())
    assert left.keys() <= APTS, {key: left[key] for key in left.keys() - APTS}


# ---- host/sshd


@pytest.fixture(scope="module")
def ssh_host() -> Iterator[Machine]:
    with machine("debian", SSHD) as host:
        yield host


@pytest.fixture
def keyed(ssh_host: Machine) -> Iterator[Machine]:
    """One whose root has an authorized key; what a test leaves in it is taken away."""
    folder = ssh_host.root / "root/.ssh"
    folder.mkdir(mode=0o700)
    (folder / "authorized_keys").write_text(f"# a comment\nno-pty {KEY}\n")
    yield ssh_host
    shutil.rmtree(folder)
    shutil.rmtree(ssh_host.root / "var/lib/byhand", ignore_errors=True)


def test_sshd_is_hardened(keyed: Machine) -> None:
    def look() -> None:
        says = keyed.said("/usr/sbin/sshd", "-T").splitlines()
        for line in (
            "passwordauthentication no",
            "permitrootlogin without-password",
            "maxauthtries 2",
            "loglevel VERBOSE",
            "allowusers root",
        ):
            assert line in says
        assert "kbdinteractiveauthentication no" in says

    goes(compiled(keyed, "sshd", allow_users=["root"], max_auth_tries=2), look)


def test_sshd_that_runs_reads_its_settings_anew(keyed: Machine) -> None:
    keyed.said("mkdir", "-p", "/run/sshd")
    keyed.said("/usr/sbin/sshd")
    pidfile = keyed.root / "run/sshd.pid"  # written by the daemon after its parent has ended
    until(lambda: pidfile.exists() and pidfile.read_text().endswith("\n"))
    pid = pidfile.read_text().strip()
    try:
        play = compiled(keyed, "sshd", port=2022)
        play.expect("apply", 0)
        listens = "for i in 1 2 3 4 5 6 7 8 9; do grep -q ':%s ' /proc/net/tcp && exit; sleep 0.2; done; exit 1"
        keyed.said("sh", "-c", listens % "07E6")
        play.expect("undo", 0)
        keyed.said("sh", "-c", listens % "0016")
        keyed.said("sh", "-c", "! grep ':07E6 .* 0A ' /proc/net/tcp")
    finally:
        keyed.said("kill", (keyed.root / "run/sshd.pid").read_text().strip() or pid)


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"login": "daemon"}, "daemon has no authorized key, so nobody could log in any more"),
        ({"login": "nobody9"}, "there is no user nobody9"),
        ({"allow_users": ["daemon"]}, "root could not log in any more"),
        ({"root": "no"}, "root could not log in any more"),
        ({"allow_groups": ["daemon"]}, "root is in none of the groups that may log in: daemon"),
    ],
)
def test_nobody_is_locked_out(params: dict[str, Any], why: str, keyed: Machine) -> None:
    compiled(keyed, "sshd", **params).refused(why)


def test_a_setting_that_sshd_does_not_take_never_becomes_one(keyed: Machine) -> None:
    with (keyed.root / "etc/ssh/sshd_config").open("a") as file:
        file.write("Nonsense yes\n")
    try:
        compiled(keyed, "sshd").refused("Bad configuration option: Nonsense")
    finally:
        keyed.said("sed", "-i", "/^Nonsense/d", "/etc/ssh/sshd_config")


def test_a_configuration_that_does_not_read_the_settings_is_found_out(keyed: Machine) -> None:
    keyed.said("sed", "-i", "s/^Include/#Include/", "/etc/ssh/sshd_config")
    try:
        compiled(keyed, "sshd").refused("another setting wins")
    finally:
        keyed.said("sed", "-i", "s/^#Include/Include/", "/etc/ssh/sshd_config")


def test_who_wants_to_goes_on_without_a_key(keyed: Machine) -> None:
    compiled(keyed, "sshd", login="daemon", keyless=True).there_and_back()


# ---- host/web, host/registry


def answer(host: Machine, port: int, path: str) -> str:
    """What a client on the machine gets, as soon as there is a server."""
    script = "for i in 1 2 3 4 5 6 7 8 9; do { exec 3<>/dev/tcp/127.0.0.1/$0; } 2>/dev/null && break; sleep 0.3; done; "
    return host.said("bash", "-c", script + 'printf "GET %s HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n" "$1" >&3; cat <&3', str(port), path)


def test_a_web_server() -> None:
    page = "it's <b>ünd</b> $(so)\n"
    with debian(["nginx-light"], systemd=True) as host:

        def look() -> None:
            assert answer(host, 8080, "/").endswith("\n\n" + page.rstrip("\n"))
            assert "403 Forbidden" in answer(host, 8080, "/.git/")
            assert host.said("systemctl", "is-active", "nginx") == "active"

        goes(compiled(host, "web", name="shop", root="/srv/shop/pages", port=8080, page=page), look)
        compiled(host, "web", root="/srv/a;b").refused("root may have letters")


def test_a_registry() -> None:
    users = ["ann:$2y$05$6Ei1QGOqYgNzlvSxQ5BSvOMBn2pfyn5h5jfYGWMB6Dx9DZ0rZqzIe"]
    with debian(["docker-registry"]) as host:

        def serve() -> None:
            command = ["setpriv", "--reuid=docker-registry", "--regid=docker-registry", "--clear-groups"]
            process = subprocess.Popen(
                host.enter([*command, "docker-registry", "serve", "/etc/docker/registry/config.yml"]),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                assert "401 Unauthorized" in answer(host, 5001, "/v2/")
            finally:
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                for child in children:
                    os.kill(int(child), 15)
                process.wait(30)

        goes(compiled(host, "registry", port=5001, storage="/srv/images", users=users, start=False), serve)


# ---- host/containers


def test_a_host_for_containers() -> None:
    with machine("debian", SSHD) as host:
        play = compiled(host, "containers", packages=["busybox-static"], files=4096, mirror="mirror.lan:5000", insecure=True)

        def look() -> None:
            assert host.said("cat", "/proc/sys/net/ipv4/ip_forward") == "1"
            text = (host.root / "etc/containers/registries.conf.d/90-byhand-mirror.conf").read_text()
            assert 'location = "mirror.lan:5000"\ninsecure = true\n' in text

        goes(play, look)


def test_every_playbook_of_hosts_says_what_it_is_for() -> None:
    for name in ("sshd", "web", "registry", "containers"):
        book = playbook.find(f"host/{name}")
        assert book.why.endswith(".") and book.title
        assert all(param.help for param in book.params.values())
