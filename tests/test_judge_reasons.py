"""What a judgement says beside its verdict: which runbook failed, what limits a value, what would decide it."""

import json
from dataclasses import replace

import pytest

from harness.errors import StoreError
from harness.judge import findings_json, hold, judge, judgement_from_json, slot_edges
from harness.measures.registry import Scope, measure
from harness.model.history import Event, History, Stream
from harness.model.verdict import Bound, Criterion, Judgement, Measurement, Verdict
from tests.judging import LEAST, MOST, RECOVERY, limit, measured
from tests.measures.histories import event, load, outage, probes, run


def step(state: str, name: str = "promote the replica") -> Event:
    return event(12.0, "step", step=name, state=state, because="the replica is gone")


def test_a_runbook_that_failed_keeps_a_run_from_passing_and_is_named() -> None:
    judgement = judge(outage(more=[step("taken", "shift traffic"), step("failed")]), [RECOVERY])
    assert judgement.voids == ("the runbook failed at promote the replica: the replica is gone",)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judge(outage(more=[step("taken")]), [RECOVERY]).verdict is Verdict.PASS


def test_a_runbook_that_never_started_keeps_a_run_from_passing() -> None:
    why = "the runbook never started: no alarm"
    judgement = judge(outage(more=[event(29.0, "not recovered", because=why)]), [RECOVERY])
    assert (judgement.voids, judgement.verdict) == ((why,), Verdict.INCONCLUSIVE)
    served = outage(more=[event(29.0, "not recovered", because="still failing: NA write")])
    assert judge(served, [RECOVERY]).verdict is Verdict.PASS


def test_a_runbook_that_failed_takes_nothing_from_a_fail() -> None:
    judgement = judge(outage(more=[step("failed")]), [replace(RECOVERY, bound=limit(10))])
    assert (judgement.voids, judgement.verdict) == ((), Verdict.FAIL)


def test_a_run_that_is_void_anyway_says_so_first() -> None:
    judgement = judge(outage(more=[step("failed")], without=("closed",)), [RECOVERY])
    assert judgement.voids == ("the journal was not closed: the run died before its end",)


def test_a_population_is_judged_by_what_it_saw_itself() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ, [(10.5, 20.0)])]
    history = run(requests, populations=("NA", "EU"))
    both = judge(history, [replace(RECOVERY, population=p) for p in ("NA", "EU")])
    assert [f.verdict for f in both.findings] == [Verdict.PASS, Verdict.FAIL]


def test_only_criteria_in_windows_ask_for_slots() -> None:
    steady = Criterion(measure="availability", bound=limit(99, LEAST, "%"), phase="steady")
    assert slot_edges(outage(), [steady, replace(steady, phase="stedy")]) == ()
    edges = slot_edges(outage(), [replace(steady, window=50.0)])
    assert (edges[0], edges[1]) == (0.0, pytest.approx(0.5))


def test_what_went_wrong_is_said_with_its_name(registered: None) -> None:
    @measure("crash", unit="ms")
    def crash(history: History, scope: Scope) -> Measurement:
        raise RuntimeError("boom")

    history = outage(more=[event(38.0, "drove", load={"planned": "many"})], without=("drove",))
    judgement = judge(history, [Criterion(measure="crash", bound=limit(1, unit="ms"))])
    found = judgement.findings[0].measurement
    assert "RuntimeError: boom" in found.because
    assert found.unit == "ms"
    assert found.evidence["traceback"].splitlines()[-1] == "RuntimeError: boom"
    assert found.evidence["traceback"].startswith("Traceback")
    assert "'many'" in judgement.voids[0]


def test_a_misspelt_measure_is_shown_in_the_unit_of_its_bound() -> None:
    (finding,) = judge(outage(), [Criterion(measure="latency", bound=limit(1, unit="ms"))]).findings
    assert finding.measurement.unit == "ms"


