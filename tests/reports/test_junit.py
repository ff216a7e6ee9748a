"""junit.xml tells servers that know only tests what the drill found."""

from xml.etree import ElementTree

import made_up_runs
import pytest

from harness.reports.junit import render

RUNS = ("region_loss", "failing", "void", "aborted", "empty", "hostile")


def suite(name: str) -> ElementTree.Element:
    root = ElementTree.fromstring(render(*getattr(made_up_runs, name)()).encode())
    assert root.tag == "testsuites"
    return root[0]


@pytest.mark.parametrize("name", RUNS)
def test_the_counts_are_those_of_the_cases(name: str) -> None:
    found = suite(name)
    assert found.attrib["tests"] == str(len(found.findall("testcase")))
    assert found.attrib["failures"] == str(len(found.findall("testcase/failure")))


def test_every_criterion_is_a_case_and_a_met_one_does_not_fail() -> None:
    found = suite("region_loss")
    assert found.attrib["tests"] == "6"
    assert found.attrib["failures"] == "0"
    assert found.attrib["timestamp"] == "2025-11-21T11:23:34"
    assert "recovery time is at most 60 s" in [c.attrib["name"] for c in found.findall("testcase")]


def test_a_criterion_that_is_not_met_fails_with_value_and_reason() -> None:
    (failure, *_) = suite("failing").findall("testcase/failure")
    assert failure.attrib == {"type": "FAIL", "message": "180.0 ± 0.5 s, at most 60 s"}
    assert "NA was the last population served again" in (failure.text or "")


def test_an_undecided_criterion_fails_as_inconclusive() -> None:
    assert "INCONCLUSIVE" in [f.attrib["type"] for f in suite("void").findall("testcase/failure")]


@pytest.mark.parametrize("name", ["void", "aborted", "empty"])
def test_a_run_that_proves_nothing_is_never_green(name: str) -> None:
    assert int(suite(name).attrib["failures"]) >= 1


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_is_a_property(name: str) -> None:
    _, judgement, _ = getattr(made_up_runs, name)()
    properties = {p.attrib["name"]: p.attrib["value"] for p in suite(name).findall("properties/property")}
    assert properties["verdict"].startswith(judgement.verdict.value)
