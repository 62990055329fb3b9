"""Inventories: what is read, where each value came from, and what is said of those that are wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from byhand.engine import inventory
from byhand.engine.inventory import Host, Inventory, load, target
from byhand.errors import BadValue, SourceError, UsageError
from tests.support import write

INVENTORIES = Path(__file__).parent / "inventories"
WRONG = yaml.safe_load((INVENTORIES / "wrong.yml").read_text())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str, name: str = "hosts", **files: str) -> Inventory:
    write(Path(name), text)
    for path, content in files.items():
        write(Path(path), content)
    return load([name])


@pytest.mark.parametrize("case", WRONG, ids=[case["name"] for case in WRONG])
def test_what_is_wrong_is_named_with_its_place(case: dict[str, Any]) -> None:
    files = {case.get("file", "hosts"): case.get("text"), **case.get("also", {})}
    for name, text in files.items():
        if text is not None:
            write(Path(name), text.replace("@FF@", "\udcff"))
    with pytest.raises(SourceError) as caught:
        load(case.get("load", [case.get("file", "hosts")]))
    for said in case["says"]:
        assert said in str(caught.value)
    assert str(caught.value).isprintable() or "\n  " in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("web[1:3]", "web1 web2 web3"),
        ("web[01:03]", "web01 web02 web03"),
        ("web[008:010]", "web008 web009 web010"),
        ("db-[a:c]", "db-a db-b db-c"),
        ("x[y:B]", "xy xz xA xB"),
        ("n[0:10:5]x", "n0x n5x n10x"),
        ("n[:2]", "n0 n1 n2"),
        ("[a:b].example.com", "a.example.com b.example.com"),
        ("r[1:2]-[a:b]", "r1-a r1-b r2-a r2-b"),
        ("10.0.[0:1].[254:255]", "10.0.0.254 10.0.0.255 10.0.1.254 10.0.1.255"),
        ("w[1:2]:2222", "w1 w2"),
        ("[2001:db8::1]:22", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("/srv/chroot", "/srv/chroot"),
    ],
)
def test_ranges_and_ports(pattern: str, names: str) -> None:
    assert list(read(f"{pattern}\n").hosts) == names.split()
    quoted = pattern.replace("'", "''")
    assert list(read(f"web: {{hosts: {{'{quoted}': {{}}}}}}\n", "h.yml").hosts) == names.split()


def test_every_value_says_where_it_came_from() -> None:
    root = INVENTORIES / "beside"
    host = load([str(root / "hosts")]).hosts["w1"]
    origins = {key: value.removeprefix(f"{root}/") for key, value in host.origins.items()}
    assert origins == {
        "all_only": "group_vars/all.yml:1",
        "all_or_web": "group_vars/all.yml:2",
        "both": "host_vars/w1.yml:1",
        "group_only": "hosts:11",
        "inline": "host_vars/w1.yml:2",
        "json": "group_vars/web/20-second.json:1",
        "level": "group_vars/web/10-first.yml:1",
        "mapping": "group_vars/prod.yaml:2",
        "order": "group_vars/web/sub/30:1",
    }
    assert host.groups == ("prod", "web")
    assert host.vars == {"inline": "file", "both": "file"}


def test_paths_are_shown_as_the_user_named_them() -> None:
    found = read("w1\n", "inv/hosts", **{"inv/group_vars/all.yml": "a: 1\n"})
    assert found.hosts["w1"].origins["a"] == "inv/group_vars/all.yml:1"
    assert load(["inv"]).hosts["w1"].origins["a"] == "inv/group_vars/all.yml:1"
    assert read("w1 b=2\n", "hosts").hosts["w1"].origins["b"] == "hosts:1"


def test_connection_words() -> None:
    found = read(
        "plain\nmail ansible_host=192.0.2.5 ansible_port=2222 ansible_user=root\nold ansible_ssh_host=a ansible_ssh_port='22'\n"
        "here ansible_connection=local\nbox ansible_connection=community.docker.docker ansible_host=box1\nsmart ansible_connection=smart\n"
    )
    words = {name: (host.address, host.port, host.user, host.connection) for name, host in found.hosts.items()}
    assert words == {
        "plain": ("plain", None, "", "ssh"),
        "mail": ("192.0.2.5", 2222, "root", "ssh"),
        "old": ("a", 22, "", "ssh"),
        "here": ("here", None, "", "local"),
        "box": ("box1", None, "", "docker"),
        "smart": ("smart", None, "", "ssh"),
    }


@pytest.mark.parametrize(
    ("text", "word", "says"),
    [
        ("h ansible_port=ssh", "port", "hosts:1: host 'h': 'ssh' is not a port"),
        ("h ansible_port=0", "port", "is not a port"),
        ("h ansible_port=True", "port", "is not a port"),
        ("h ansible_connection=sssh", "connection", "did you mean 'ssh'?"),
        ("h ansible_connection=winrm", "connection", "unknown connection 'winrm'"),
        ("h ansible_host=-oProxyCommand=reboot", "address", "would be read as an option"),
        ("h ansible_user=-x", "user", "would be read as an option"),
    ],
)
def test_connection_words_that_cannot_be(text: str, word: str, says: str) -> None:
    host = read(f"{text}\n").hosts["h"]
    with pytest.raises(SourceError) as caught:
        getattr(host, word)
    assert says in str(caught.value)


def test_values_are_no_program() -> None:
    host = read("h a='{{ 7*7 }}' b=__import__('os').getpid() c='$(reboot)'\n").hosts["h"]
    assert host.raw == {"a": "{{ 7*7 }}", "b": "__import__(os).getpid()", "c": "$(reboot)"}
    assert host.variables == {**host.raw, "a": 49}


def test_a_host_named_like_a_group_keeps_its_own_variables() -> None:
    found = read("[db]\ndb own=1\nother\n")
    assert found.hosts["db"].variables == {"own": 1}
    assert found.hosts["other"].variables == {}
    assert [host.name for host in found.select("db")] == ["db"]


def test_names_never_lead_out_of_the_folder_of_variables() -> None:
    host = read("../secret\n", "inv/hosts", **{"inv/secret.yml": "a: 1\n", "inv/host_vars/x.yml": "a: 1\n"}).hosts["../secret"]
    assert host.variables == {}


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert list(read("\ufeffweb1\n").hosts) == ["web1"]


@pytest.mark.parametrize("path", ["", "a\0b", "a\0b,c"])
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(SourceError):
        load([path])


def test_an_empty_inventory_has_no_hosts() -> None:
    for name, text in {"hosts": "", "h.yml": "", "h2.yml": "all:\n"}.items():
        assert dict(read(text, name).hosts) == {}
    assert load([]).select("all") == []
    assert load([]).select("*") == []


def test_localhost_needs_no_inventory_and_hears_the_group_all() -> None:
    [host] = read("w1\n[all:vars]\na=1\n").select("localhost")
    assert (host.name, host.connection, host.variables["a"]) == ("localhost", "local", 1)


def test_limits() -> None:
    found = read("[web]\nw[1:4]\n[db]\nd1\n")
    write(Path("again"), "w2\nd1\n")

    def names(pattern: str, limit: str = "") -> list[str]:
        return [host.name for host in found.select(pattern, limit)]

    assert names("all") == ["w1", "w2", "w3", "w4", "d1"]
    assert names("web", "w2:w3") == ["w2", "w3"]
    assert names("web", "!w1") == ["w2", "w3", "w4"]
    assert names("all", "@again") == ["w2", "d1"]
    assert names("web", "db") == []
    assert names("web:!nothing*") == ["w1", "w2", "w3", "w4"]
    assert names("~(w1|d1)$:!db") == ["w1"]
    assert names("~w{1,2}[12]") == ["w1", "w2"]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("wbe", "did you mean 'web'?"),
        ("web:!dbb", "host pattern 'dbb' means no host and no group"),
        ("web:&prod", "'prod' means no host"),
        ("w9*", "means no host"),
        ("", "an empty host pattern"),
        (",", "an empty host pattern"),
        ("!", "means no host"),
        ("~(", "not a regular expression"),
        ("web[9]", "'web' has 2 hosts"),
        ("web[-3]", "'web' has 2 hosts"),
        ("web[2:5]", "'web' has 2 hosts"),
        ("@missing", "missing: cannot be read"),
        ("@loop", "files in files"),
        ("@a\0b", "not the name of a file"),
        ("@", "not the name of a file"),
        ("@\ud800", "not the name of a file"),
        ("[", "means no host"),
    ],
)
def test_patterns_that_mean_nothing(pattern: str, says: str) -> None:
    found = read("[web]\nw1\nw2\n[db]\nd1\n", loop="@loop\n")
    with pytest.raises((UsageError, SourceError)) as caught:
        found.select(pattern)
    assert says in str(caught.value)


def test_a_group_without_hosts_is_no_mistake() -> None:
    assert read("w1\n[later]\n").select("later") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ssh://web1", ("web1", "web1", None, "", "ssh")),
        ("ssh://root@web1:2222", ("web1", "web1", 2222, "root", "ssh")),
        ("ssh://root@web1/", ("web1", "web1", None, "root", "ssh")),
        ("ssh://[2001:db8::1]:22", ("2001:db8::1", "2001:db8::1", 22, "", "ssh")),
        ("ssh://[2001:db8::1]", ("2001:db8::1", "2001:db8::1", None, "", "ssh")),
        ("local://", ("localhost", "localhost", None, "", "local")),
        ("docker://web-1", ("web-1", "web-1", None, "", "docker")),
        ("podman://a.b_c", ("a.b_c", "a.b_c", None, "", "podman")),
        ("byhand://box", ("box", "box", None, "", "byhand")),
    ],
)
def test_targets(text: str, words: tuple[Any, ...]) -> None:
    host = target(text)
    assert (host.name, host.address, host.port, host.user, host.connection) == words
    assert set(host.origins.values()) == {f"target '{text}'"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("web1", "not a target"),
        ("", "not a target"),
        ("shh://web1", "did you mean 'ssh'?"),
        ("http://web1", "unknown kind 'http'"),
        ("ssh://", "a host without a name"),
        ("ssh://-oProxyCommand=reboot", "would be an option"),
        ("ssh://-x@web1", "not a user's name"),
        ("ssh://@web1", "not a user's name"),
        ("ssh://root:geheim@web1", "a password has no place here"),
        ("ssh://web1:0", "is not a port"),
        ("ssh://web1:ssh", "is not a port"),
        ("ssh://web1/etc", "not a host's name"),
        ("ssh://web[1:3]", "not a host's name"),
        ("ssh://web1;reboot", "not a host's name"),
        ("ssh://web 1", "not a name"),
        ("ssh://web1\n", "not a name"),
        ("local://web1", "this machine has no other name"),
        ("docker://", "not a container's name"),
        ("docker://-x", "not a container's name"),
        ("byhand://a/b", "not a container's name"),
        ("podman://a\n", "not a container's name"),
    ],
)
def test_targets_that_are_none(text: str, says: str) -> None:
    with pytest.raises(BadValue) as caught:
        target(text)
    assert says in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_hundred_thousand_hosts_are_read_in_seconds() -> None:
    before = time.monotonic()
    found = read("[web]\nweb[1:100000] a=1\n[web:vars]\n" + "".join(f"v{i}={i}\n" for i in range(50)))
    assert len(found.select("web[0:99]")) == 100
    assert len(found.hosts) == 100_000
    assert found.hosts["web7"].variables["v49"] == 49
    assert time.monotonic() - before < 10


def test_a_long_file_and_a_deep_chain_of_groups() -> None:
    before = time.monotonic()
    chain = "".join(f"[g{i}:children]\ng{i + 1}\n" for i in range(20_000)) + "[g20000]\nlast\n"
    found = read(chain + "[g0]\n" + "".join(f"h{i} a={i} b='x y' c=[1,2]\n" for i in range(20_000)))
    assert found.groups["g20000"].depth == 20_001
    assert len(found.hosts["last"].groups) == 20_001
    assert [host.name for host in found.select("g1")] == ["last"]
    assert len(found.select("g*")) == 20_001
    assert time.monotonic() - before < 30


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(SourceError, match="larger than 4 MB"):
        read("w1 a=" + "x" * 4_000_001)


def test_values_that_are_long_or_deep_stay_text_or_are_named() -> None:
    deep = "[" * 150 + "]" * 150
    assert isinstance(read(f"[all:vars]\na={deep}\n[w]\nh\n").hosts["h"].variables["a"], list)
    deeper = "[" * 5000 + "]" * 5000
    assert read(f"[all:vars]\na={deeper}\n[w]\nh\n").hosts["h"].variables["a"] == deeper
    number = "9" * 6000
    assert str(read(f"[all:vars]\na={number}\n[w]\nh\n").hosts["h"].variables["a"]) == number


def test_records_cannot_be_changed() -> None:
    host = Host("a")
    with pytest.raises(AttributeError):
        host.name = "b"  # type: ignore[misc]
    assert (host.address, host.variables, host.groups) == ("a", {}, ())
    assert inventory.CONNECTIONS[0] == host.connection
