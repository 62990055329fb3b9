"""What runs come to, as JSON lines, JUnit XML and a page: whole, valid, and harmless whatever a step printed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.engine import play, playbook, report_drift, report_schema
from byhand.engine.events import Event
from byhand.engine.play import Request
from byhand.engine.report_html import matrix, page
from byhand.engine.report_junit import junit
from byhand.engine.report_results import HOST_STATES, STATES, Results, StepResult
from byhand.engine.report_view import View, spell
from byhand.errors import ByhandError
from tests.report_schema_check import errors

NASTY = "</pre><script>window.hacked = 1</script>\x1b[31mred\x1b]0;title\x07\x00\x08 \udcff ]]> <!-- &amp; \u202e \ufffe é \t\r\n--- a\n"
PLAY = """
title: Some steps
steps:
  - name: Write it
    file/content: {path: "PLACE/file", content: "one\\n"}
  - name: Left out
    when: 1 == 2
    command/shell: {script: "true"}
  - name: <script>alert(1)</script> & 'title' "quoted"
    command/shell: {script: "printf 'some </pre><script>x</script>\\\\033[31m\\\\377\\\\n'"}
"""
FAIL = """  - name: Fail
    command/shell: {script: "echo no such luck >&2; exit 7"}
  - name: Never
    command/shell: {script: "true"}
"""


def run(folder: Path, text: str, verb: str = "apply", **options: Any) -> tuple[Results, int]:
    """Run a play here, shown by a view."""
    path = folder / "play.yml"
    path.write_text(text.replace("PLACE", str(folder)))
    book = playbook.load(path, "play")
    results = Results(verb, playbook=book.path, title=book.title, command="invoke playbook.run play")
    with View(results, **options) as view:
        request = Request(book)
        outcome = play.apply(request, view.show) if verb == "apply" else play.check(request, verb, view.show)
        view.end(outcome)
    return results, outcome.status


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# ---- JSON lines


def test_the_schema_that_is_written_down_is_the_code_s() -> None:
    place = Path(report_schema.__file__).with_name("report_schema.json")
    assert json.loads(place.read_text()) == report_schema.schema()


@pytest.mark.parametrize(("text", "status"), [(PLAY, 0), (PLAY + FAIL, 7)], ids=["ends well", "fails"])
def test_every_line_of_a_run_is_as_the_schema_says(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, status: int) -> None:
    _, found = run(tmp_path, text, as_json=True)
    assert found == status
    rows = lines(capsys)
    assert [error for row in rows for error in errors(row, report_schema.schema())] == []
    assert rows[0]["event"] == "start" and [row["event"] for row in rows[-2:]] == ["host", "end"]
    assert rows[-1]["status"] == rows[-2]["status"] == status
    words = {row["event"] for row in rows}
    assert words >= {"begin", "changed", "skipped"}
    assert ({"failed", "undone"} <= words) == (status != 0)
    skipped = next(row for row in rows if row["event"] == "skipped")
    assert (skipped["title"], skipped["reason"]) == ("Left out", "when: 1 == 2")


@pytest.mark.parametrize("verb", ["check", "diff"])
def test_every_line_of_a_check_is_as_the_schema_says(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    _, status = run(tmp_path, PLAY, verb, as_json=True)
    assert status == 4
    rows = lines(capsys)
    assert [error for row in rows for error in errors(row, report_schema.schema())] == []
    drift = next(row for row in rows if row["event"] == "drift")
    assert drift["title"] == "Write it" and ("+one" in drift["output"]) == (verb == "diff")
    assert rows[-1]["hosts"] == {"drift": 1}


def test_the_schema_refuses_what_is_not_a_line() -> None:
    good = {"version": 1, "event": "end", "run": "", "status": 0, "counts": {}, "hosts": {}, "seconds": 0.1, "message": ""}
    schema = report_schema.schema()
    assert errors(good, schema) == []
    for bad in (
        {"status": "0"},
        {"status": -1},
        {"status": True},
        {"counts": {"ok": "1"}},
        {"version": 2},
        {"event": "done"},
        {"run": None},
    ):
        assert errors({**good, **bad}, schema) != [], bad
    for name in good:
        assert errors({key: value for key, value in good.items() if key != name}, schema) != [], name


# ---- JUnit, as Jenkins' junit-10.xsd has it

ELEMENTS: dict[str, tuple[set[str], set[str], set[str]]] = {  # required and other attributes, children
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    **dict.fromkeys(("failure", "error", "skipped"), (set(), {"type", "message"}, set())),
    **dict.fromkeys(("system-out", "system-err"), (set(), set(), set())),
}  # fmt: skip


def valid(results: Results) -> ET.Element:
    """The file's document, once all of it is what the schema allows and its sums are right."""
    root = ET.fromstring(junit(results).encode("utf-8"))  # noqa: S314 (just made)
    assert root.tag == "testsuites"
    for element in root.iter():
        required, others, children = ELEMENTS[element.tag]
        assert required <= set(element.attrib) <= required | others, element.tag
        assert {child.tag for child in element} <= children
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", "0.000"))
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        for word, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
            assert int(suite.get(word, "")) == sum(case.find(tag) is not None for case in cases)
        assert int(suite.get("tests", "")) == len(cases)
    assert int(root.get("tests", "")) == sum(int(suite.get("tests", "")) for suite in root)
    return root


