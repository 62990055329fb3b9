"""Expressions in an inventory's values, magic variables, and variables beside the playbook."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from test_inventory_ansible import ansible, settings

from byhand.engine import inventory
from byhand.engine.inventory import Host, Inventory
from byhand.errors import SourceError

HOSTS = """
[web]
w1 ip=192.0.2.1 ansible_host='{{ ip }}' ansible_port='{{ base + 22 }}' port=80
w2 ip=192.0.2.2 ansible_user="{{ owner }}"
[db]
d1.example.com size=3
[all:vars]
base=2000
owner=ops
url='http://{{ inventory_hostname_short }}:{{ port | default(8080) }}/{{ path }}'
path='{{ owner }}/{{ group_names | join("+") }}'
doubled='{{ base * 2 }}'
first_db='{{ groups["db"][0] }}'
db_size='{{ hostvars[groups["db"][0]].size + 1 }}'
everyone='{{ groups.all | length }} of {{ groups | sort | join(",") }}'
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def read(text: str, **files: str) -> Inventory:
    write({"hosts": text, **files})
    return inventory.load(["hosts"])


def one(text: str) -> Host:
    return read(text).hosts["h"]


def test_values_are_made_of_other_values() -> None:
    found = read(HOSTS).hosts
    assert (found["w1"].address, found["w1"].port, found["w2"].user) == ("192.0.2.1", 2022, "ops")
    assert found["w1"].variables["url"] == "http://w1:80/ops/web"
    assert found["d1.example.com"].variables["url"] == "http://d1:8080/ops/db"
    assert found["w1"].variables["doubled"] == 4000
    assert (found["w1"].variables["first_db"], found["w1"].variables["db_size"]) == ("d1.example.com", 4)


def test_ansible_makes_the_same_of_them(tmp_path: Path) -> None:
    write({"hosts": HOSTS, "play/group_vars/web.yml": "path: of the play\n", "group_vars/web.yml": "path: of the inventory\nbase: 1\n"})
    names = ["url", "path", "doubled", "first_db", "db_size", "everyone", "base", "inventory_hostname", "inventory_hostname_short"]
    names += ["inventory_dir", "inventory_file", "group_names", "groups"]
    message = "{{ {" + ", ".join(f"'{name}': {name}" for name in names) + "} | to_json }}"
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"copy": {"content": message, "dest": "{{ inventory_hostname }}.json"}}]}]
    for task in play[0]["tasks"]:  # type: ignore[attr-defined]
        task |= {"delegate_to": "localhost", "connection": "local"}
    text = json.dumps(play)
    write({"play/play.yml": text})
    words = [str(ansible() / "ansible-playbook"), "-i", str(tmp_path / "hosts"), str(tmp_path / "play/play.yml")]
    done = subprocess.run(words, **{**settings(tmp_path), "cwd": tmp_path})
    assert done.returncode == 0, done.stdout + done.stderr
    ours = inventory.load(["hosts"], "play/play.yml")
    for name, host in ours.hosts.items():
        theirs = json.loads((tmp_path / "play" / f"{name}.json").read_text())
        found = {key: _plain({**host.variables, **host.magic}[key]) for key in names}
        assert found == theirs, name


def _plain(value: Any) -> Any:
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def test_a_value_that_cannot_be_made_says_why_only_where_it_is_used() -> None:
    host = one("h a='{{ nobody }}' b='{{ a }}-x' c='{{ 1 +' d='{{ 1 | nofilter }}' e=5\n")
    assert host.variables["e"] == 5
    for name, says in {"a": "'nobody' is undefined", "b": "'nobody' is undefined", "c": "is not an expression", "d": "nofilter"}.items():
        with pytest.raises(UndefinedError, match=says) as caught:
            str(host.variables[name])
        assert "hosts:1" in str(caught.value)
    with pytest.raises(SourceError, match="hosts:1: host 'h': ansible_host: 'nobody' is undefined"):
        _ = one("h ansible_host='{{ nobody }}'\n").address


def test_a_value_made_of_itself_is_refused() -> None:
    host = one("h a='{{ b }}' b='{{ c }}' c='{{ a }}' d='{{ d }}' e='{{ hostvars.h.e }}' f=1\n")
    assert host.variables["f"] == 1
    for name in "abcde":
        with pytest.raises(UndefinedError, match="is made of itself"):
            str(host.variables[name])
    with pytest.raises(UndefinedError, match="a → b → c → a"):
        str(host.variables["a"])


def test_what_a_value_comes_to_is_not_evaluated_again() -> None:
    host = read("h\n", **{"host_vars/h.yml": 'a: "{{ b }}"\nb: "{{ \'{{\' }} c }}"\nc: secret\n'}).hosts["h"]
    assert host.variables["a"] == "{{ c }}"


def test_values_keep_their_kind_and_depth() -> None:
    text = 'n: 2\nlist: ["{{ n }}", {deep: "{{ n + 1 }}"}]\nwhole: "{{ list }}"\ntext: "{{ n }}%"\n'
    host = read("h\n", **{"host_vars/h.yml": text}).hosts["h"]
    assert host.variables["list"] == host.variables["whole"] == [2, {"deep": 3}]
    assert host.variables["text"] == "2%"


def test_what_is_magic_cannot_be_set() -> None:
    host = one("h inventory_hostname=other groups=x\n")
    assert host.magic["inventory_hostname"] == "h"
    assert "groups" not in host.variables and host.magic["groups"] == {"all": ["h"], "ungrouped": ["h"]}


def test_hosts_that_no_file_names() -> None:
    assert inventory.target("ssh://root@web1.example.com").magic["inventory_hostname_short"] == "web1"
    [host] = read("w1\n").select("localhost")
    assert (host.magic["inventory_file"], host.magic["group_names"]) == (None, [])
    [listed] = inventory.load(["a,"]).select("a")
    assert listed.magic["inventory_dir"] is None


def test_variables_beside_the_playbook_come_after_those_beside_the_inventory() -> None:
    write(
        {
            "inv/hosts": "[web]\nw1 line=1\n[web:vars]\ngroup=inline\n",
            "inv/group_vars/all.yml": "all: inventory\nweb: inventory all\n",
            "inv/group_vars/web.yml": "group: inventory\nweb: inventory\n",
            "inv/host_vars/w1.yml": "line: 2\nhost: inventory\n",
            "site/group_vars/all.yml": "all: play\nweb: play all\n",
            "site/group_vars/web.yml": "web: play\n",
            "site/host_vars/w1.yml": "host: play\n",
        }
    )
    host = inventory.load(["inv/hosts"], "site/site.yml").hosts["w1"]
    assert host.variables == {"all": "play", "web": "play", "group": "inventory", "line": 2, "host": "play"}
    assert host.origins["host"] == "site/host_vars/w1.yml:1"
    assert host.origins["group"] == "inv/group_vars/web.yml:1"
    assert inventory.load(["inv/hosts"]).hosts["w1"].variables["web"] == "inventory"
