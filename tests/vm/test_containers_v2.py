"""Containers and groups under cgroup v2 and systemd: the kernel tests, run in the machine by a byhand that is installed there."""

from __future__ import annotations

import pytest
from inside import KERNEL, Case, Inside, functions

# What differs with the version of the groups, or shows a whole container; of each a case or two, since all is emulated.
CHOSEN = (
    "test_container_limits.py::test_too_much_memory_is_137_and_said_in_words",
    "test_container_view.py::test_sys_cannot_be_written",
    "test_container_network.py::test_with_network_host_the_host_s_control_groups_cannot_be_reached",
    "test_container_network.py::test_a_listener_inside_is_reached_from_the_host",
)
WHOLE = {"test_verify_cgroup.py": KERNEL, "guest/cgroup_v2.py": KERNEL.parent / "vm"}
NAMES = [*dict.fromkeys(node.partition("[")[0] for node in CHOSEN)] + [
    f"{file}::{name}" for file, folder in WHOLE.items() for name in functions(folder / file)
]


@pytest.fixture(scope="module")
def ran(inside: Inside) -> dict[str, list[Case]]:
    """All of them, run at once; each case by its test."""
    found: dict[str, list[Case]] = {}
    for case in inside.pytest([*CHOSEN, *WHOLE]):
        found.setdefault(case.function, []).append(case)
    return found


def test_the_wheel_is_the_byhand_that_runs_there(inside: Inside) -> None:
    shown = inside.vm.run("cd / && /opt/byhand/bin/python -c 'import byhand; print(byhand.__file__)'").stdout
    assert shown.startswith("/opt/byhand/lib/")
    assert "control groups v2: " in inside.byhand("host.facts").stdout


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_in_the_machine(ran: dict[str, list[Case]], name: str, request: pytest.FixtureRequest) -> None:
    file, _, function = name.partition("::")
    found = ran.get(f"{file.rpartition('/')[2].removesuffix('.py')}::{function}", [])
    assert found, "it did not run there"
    faults = [f"{case.name} ({case.seconds:.1f} s there): {case.fault}" for case in found if case.fault]
    # record_property is refused with --junitxml: the family it writes has no place for it.
    request.node.user_properties.append(("seconds there", sum(case.seconds for case in found)))
    assert not faults, "\n".join(faults)
