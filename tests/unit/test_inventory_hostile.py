"""Whatever stands in an inventory, a pattern or a target: an answer, or an error that a person can read."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.engine import inventory_ini, inventory_yaml, patterns
from byhand.engine.inventory import Host, Inventory, target
from byhand.engine.inventory_tree import Tree
from byhand.errors import ByhandError

PIECES = st.sampled_from(
    """
    web db all ungrouped w1 [web] [web:vars] [web:children] [x:hosts] a=1 a='b ="c" # ; : [1:3] [01:9] [a:f] [ ] { } ( ) ~ ! & , * ?
    hosts: children: vars: - \\ ' " = :22 :99999 :: ::1 {[]:1} @ $ %s \x00 \x1b é \u2028 \ufeff \ud800 None True 1e999 -- ---
    """.split(" ")
)
TEXT = st.one_of(st.text(max_size=60), st.lists(st.one_of(PIECES, st.sampled_from([" ", "\n", "\n  "])), max_size=30).map("".join))


@pytest.mark.parametrize("reader", [inventory_ini, inventory_yaml], ids=["ini", "yaml"])
@given(text=TEXT)
def test_any_text_is_read_or_refused(reader: object, text: str) -> None:
    tree = Tree()
    with suppress(ByhandError):
        (inventory_ini if reader is inventory_ini else inventory_yaml).read(text, "hosts", tree)
        tree.finish()
        assert all(tree.member_of[host] for host in tree.hosts)
        assert all(host and not host.startswith("-") and host.isprintable() for host in tree.hosts)


@given(text=TEXT)
def test_any_pattern_means_hosts_or_is_refused(text: str) -> None:
    hosts = dict.fromkeys(["w1", "w2", "d1"])
    groups = {"all": ["w1", "w2", "d1"], "web": ["w1", "w2"], "db": ["d1"]}
    with suppress(ByhandError):
        found = patterns.select(text, hosts, groups, lambda names: [host for name in names for host in groups[name]])
        assert len(found) == len(set(found))
        assert set(found) <= {*hosts, *patterns.LOCAL}


@given(text=st.tuples(st.sampled_from(["", "ssh://", "docker://", "local://"]), TEXT).map("".join))
def test_any_target_is_a_host_or_is_refused(text: str) -> None:
    with suppress(ByhandError):
        host = target(text)
        assert host.address and not host.address.startswith("-") and host.address.isprintable()
        assert not host.user.startswith("-")
        assert host.port is None or 0 < host.port < 65536


def test_an_inventory_is_made_of_records() -> None:
    assert Host.__dataclass_params__.frozen and Inventory.__dataclass_params__.frozen  # type: ignore[attr-defined]
