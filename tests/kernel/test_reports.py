"""Reports of real runs: files of several hosts, the page in a real browser, the live view at a real terminal."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from browser import browser
from invoking import REPO, Byhand, Result, until

from byhand.engine import report_schema
from tests.report_schema_check import errors

PLAY = """title: Steps for a report
params:
  folder: path
  wait: {type: text, default: "0"}
steps:
  - name: Write a file
    tags: [files]
    file/content: {path: "{{ folder }}/{{ inventory_hostname | default('here') }}", content: "hello\\n"}
  - name: Left out
    when: 1 == 2
    command/shell: {script: "true"}
  - name: <b>Say</b> something
    command/shell:
      script: |
        printf '</pre><script>window.hacked=1</script><img src=x onerror=window.hacked=2>\\033[31mred\\377\\n'
        sleep {{ wait }}
  - name: Break on one
    when: inventory_hostname | default('') == 'two'
    command/shell: {script: "echo no such luck >&2; exit 9"}
  - name: The last one
    command/shell: {script: "true"}
"""


class Here:
    """A folder with the play and an inventory of hosts that are all this machine, each with a state folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.byhand = Byhand(folder / "state")
        (folder / "play.yml").write_text(PLAY)
        (folder / "hosts").write_text("".join(f"{name} ansible_connection=local\n" for name in ("one", "two", "three")))

    def words(self, verb: str, *words: str) -> list[str]:
        return ["-r", str(REPO), verb, "play.yml", "-p", f"folder={self.folder}", *words]

    def invoke(self, verb: str, *words: str) -> Result:
        return self.byhand.invoke(*self.words(verb, *words), cwd=self.folder)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


# ---- files


def test_a_play_on_several_hosts_has_its_lines_and_files(here: Here) -> None:
    done = here.invoke("playbook.run", "-i", "hosts", "--forks", "1", "--json", "--junit", "j.xml", "--report", "r.html")
    assert done.status == 1, done.err
    rows = [json.loads(line) for line in done.lines]
    assert [error for row in rows for error in errors(row, report_schema.schema())] == []
    assert rows[0]["hosts"] == ["one", "two", "three"]
    assert {row["host"]: row["state"] for row in rows if row["event"] == "host"} == {"one": "changed", "two": "failed", "three": "changed"}
    assert rows[-1]["hosts"] == {"changed": 2, "failed": 1}
    suites = ET.parse(here.folder / "j.xml").getroot()  # noqa: S314 (just made)
    assert [(suite.get("name"), suite.get("failures")) for suite in suites] == [("one", "0"), ("two", "1"), ("three", "0")]
    failure = next(suites.iter("failure"))
    assert failure.text == "no such luck\n"
    assert all(float(case.get("time", "")) >= 0 for case in suites.iter("testcase"))
    assert "no such luck" in (here.folder / "r.html").read_text()


def test_a_check_tells_drift_as_a_failure_and_shows_the_diff(here: Here) -> None:
    done = here.invoke("playbook.check", "--diff", "--junit", "j.xml", "--report", "r.html")
    assert done.status == 4 and "+hello" in done.text
    (failure,) = ET.parse(here.folder / "j.xml").getroot().iter("failure")  # noqa: S314 (just made)
    assert failure.get("type") == "drift" and "+hello" in str(failure.text)
    assert '<span class="add">+hello</span>' in (here.folder / "r.html").read_text()


def test_drift_of_a_fleet_has_its_lines_files_and_statuses(here: Here) -> None:
    hosts = here.folder / "hosts"
    hosts.write_text(hosts.read_text() + "gone ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args='-F none'\n")
    options = ("-i", "hosts", "--forks", "1", "--tags", "files")
    drifted = here.invoke("playbook.drift", *options)
    assert drifted.status == 4, drifted.err
    assert [line.split()[:3] for line in drifted.lines[1:]] == [
        *([name, "drift", "1/1"] for name in ("one", "two", "three")),
        ["gone", "unreachable", "0/0"],
    ]
    assert drifted.lines[4].endswith("Connection refused")
    assert here.invoke("playbook.run", *options).status == 3
    done = here.invoke("playbook.drift", *options, "--json", "--junit", "j.xml", "--report", "r.html")
    assert done.status == 3, done.err
    rows = [json.loads(line) for line in done.lines]
    assert [error for row in rows for error in errors(row, report_schema.schema())] == []
    assert rows[-1]["hosts"] == {"ok": 3, "unreachable": 1}
    suites = ET.parse(here.folder / "j.xml").getroot()  # noqa: S314 (just made)
    assert (suites.get("failures"), suites.get("errors")) == ("0", "1")
    assert here.invoke("playbook.drift", *options, "--limit", "all:!gone").status == 0


