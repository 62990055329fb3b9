"""Interfaces, routes and sockets from what hosts really printed: iproute2 6.1, BusyBox 1.35, Linux 6.18."""

from __future__ import annotations

import pytest

from byhand.errors import BadValue, ByhandError
from byhand.verify.modules.links import Link, Route, links, peers, routes
from byhand.verify.modules.sockets import Socket, listens, sockets

JSON = (
    '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"operstate":"UNKNOWN","link_type":"loopback",'
    '"address":"00:00:00:00:00:00","promiscuity":0,"addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo"}]},'
    '{"ifindex":2,"link_index":6367,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"operstate":"UP",'
    '"link_type":"ether","address":"aa:3e:7a:e0:62:87","link_netnsid":0,"linkinfo":{"info_kind":"veth"},"addr_info":['
    '{"family":"inet","local":"10.9.0.1","address":"10.9.0.2","prefixlen":32,"scope":"global"},{},'
    '{"family":"inet6","local":"fe80::a83e:7aff:fee0:6287","prefixlen":64,"scope":"link"}]},'
    '{"ifindex":3,"link":"eth0","ifname":"eth0.5","flags":["BROADCAST"],"mtu":1500,"address":"aa:3e:7a:e0:62:87",'
    '"linkinfo":{"info_kind":"vlan"},"addr_info":[]}]'
)
BUSYBOX = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host\x20
       valid_lft forever preferred_lft forever
2: eth0@if6367: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue master br0 qlen 1000
    link/ether aa:3e:7a:e0:62:87 brd ff:ff:ff:ff:ff:ff
    inet 10.77.1.2/24 brd 10.77.1.255 scope global eth0
       valid_lft forever preferred_lft forever
    inet 10.9.0.1 peer 10.9.0.2/32 scope global eth0
       valid_lft forever preferred_lft forever
    inet6 fd00::1/64 scope global flags 02\x20
       valid_lft forever preferred_lft forever
    inet6 fe80::a83e:7aff:fee0:6287/64 scope link tentative\x20
       valid_lft forever preferred_lft forever
3: e1@eth0: <BROADCAST,MULTICAST> mtu 1400 qdisc noop qlen 1000
    link/ether 9a:33:47:ee:ae:ea brd ff:ff:ff:ff:ff:ff
4: tun0: <POINTOPOINT,NOARP> mtu 1500 qdisc noop qlen 500
    link/[65534]\x20
