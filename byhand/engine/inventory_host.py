"""A host of an inventory: how it is reached, its variables, and where each comes from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from byhand.engine.connection import split
from byhand.engine.inventory_tree import Var, Vars
from byhand.engine.inventory_values import Values, reason
from byhand.errors import nearest, shorten

CONNECTIONS = ("ssh", "local", "docker", "podman", "byhand")
_SAME = {"smart": "ssh", "paramiko": "ssh", "paramiko_ssh": "ssh"}


MAGIC = ("inventory_hostname", "inventory_hostname_short", "inventory_file", "inventory_dir", "group_names", "groups", "hostvars")


@dataclass
class Around:
    """What a host knows of the inventory it is in; filled when that is whole."""

    hosts: Mapping[str, Host] = field(default_factory=dict)
    groups: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


class HostVars(Mapping[str, Any]):
    """``hostvars``: each host's variables by its name."""

    def __init__(self, hosts: Mapping[str, Host]) -> None:
        self._hosts = hosts

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._hosts[name].values

    def __iter__(self) -> Iterator[str]:
        return iter(self._hosts)

    def __len__(self) -> int:
        return len(self._hosts)


@dataclass(frozen=True)
class Host:
    """A host: its name, its groups (sorted, without ``all``), and its variables with their origins."""

    name: str
    own: Vars = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    inherited: Vars = field(default_factory=dict, repr=False)
    around: Around = field(default_factory=Around, repr=False, compare=False)

    @cached_property
    def vars(self) -> Mapping[str, Any]:
        """What is set for this host itself, by its line or by host_vars, as it is written."""
        return {key: var.value for key, var in self.own.items()}

    @cached_property
    def raw(self) -> Mapping[str, Any]:
        """All variables, merged, as they are written."""
        return {key: var.value for key, var in {**self.inherited, **self.own}.items()}

    @cached_property
    def values(self) -> Values:
        """All variables with the magic ones, each evaluated when it is asked for."""
        return Values({**self.inherited, **self.own}, self.magic)

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """All variables, merged and evaluated; one that cannot be evaluated is undefined and says why."""
        return {key: self.values[key] for key in self.raw if key not in self.magic}

    @cached_property
    def magic(self) -> Mapping[str, Any]:
        """Ansible's special variables that are known before a play; nothing else can set them."""
        file = self.around.files.get(self.name) or None
        hosts = self.around.hosts or {self.name: self}
        return {
            "inventory_hostname": self.name,
            "inventory_hostname_short": self.name.partition(".")[0],
            "inventory_file": file and os.path.abspath(file),
            "inventory_dir": file and os.path.dirname(os.path.abspath(file)),
            "group_names": list(self.groups),
            "groups": self.around.groups or {"all": [self.name], "ungrouped": [self.name]},
            "hostvars": HostVars(hosts),
        }

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each variable comes from: ``group_vars/web.yml:3`` for instance; magic ones come from the inventory itself."""
        return {key: str(var.place) for key, var in {**self.inherited, **self.own}.items()}

    @property
    def address(self) -> str:
        """What to connect to. Raises SourceError for what a tool would read as an option."""
        return self._word("ansible_host", "ansible_ssh_host") or self.name

    @property
    def user(self) -> str:
        """The user to connect as, "" when the connection's own settings decide. Raises SourceError."""
        return self._word("ansible_user", "ansible_ssh_user")

    @property
    def port(self) -> int | None:
        """The port to connect to, None when the connection's own settings decide. Raises SourceError."""
        found = self._var("ansible_port", "ansible_ssh_port")
        if found is None or found.value is None or found.value == "":
            return None
        text = str(found.value)
        if isinstance(found.value, bool) or not re.match(r"\d{1,5}\Z", text, re.ASCII) or not 0 < int(text) < 65536:
            raise found.place.error(f"host {shorten(self.name)}: {shorten(found.value)} is not a port", "a number from 1 to 65535")
        return int(text)

    @property
    def connection(self) -> str:
        """``ssh`` (the default), ``local``, ``docker``, ``podman`` or ``byhand``. Raises SourceError for another."""
        found = self._var("ansible_connection")
        if found is None:
            return "ssh"
        word = str(found.value).rpartition(".")[2]  # community.docker.docker
        word = _SAME.get(word, word)
        if word not in CONNECTIONS:
            raise found.place.error(f"host {shorten(self.name)}: unknown connection {shorten(found.value)}", nearest(word, CONNECTIONS))
        return word

    def text(self, *names: str) -> str:
        """The first of these variables that is set, as text; "" when none is. Raises SourceError when it cannot be evaluated."""
        found = self._var(*names)
        return "" if found is None or found.value is None else str(found.value)

    def words(self, name: str) -> list[str]:
        """The words of a variable that holds arguments. Raises SourceError, UsageError."""
        return split(self.text(name), f"host {shorten(self.name)}: {name}")

    def _var(self, *names: str) -> Var | None:
        """The first of these variables that is set, evaluated."""
        for name in names:
            found = self.own.get(name) or self.inherited.get(name)
            if found:
                value = self.values[name]
                why = reason(value)
                if why:
                    message = why.removeprefix(f"{found.place}: ")
                    raise found.place.error(f"host {shorten(self.name)}: {name}: {message}")
                return Var(value, found.place)
        return None

    def _word(self, *names: str) -> str:
        found = self._var(*names)
        text = "" if found is None or found.value is None else str(found.value)
        if found is not None and (text.startswith("-") or not text.isprintable()):
            raise found.place.error(f"host {shorten(self.name)}: {shorten(text)} would be read as an option, or cannot be printed")
        return text
