"""Each shipped playbook of hosts is proved by playbook.test, over a real ssh: applied, asked, applied again, taken back, all as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from machine import Machine, machine
from proving import TOOLS, Bench, ready
from test_host_playbooks import KEY, SSHD, debian

USERS = "ann:$2y$05$6Ei1QGOqYgNzlvSxQ5BSvOMBn2pfyn5h5jfYGWMB6Dx9DZ0rZqzIe"
BOOKS = {
    "user on Alpine": ("user", "alpine", ["name=ann", f"keys={KEY}"]),
    "user on Debian": ("user", "tools", ["name=ann", f"keys={KEY}", "groups=adm"]),
    "sshd": ("sshd", "sshd", ["allow_users=root", "max_auth_tries=2"]),
    "web": ("web", "nginx", ["name=shop", "root=/srv/shop/pages", "port=8080", "page=hello"]),
    "registry": ("registry", "registry", ["port=5001", "storage=/srv/images", f"users={USERS}", "start=false"]),
    "containers": ("containers", "sshd", ["packages=busybox-static", "files=4096", "mirror=mirror.lan:5000"]),
}


@contextmanager
def host(kind: str) -> Iterator[Machine]:
    """A machine as the playbook wants it."""
    if kind == "nginx":
        with debian(["nginx-light"], systemd=True) as found:
            yield found
    elif kind == "registry":
        with debian(["docker-registry"]) as found:
            yield found
    else:
        with machine("alpine" if kind == "alpine" else "debian", {"tools": TOOLS, "sshd": SSHD}.get(kind, [])) as found:
            folder = found.root / "root/.ssh"
            folder.mkdir(mode=0o700)
            (folder / "authorized_keys").write_text(f"{KEY}\n")
            yield found


@pytest.mark.parametrize("name", BOOKS)
def test_it_is_proved(name: str, tmp_path: Path) -> None:
    book, kind, params = BOOKS[name]
    with ready(), host(kind) as there:
        words = [word for param in params for word in ("--param", param)]
        done = Bench(tmp_path, there).named("playbook.test", f"host/{book}", "--json", *words)
        assert done.status == 0, done.text + done.err
        (proof,) = json.loads(done.text)
        assert (proof["ok"], proof["faults"]) == (True, [])
        assert proof["steps"] >= 2