def test_a_run_that_is_interrupted_writes_its_files_and_takes_back_what_it_did(here: Here) -> None:
    process = here.byhand.start(*here.words("playbook.run", "-p", "wait=30", "--junit", "j.xml", "--report", "r.html"), cwd=here.folder)
    until((here.folder / "here").exists, 20)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 143, told
    suites = ET.parse(here.folder / "j.xml").getroot()  # noqa: S314 (just made)
    assert suites.get("failures") == "1" and "status 143" in (here.folder / "r.html").read_text()
    assert not (here.folder / "here").exists()


def test_a_file_that_cannot_be_written_is_said_before_anything_is_done(here: Here) -> None:
    for flag, name in (("--junit", "missing/j.xml"), ("--report", str(here.folder)), ("--report", "/dev/full")):
        done = here.invoke("playbook.run", flag, name)
        assert done.status == 2 and flag in done.err, done.err
    assert not (here.folder / "here").exists()


def test_steps_tags_and_hosts_are_listed_and_nothing_is_done(here: Here) -> None:
    steps = here.invoke("playbook.run", "--list-steps", "--list-tags", "--list-hosts", "-i", "hosts", "--json")
    found = json.loads(steps.text)
    assert [row["step"] for row in found["steps"]] == ["Write a file", "Left out", "<b>Say</b> something", "Break on one", "The last one"]
    assert found["tags"] == ["files"] and [row["host"] for row in found["hosts"]] == ["one", "two", "three"]
    tagged = here.invoke("playbook.check", "--list-steps", "--tags", "files")
    assert [line.split("  ")[0] for line in tagged.lines] == ["STEP", "Write a file"]
    assert not (here.folder / "here").exists() and not (here.byhand.root / "runs").exists()


def test_skipped_steps_are_counted_and_shown_when_asked_for(here: Here) -> None:
    plain = here.invoke("playbook.run")
    assert "Left out" not in plain.err and re.search(r"3 changed, 2 skipped in \d.*s   run \S+\n\Z", plain.err), plain.err
    assert "Left out (when: 1 == 2)" in here.invoke("playbook.run", "--verbose").err


# ---- the page in a browser


def test_the_page_works_in_a_browser_without_a_script_or_a_request(here: Here, tmp_path: Path) -> None:
    assert here.invoke("playbook.run", "-i", "hosts", "--forks", "1", "--report", "r.html").status == 1
    visible = "[...document.querySelectorAll('details.step')].filter(one => one.checkVisibility()).length"
    with browser(tmp_path / "profile") as page:
        page.open(here.folder / "r.html")
        assert page.value("document.title") == "apply Steps for a report"
        assert page.value("document.querySelectorAll('.matrix tr').length") == 3
        assert page.value("document.querySelectorAll('script, img').length") == 0
        assert page.value("window.hacked") is None
        said = page.value("[...document.querySelectorAll('.output')].map(one => one.textContent).join('')")
        assert "</pre><script>window.hacked=1</script>" in said and "\\x1b[31mred\\udcff" in said and "no such luck" in said
        every = page.value(visible)
        assert every == page.value("document.querySelectorAll('details.step').length") == 3 * 5
        page.value("document.querySelector('label[for=only-failed]').click()")
        assert page.value(visible) == 1
        assert "Break on one" in page.value("[...document.querySelectorAll('details.step')].find(one => one.checkVisibility()).innerText")
        page.value("document.querySelector('label[for=only-all]').click()")
        assert page.value(visible) == every
        assert page.value("document.documentElement.scrollWidth <= window.innerWidth")
        # A script that someone did get into the page would not run, and nothing would be fetched.
        page.value("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hacked = 3'}))")
        page.value("document.body.append(Object.assign(document.createElement('img'), {src: 'http://127.0.0.1:9/x.png'}))")
        until(lambda: page.value("1") and page.named("Network.loadingFailed"))
        assert page.value("window.hacked") is None
        (failed,) = page.named("Network.loadingFailed")
        assert failed["blockedReason"] == "csp"
        sent = [
            one["request"]["url"].partition("#")[0]
            for one in page.named("Network.requestWillBeSent")
            if one["requestId"] != failed["requestId"]
        ]
        assert set(sent) == {(here.folder / "r.html").as_uri()}
