"""The names a byhand:// host may have, without a container; the rest is in tests/kernel/test_verify_backend.py."""

from __future__ import annotations

import pytest
import testinfra
import testinfra.backend

from byhand.verify import modules
from byhand.verify.backend import ByhandBackend, Unreached


@pytest.fixture(autouse=True)
def registered() -> None:
    modules.register()


def test_testinfra_knows_the_backend_and_registering_again_changes_nothing() -> None:
    before = dict(testinfra.backend.BACKENDS)
    modules.register()
    assert before == testinfra.backend.BACKENDS
    assert testinfra.backend.get_backend_class("byhand") is ByhandBackend


@pytest.mark.parametrize(
    ("spec", "name", "user"),
    [
        ("byhand://web", "web", None),
        ("byhand://web_1.x-y", "web_1.x-y", None),
        ("byhand://nobody@web", "web", "nobody"),
        ("byhand://1000:1001@web", "web", "1000:1001"),
    ],
)
def test_a_host_says_who_and_where(spec: str, name: str, user: str | None) -> None:
    backend = testinfra.get_host(spec).backend
    assert (backend.name, backend.user) == (name, user)
    assert backend.get_pytest_id() == spec and backend.get_hostname() == name


def test_sudo_is_testinfra_s_own() -> None:
    backend = testinfra.get_host("byhand://web?sudo=true&sudo_user=some").backend
    assert backend.get_command("echo %s", "a b") == "sudo -u some /bin/sh -c 'echo '\"'\"'a b'\"'\"''"


@pytest.mark.parametrize("host", [None, "", "*", "w*", "nobody@*"])
def test_nobody_runs(host: str | None) -> None:
    with pytest.raises(Unreached) as error:
        ByhandBackend.get_hosts(host)
    assert "no container " in error.value.message and "\n" not in str(error.value)


def test_a_name_is_taken_as_it_is_until_a_command_is_run() -> None:
    assert ByhandBackend.get_hosts("later") == ["later"] and ByhandBackend.get_hosts("me@later") == ["me@later"]
    with pytest.raises(Unreached, match=r"^no container 'later'$"):
        testinfra.get_host("byhand://later").run("true")
