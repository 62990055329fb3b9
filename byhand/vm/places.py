"""Where the VM's things lie. All are below the checkout with the Vagrantfile, but the sockets, whose names may not be long."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from byhand.engine.template import packaged
from byhand.errors import NotFound

SOCKETS = Path("/run/byhand")


@dataclass(frozen=True)
class Places:
    """The places of one checkout's VM.

    ``boxes`` is a cache that may be kept or thrown away at any time; ``folder`` is there as
    long as the machine is. ``name``: the machine's, which no other checkout's has.
    """

    checkout: Path

    @property
    def name(self) -> str:
        return "byhand-" + blake2b(str(self.checkout).encode(), digest_size=4).hexdigest()

    @property
    def boxes(self) -> Path:
        return self.checkout / ".cache" / "vm"

    @property
    def folder(self) -> Path:
        return self.checkout / ".vagrant" / "byhand"

    @property
    def run(self) -> Path:
        """The file that says which run brought the machine up: the path of that run's folder."""
        return self.folder / "run"

    @property
    def inventory(self) -> Path:
        """The inventory with the host ``vm``."""
        return self.folder / "inventory.yml"

    @property
    def ssh_config(self) -> Path:
        """The ssh_config(5) with the host ``vm``."""
        return self.folder / "ssh_config"

    @property
    def sockets(self) -> Path:
        return SOCKETS / f"vm-{self.name.removeprefix('byhand-')}"


def here() -> Places:
    """The places of the checkout that byhand runs from. Raises NotFound where it was installed without one."""
    checkout = packaged("playbooks").parent
    if not (checkout / "Vagrantfile").is_file():
        raise NotFound("there is no Vagrantfile here", hint="the VM belongs to a checkout of byhand: run ./bootstrap vm.up there")
    return Places(checkout)