@pytest.mark.parametrize(
    ("value", "resolution", "bound", "verdict", "said"),
    [
        (98, 0, limit(99, LEAST, "%"), Verdict.FAIL, "at most 98 % is not at least 99 %"),
        (98, 1, limit(99, LEAST, "%"), Verdict.INCONCLUSIVE, "at most 98 % was seen and at least 99 % is asked"),
        (98, 0.9, limit(99, LEAST, "%"), Verdict.FAIL, "is not"),
        (99, 0, limit(99, LEAST, "%"), Verdict.INCONCLUSIVE, "more requests would decide it"),
        (99.5, 0, limit(99, LEAST, "%"), Verdict.INCONCLUSIVE, "at most 99.5 %"),
        (98, 0, limit(99, MOST, "%"), Verdict.PASS, "at most 98 % is at most 99 %"),
        (98, 1, limit(99, MOST, "%"), Verdict.PASS, "is at most 99 %"),
        (98, 1.1, limit(99, MOST, "%"), Verdict.INCONCLUSIVE, "more requests would decide it"),
        (99.5, 0, limit(99, MOST, "%"), Verdict.INCONCLUSIVE, "at most 99.5 %"),
    ],
)
def test_an_upper_bound_decides_only_what_it_already_rules_out(
    value: float, resolution: float, bound: Bound, verdict: Verdict, said: str
) -> None:
    found, because = hold(measured(value, resolution, "%", at_most=True), bound)
    assert found is verdict
    assert said in because


@pytest.mark.parametrize(
    ("value", "resolution", "bound", "verdict", "said"),
    [
        (61, 0, limit(60), Verdict.FAIL, "at least 61 s is not at most 60 s"),
        (61, 1, limit(60), Verdict.INCONCLUSIVE, "at least 61 s was seen and at most 60 s is asked"),
        (60, 0, limit(60, LEAST), Verdict.PASS, "at least 60 s is at least 60 s"),
        (61, 1.1, limit(60, LEAST), Verdict.INCONCLUSIVE, "a longer run would decide it"),
        (59, 0, limit(60, LEAST), Verdict.INCONCLUSIVE, "at least 59 s"),
        (59, 0, limit(60), Verdict.INCONCLUSIVE, "at least 59 s"),
    ],
)
def test_a_lower_bound_says_how_much_was_seen_and_what_was_asked(
    value: float, resolution: float, bound: Bound, verdict: Verdict, said: str
) -> None:
    found, because = hold(measured(value, resolution, at_least=True), bound)
    assert found is verdict
    assert said in because
    assert because.endswith(": NA was last")


@pytest.mark.parametrize(
    ("value", "resolution", "bound", "verdict"),
    [
        (61, 1, limit(60), Verdict.FAIL),
        (61, 1.001, limit(60), Verdict.INCONCLUSIVE),
        (59, 1.001, limit(60, LEAST), Verdict.INCONCLUSIVE),
        (59, 1, limit(60, LEAST), Verdict.FAIL),
        (61, 1, limit(60, LEAST), Verdict.PASS),
        (60, 0, limit(60, LEAST), Verdict.PASS),
    ],
)
def test_a_bound_at_the_very_edge_of_the_resolution_is_decided(
    value: float, resolution: float, bound: Bound, verdict: Verdict
) -> None:
    assert hold(measured(value, resolution), bound)[0] is verdict


def test_a_value_with_a_negative_resolution_is_no_measurement() -> None:
    verdict, because = hold(measured(1, -0.5), limit(60))
    assert verdict is Verdict.INCONCLUSIVE
    assert "1 ± -0.5 s" in because


def test_units_that_differ_are_both_named() -> None:
    verdict, because = hold(measured(1, 0, "ms"), limit(60))
    assert (verdict, because) == (Verdict.INCONCLUSIVE, "the bound is in s, the measure in ms")


@pytest.mark.parametrize(
    ("found", "bound", "remedy"),
    [
        (measured(99.9, 1, "%"), limit(99.5, LEAST, "%"), "250 requests or more"),
        (measured(99.2, 1, "%"), limit(99.5, LEAST, "%"), "334 requests or more"),
        (measured(99.5, 1, "%"), limit(99.5, LEAST, "%"), "more requests"),
        (measured(5, 1, "writes"), limit(5, unit="writes"), "only a bound further away"),
        (measured(60.5, 1), limit(60), "only a bound further away"),
        (replace(measured(60, 1), remedy="a higher probe rate"), limit(60), "a higher probe rate"),
        (replace(measured(99.5, 1, "%"), remedy="a longer run"), limit(99.5, LEAST, "%"), "a longer run"),
    ],
)
def test_what_would_decide_it_is_said_in_numbers_where_it_can_be(found: Measurement, bound: Bound, remedy: str) -> None:
    verdict, because = hold(found, bound)
    assert verdict is Verdict.INCONCLUSIVE
    assert f"; {remedy} would decide it" in because


