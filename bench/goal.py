"""Fifty steps for a fleet: what must be there afterwards, and the same play for each tool.

Ten times: a folder, a file in it, a file with a mode of its own, a line in a file that all
ten share, and a link. Every tool uses its own modules for that, which look before they
change anything.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.process import BenchError

FOLDERS = 10
STEPS = 5 * FOLDERS
ROOT = "/srv/bench"  # on every host; there and empty when a play begins


@dataclass(frozen=True)
class Entry:
    """One path of the goal, below ROOT. ``text``: a file's content, a link's target."""

    path: str
    kind: str  # folder, file, line or link
    text: str = ""
    mode: str = "0644"

    @property
    def place(self) -> str:
        return f"{ROOT}/{self.path}"


def entries() -> Iterator[Entry]:
    """The fifty, in the order of the steps."""
    for n in range(1, FOLDERS + 1):
        name = f"site{n:02}"
        yield Entry(name, "folder", mode="0750")
        yield Entry(f"{name}/site.conf", "file", f"# site {n}\nlisten = 80{n:02}\nroot = '/srv/www/{n}'\nnote = \"it's $HOME\"\n")
        yield Entry(f"{name}/secret", "file", f"{n * 7919:032x}\n", "0600")
        yield Entry("sites", "line", f"site{n:02} 10.0.0.{n}")
        yield Entry(f"{name}/current", "link", "site.conf")


def expected() -> dict[str, tuple[str, str, str]]:
    """Path → kind, mode, content of everything below ROOT ("" for a link's mode)."""
    found: dict[str, tuple[str, str, str]] = {}
    for entry in entries():
        if entry.kind == "line":
            before = found.get(entry.path, ("", "", ""))[2]
            found[entry.path] = ("file", entry.mode, f"{before}{entry.text}\n")
        else:
            found[entry.path] = (entry.kind, "" if entry.kind == "link" else entry.mode, entry.text)
    return found


def make(folder: Path) -> None:
    """Bring ``folder`` to the goal without any of the tools."""
    for path, (kind, mode, text) in expected().items():
        place = folder / path
        if kind == "link":
            place.symlink_to(text)
            continue
        if kind == "folder":
            place.mkdir()
        else:
            place.write_text(text)
        place.chmod(int(mode, 8))


def found(folder: Path) -> dict[str, tuple[str, str, str]]:
    """What is in ``folder``, in the words of ``expected``."""
    there: dict[str, tuple[str, str, str]] = {}
    for place in folder.rglob("*"):
        facts = place.lstat()
        mode = f"{stat.S_IMODE(facts.st_mode):04o}"
        name = str(place.relative_to(folder))
        if place.is_symlink():
            there[name] = ("link", "", os.readlink(place))
        elif place.is_dir():
            there[name] = ("folder", mode, "")
        else:
            there[name] = ("file", mode, place.read_text(errors="replace"))
    return there


def require(folder: Path, name: str) -> None:
    """Raises BenchError naming what in ``folder``, of host ``name``, is not as it must be."""
    wanted, there = expected(), found(folder)
    for path in sorted(wanted.keys() | there.keys()):
        if wanted.get(path) != there.get(path):
            raise BenchError(f"{name}: {ROOT}/{path} is {there.get(path)}, not {wanted.get(path)}")


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of last change of everything in ``folder``: what was written again shows."""
    return {str(place): (place.lstat().st_ino, place.lstat().st_ctime_ns) for place in [folder, *folder.rglob("*")]}


def write_plays(folder: Path, addresses: Sequence[str], key: Path, known: Path, options: Sequence[str]) -> None:
    """The play for each tool; one inventory for byhand and Ansible, one for pyinfra."""
    extra = " ".join(options)
    (folder / "hosts").write_text(
        "".join(f"{address}\n" for address in addresses)
        + f"[all:vars]\nansible_user=root\nansible_ssh_private_key_file={key}\nansible_python_interpreter=/usr/bin/python3\n"
        + f"ansible_ssh_common_args='{extra}'\n"
    )
    data: dict[str, object] = {
        "ssh_user": "root",
        "ssh_key": str(key),
        "ssh_known_hosts_file": str(known),
        "ssh_strict_host_key_checking": "yes",
    }
    data |= {"ssh_config_file": "/dev/null", "ssh_allow_agent": False, "ssh_look_for_keys": False}
    (folder / "inventory.py").write_text(f"hosts = [(name, {data!r}) for name in {list(addresses)!r}]\n")
    texts = {"ours.yml": ours(), "ansible.yml": ansible(), "deploy.py": pyinfra(), "ansible.cfg": "[defaults]\n"}
    for name, text in texts.items():
        (folder / name).write_text(text)


def ours(repeat: int = 1, root: str = ROOT) -> str:
    """The playbook, ``repeat`` times over in trees of its own."""
    lines = [f"title: {STEPS * repeat} steps\nvars: {{root: {root}}}\nsteps:\n"]
    for turn in range(repeat):
        above = "{{ root }}" if repeat == 1 else f"{{{{ root }}}}/{turn}"
        for entry in entries():
            place = {"path": f"{above}/{entry.path}"}
            words = {
                "folder": ("file/folder", {**place, "mode": entry.mode}),
                "file": ("file/content", {**place, "content": entry.text, "mode": entry.mode}),
                "line": ("file/line", {**place, "line": entry.text}),
                "link": ("file/link", {**place, "target": entry.text}),
            }
            template, args = words[entry.kind]
            lines.append(f"  - name: {entry.kind} {entry.path}\n    {template}: {json.dumps(args)}\n")
    return "".join(lines)


def ansible() -> str:
    """The playbook in Ansible's words."""
    lines = ["- hosts: all\n  gather_facts: false\n  tasks:\n"]
    for entry in entries():
        words: dict[str, tuple[str, dict[str, object]]] = {
            "folder": ("file", {"path": entry.place, "state": "directory", "mode": entry.mode}),
            "file": ("copy", {"dest": entry.place, "content": entry.text, "mode": entry.mode}),
            "line": ("lineinfile", {"path": entry.place, "line": entry.text, "create": True}),
            "link": ("file", {"path": entry.place, "src": entry.text, "state": "link"}),
        }
        module, args = words[entry.kind]
        lines.append(f"    - name: {entry.kind} {entry.path}\n      ansible.builtin.{module}: {json.dumps(args)}\n")
    return "".join(lines)


def pyinfra() -> str:
    """The deploy in pyinfra's words."""
    lines = ["from io import StringIO\n\nfrom pyinfra.operations import files\n\n"]
    for entry in entries():
        mode = entry.mode.lstrip("0")
        words = {
            "folder": f"directory(name=NAME, path={entry.place!r}, mode={mode!r})",
            "file": f"put(name=NAME, src=StringIO({entry.text!r}), dest={entry.place!r}, mode={mode!r})",
            "line": f"line(name=NAME, path={entry.place!r}, line={entry.text!r})",
            "link": f"link(name=NAME, path={entry.place!r}, target={entry.text!r})",
        }
        lines.append(f"files.{words[entry.kind]}\n".replace("NAME", repr(f"{entry.kind} {entry.path}")))
    return "".join(lines)
