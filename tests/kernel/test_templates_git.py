"""Clones, really made and moved between versions on a throw-away machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from machine import Machine, Play, machine
from test_templates_schedules import PACKAGES

from byhand.errors import ByhandError

# Three commits: one with the tag v1, two with the annotated tag v2, and other on a branch of its own.
HISTORY = r"""
export GIT_AUTHOR_DATE='@0 +0000' GIT_COMMITTER_DATE='@0 +0000'
git config --global user.email a@b && git config --global user.name A && git config --global init.defaultBranch main
mkdir -p "/srv/it's a repo" && cd "/srv/it's a repo" && git init -q .
echo one >file && git add file && git commit -qm one && git tag v1
echo two >file && echo x >more && git add file more && git commit -qm two && git tag -a v2 -m v2
git checkout -q -b side/way && echo other >other && git add other && git commit -qm other && git checkout -q main
git checkout -q --detach && echo lost >file && git commit -qam lost && git tag lost && git checkout -q main
git config uploadpack.allowAnySHA1InWant true
"""
REPO = "/srv/it's a repo"


@pytest.fixture(scope="module")
def made() -> Iterator[Machine]:
    with machine("debian", PACKAGES) as found:
        found.said("sh", "-eu", stdin=HISTORY)
        yield found


@pytest.fixture
def host(made: Machine) -> Machine:
    """The machine as it is with one repository, whatever the test before left."""
    made.said("sh", "-c", "rm -rf /srv/clone* /srv/a* /var/lib/byhand")
    return made


@pytest.fixture
def checkout(host: Machine) -> Callable[..., Play]:
    def step(path: str = "/srv/clone", **args: Any) -> Play:
        return host.step("git/checkout", repository=REPO, path=path, **args)

    return step


def commit(host: Machine, name: str, path: str = REPO) -> str:
    return host.said("git", "-C", path, "rev-parse", f"{name}^{{commit}}")


def state(host: Machine) -> dict[str, Any]:
    """What a clone is to a person: its files, branches and where it is."""
    files = {path: what for path, what in host.part("srv").items() if "/.git/" not in path}
    if host.run("test", "-d", "/srv/clone").status == 0:
        files["refs"] = host.said("git", "-C", "/srv/clone", "for-each-ref", "refs/heads")
        files["HEAD"] = host.said("cat", "/srv/clone/.git/HEAD")
        files["status"] = host.said("git", "-C", "/srv/clone", "status", "--porcelain")
    return files


# ---- git/checkout


@pytest.mark.parametrize(
    ("version", "head"), [("HEAD", "main"), ("main", "main"), ("side/way", "side/way"), ("v1", ""), ("v2", ""), ("lost", "")]
)
def test_a_clone_is_made_and_removed(version: str, head: str, host: Machine, checkout: Callable[..., Play]) -> None:
    program = checkout(version=version)
    before = host.part("srv", "root")
    program.expect("check", 4)
    program.expect("apply", 0)
    assert commit(host, "HEAD", "/srv/clone") == commit(host, version)
    assert host.said("git", "-C", "/srv/clone", "branch", "--show-current") == head
    assert host.said("git", "-C", "/srv/clone", "status", "--porcelain") == ""
    if head:
        assert host.said("git", "-C", "/srv/clone", "rev-parse", "--abbrev-ref", "@{u}") == f"origin/{head}"
    program.expect("check", 0)
    assert "changed" not in program.expect("apply", 0).err
    program.expect("undo", 0)
    assert host.part("srv", "root") == before


def test_a_commit_that_no_branch_leads_to(host: Machine, checkout: Callable[..., Play]) -> None:
    lost = commit(host, "lost")
    host.said("git", "-C", REPO, "tag", "-d", "lost")
    try:
        checkout(version=lost, path="/srv/clone $(of) 'it").expect("apply", 0)
        assert commit(host, "HEAD", "/srv/clone $(of) 'it") == lost
    finally:
        host.said("git", "-C", REPO, "tag", "lost", lost)


def test_a_clone_survives_a_kill(host: Machine, checkout: Callable[..., Play]) -> None:
    checkout(version="side/way").survives_kill_9(lambda: state(host))


@pytest.mark.parametrize("before", ["main", "v1", "side/way"])
def test_a_clone_goes_to_another_version_and_back(before: str, host: Machine, checkout: Callable[..., Play]) -> None:
    host.said("git", "clone", "-q", "-b", before, REPO, "/srv/clone")
    host.said("sh", "-c", "echo mine >/srv/clone/untracked")
    was = state(host)
    program = checkout(version="v2" if before == "side/way" else "side/way")
    program.expect("apply", 0)
    assert commit(host, "HEAD", "/srv/clone") == commit(host, "v2" if before == "side/way" else "side/way")
    program.expect("check", 0)
    program.expect("undo", 0)
    assert state(host) == was
    if before == "side/way":
        program.survives_kill_9(lambda: state(host))


def test_a_branch_is_followed(host: Machine, checkout: Callable[..., Play]) -> None:
    host.said("git", "clone", "-q", REPO, "/srv/clone")
    old = commit(host, "main")
    was = state(host)
    host.said("sh", "-euc", 'cd "$1" && echo three >file && git commit -qam three', "sh", REPO)
    program = checkout(version="main")
    program.expect("check", 4)
    program.expect("apply", 0)
    assert host.said("cat", "/srv/clone/file") == "three"
    program.expect("undo", 0)
    host.said("git", "-C", REPO, "reset", "-q", "--hard", old)
    assert {k: v for k, v in state(host).items() if "repo" not in k} == {k: v for k, v in was.items() if "repo" not in k}


def test_local_work_is_not_lost(host: Machine, checkout: Callable[..., Play]) -> None:
    host.said("git", "clone", "-q", REPO, "/srv/clone")
    host.said("sh", "-c", "echo mine >/srv/clone/file")
    checkout(version="v1").refused("/srv/clone has local changes:\n M file")
    host.said("git", "-C", "/srv/clone", "commit", "-qam", "mine")
    was = state(host)
    ran = checkout(version="main").run()
    assert ran.status == 1
    assert f"/srv/clone: the branch has commits that {REPO} has not" in ran.err
    assert state(host) == was


@pytest.mark.parametrize("change", ["echo mine >new", "echo mine >file", "git commit -q --allow-empty -m mine"])
def test_work_done_since_is_not_removed(change: str, host: Machine, checkout: Callable[..., Play]) -> None:
    program = checkout()
    program.expect("apply", 0)
    host.said("sh", "-c", f"cd /srv/clone && {change}")
    was = state(host)
    ran = program.run("undo")
    assert ran.status == 1
    assert "/srv/clone was changed since, or has another commit:" in ran.err
    assert state(host) == was


def test_what_is_no_clone_of_it_is_not_touched(host: Machine, checkout: Callable[..., Play]) -> None:
    host.said("mkdir", "/srv/clone")
    checkout().refused(f"/srv/clone is there and is no clone of {REPO}")
    host.said("git", "init", "-q", "/srv/clone")
    checkout().refused(f"/srv/clone is there and is no clone of {REPO}")


@pytest.mark.parametrize("version", ["none", "v", "$(touch /pwned)", "*"])
def test_a_version_there_is_not(version: str, host: Machine, checkout: Callable[..., Play]) -> None:
    checkout(version=version).refused(f"{REPO} has no branch and no tag {version}")
    assert host.run("test", "-e", "/pwned").status == 1


def test_no_hook_is_run_and_nothing_is_asked(host: Machine, checkout: Callable[..., Play]) -> None:
    hook = 'printf \'#!/bin/sh\\ntouch /srv/ran\' >"$1/post-checkout" && chmod +x "$1/post-checkout"'
    host.said("sh", "-c", hook, "sh", "/usr/share/git-core/templates/hooks")
    try:
        program = checkout(version="v1")
        program.expect("apply", 0)
        host.said("sh", "-c", f"mkdir -p /srv/clone/.git/hooks && {hook}", "sh", "/srv/clone/.git/hooks")
        second = checkout(version="v2")
        second.expect("apply", 0)
        second.expect("undo", 0)
        assert host.run("test", "-e", "/srv/ran").status == 1
    finally:
        host.said("rm", "/usr/share/git-core/templates/hooks/post-checkout")
    host.step("git/checkout", repository="ext::sh -c 'touch /srv/ran'", path="/srv/clone2").refused("transport 'ext' not allowed")


def test_a_machine_without_git_says_so() -> None:
    with machine("alpine") as alpine:
        alpine.step("git/checkout", repository="/x", path="/srv/clone").refused("git is not here")
        with pytest.raises(ByhandError, match="starts with '-'"):
            alpine.step("git/checkout", repository="--upload-pack=id", path="/srv/clone")
