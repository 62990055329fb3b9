"""The flags that say which hosts a playbook is for, and a play on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import Flag

HOSTS = Flag(
    "hosts",
    "ssh://USER@HOST:PORT, local://, docker://, podman:// or byhand://NAME, or a pattern of the inventory (comma-separated)",
)
INVENTORY = Flag("inventory", "an inventory as Ansible has them: a file, a folder, or 'a,b,'", short="i", many=True)
LIMIT = Flag("limit", "of those hosts only these (a pattern)", short="l")
FORKS = Flag("forks", "how many hosts at a time", short="f", default="5")
WAIT = Flag("wait", "seconds to wait for a host that another run holds", default="0")
FLEET = (HOSTS, INVENTORY, LIMIT, FORKS, WAIT)


def hosts_of(given: Mapping[str, Any], pattern: str) -> list[Any]:
    """The hosts a command line names; [] means this machine, as always."""
    from byhand.engine import inventory

    if not given.get("hosts") and not given.get("inventory"):
        inventory.require_no_limit(given.get("limit") or "")
        return []
    return inventory.chosen(given.get("hosts") or pattern, given.get("inventory") or [], given.get("limit") or "", _playbook(given))


def _playbook(given: Mapping[str, Any]) -> str:
    """The playbook's file, beside which there may be variables of hosts and groups; "" for none."""
    from byhand.engine import playbook

    return playbook.find(given["playbook"]).path if given.get("playbook") else ""


def play_on(hosts: list[Any], request: Any, verb: str, run_id: str, given: Mapping[str, Any]) -> int:
    """Play on other hosts and say what came of each; 1 when one failed, 3 when one was not reached."""
    from byhand.engine import fleet
    from byhand.tasks.reports import view_of

    with view_of(given, verb, request, [host.name for host in hosts]) as view:
        outcomes = fleet.play(hosts, request, verb, run_id, view.show_at, how_of(given), view.ended)
        view.results.status = worst_of(outcomes, verb)
        return view.results.status


def preview_on(hosts: list[Any], request: Any, given: Mapping[str, Any]) -> str:
    """The programs that would run on the hosts; of several, each behind its host's name."""
    from byhand.engine import fleet, play, quoting

    texts = fleet.preview(hosts, request, play.new_folder().name, how_of(given))
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "".join(f"# ==== {quoting.comment(name)}\n{text}" for name, text in texts.items())


def how_of(given: Mapping[str, Any]) -> Any:
    """How hosts are played on, as the flags say."""
    from byhand import values
    from byhand.engine import fleet

    forks, wait = (values.convert(given[name], "count", label=f"--{name}") for name in ("forks", "wait"))
    return fleet.How(forks, wait, enter)


def enter(name: str, user: str) -> list[str]:
    """How a running container of byhand's own is entered (byhand.containers). Raises NotFound, Conflict."""
    from byhand.containers.enter import words

    return words(name, user)


def worst_of(outcomes: Mapping[str, Any], verb: str) -> int:
    """One exit status for many hosts: 1 for a failure, 4 for drift, 3 for a host that was not reached; a single host's own."""
    if len(outcomes) == 1:
        return int(next(iter(outcomes.values())).status)
    drifted = [one for one in outcomes.values() if verb in ("check", "diff") and one.status == 4 and not one.why]
    if any(one.status and (not one.why or one.why == "error") for one in outcomes.values() if one not in drifted):
        return 1
    return 4 if drifted else 3 if any(one.status for one in outcomes.values()) else 0
