"""What this host can run a VM with, and what is missing on it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from byhand.engine import run
from byhand.errors import ByhandError, MissingTool

CLOUD_BOX = "debian/bookworm64"
# What each playbook needs besides the tools that host/setup installs: a tool, and Debian's package that has it.
BOX_TOOLS = {
    "busybox": "busybox-static", "grub-mkimage": "grub-common", "mkfs.ext4": "e2fsprogs", "mmdebstrap": "mmdebstrap",
    "qemu-img": "qemu-utils", "sfdisk": "fdisk",
}  # fmt: skip
UP_TOOLS = {
    "libvirtd": "libvirt-daemon-system", "qemu-system-x86_64": "qemu-system-x86", "ssh": "openssh-client", "vagrant": "vagrant",
    "virsh": "libvirt-clients",
}  # fmt: skip
# What no tool is named after.
BOX_FILES = {"/usr/lib/grub/i386-pc/boot.img": "grub-pc-bin"}
UP_FILES = {"/usr/share/doc/vagrant-libvirt/copyright": "vagrant-libvirt"}


def missing_for_box() -> list[str]:
    """The packages that are missing here to make a box, sorted."""
    return _missing(BOX_TOOLS, BOX_FILES)


def missing_for_up() -> list[str]:
    """The packages that are missing here to run the machine, sorted."""
    return _missing(UP_TOOLS, UP_FILES)


def _missing(tools: dict[str, str], files: dict[str, str]) -> list[str]:
    lacking = [package for tool, package in tools.items() if run.which(tool) is None]
    return sorted({*lacking, *(package for path, package in files.items() if not os.path.exists(path))})


def require(packages: list[str], what: str) -> None:
    """Raise MissingTool that names the missing packages and how they are installed, if there are any."""
    if packages:
        words = " ".join(packages)
        raise MissingTool(f"{what} needs packages that are not installed: {words}", hint=f"apt-get install --no-install-recommends {words}")


def require_root(what: str) -> None:
    """Raise ByhandError unless this is root."""
    if os.geteuid() != 0:
        raise ByhandError(f"{what} is for root here", hint="sudo ./bootstrap …, or install VirtualBox or libvirt with KVM for `vagrant up`")


def kvm_works(device: Path = Path("/dev/kvm"), cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether ordinary guests run under KVM here: it can be opened, and the processor has virtualization of its own.

    A cloud's own kernel may offer /dev/kvm without that (Linux with PVM, 6.18): guests with an ordinary kernel hang there.
    """
    if not os.access(device, os.R_OK | os.W_OK):
        return False
    text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return flags is None or not {"vmx", "svm"}.isdisjoint(flags[1].split())


def provider() -> str:
    """What runs the box of Vagrant Cloud here, "virtualbox" or "libvirt"; "" when nothing does, or the box cannot be had."""
    if run.which("vagrant") is None:
        return ""
    if run.which("VBoxManage"):
        found = "virtualbox"
    elif run.which("virsh") and kvm_works() and _succeeds("virsh", "-q", "-c", "qemu:///system", "uri"):
        found = "libvirt"
    else:
        return ""
    home = Path(os.environ.get("VAGRANT_HOME") or Path.home() / ".vagrant.d")
    kept = home / "boxes" / CLOUD_BOX.replace("/", "-VAGRANTSLASH-")
    has_box = kept.is_dir() or _succeeds("curl", "-sfIL", "-m", "5", "-o", "/dev/null", f"https://vagrantcloud.com/{CLOUD_BOX}")
    return found if has_box else ""


def _succeeds(*argv: str) -> bool:
    try:
        return run.capture(argv, ok=None).status == 0
    except MissingTool:
        return False