def case(root: ET.Element, name: str) -> ET.Element:
    return next(case for case in root.iter("testcase") if case.get("name") == name)


def test_a_run_is_a_suite_with_a_case_for_each_step(tmp_path: Path) -> None:
    results, _ = run(tmp_path, PLAY + FAIL)
    root = valid(results)
    (suite,) = root.findall("testsuite")
    assert suite.get("name") == "localhost" and suite.get("failures") == "1"
    failure = case(root, "Fail").find("failure")
    assert failure is not None and failure.get("message") == "no such luck" and failure.text == "no such luck\n"
    skipped, never = case(root, "Left out").find("skipped"), case(root, "Never").find("skipped")
    assert skipped is not None and skipped.get("message") == "when: 1 == 2"
    assert never is not None and never.get("type") == "not reached"
    said = next(case for case in root.iter("testcase") if "alert" in case.get("name", "")).find("system-out")
    assert said is not None and said.text == "some </pre><script>x</script>\\x1b[31m\\udcff\n"


def test_drift_is_a_failure(tmp_path: Path) -> None:
    results, _ = run(tmp_path, PLAY, "diff")
    failure = case(valid(results), "Write it").find("failure")
    assert failure is not None and failure.get("type") == "drift" and "+one" in str(failure.text)


def test_a_host_that_was_not_reached_or_was_lost_is_an_error() -> None:
    results = Results("apply", playbook="p.yml", hosts=("gone", "cut", "waiting"))
    results.end("gone", 3, "", "connection refused", "unreachable")
    results.take("cut", None, Event("begin", "one"))
    results.end("cut", 3, "r1", "the connection ended", "lost")
    root = valid(results)
    assert [suite.get("errors") for suite in root] == ["1", "2", "1"]
    assert [error.get("type") for error in root.iter("error")] == ["unreachable", "lost", "lost", "waiting"]


def hostile(text: str) -> Results:
    results = Results("diff", playbook=text, title=text, command=text, hosts=("a", "b"))
    for word in ("drift", "failed", "changed"):
        results.take("a", None, Event(word, f"{text}{word}", text, 0.1))
    results.take("a", None, Event("skipped", "", f"{text} (when: {text})"))
    results.end("a", 1, "r", text)
    results.end("b", 3, "", text, "unreachable")
    return results


@given(st.text(st.characters(), min_size=1))
def test_any_text_makes_a_valid_file(text: str) -> None:
    valid(hostile(text))


# ---- the page


