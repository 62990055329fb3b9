"""Each type takes what is right and says what is wrong with the rest."""

from __future__ import annotations

from typing import Any

import pytest

from byhand import values
from byhand.errors import BadValue, UsageError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
GOOD: list[tuple[str, Any, Any]] = [
    ("text", "", ""),
    ("text", "$(id) 'é' \n", "$(id) 'é' \n"),
    ("text", 5, "5"),
    ("line", "a b", "a b"),
    ("operand", "a-b", "a-b"),
    ("name", "web.1_a-b", "web.1_a-b"),
    ("name", "a" * 128, "a" * 128),
    ("path", "/", "/"),
    ("path", "//a/./b//", "/a/b"),
    ("path", "/a..b/...", "/a..b/..."),
    ("overlay_path", "/a b", "/a b"),
    ("int", "-5", -5),
    ("int", 0, 0),
    ("count", "0", 0),
    ("bool", "Yes", True),
    ("bool", "", False),
    ("bool", False, False),
    ("words", "a b", ["a b"]),
    ("words", ["a", 1, ""], ["a", "1", ""]),
    ("words", [], []),
    ("command", ["-", ""], ["-", ""]),
    ("size", "7m", 7 << 20),
    ("size", "1.5k", 1536),
    ("size", "4KiB", 4096),
    ("size", "1GB", 1 << 30),
    ("size", 4096, 4096),
    ("size", "0", 0),
    ("cpus", "1.5", 1.5),
    ("cpus", ".5", 0.5),
    ("cpus", 2, 2.0),
    ("cpuset", "0-3,7", "0-3,7"),
    ("cpuset", 0, "0"),
    ("port", "65535", 65535),
    ("cidr", "10.98.0.1/24", "10.98.0.1/24"),
    ("address", "10.0.0.1", "10.0.0.1"),
    ("interface", "a" * 15, "a" * 15),
    ("hostname", "a-b.example", "a-b.example"),
    ("mode", "644", "0644"),
    ("mode", "4755", "4755"),
    ("user", "www-data:adm", "www-data:adm"),
    ("user", "2147483647", "2147483647"),
    ("env", "A=b=c\n'", "A=b=c\n'"),
    ("env", "A=", "A="),
    ("digest", "sha256:" + "a" * 64, "sha256:" + "a" * 64),
    ("url", "https://a.example/x?y=$(z)", "https://a.example/x?y=$(z)"),
    ("mapping", {"a": 1}, {"a": 1}),
    ("account", "_apt.2-x", "_apt.2-x"),
    ("field", "Ünd it's $(x),,,", "Ünd it's $(x),,,"),
    ("home", "/srv//a b/", "/srv/a b"),
    ("crypt", "*", "*"),
    ("crypt", "!$6$rounds=5000$salt$abc/DEF.", "!$6$rounds=5000$salt$abc/DEF."),
    ("crypt", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3"),
    ("ssh_key", f" {KEY} it's $(me)\n".strip("\n"), f"{KEY} it's $(me)"),
    ("unit", "getty@tty1.service", "getty@tty1.service"),
    ("unit", "dev-disk\\x2dby", "dev-disk\\x2dby"),
    ("word", "UUID=1-2", "UUID=1-2"),
    ("ip", "2001:DB8::0:1", "2001:db8::1"),
    ("ip", "10.0.0.1", "10.0.0.1"),
    ("zone", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("zone", "Etc/GMT+1", "Etc/GMT+1"),
    ("locale", "sr_RS.UTF-8@latin", "sr_RS.UTF-8@latin"),
    ("locale", "C", "C"),
    ("setting", "net.ipv4.ip_local_port_range = 1024 65000", "net.ipv4.ip_local_port_range=1024 65000"),
    ("setting", "net.ipv4.conf.br-0/1.forwarding=1", "net.ipv4.conf.br-0/1.forwarding=1"),
    ("limit", -1, "-1"),
    ("limit", "unlimited", "unlimited"),
    ("schedule", "*/5  0-6,22 1-31/2\tJan,dec 0-7", "*/5 0-6,22 1-31/2 Jan,dec 0-7"),
    ("schedule", "@daily", "@daily"),
    (
        "systemd_command",
        ["/bin/sh", "-c", 'echo "$HOME" 100% \\ it\'s\n', ";", ""],
        '/bin/sh -c "echo \\"$$HOME\\" 100%% \\\\ it\'s\\n" ";" ""',
    ),
    ("systemd_command", ["/a b/x", "\x01é"], '"/a b/x" "\\x01é"'),
    ("arguments", ["-j", "ACCEPT", 5], ["-j", "ACCEPT", "5"]),
    ("ip_prefix", "10.0.0.1/24", "10.0.0.1/24"),
    ("ip_prefix", "FD00:0::1/64", "fd00::1/64"),
    ("destination", "default", "default"),
    ("destination", "10.1.0.0/16", "10.1.0.0/16"),
    ("destination", "10.1.0.1/32", "10.1.0.1"),
    ("destination", "10.1.0.1", "10.1.0.1"),
    ("destination", "fd00:1:0::/64", "fd00:1::/64"),
    ("nft_name", "f2b-sshd_1.x", "f2b-sshd_1.x"),
    ("nft", "tcp dport { 22, 80 } accept", "tcp dport { 22, 80 } accept"),
    ("nft", 'iifname "a;b" log prefix "#{" drop', 'iifname "a;b" log prefix "#{" drop'),
]

BAD: list[tuple[str, Any, str]] = [
    ("text", "a\0b", "NUL"),
    ("text", None, "nothing"),
    ("text", True, "truth value"),
    ("text", {"a": 1}, "mapping"),
    ("text", ["a"], "list"),
    ("line", "a\nb", "more than one line"),
    ("line", "a\r", "more than one line"),
    ("operand", "", "empty"),
    ("operand", "-rf", "starts with '-'"),
    ("name", "", "is not a name"),
    ("name", "-a", "is not a name"),
    ("name", "a b", "is not a name"),
    ("name", "a\n", "is not a name"),
    ("name", "é", "is not a name"),
    ("name", "a" * 129, "is not a name"),
    ("path", "a/b", "is not absolute"),
    ("path", "", "is not absolute"),
    ("path", "/a/../b", "'..'"),
    ("path", "/..", "'..'"),
    ("overlay_path", "/a:b", "parts mount options"),
    ("overlay_path", "/a,b", "parts mount options"),
    ("overlay_path", "/a\\b", "parts mount options"),
    ("overlay_path", "/a\nb", "parts mount options"),
    ("int", "1.5", "whole number"),
    ("int", "", "whole number"),
    ("int", True, "whole number"),
    ("int", "٣", "whole number"),
    ("int", "9" * 5000, "whole number"),
    ("count", "-1", "negative"),
    ("bool", "maybe", "neither true nor false"),
    ("bool", 2, "neither true nor false"),
    ("words", {"a": 1}, "mapping"),
    ("words", None, "nothing"),
    ("words", ["a\0"], "NUL"),
    ("command", [], "no words"),
    ("command", [""], "program is empty"),
    ("size", "abc", "is not a size"),
    ("size", "-1", "is not a size"),
    ("size", "1x", "is not a size"),
    ("size", "", "is not a size"),
    ("size", True, "is not a size"),
    ("size", "1e9", "is not a size"),
    ("size", "8388608t", "larger than"),
    ("size", "9" * 400, "larger than"),
    ("cpus", "0.001", "too small"),
    ("cpus", "0", "too small"),
    ("cpus", "-1", "is not a number"),
    ("cpus", ".", "is not a number"),
    ("cpus", "nan", "is not a number"),
    ("cpuset", "3-1", "runs backwards"),
    ("cpuset", "a", "is not a list of processors"),
    ("cpuset", "0,", "is not a list of processors"),
    ("cpuset", "9" * 5000, "is not a list of processors"),
    ("port", "0", "is not a port"),
    ("port", "65536", "is not a port"),
    ("port", "http", "is not a port"),
    ("cidr", "10.0.0.1", "no prefix length"),
    ("cidr", "10.0.0.1/33", "10.0.0.1/33"),
    ("cidr", "fe80::1/64", "fe80::1"),
    ("address", "10.0.0.256", "256"),
    ("address", "host", "host"),
    ("interface", "a" * 16, "is no interface name"),
    ("interface", "é" * 8, "is no interface name"),
    ("interface", "a b", "is no interface name"),
    ("interface", "a/b", "is no interface name"),
    ("interface", "a:b", "is no interface name"),
    ("interface", "..", "is no interface name"),
    ("interface", "-a", "starts with '-'"),
    ("hostname", "", "is not a host name"),
    ("hostname", "a_b", "is not a host name"),
    ("hostname", "-a", "is not a host name"),
    ("hostname", "a..b", "is not a host name"),
    ("hostname", "a" * 65, "is not a host name"),
    ("mode", "888", "is not a file mode"),
    ("mode", "u+x", "is not a file mode"),
    ("user", "", "is not a user"),
    ("user", "a:b:c", "is not a user"),
    ("user", "-x", "is not a user"),
    ("user", "2147483648", "larger than any id"),
    ("user", "9" * 5000, "larger than any id"),
    ("env", "A", "is not a variable"),
    ("env", "=b", "is not a variable"),
    ("digest", "sha256:abc", "is not a digest"),
    ("digest", "md5:" + "a" * 64, "is not a digest"),
    ("url", "ftp://x", "is not an address"),
    ("url", "https://a b", "is not an address"),
    ("mapping", ["a"], "list"),
    ("account", "-rf", "no user's"),
    ("account", "a" * 33, "no user's"),
    ("account", "a:b", "no user's"),
    ("account", "1000", "no user's"),
    ("field", "a:b", "holds ':'"),
    ("field", "a\tb", "control character"),
    ("field", "a\nb", "more than one line"),
    ("home", "/a:b", "holds ':'"),
    ("home", "home", "not absolute"),
    ("crypt", "secret", "hash"),
    ("crypt", "", "hash"),
    ("crypt", "$6$salt$a:b:c:d:e:f:g:h", "hash"),
    ("ssh_key", "ssh-ed25519", "no public key"),
    ("ssh_key", KEY.replace("ed25519", "rsa", 1), "no public key"),
    ("ssh_key", KEY + "!", "no public key"),
    ("ssh_key", f"no-pty {KEY}", "no public key"),
    ("ssh_key", f"{KEY}\n{KEY}", "more than one line"),
    ("ssh_key", f"{KEY} \x1b[2J", "no public key"),
    ("unit", "-.mount", "no service's"),
    ("unit", "../../etc/passwd", "no service's"),
    ("unit", "a b", "no service's"),
    ("word", "a b", "is not one word"),
    ("word", "a\u00a0b", "is not one word"),
    ("word", "#a", "is not one word"),
    ("word", "-a", "starts with '-'"),
    ("ip", "fe80::1%eth0", "names an interface"),
    ("ip", "10.0.0.1/24", "10.0.0.1/24"),
    ("zone", "../../etc/passwd", "no time zone"),
    ("zone", "Europe/", "no time zone"),
    ("zone", "-x", "no time zone"),
    ("locale", "german", "no locale"),
    ("locale", "de_DE.UTF-8 x", "no locale"),
    ("setting", "net.ipv4.ip_forward", "no kernel parameter"),
    ("setting", "kernel/../../etc/passwd=1", "no kernel parameter"),
    ("setting", "net.ipv4.conf./../x=1", "no kernel parameter"),
    ("setting", "kernel.domainname=", "no value"),
    ("setting", "kernel.domainname=\x1b", "no value"),
    ("limit", "many", "is no limit"),
    ("limit", True, "is no limit"),
    ("schedule", "* * * *", "has 4 fields"),
    ("schedule", "@never", "has 1 fields"),
    ("schedule", "60 * * * *", "'60' is no minute"),
    ("schedule", "* 5-2 * * *", "'5-2' is no hour"),
    ("schedule", "* * 0 * *", "is no day of the month"),
    ("schedule", "* * * foo *", "'foo' is no month"),
    ("schedule", "* * * * sun-", "is no day of the week"),
    ("schedule", "*/0 * * * *", "is no minute"),
    ("schedule", "* * * * *; id", "has 6 fields"),
    ("schedule", "* * * * $(id)", "is no day"),
    ("schedule", "* * * *\n*", "more than one line"),
    ("systemd_command", ["sh"], "no absolute path"),
    ("systemd_command", ["/a$b"], "'$'"),
    ("systemd_command", [], "has no words"),
    ("arguments", "-j ACCEPT", "is not a list of words"),
    ("arguments", [], "is not a list of words"),
    ("ip_prefix", "10.0.0.1", "no prefix length"),
    ("ip_prefix", "10.0.0.1/33", "not"),
    ("destination", "10.1.0.1/16", "host bits"),
    ("destination", "0.0.0.0/0", "every address"),
    ("destination", "-f", "not appear"),
    ("nft_name", "-F", "not a name nft takes"),
    ("nft_name", "a b", "not a name nft takes"),
    ("nft_name", "1a", "not a name nft takes"),
    ("nft", "accept; flush ruleset", "';'"),
    ("nft", "accept }", "'}'"),
    ("nft", 'log prefix "a', "'\"'"),
    ("nft", "accept # x", "'#'"),
    ("nft", "accept \\", "where it would end"),
    ("nft", "accept\nflush ruleset", "more than one line"),
    ("nft", "ip saddr { 10.0.0.1", "nothing closes"),
    ("nft", "", "is empty"),
]


@pytest.mark.parametrize(("kind", "given", "expected"), GOOD)
def test_a_good_value_is_taken(kind: str, given: Any, expected: Any) -> None:
    found = values.convert(given, kind)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("kind", "given", "wrong"), BAD)
def test_a_bad_value_is_named_with_what_is_wrong_and_what_would_be_right(kind: str, given: Any, wrong: str) -> None:
    with pytest.raises(BadValue) as caught:
        values.convert(given, kind, label="--flag")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("--flag ")
    assert wrong in lines[0]
    assert len(lines) == 2 and lines[1].startswith("  right: ")
    if isinstance(given, str) and given.isalnum() and given.isascii() and len(given) < 70:
        assert f"'{given}'" in lines[0]
    assert caught.value.exit_code == 2


def test_every_type_has_a_good_and_a_bad_value_here() -> None:
    assert {kind for kind, _, _ in GOOD} == set(values.TYPES)
    assert {kind for kind, _, _ in BAD} == set(values.TYPES)


def test_of_many_values_the_bad_one_is_named() -> None:
    with pytest.raises(BadValue, match=r"^ports 'x': is not a port"):
        values.convert(["80", "x"], "port", many=True, label="ports")


def test_one_value_where_many_are_taken_is_a_list_of_one() -> None:
    assert values.convert("80", "port", many=True) == [80]


def test_a_value_that_is_no_choice_lists_the_choices() -> None:
    with pytest.raises(BadValue, match="is not one of the choices\n  right: v1, v2"):
        values.convert("v3", "name", choices=["v1", "v2"], label="cgroup")


def test_an_unknown_type_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'port'"):
        values.convert("1", "prot")
