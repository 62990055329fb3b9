"""The backend byhand://: testinfra's own examples in containers, and each command exactly as it was in there."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import testinfra
from invoking import REPO, Byhand, cached_image, until

from byhand.verify import modules
from byhand.verify.backend import Unreached

EXAMPLES = Path(__file__).with_name("testinfra_examples")
ALPINE = r"""set -e
addgroup -g 50 staff
adduser -D -u 1234 -G staff -h /srv -H -s /bin/ash -g 'The web' web
adduser web games
printf 'caf\303\251 \000\377\n' >'/srv/a page'
chown web:staff '/srv/a page'
chmod 640 '/srv/a page'
touch -d '2001-02-03 04:05:06' '/srv/a page'
mkfifo /srv/pipe
nc -lk -p 8080 -e cat </dev/null >/dev/null 2>&1 &
nc -lk -s 127.0.0.1 -p 8081 -e cat </dev/null >/dev/null 2>&1 &
until netstat -lnt | grep -q 8081; do sleep 0.01; done
echo ready
exec sleep 1000
"""
DEBIAN = r"""set -e
useradd --no-create-home --user-group web
echo 'ALL ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers
chmod 440 /etc/sudoers
printf '#!/bin/sh\n[ "$1" != status ] || exit 0\n' >/etc/init.d/web
printf '#!/bin/sh\n[ "$1" != status ] || exit 3\n' >/etc/init.d/still
chmod +x /etc/init.d/web /etc/init.d/still
ln -s ../init.d/web /etc/rc2.d/S01web
echo ready
exec sleep 1000
"""


@pytest.fixture(scope="module")
def tool(state_folder: Path) -> Iterator[Byhand]:
    """byhand with two containers of Alpine: one the examples describe, and one as it comes."""
    tool = Byhand(state_folder)
    given = {
        "WITH_SPACES": " a  b ", "WITH_QUOTES": """it's "$(so)" `there` \\n""", "UNICODE": "grüße", "with.dot-s": "yes", "UID": "77",
    }  # fmt: skip
    flags = ["--name", "examples", "--hostname", "examples", "--workdir", "/srv/work here", "--tmpfs", "/cache"]
    flags += ["--volume", f"{EXAMPLES}:/data:ro", *[word for pair in given.items() for word in ("--env", "=".join(pair))]]
    with tool.running("sh", "-c", ALPINE, flags=flags), tool.running("sh", "-c", "echo ready; exec sleep 1000", flags=["--name", "plain"]):
        yield tool


@pytest.fixture(autouse=True)
def known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, state_root: Path) -> None:
    modules.register()
    monkeypatch.setattr("testinfra.host.Host._host_cache", {})
    monkeypatch.setattr("testinfra.host.Host._hosts_cache", {})
    if "tool" in request.fixturenames:
        monkeypatch.setenv("BYHAND_ROOT", str(request.getfixturevalue("tool").root))


@pytest.fixture
def plain(tool: Byhand) -> Any:
    return testinfra.get_host("byhand://plain")


