"""Whom an export is for: the hosts that were named, each with its facts and variables, or this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.engine import play, state
from byhand.engine.compile import Options
from byhand.engine.play import Request
from byhand.engine.remote_facts import gather
from byhand.engine.session import Session
from byhand.errors import UsageError
from byhand.export import ansible, program
from byhand.export.walk import Walker

if TYPE_CHECKING:
    from byhand.engine.inventory import Host


@dataclass(frozen=True)
class Target:
    """A host by its name ("" is this machine) and what a play for it is compiled with."""

    name: str
    variables: Mapping[str, Any]


def targets(hosts: Sequence[Host], forks: int) -> list[Target]:
    """Each host asked for its facts, ``forks`` of them at a time. Raises Unreachable, which names the host."""

    def asked(host: Host) -> Target:
        with Session(host) as session:
            facts = gather(session)
        around = {**host.variables, **getattr(host, "magic", {"inventory_hostname": host.name})}
        return Target(host.name, {**around, "facts": facts, "state_root": facts.state_root})

    if not hosts:
        return [Target("", play.variables())]
    with ThreadPoolExecutor(max_workers=max(1, forks)) as pool:
        return list(pool.map(asked, hosts))


def as_ansible(request: Request, found: Sequence[Target]) -> str:
    """The playbook for all of them. This machine's is for the hosts the play itself names, else for localhost."""
    options = Options("/run/byhand", tags=request.tags, skip_tags=request.skip_tags, start_at=request.start_at)
    walked = []
    for target in found:
        walker = Walker(options, target.variables)
        walker.walk(request.book, request.params)
        walked.append(ansible.Walked(target.name or request.book.hosts or "localhost", walker, here=not target.name))
    return ansible.text(request.book, walked, request.command)


def as_programs(request: Request, found: Sequence[Target]) -> dict[str, str]:
    """Each host's program by the host's name."""
    return {target.name: program.text(request, target.variables, target.name) for target in found}


def save(texts: Mapping[str, str], output: str, suffix: str) -> list[Path]:
    """Write one file, or into a folder one for each host; what was written. Programs may hold secrets: only their owner reads them.

    Raises UsageError when there are several and ``output`` is a file.
    """
    place = Path(output)
    folder = output.endswith("/") or place.is_dir()
    if len(texts) > 1 and not folder and place.exists():
        raise UsageError(f"{output} is a file, and there are {len(texts)} to write", hint="--output DIR")
    if folder or len(texts) > 1:
        place.mkdir(parents=True, exist_ok=True)
        places = {place / f"{name.replace('/', '_') or 'localhost'}{suffix}": text for name, text in texts.items()}
    else:
        places = dict.fromkeys([place], *texts.values())
    for path, text in places.items():
        state.write(path, text, mode=0o700 if suffix == ".sh" else 0o600)
    return list(places)
