"""A run as JUnit XML, for CI servers: a testsuite a host, a testcase a step.

The elements and attributes are those that Jenkins' xunit plugin accepts (its junit-10.xsd).
A step that failed is a failure, and so is one that has drifted in a check; a host that could
not be reached or was lost is an error. XML 1.0 has no way to write control characters: they
are shown as ``\\x1b`` is.
"""

from __future__ import annotations

import time
from xml.etree import ElementTree as ET  # written, never parsed

from byhand.engine.report import printable
from byhand.engine.report_results import HostResult, Results, StepResult

_FAILURES = ("failed", "stuck", "drift")
_TAIL = 100_000


def junit(results: Results) -> str:
    """The document's text."""
    root = ET.Element("testsuites", name=_text(results.title or results.playbook), time=_seconds(results.seconds))
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for host in results.hosts.values():
        suite = _suite(results, host)
        root.append(suite)
        for word in totals:
            totals[word] += int(suite.attrib[word])
    root.attrib.update({word: str(count) for word, count in totals.items()})
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(results: Results, host: HostResult) -> ET.Element:
    suite = ET.Element("testsuite", name=_text(host.name), hostname=_text(host.name), time=_seconds(host.seconds))
    suite.set("timestamp", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(results.started)))
    properties = ET.SubElement(suite, "properties")
    for name, value in (("playbook", results.playbook), ("verb", results.verb), ("run", host.run)):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    cases = [_case(results, step) for step in host.steps]
    if host.message or host.state in ("running", "waiting"):
        case = ET.Element("testcase", name="the run itself", classname=_text(results.playbook), time="0.000")
        kind = "system-out" if host.status in (0, 4) else "error"
        said = ET.SubElement(case, kind)
        said.text = _text(host.message or results.message or "it was ended before this host was done")
        if kind == "error":
            said.attrib.update(type=host.state, message=_text(said.text.splitlines()[0][:200]))
        cases.append(case)
    suite.extend(cases)
    for word, elements in {"failures": ("failure",), "errors": ("error",), "skipped": ("skipped",)}.items():
        suite.set(word, str(sum(case.find(element) is not None for case in cases for element in elements)))
    suite.set("tests", str(len(cases)))
    return suite


def _case(results: Results, step: StepResult) -> ET.Element:
    where = f"{step.file}:{step.line}" if step.file else results.playbook
    case = ET.Element("testcase", name=_text(step.title), classname=_text(where), time=_seconds(step.seconds))
    output = _text(step.output[-_TAIL:])
    if step.state in _FAILURES:
        found = ET.SubElement(case, "failure", type=step.state, message=_text(_why(step)))
        found.text = output
    elif step.state in ("lost", "running"):
        ET.SubElement(case, "error", type="lost", message="the run ended while it was at work").text = output
    elif step.state in ("skipped", "unseen", "not needed", "not reached"):
        ET.SubElement(case, "skipped", type=step.state, message=_text(step.reason or step.state))
    elif output:
        ET.SubElement(case, "system-out").text = output
    return case


def _why(step: StepResult) -> str:
    if step.state == "drift":
        return "not as the playbook says"
    last = [line for line in step.output.splitlines() if line.strip()][-1:]
    return last[0][:200] if last else step.state


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _text(value: str) -> str:
    """Text that XML can hold: everything but printable characters, tabs and newlines is spelled out."""
    return "".join(c if c == "\t" else printable(c) for c in value)
