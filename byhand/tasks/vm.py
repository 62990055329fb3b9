"""vm.*: the virtual machine that this checkout's Vagrantfile describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from byhand.tasks.flags import DRY_RUN, EXPLAIN, Flag, command, remainder, shown_command
from byhand.tasks.reports import REPORTING, view_of

BY_HAND = Flag("by-hand", "a box and a libvirtd of its own also where VirtualBox or a libvirt service could be used", switch=True)
FRESH = Flag("fresh", "build the box anew, with the packages that Debian has now", switch=True)


def _play(given: Mapping[str, Any], request: Any) -> Any:
    """Play on this machine, shown as any play is."""
    from byhand.engine import play

    with view_of(given, "apply", request) as view:
        outcome = play.apply(request, view.show)
        view.end(outcome)
    return outcome


@command("box", FRESH, DRY_RUN, EXPLAIN, *REPORTING)
def box(given: Mapping[str, Any]) -> int:
    """Build the VM's box of Debian packages, if it is not there for these inputs; prints its folder."""
    from byhand.engine import play, report
    from byhand.vm import box as boxes
    from byhand.vm import places

    here = places.here()
    if given["dry_run"] or given["explain"]:
        report.data(play.preview(boxes.request(boxes.place(here), shown_command(), explain=bool(given["explain"]))))
        return 0
    found = boxes.ensure(here, lambda request: _play(given, request), shown_command(), fresh=given["fresh"])
    if found is None:
        return 1
    report.data(f"{found}\n")
    return 0


@command("up", BY_HAND, DRY_RUN, EXPLAIN, *REPORTING)
def up(given: Mapping[str, Any]) -> int:
    """Bring the VM up: by Vagrant with VirtualBox or KVM, or where there is neither, emulated, with a box and a libvirtd of its own."""
    from byhand.engine import play, report, state
    from byhand.vm import box as boxes
    from byhand.vm import host, machine, places

    here = places.here()
    provider = "" if given["by_hand"] else host.provider()
    explain = bool(given["explain"])
    if given["dry_run"] or explain:
        wanted = machine.stock(here, provider) if provider else machine.emulated(here, boxes.place(here))
        report.data(play.preview(replace(wanted, command=shown_command(), explain=explain)))
        return 0
    with state.locked(here.boxes / "up.lock"):
        if machine.is_up(here):
            report.note(f"up already: ssh -F {here.ssh_config} vm")
            return 0
        if provider:
            request = machine.stock(here, provider)
        else:
            host.require(host.missing_for_up(), "the VM")
            host.require_root("starting libvirtd")
            found = boxes.ensure(here, lambda request: _play(given, request), shown_command())
            if found is None:
                return 1
            request = machine.emulated(here, found)
        request = replace(request, command=shown_command())
        with view_of(given, "apply", request) as view:
            outcome = machine.up(here, request, view.show)
            view.end(outcome)
    if outcome.status == 0:
        report.note(f"ssh -F {here.ssh_config} vm\ninvoke playbook.run … --inventory {here.inventory} --hosts vm")
    return outcome.status


@command("verify")
def verify(given: Mapping[str, Any]) -> int:
    """Run the tests of tests/vm in the VM, brought up for them if need be; what follows -- goes to pytest."""
    import os
    import sys

    from byhand.engine import run
    from byhand.vm import places

    checkout = places.here().checkout
    wanted = {word for word in os.environ.get("BYHAND_MUST_RUN", "").split(",") if word} | {"vm"}
    run.replace(
        [sys.executable, "-m", "pytest", str(checkout / "tests/vm"), "--rootdir", str(checkout), "-c", str(checkout / "pyproject.toml"),
         *remainder()],
        env={"BYHAND_MUST_RUN": ",".join(sorted(wanted))},
    )  # fmt: skip


@command("down", *REPORTING)
def down(given: Mapping[str, Any]) -> int:
    """Take the VM down: nothing of it is left but its box, which is kept in .cache/vm."""
    from byhand.engine import state
    from byhand.vm import machine, places

    here = places.here()
    with state.locked(here.boxes / "up.lock"), view_of(given, "undo", None) as view:
        outcome = machine.down(here, view.show)
        view.end(outcome)
    return 0
