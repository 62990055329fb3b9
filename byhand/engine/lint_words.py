"""Commands for which there is a template, known by their first words."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from byhand.engine import template

# The longest beginning that fits counts.
_BETTER = {
    "apt install": "package/apt", "apt-get install": "package/apt", "apk add": "package/apk", "dnf install": "package/dnf",
    "yum install": "package/dnf", "mkdir": "file/folder", "ln": "file/link", "cp": "file/copy", "rm": "file/absent", "chmod": "file/mode",
    "chown": "file/mode", "chgrp": "file/mode", "sed -i": "file/line", "curl": "download/file", "wget": "download/file",
    "tar -x": "archive/unpack", "tar x": "archive/unpack", "sysctl -w": "sysctl/set", "hostname": "host/name", "hostnamectl": "host/name",
    "mount": "mount/mounted", "swapon": "swap/file", "modprobe": "kernel/module", "useradd": "user/account", "adduser": "user/account",
    "usermod": "user/account", "groupadd": "user/group", "timedatectl": "time/zone", "git clone": "git/checkout",
    "iptables -A": "iptables/rule", "iptables -I": "iptables/rule", "nft add rule": "nftables/rule", "nft add table": "nftables/table",
    "ip netns add": "netns/create", "ip address add": "network/address", "ip addr add": "network/address",
    "ip route add": "network/route", "ip link add": "network/bridge", "systemctl enable": "service/running",
    "systemctl start": "service/running", "systemctl restart": "service/restart", "service": "service/running",
}  # fmt: skip
_SYNTAX = (";", "&", "|", "<", ">", "`", "$(", "\n")


def better(args: Mapping[str, Any]) -> str:
    """The template there is for a step's command, "" for one that is more than a command."""
    words = args.get("argv", args.get("script", ""))
    if isinstance(words, str):
        if any(mark in words.strip() for mark in _SYNTAX):
            return ""
        try:
            words = shlex.split(words)
        except ValueError:
            return ""
    if not isinstance(words, list):
        return ""
    line = " ".join(str(word) for word in words)
    # A bare `mount` or `hostname` only tells.
    fitting = [first for first in _BETTER if line.startswith(f"{first} ") or (line.startswith(first) and first.endswith(("-x", " x")))]
    found = _BETTER[max(fitting, key=len)] if fitting else ""
    return found if found in template.names() else ""
