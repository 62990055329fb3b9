"""Containers without --rm: container.ps, container.inspect, container.rm, and names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from invoking import Byhand, Result


@pytest.fixture(autouse=True)
def _removed(byhand: Byhand) -> Iterator[None]:
    yield
    byhand.clean()


def keep(byhand: Byhand, *command: str, name: str = "kept", flags: tuple[str, ...] = ()) -> Result:
    return byhand.invoke("container.run", "--image", "alpine", "--name", name, *flags, "--", *command)


def listed(byhand: Byhand) -> list[dict[str, Any]]:
    return list(json.loads(byhand.invoke("container.ps", "--all", "--json").out))


def test_it_stays_as_exited_with_its_code(byhand: Byhand) -> None:
    assert keep(byhand, "sh", "-c", "exit 3").status == 3
    (found,) = listed(byhand)
    assert (found["name"], found["status"], found["exit_code"], found["pid"]) == ("kept", "exited", 3, None)
    assert byhand.invoke("container.ps").text.splitlines()[1:] == [], "ps without --all lists only what runs"
    assert "exited (3)" in byhand.invoke("container.ps", "--all").text


def test_what_it_took_of_the_host_is_given_back_when_it_ends(byhand: Byhand) -> None:
    keep(byhand, "true")
    (found,) = listed(byhand)
    mounts = Path("/proc/self/mounts").read_text()
    assert str(byhand.root) not in mounts and f"byhand-{found['id']}" not in mounts
    assert not list((byhand.root / "networks" / "default" / "addresses").iterdir())


def test_its_files_are_kept(byhand: Byhand) -> None:
    keep(byhand, "sh", "-c", "echo text >/root/file")
    (folder,) = byhand.folders()
    assert (folder / "upper" / "root" / "file").read_text() == "text\n"


def test_rm_removes_all_of_it(byhand: Byhand) -> None:
    keep(byhand, "true")
    assert byhand.invoke("container.rm", "kept").text == "kept"
    assert byhand.folders() == [] and list((byhand.root / "names").iterdir()) == []


@pytest.mark.parametrize("length", [12, 6])
def test_rm_takes_an_id_or_the_beginning_of_one(byhand: Byhand, length: int) -> None:
    keep(byhand, "true")
    assert byhand.invoke("container.rm", byhand.folders()[0].name[:length]).status == 0
    assert byhand.folders() == []


def test_a_running_container_is_not_removed_without_force(byhand: Byhand) -> None:
    process = byhand.start("container.run", "--image", "alpine", "--name", "busy", "--", "sh", "-c", "echo ready; exec sleep 60")
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    refused = byhand.invoke("container.rm", "busy")
    assert refused.status == 125 and "running" in refused.err and "--force" in refused.err
    assert process.poll() is None
    forced = byhand.invoke("container.rm", "--force", "busy")
    assert forced.status == 0, forced.err
    assert process.wait(timeout=10) == 137
    process.communicate()
    assert byhand.folders() == []


def test_a_name_is_unique_and_free_again_after_rm(byhand: Byhand) -> None:
    keep(byhand, "true")
    second = keep(byhand, "true")
    assert second.status == 125
    assert "'kept' is taken" in second.err and "container.rm kept" in second.err
    assert len(byhand.folders()) == 1
    byhand.invoke("container.rm", "kept")
    assert keep(byhand, "true").status == 0


def test_rm_of_what_does_not_exist_names_the_nearest(byhand: Byhand) -> None:
    keep(byhand, "true")
    result = byhand.invoke("container.rm", "kepd")
    assert result.status == 125 and "'kepd'" in result.err and "kept" in result.err


def test_inspect_shows_it_as_json(byhand: Byhand) -> None:
    keep(byhand, "sh", "-c", "exit 5", flags=("--memory", "64m", "--env", "A=b c"))
    found = json.loads(byhand.invoke("container.inspect", "kept").out)
    assert (found["name"], found["exit_code"], found["status"], found["memory"]) == ("kept", 5, "exited", 64 << 20)
    assert "A=b c" in found["env"] and found["argv"] == ["sh", "-c", "exit 5"]


def test_inspect_shows_bytes_that_are_not_utf_8(byhand: Byhand) -> None:
    byhand.invoke("container.run", "--image", "alpine", "--name", "odd", "--", "echo", b"\xff\x00"[:1], "\u6f22")
    result = byhand.invoke("container.inspect", "odd")
    assert result.status == 0, result.err
    assert json.loads(result.out.decode("utf-8", "surrogateescape"))["argv"][2] == "\u6f22"
    for words in (["container.ps", "--all"], ["container.ps", "--all", "--json"], ["container.rm", "odd"]):
        assert byhand.invoke(*words).status == 0, words


def test_a_running_one_is_shown_with_its_pid(byhand: Byhand) -> None:
    with byhand.running("sh", "-c", "echo ready; exec sleep 60", flags=["--name", "busy"]):
        (found,) = listed(byhand)
        assert found["status"] == "running" and Path(f"/proc/{found['pid']}/cmdline").read_text().startswith("sleep")


def test_an_out_of_memory_kill_is_remembered(byhand: Byhand) -> None:
    keep(byhand, "sh", "-c", "data=$(head -c 20000000 /dev/urandom | od -v)", flags=("--memory", "7m"))
    found = json.loads(byhand.invoke("container.inspect", "kept").out)
    assert found["out_of_memory"] is True and found["exit_code"] == 137


def test_network_rm_is_refused_while_a_container_runs(byhand: Byhand) -> None:
    with byhand.running("sh", "-c", "echo ready; exec sleep 60"):
        result = byhand.invoke("network.rm", "default")
        assert result.status == 125 and "is used by" in result.err
    assert byhand.invoke("network.rm", "default").status == 0
