"""A printed program with a fault put into one of its steps, and the host before and after it."""

from __future__ import annotations

import re
import secrets
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from invoking import Byhand, Result

from tests.host_snapshot import Snapshot

# The steps of container.run with limits, in their order; a test holds them to the program's own list.
NETWORK = ("network_record", "bridge", "gateway", "bridge_up", "ip_forward", "masquerade", "forward")
CONTAINER = ("record", "name", "address", "folders", "overlay", "cgroup", "limits", "etc", "init", "netns", "cable", "start")
STEPS = NETWORK + CONTAINER
FLAGS = ("--rm", "--memory", "64m")


@dataclass(frozen=True)
class Program:
    """The text of a container's program."""

    text: str

    @classmethod
    def of(cls, byhand: Byhand, *command: str, flags: tuple[str, ...] = FLAGS) -> Program:
        text = _printed(byhand.root, command, flags)
        return cls(text.replace(cls(text).home.name, secrets.token_hex(6)))

    @property
    def home(self) -> Path:
        """The container's folder."""
        found = re.search(r"^home=(\S+)$", self.text, re.MULTILINE)
        assert found
        return Path(found[1])

    def replaced(self, block: str, step: str, body: str) -> Program:
        """With another body for a step's block; what it was is called ``real``."""
        name = f"{block}_{step}"
        assert f"\n{name}() {{" in self.text, f"no {name} in the program"
        text = self.text.replace(f"\n{name}() {{", f"\nreal_{name}() {{")
        head, main, tail = text.rpartition('\nmain "$@"')
        return Program(f"{head}\n{name}() {{\n  {body.replace('real', f'real_{name}')}\n}}{main}{tail}")

    def broken(self, step: str, body: str) -> Program:
        """With another ``apply``, which is run even on a host where nothing is to be done."""
        found = self.replaced("apply", step, body)
        return found.replaced("check", step, "return 1") if f"\ncheck_{step}() {{" in self.text else found

    def store(self) -> Path:
        """Put it where container.run puts it."""
        path = self.home / "program"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(self.text)
        return path


@lru_cache
def _printed(root: Path, command: tuple[str, ...], flags: tuple[str, ...]) -> str:
    """One dry run for many tests; each gets another container's id."""
    return Byhand(root).program(*command, flags=flags)


def play(program: Path, verb: str = "apply", shell: tuple[str, ...] = ("sh",)) -> Result:
    done = subprocess.run(
        [*shell, str(program), verb], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env={"PATH": "/usr/bin:/bin"}
    )
    return Result(128 - done.returncode if done.returncode < 0 else done.returncode, done.stdout, done.stderr.decode())


def quiet(byhand: Byhand) -> Snapshot:
    """The host without containers or networks of ours, but with the folders they are kept in."""
    byhand.clean()
    assert byhand.run("true").status == 0
    assert byhand.invoke("network.rm", "default").status == 0
    return Snapshot.take(root=byhand.root)


def without_network(byhand: Byhand) -> None:
    """Remove the shared network, if there is one.

    A program that fails while it makes the network takes back all but the folder with the lock,
    which others may be waiting for: that is for system.recover.
    """
    if (byhand.root / "networks" / "default" / "network.json").exists():
        result = byhand.invoke("network.rm", "default")
    else:
        result = byhand.invoke("system.recover")
    assert result.status == 0, result.err


def changes(byhand: Byhand, before: Snapshot, *, but: tuple[str, ...] = ()) -> list[str]:
    """What is not as before. Temporary files that others have removed are no change of ours."""
    return Snapshot.take(root=byhand.root).differences(before, ignore=("^temporary: - ", *but))
