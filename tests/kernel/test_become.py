"""Steps as another user, by each of the commands for that, on a machine that has them all; as root and as somebody root trusts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from machine import Machine, machine

PLAY = """steps:
  - name: Who
    become: true
    become_user: {user}
    become_method: {method}
    command/shell: {{script: 'id -un >/tmp/who'}}
  - name: Write
    become: true
    become_user: {user}
    become_method: {method}
    file/content: {{path: "/tmp/it's", content: "$(id)\\n"}}
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Machine]:
    with machine("debian", ["doas", "sudo"]) as found:
        (found.root / "etc/doas.conf").write_text("permit nopass root\npermit nopass daemon as root\n")
        (found.root / "etc/sudoers.d/daemon").write_text("daemon ALL=(ALL) NOPASSWD: ALL\n")
        (found.root / "etc/sudoers.d/daemon").chmod(0o440)
        found.said("chmod", "1777", "/tmp")
        yield found


@pytest.mark.parametrize("method", ["sudo", "doas", "su"])
def test_root_becomes_another_user(method: str, host: Machine) -> None:
    play = host.play(PLAY.format(user="nobody", method=method), name=f"down_{method}")
    play.expect("apply", 0)
    assert (host.root / "tmp/who").read_text() == "nobody\n"
    assert host.said("stat", "-c", "%U", "/tmp/it's") == "nobody"
    assert (host.root / "tmp/it's").read_text() == "$(id)\n"
    play.expect("check", 0)
    play.expect("undo", 0)
    assert not (host.root / "tmp/it's").exists()
    (host.root / "tmp/who").unlink()


@pytest.mark.parametrize("method", ["sudo", "doas"])
def test_somebody_becomes_root(method: str, host: Machine) -> None:
    host.said("sh", "-c", "mkdir -p /var/lib/byhand/runs && chown -R daemon /var/lib/byhand")
    play = host.play(PLAY.format(user="root", method=method), name=f"up_{method}")
    host.said("sh", "-c", f"cp {play.path} /tmp/up.sh && chmod 644 /tmp/up.sh")
    as_daemon = ["setpriv", "--reuid=daemon", "--regid=daemon", "--init-groups", "sh", "/tmp/up.sh"]
    host.said(*as_daemon, "apply")
    assert (host.root / "tmp/who").read_text() == "root\n"
    assert host.said("stat", "-c", "%U", "/tmp/it's") == "root"
    host.said(*as_daemon, "undo")
    assert not (host.root / "tmp/it's").exists()
    (host.root / "tmp/who").unlink()
