"""testinfra modules for what containers and hosts by hand are made of: namespaces, groups, layers, rules, bridges.

They read /proc, /sys and what ip(8), iptables-save(8) and nft(8) print, through the host's own ``run``: they work with
each backend of testinfra, and know nothing of byhand's templates and journals. A property is read when it is asked.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

# ``host.NAME(...)``: the module and class that is made with the host and what stands in the parentheses.
MODULES = {
    "bridge": "byhand.verify.modules.bridge:Bridge",
    "cgroup": "byhand.verify.modules.cgroup:Cgroup",
    "container": "byhand.verify.modules.container:Container",
    "image": "byhand.verify.modules.image:Image",
    "namespaces": "byhand.verify.modules.namespaces:Namespaces",
    "netns": "byhand.verify.modules.netns:Netns",
    "overlay": "byhand.verify.modules.overlay:Overlay",
}
# ``host.NAME``, without parentheses: one for a host.
WHOLE = {
    "firewall": "byhand.verify.modules.firewall:Firewall",
}
# ``NAME://``: testinfra's backends of ours, as testinfra.backend.BACKENDS names them.
BACKENDS = {
    "byhand": "byhand.verify.backend.ByhandBackend",
}


def register() -> None:
    """Make all of them known to testinfra; a second call changes nothing."""
    host = import_module("testinfra.host").Host
    for name, place in MODULES.items():
        setattr(host, name, property(partial(_maker, place)))
    for name, place in WHOLE.items():
        setattr(host, name, property(partial(_made, place)))
    import_module("testinfra.backend").BACKENDS.update(BACKENDS)


def _maker(place: str, host: Any) -> Any:
    return partial(_made, place, host)


def _made(place: str, host: Any, *args: Any, **options: Any) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)(host, *args, **options)