class Reader(HTMLParser):
    """What a browser would make of a page, as far as the standard library can tell."""

    VOID = ("meta", "input", "br", "link", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    found = Reader(text)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form"} & set(found.tags)
    for name, value in found.attributes:
        assert not name.startswith("on") and name not in ("src", "srcset", "style"), name
        assert name != "href" or str(value).startswith("#")
    assert not re.search(r"url\(|@import|https?:", text.partition("</style>")[0])
    assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    return found


def test_a_page_holds_everything_of_the_run(tmp_path: Path) -> None:
    results, _ = run(tmp_path, PLAY + FAIL)
    found = read(page(results))
    for text in ("Some steps", "Write it", "no such luck", "printf", "localhost", "when: 1 == 2", "status 7", "play.yml:4", "not reached"):
        assert text in found.text, text
    assert "<script>alert(1)</script> & 'title' \"quoted\"" in found.text
    assert "some </pre><script>x</script>\\x1b[31m\\udcff" in found.text


def test_the_same_step_of_several_hosts_is_one_column() -> None:
    results = Results("apply", hosts=("a", "b", "c"))

    def add(host: str, title: str, line: int) -> None:
        results.host(host).steps.append(StepResult(f"s{line}", title, file="p.yml" if line else "", line=line))

    for host, steps in {"a": [("one", 1), ("three", 3), ("three", 3), ("two", 0)], "b": [("one", 1), ("two", 2), ("three", 3), ("four", 4)],
                        "c": [("six", 0)]}.items():  # fmt: skip
        for title, line in steps:
            add(host, title, line)
    found = matrix(list(results.hosts.values()))
    assert [[cell and (cell[1].title, cell[0]) for cell in row] for row in found] == [
        [("one", 1), ("two", 4), ("three", 2), None, ("three", 3), None],
        [("one", 1), ("two", 2), ("three", 3), ("four", 4), None, None],
        [None, None, None, None, None, ("six", 1)],
    ]


def test_a_diff_is_shown_line_by_line(tmp_path: Path) -> None:
    results, _ = run(tmp_path, PLAY, "diff")
    assert '<span class="add">+one</span>' in page(results)


def test_a_page_of_hostile_text_is_harmless() -> None:
    found = read(page(hostile(NASTY)))
    assert "window.hacked" in found.text and "\\x1b[31m" in found.text and "\\udcff" in found.text and "\\u202e" in found.text


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(), min_size=1))
def test_any_text_makes_a_harmless_page(text: str) -> None:
    read(page(hostile(text)))


def test_endless_output_is_cut_at_its_beginning() -> None:
    results = Results("apply", hosts=("a",))
    results.take("a", None, Event("changed", "one", "x" * 300_000 + "the end", 0.1))
    text = page(results)
    assert len(text) < 230_000 and "the end" in text and "the first 100007 characters are left out" in text


def test_what_no_log_hides_is_in_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = (
        "steps:\n  - name: Hide\n    no_log: true\n    command/shell: {script: 'echo sesame-$((20+2)); echo oats-$((20+2)) >&2; exit 3'}\n"
    )
    results, status = run(tmp_path, secret, as_json=True)
    assert status == 3
    for text in (page(results), junit(results), capsys.readouterr().out):
        assert not re.search(r"sesame|oats", text)


# ---- files are written whatever happens


@pytest.mark.parametrize("ending", [ByhandError("that went wrong"), KeyboardInterrupt(), SystemExit(143), ValueError("a fault of ours")])
def test_reports_are_written_when_the_run_is_broken_off(tmp_path: Path, ending: BaseException) -> None:
    results = Results("apply", playbook="p.yml", hosts=("a", "b"))
    files = [(tmp_path / "j.xml", junit), (tmp_path / "r.html", page)]

    def broken_off() -> None:
        with View(results, files=files, named=True) as view:
            view._show("a", None, Event("begin", "one"))
            raise ending

    with pytest.raises(type(ending)):
        broken_off()
    status = {ByhandError: 125, KeyboardInterrupt: 130, SystemExit: 143, ValueError: 125}[type(ending)]
    assert results.status == status
    assert f"status {status}" in read((tmp_path / "r.html").read_text()).text
    assert [suite.get("errors") for suite in ET.parse(tmp_path / "j.xml").getroot()] == ["2", "1"]  # noqa: S314 (just made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["j.xml", "r.html"]


# ---- words


def test_a_time_is_spelled_as_people_read_it() -> None:
    assert [spell(t) for t in (0, 0.534, 12.34, 99.96, 125, 3720)] == ["0.00s", "0.53s", "12.3s", "100.0s", "2m05s", "1h02m"]


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (["ok", "ok"], 0),
        (["ok", "drift"], 4),
        (["unreachable", "drift", "failed"], 4),
        (["unreachable", "failed"], 1),
        (["ok", "unreachable"], 3),
        (["busy"], 3),
    ],
)
def test_drift_wins_over_what_is_not_known(states: list[str], status: int) -> None:
    results = Results("check", hosts=tuple(f"h{i}" for i in range(len(states))))
    for (name, _), state in zip(results.hosts.items(), states, strict=True):
        results.take(name, None, Event(state if state in STATES else "ok", "one"))
        why = state if state in ("unreachable", "busy") else ""
        results.end(name, {"ok": 0, "drift": 4, "failed": 1}.get(state, 3), "", "", why)
    assert [host.state for host in results.hosts.values()] == states
    assert report_drift.status(results) == status
    assert set(states) <= set(HOST_STATES)