def run_pytest(folder: Path, *words: str, root: Path) -> subprocess.CompletedProcess[str]:
    """pytest with byhand's plugin in a folder of its own, as a user has it."""
    command = [sys.executable, "-m", "pytest", "-p", "byhand.verify.plugin", "-p", "no:cacheprovider", *words]
    environment = {**os.environ, "BYHAND_ROOT": str(root), "PYTHONPATH": str(REPO)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def examples(name: str, folder: Path, *words: str, root: Path) -> str:
    """The examples of that name, each of which must pass; what pytest printed."""
    shutil.copy(EXAMPLES / f"{name}.py", folder / f"test_{name}.py")
    done = run_pytest(folder, *words, f"test_{name}.py", root=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and "skipped" not in done.stdout
    return done.stdout


def test_the_examples_in_alpine(tool: Byhand, tmp_path: Path) -> None:
    out = examples("alpine", tmp_path, "-v", "--hosts=byhand://examples", root=tool.root)
    assert "test_alpine.py::test_a_file[byhand://examples] PASSED" in out


def test_the_examples_in_debian_with_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = [tool for tool in ("sudo", "mmdebstrap") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing or 'VERSION_ID="12"' not in Path("/etc/os-release").read_text():
        pytest.skip("needs root on Debian 12 with sudo, which is put into the container, and mmdebstrap")
    # Links, not copies: nobody writes to a layer.
    place = cached_image("debian")
    root = Path(tempfile.mkdtemp(prefix="byhand-debian-", dir=place.parent))
    subprocess.run(["cp", "-al", *map(str, place.iterdir()), root], check=True)
    tool = Byhand(root)
    volumes = [word for path in ("/usr/bin/sudo", "/usr/libexec/sudo", "/etc/pam.d/sudo") for word in ("--volume", f"{path}:{path}:ro")]
    words = ["container.run", "--image", "debian", "--network", "none", "--name", "deb", *volumes, "--", "sh", "-c", DEBIAN]
    process = tool.start(*words)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        examples("debian", tmp_path, "--hosts=byhand://web@deb", root=root)
        monkeypatch.setenv("BYHAND_ROOT", str(root))
        assert testinfra.get_host("byhand://web@deb?sudo=true").check_output("id -un") == "root"
        assert testinfra.get_host("byhand://web@deb", sudo=True, sudo_user="www-data").check_output("id -un") == "www-data"
    finally:
        tool.clean()
        process.communicate(timeout=10)
        shutil.rmtree(root)


def test_a_command_s_status_and_output_are_exact(plain: Any) -> None:
    every = bytes(range(256))
    done = plain.run("printf %b %s; printf %b %s >&2; exit 255".replace("%b", "%%b"), *["".join(f"\\0{n:03o}" for n in every)] * 2)
    assert done.rc == 255 and done.stdout_bytes == every == done.stderr_bytes
    assert [plain.run(f"exit {n}").rc for n in (0, 1, 125, 126, 127)] == [0, 1, 125, 126, 127]
    for signal, status in (("KILL", 137), ("TERM", 143), ("SEGV", 139)):
        ended = plain.run(f"kill -s {signal} $$")
        assert (ended.rc, ended.stdout_bytes, ended.stderr_bytes) == (status, b"", b"")
    assert plain.run("no-such-command").rc == 127
    assert plain.run("if").rc == 2


def test_much_output_is_whole(plain: Any) -> None:
    done = plain.run("yes 0123456789abcde | head -c 4000000 | tee /dev/stderr")
    wanted = hashlib.sha256(b"0123456789abcde\n" * 250000).hexdigest()
    assert [hashlib.sha256(one).hexdigest() for one in (done.stdout_bytes, done.stderr_bytes)] == [wanted, wanted]


@pytest.mark.parametrize("text", ["$(id)`id`", "'\"\\", "a\nb\n", "-n", "%s %d", "* ?", " ", "END", "é\t☃", "x" * 60000])
def test_values_stay_what_they_are(plain: Any, text: str) -> None:
    assert plain.run("printf '%%s.' %s", text).stdout_bytes == text.encode() + b"."


def test_what_a_command_finds(tool: Byhand, plain: Any) -> None:
    """Nothing to read, no descriptor of the host's, no signal that is ignored, and the namespaces of process 1."""
    assert plain.run("cat").stdout_bytes == b""
    assert plain.check_output("for fd in /proc/$$/fd/*; do readlink $fd || :; done").count("\n") == 2
    assert plain.check_output("grep -e SigIgn -e SigBlk /proc/self/status; true").split() == ["SigBlk:", "0" * 16, "SigIgn:", "0" * 16]
    kinds = ("mnt", "uts", "ipc", "net", "pid", "cgroup")
    inside = plain.check_output("; ".join(f"readlink /proc/self/ns/{kind}; readlink /proc/1/ns/{kind}" for kind in kinds)).split()
    assert inside[::2] == inside[1::2] and len(set(inside)) == len(kinds)
    host = testinfra.get_host("local://")
    assert not any(host.run(f"readlink /proc/self/ns/{kind}").stdout.strip() in inside for kind in kinds)
    first = plain.check_output("grep Cap /proc/1/status")
    assert plain.check_output("grep Cap /proc/self/status") == first
    assert plain.check_output("ls -di .").split() == [plain.check_output("ls -di /").split()[0], "."]


def test_a_command_is_in_the_control_group(tool: Byhand, plain: Any) -> None:
    record = testinfra.get_host("local://").container("plain").record
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(plain.run, "echo $$ >/tmp/pid; while [ -f /tmp/pid ]; do sleep 0.01; done")
        until(lambda: plain.file("/tmp/pid").exists)
        for group in record["groups"]:
            assert len(Path(group, "cgroup.procs").read_text().split()) >= 2
        plain.run("rm /tmp/pid")
        assert running.result(10).rc == 0


def test_another_user(tool: Byhand) -> None:
    def ids(user: str) -> list[str]:
        return testinfra.get_host(f"byhand://{user}@examples").check_output("id -u; id -g; echo $HOME; pwd").split("\n")

    assert ids("web") == ["1234", "50", "/srv", "/srv/work here"]
    assert ids("1234:games") == ["1234", "35", "/srv", "/srv/work here"]
    assert ids("4242:4343") == ["4242", "4343", "/", "/srv/work here"]
    host = testinfra.get_host("byhand://web@examples")
    assert host.user().name == "web" and host.run("cat /etc/shadow").rc == 1
    assert host.check_output("grep CapEff /proc/self/status") == "CapEff:\t" + "0" * 16


def test_commands_side_by_side(tool: Byhand, plain: Any) -> None:
    other = testinfra.get_host("byhand://examples")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: (plain, other)[n % 2].run(f"hostname; seq {n} {n + 1000}; exit {n}"), range(32)))
    for n, one in enumerate(done):
        first, *rest = one.stdout.splitlines()
        assert one.rc == n and rest == [str(k) for k in range(n, n + 1001)] and (first == "examples") == bool(n % 2)


def test_what_cannot_be_entered_is_one_line(tool: Byhand, tmp_path: Path) -> None:
    assert tool.invoke("container.run", "--image", "alpine", "--name", "over", "--", "true").status == 0
    wanted = {
        "over": "container over does not run: exited",
        "nix@plain": "container plain cannot be entered: user nix: not in the container",
        "nobody": "no container 'nobody'",
    }
    for name, line in wanted.items():
        with pytest.raises(Unreached) as error:
            testinfra.get_host(f"byhand://{name}").run("true")
        assert error.value.message == line and error.value.exit_code == 3
    hosts = {"them": [f"byhand://{name}" for name in wanted], "pattern": ["byhand://x*"]}
    for name, these in hosts.items():
        text = f"testinfra_hosts = {these}\n\ndef test(host):\n    assert host.file('/etc/passwd').exists\n"
        (tmp_path / f"test_{name}.py").write_text(text)
    out = run_pytest(tmp_path, "--continue-on-collection-errors", root=tool.root).stdout
    # The pattern fails when the hosts are looked for, the others in each test; of either there is a headline and a line.
    shown = out.partition("= ERRORS =")[2].partition("= short test summary")[0].splitlines()
    lines = ["no container that runs has a name like 'x*'", *(wanted[name] for name in sorted(wanted))]
    assert [row for row in shown if row and row[0] not in "=_ "] == lines, out
    assert tool.invoke("container.rm", "over").status == 0


def test_a_container_that_ends_meanwhile(tool: Byhand) -> None:
    with tool.running("sh", "-c", "echo ready; exec sleep 1000", flags=["--name", "short"]) as process:
        host = testinfra.get_host("byhand://short")
        assert host.run("true").rc == 0
        pid = testinfra.get_host("local://").container("short").pid
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(host.run, "echo here; touch /tmp/here; sleep 100")
            until(lambda: host.file("/tmp/here").exists)
            os.kill(pid, 9)
            done = running.result(10)
        assert (done.rc, done.stdout) == (137, "here\n")
        process.wait(10)
        with pytest.raises(Unreached, match="no container 'short'"):
            host.run("true")


def test_which_hosts_are_meant(tool: Byhand) -> None:
    def meant(*hosts: str | None, **options: str) -> list[str]:
        return [host.backend.get_pytest_id() for host in testinfra.get_hosts(hosts, **options)]

    both = ["byhand://examples", "byhand://plain"]
    assert meant("byhand://") == meant(None, connection="byhand") == meant("byhand://*") == both
    assert meant("byhand://plain", "byhand://examples") == meant("plain", "examples", connection="byhand") == both[::-1]
    assert meant("byhand://p*", "local://") == ["byhand://plain", "local"]
    assert meant("byhand://nobody:games@*") == ["byhand://nobody:games@examples", "byhand://nobody:games@plain"]
    with pytest.raises(Unreached, match="no container that runs has a name like 'x\\*'\n  running: examples, plain"):
        meant("byhand://x*")