"""
BUSYBOX_ROUTES = """\
default via 10.77.1.1 dev eth0  src 10.77.1.2  metric 5\x20
blackhole 10.5.0.0/16\x20
10.9.0.2 dev eth0 scope link  src 10.9.0.1\x20
fe80::/64 dev eth0  metric 256\x20
multicast ff00::/8 dev eth0  metric 256\x20
"""


def test_json_of_iproute2() -> None:
    lo, eth0, vlan = links(JSON)
    assert (lo.interface.addresses, lo.interface.kind, lo.far) == (["127.0.0.1/8"], "", None)
    assert (eth0.interface.addresses, eth0.interface.link_local) == (["10.9.0.1/32"], ["fe80::a83e:7aff:fee0:6287/64"])
    assert (eth0.index, eth0.far, eth0.space, eth0.interface.kind) == (2, 6367, 0, "veth")
    assert (vlan.far, vlan.interface.is_up, vlan.interface.has_carrier) == (2, False, False)


def test_text_of_busybox() -> None:
    lo, eth0, e1, tun0 = links(BUSYBOX)
    assert lo.interface.addresses == ["127.0.0.1/8", "::1/128"]
    assert (eth0.interface.name, eth0.interface.master, eth0.interface.mac) == ("eth0", "br0", "aa:3e:7a:e0:62:87")
    assert eth0.interface.addresses == ["10.77.1.2/24", "10.9.0.1/32", "fd00::1/64"]
    assert eth0.interface.link_local == ["fe80::a83e:7aff:fee0:6287/64"]
    assert (eth0.interface.is_up, eth0.interface.has_carrier, eth0.far) == (True, True, 6367)
    assert (e1.interface.name, e1.far, e1.interface.mtu, e1.interface.is_up) == ("e1", 2, 1400, False)
    assert (tun0.interface.mac, tun0.interface.addresses) == ("", [])


def test_nothing_and_nonsense() -> None:
    assert links("") == links("[]") == links("[{}]\n") == []
    assert routes("", "ipv4") == routes("[ ]\n", "ipv6") == []
    with pytest.raises(ByhandError, match="ip -j printed no JSON"):
        links("[{")
    with pytest.raises(ByhandError, match="ip addr printed a line that is not understood: 'what is this'"):
        links("what is this\n")


def test_routes_of_both() -> None:
    assert routes(BUSYBOX_ROUTES, "ipv4") == [
        Route("default", "10.77.1.1", "eth0", "10.77.1.2", 5),
        Route("10.5.0.0/16", None, None, kind="blackhole"),
        Route("10.9.0.2", None, "eth0", "10.9.0.1"),
    ]
    printed = (
        '[{"dst":"default","gateway":"10.77.1.1","dev":"eth0","prefsrc":"10.77.1.2","metric":5,"flags":[]},'
        '{"type":"blackhole","dst":"10.5.0.0/16","flags":[]},{"dst":"10.6.0.0/16","flags":[],"nexthops":['
        '{"gateway":"10.77.1.7","dev":"eth0","weight":2,"flags":[]},{"via":{"family":"inet6","host":"fe80::1"},"dev":"eth1","weight":1}]},'
        '{"dst":"10.9.0.2","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.9.0.1","flags":[]}]'
    )
    one, two, *split, last = routes(printed, "ipv4")
    assert [one, two, last] == routes(BUSYBOX_ROUTES, "ipv4")
    assert split == [Route("10.6.0.0/16", "10.77.1.7", "eth0"), Route("10.6.0.0/16", "fe80::1", "eth1")]


def pair(name: str, index: int, far: int, space: int | None) -> Link:
    return Link(links(f"{index}: {name}: <UP> mtu 1500\n")[0].interface, index, far, space)


def test_a_peer_is_the_one_that_is_tied_back() -> None:
    inside = [pair("eth0", 2, 3, 0)]
    host = [pair("a", 3, 2, 7), pair("b", 4, 2, 8), pair("c", 3, 9, 7)]
    assert peers(inside, host, {7: "web"}, "web")[0].peer == "a"
    assert peers(inside, host, {7: "other"}, "web")[0].peer is None, "that one's other end is elsewhere"
    assert peers(inside, host, {}, "")[0].peer == "a", "no name is known"
    assert peers([pair("x", 5, 6, None), pair("y", 6, 5, None)], [], {}, "web")[1].peer == "x"
    assert peers([pair("vlan", 5, 6, None), pair("y", 6, 0, None)], [], {}, "web")[0].peer is None


FILES = {
    "tcp": """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26612 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0FA0 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 26614 1 0000000000000000 20 0 0 10 -1
   2: 0101A8C0:01BB 0201A8C0:C350 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
""",
    "tcp6": """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000000000000000000000000000:0052 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: B80D01200000000000000000010000FE:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0
""",
    "udp6": """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid
  361: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000    0
""",
    "unix": """\
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 26610 /run/a socket
0000000000000000: 00000002 00000000 00010000 0001 01 26611 @hidden
0000000000000000: 00000003 00000000 00000000 0001 03 26613
""",
}


def test_sockets_of_the_kernels_files() -> None:
    assert sockets(FILES) == [
        Socket("tcp", "0.0.0.0", 80, "LISTEN"),
        Socket("tcp", "127.0.0.1", 4000, "ESTABLISHED", "127.0.0.1", 80),
        Socket("tcp", "192.168.1.1", 443, "TIME_WAIT", "192.168.1.2", 50000),
        Socket("tcp", "::", 82, "LISTEN"),
        Socket("tcp", "2001:db8::fe00:1", 81, "LISTEN"),
        Socket("udp", "::1", 53, "CLOSE"),
        Socket("unix", "/run/a socket", None, "LISTEN"),
        Socket("unix", "@hidden", None, "LISTEN"),
        Socket("unix", "", None, "ESTABLISHED"),
    ]
    assert sockets({}) == []


@pytest.mark.parametrize("wrong", ["", "80", "tcp://", "tcp://a:80", "tcp://[::1:80", "tcp://80x", "icmp://1", "tcp://1.2.3.4:", "tcp://٣"])
def test_what_is_no_socket_is_said(wrong: str) -> None:
    with pytest.raises(BadValue, match="is no socket"):
        listens(sockets(FILES), wrong)


def test_an_ipv4_address_in_ipv6_s_clothes_is_that_address() -> None:
    row = f"0: 0000000000000000FFFF00000100010A:0050 {'0' * 32}:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1"
    (found,) = sockets({"tcp6": f"head\n   {row}\n"})
    assert (found.protocol, found.address, found.port) == ("tcp", "10.1.0.1", 80)
    assert listens([found], "tcp://10.1.0.1:80") and listens([found], "tcp://[::ffff:10.1.0.1]:80")
    assert not listens([found], "tcp://10.1.0.2:80")
