"""The same inventories read by byhand and by the real ansible-core: same hosts, groups, variables, patterns."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from byhand.engine import inventory
from byhand.errors import UsageError
from tests import peers

INVENTORIES = Path(__file__).parent / "inventories"
SOURCES = {
    "ini": ["ini/hosts"],
    "yaml": ["yaml/hosts.yml"],
    "json": ["json/hosts.json"],
    "yaml without an ending": ["bare/hosts"],
    "priority": ["priority/hosts"],
    "levels": ["levels/hosts.yml"],
    "group_vars and host_vars": ["beside/hosts"],
    "a folder of files": ["folder"],
    "two inventories": ["beside/hosts", "beside2/hosts"],
    "the same, the other way round": ["beside2/hosts", "beside/hosts"],
    "three kinds": ["ini/hosts", "folder", "one,three,five:2022,"],
    "a list": ["h1,h2.example.com:2222, 192.0.2.1 ,2001:db8::1"],
    "a host named like its group": ["same-name/hosts"],
}
# Every pattern is asked of these inventories; the order of the hosts counts.
ASKED = ["beside/hosts", "many,web1,web2,web3,db1,db2,"]
PATTERNS = """
all  *  web  db  prod  ungrouped  w1  w*  *1  w?  [wd]1  ~[wd]\\d$  ~w  ~(w1|d1)  web:db  db:web  web,db  web, db
prod:&web  prod:!web  prod:!w1  !web  &web  web:db:&prod:!w2  all:!d*  !db:all  web[0]  web[-1]  web[0:1]  web[1:]  prod[0]  prod[1:2]
w*[0]  all[0]  all[-1]  all[0:0]  w1,w1  w1:web  localhost  web[0]:db  db,&prod  p*  *o*  web*  ~web[12]  web1:web2:!web1  web1,db*
"""
ASK = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.inventory.manager import InventoryManager
sources, patterns = json.load(sys.stdin)
answers = {}
for source in sources:
    manager = InventoryManager(loader=DataLoader(), sources=[source])
    for pattern in patterns:
        try:
            answers[source + ' ' + pattern] = [host.name for host in manager.get_hosts(pattern)]
        except Exception as error:
            answers[source + ' ' + pattern] = []
print(json.dumps(answers))
"""


def ansible() -> Path:
    """The folder of ansible-core's commands and its Python."""
    return peers.environment("export", peers.EXPORT)


def settings(folder: Path) -> dict[str, Any]:
    """Ansible with its defaults, whoever runs the tests."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    (folder / "ansible.cfg").write_text("")
    env |= {"ANSIBLE_CONFIG": str(folder / "ansible.cfg"), "ANSIBLE_HOME": str(folder), "LC_ALL": "C.UTF-8"}
    env["ANSIBLE_HOST_PATTERN_MISMATCH"] = "error"  # as here
    env["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "1"
    return {"cwd": INVENTORIES, "env": env, "capture_output": True, "text": True}


def trusted(value: Any) -> Any:
    """Values without the mark that ansible-core puts on those it would not evaluate."""
    if isinstance(value, list):
        return [trusted(item) for item in value]
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if value.keys() == {"__ansible_unsafe"} else {key: trusted(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("sources", SOURCES.values(), ids=SOURCES)
def test_ansible_reads_the_same(sources: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = [word for source in sources for word in ("-i", source)]
    done = subprocess.run([str(ansible() / "ansible-inventory"), *flags, "--list"], **settings(tmp_path))
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    monkeypatch.chdir(INVENTORIES)
    ours = inventory.load(sources)

    variables = theirs.pop("_meta")["hostvars"]
    named = {host for group in theirs.values() for host in group.get("hosts", [])}
    assert set(ours.hosts) == named
    for name, host in ours.hosts.items():
        assert json.loads(json.dumps(host.raw)) == trusted(variables.get(name, {})), name
        assert host.origins.keys() == host.raw.keys()
    for name, group in ours.groups.items():
        other = theirs.get(name, {})
        if name != "all":
            assert sorted(group.hosts) == sorted(other.get("hosts", [])), name
        assert sorted(group.children) == sorted(other.get("children", [])), name


def test_ansible_means_the_same_hosts_by_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = [pattern for line in PATTERNS.strip().splitlines() for pattern in line.split("  ")]
    python = ansible() / "python"
    done = subprocess.run([str(python), "-c", ASK], input=json.dumps([ASKED, patterns]), **settings(tmp_path))
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    monkeypatch.chdir(INVENTORIES)
    different = {}
    for source in ASKED:
        read = inventory.load([source])
        for pattern in patterns:
            try:
                ours = [host.name for host in read.select(pattern)]
            except UsageError:
                ours = []  # as Ansible, which says so in one of its ways
            if ours != theirs[f"{source} {pattern}"]:
                different[source, pattern] = (ours, theirs[f"{source} {pattern}"])
    assert not different