def test_nothing_is_said_of_a_limit_that_is_not_known() -> None:
    assert "limited by" not in hold(measured(60, 1), limit(60))[1]
    assert "60 s ± 1 s cannot be told from at most 60 s;" in hold(measured(60, 1), limit(60))[1]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (200.04, "ms", "200.04 ms is not"),
        (200.0, "ms", "200 ms is at most 200 ms"),
        (200.5, "ms", "200.5 ms is not"),
        (199.96, "ms", "199.96 ms is at most 200 ms"),
    ],
)
def test_a_value_is_shown_with_as_many_digits_as_tell_it_from_its_bound(value: float, unit: str, said: str) -> None:
    assert said in hold(measured(value, 0, unit), limit(200, MOST, unit))[1]


def judged() -> tuple[Judgement, History]:
    history = run([*probes("NA", Stream.READ, [(10.5, 13.0)]), *load(400, 0.0, 9.0)])
    slow = Criterion(measure="P95 latency", bound=limit(200, unit="ms"), phase="steady", population="NA")
    return judge(history, [RECOVERY, replace(slow, window=None), replace(RECOVERY, bound=limit(25))]), history


def test_findings_json_tells_all_that_is_known_of_a_finding() -> None:
    judgement, history = judged()
    content = json.loads(findings_json(judgement, history))
    assert content["format"] == 1
    assert (content["drill"], content["environment"], content["time_scale"]) == ("region loss", "lab", 10.0)
    first, second, third = content["findings"]
    assert second["title"] == "P95 latency in steady for NA"
    assert second["criterion"] == {
        "measure": "P95 latency", "bound": {"relation": "at most", "value": 200, "unit": "ms"},
        "phase": "steady", "population": "NA", "window": None,
    }  # fmt: skip
    recovery = judgement.findings[0].measurement
    assert first["measurement"]["value"] == pytest.approx(recovery.value, abs=1e-6)
    assert first["measurement"]["unit"] == "s"
    assert first["measurement"]["resolution"] == pytest.approx(recovery.resolution, abs=1e-6)
    assert first["measurement"]["because"] == recovery.because
    assert first["measurement"]["limited_by"] == recovery.limited_by
    assert first["measurement"]["remedy"] == recovery.remedy
    assert first["measurement"]["evidence"]["sustained_for"] == 10.0
    assert (third["verdict"], third["because"]) == ("INCONCLUSIVE", judgement.findings[2].because)


def test_a_judgement_that_was_read_back_is_the_one_that_was_written() -> None:
    judgement, history = judged()
    void = replace(judgement, voids=("the journal was not closed", "probes were lost"))
    again = judgement_from_json(findings_json(void, history))
    assert again.voids == void.voids
    assert [f.because for f in again.findings] == [f.because for f in judgement.findings]
    assert [f.verdict for f in again.findings] == [f.verdict for f in judgement.findings]
    assert [f.measurement.unit for f in again.findings] == ["s", "ms", "s"]


def test_findings_json_is_readable_as_it_is() -> None:
    judgement, history = judged()
    odd = replace(judgement.findings[0], because="± 0.5 s", measurement=measured(1, values=(True, None, 1, {2: "x"})))
    text = findings_json(Judgement(findings=(odd,)), history)
    assert '"because": "± 0.5 s"' in text
    assert text.startswith('{\n  "drill"')
    assert json.loads(text)["findings"][0]["measurement"]["evidence"] == {"values": [True, None, 1, {"2": "x"}]}


def test_what_is_no_json_data_is_written_as_text() -> None:
    judgement, history = judged()
    odd = replace(judgement.findings[0], measurement=measured(1, relation=MOST, path=Stream.READ, odd=frozenset({1})))
    evidence = json.loads(findings_json(Judgement(findings=(odd,)), history))["findings"][0]["measurement"]["evidence"]
    assert evidence == {"relation": "at most", "path": "read", "odd": "frozenset({1})"}


def test_no_measurement_becomes_null_and_comes_back() -> None:
    judgement, history = judged()
    none = replace(judgement.findings[0], measurement=measured(None))
    again = judgement_from_json(findings_json(Judgement(findings=(none,)), history))
    assert again.findings[0].measurement.value is None
    assert again.findings[0].measurement.resolution == 0.0


def test_a_value_far_from_its_bound_is_shown_with_three_digits() -> None:
    assert hold(measured(31.8456), limit(60))[1].startswith("31.8 s is at most 60 s")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"findings": [{}], "voids": []}', "KeyError: 'criterion'"),
        ('{"findings": [3], "voids": []}', "TypeError"),
        ("nonsense", "JSONDecodeError: Expecting value"),
    ],
)
def test_what_is_wrong_with_a_findings_file_is_named(text: str, said: str) -> None:
    with pytest.raises(StoreError) as raised:
        judgement_from_json(text)
    assert said in str(raised.value)
