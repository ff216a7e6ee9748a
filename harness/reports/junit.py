"""JUnit XML: every criterion is a test case, for servers that know nothing but tests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as Xml

from harness.model.history import History
from harness.model.verdict import Finding, Judgement, Verdict
from harness.reports.registry import report
from harness.reports.summary import sentence, warnings, word
from harness.reports.wording import bound, environment, folder, measured, opened, plain


@report("junit", filename="junit.xml")
def render(history: History, judgement: Judgement, plan: Mapping[str, Any]) -> str:
    """One suite; a criterion that is not met, or not decided, is a failure of that type."""
    cases = [_case(history, f) for f in judgement.findings] or [_nothing(history, judgement)]
    if judgement.voids:
        cases.insert(0, _void(history, judgement))
    if history.first("aborted"):
        cases.insert(0, _failed(history, "the drill ran to its end", "aborted", sentence(history, judgement)))
    failures = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "skipped": "0"}
    named = {"name": plain(history.drill) or "drill", "time": f"{history.end:.3f}"}
    root = Xml.Element("testsuites", counts | named)
    suite = Xml.SubElement(root, "testsuite", counts | named | _timestamp(history))
    suite.append(_properties(history, judgement, plan))
    suite.extend(cases)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _timestamp(history: History) -> dict[str, str]:
    try:
        opened_at = datetime.fromisoformat(str(opened(history).get("wall")))
    except ValueError:
        return {}
    return {"timestamp": opened_at.replace(tzinfo=None).isoformat(timespec="seconds")}


def _properties(history: History, judgement: Judgement, plan: Mapping[str, Any]) -> Xml.Element:
    pairs = [
        ("verdict", word(history, judgement)),
        ("summary", sentence(history, judgement)),
        ("environment", environment(history)),
        ("folder", folder(plan)),
        *(("void", cause) for cause in judgement.voids),
        *(("attention", text) for text in warnings(history)),
    ]
    element = Xml.Element("properties")
    for name, value in pairs:
        Xml.SubElement(element, "property", name=name, value=plain(value))
    return element


def _named(history: History, name: str) -> Xml.Element:
    return Xml.Element("testcase", classname=plain(history.drill) or "drill", name=plain(name), time="0")


def _failed(history: History, name: str, kind: str, message: str, text: str = "") -> Xml.Element:
    case = _named(history, name)
    Xml.SubElement(case, "failure", type=kind, message=plain(message)).text = plain(text or message)
    return case


def _case(history: History, finding: Finding) -> Xml.Element:
    criterion = finding.criterion
    name = f"{criterion.title} is {bound(criterion.bound)}"
    told = f"{criterion.title}: {measured(finding)}, bound {bound(criterion.bound)}. {finding.because}"
    if finding.verdict is not Verdict.PASS:
        return _failed(history, name, finding.verdict.value, f"{measured(finding)}, {bound(criterion.bound)}", told)
    case = _named(history, name)
    Xml.SubElement(case, "system-out").text = plain(told)
    return case


def _void(history: History, judgement: Judgement) -> Xml.Element:
    return _failed(history, "the run proves something", "INCONCLUSIVE", "; ".join(judgement.voids))


def _nothing(history: History, judgement: Judgement) -> Xml.Element:
    return _failed(history, "something was judged", judgement.verdict.value, "no criterion was judged")
