import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.judge import findings_json, hold, judge, judgement_from_json
from harness.measures.registry import Scope, measure
from harness.model.history import History
from harness.model.verdict import Bound, Criterion, Judgement, Measurement, Relation, Verdict
from tests.judging import LEAST, MOST, RECOVERY, limit, measured
from tests.loads import counted
from tests.measures.histories import event, load, outage


@pytest.mark.parametrize(
    ("value", "resolution", "bound", "verdict"),
    [
        (30, 0, limit(60), Verdict.PASS),
        (60, 0, limit(60), Verdict.PASS),
        (60.001, 0, limit(60), Verdict.FAIL),
        (59, 0.9, limit(60), Verdict.PASS),
        (59, 1, limit(60), Verdict.PASS),
        (59, 1.1, limit(60), Verdict.INCONCLUSIVE),
        (60, 0.1, limit(60), Verdict.INCONCLUSIVE),
        (61, 1.1, limit(60), Verdict.INCONCLUSIVE),
        (61, 0.9, limit(60), Verdict.FAIL),
        (99.99, 0.01, limit(99.95, LEAST), Verdict.PASS),
        (99.95, 0, limit(99.95, LEAST), Verdict.PASS),
        (99.94, 0, limit(99.95, LEAST), Verdict.FAIL),
        (99.94, 0.02, limit(99.95, LEAST), Verdict.INCONCLUSIVE),
        (0, 0, limit(0), Verdict.PASS),
    ],
)
def test_a_bound_within_the_resolution_decides_nothing(
    value: float, resolution: float, bound: Bound, verdict: Verdict
) -> None:
    assert hold(measured(value, resolution), bound)[0] is verdict


@given(st.floats(0, 1e4), st.floats(0, 1e3), st.floats(0, 1e4), st.sampled_from(Relation))
def test_a_pass_and_a_fail_hold_for_every_value_within_the_resolution(
    value: float, resolution: float, bound: float, relation: Relation
) -> None:
    verdict, _ = hold(measured(value, resolution), limit(bound, relation))
    for true in (value - resolution, value, value + resolution):
        inside = true <= bound if relation is MOST else true >= bound
        if verdict is Verdict.PASS:
            assert inside
        if verdict is Verdict.FAIL:
            assert not inside or true == bound


def test_the_reason_says_what_was_measured_what_was_asked_and_why() -> None:
    _, because = hold(measured(31.8, 0.4), limit(60))
    assert because == "31.8 s ± 0.4 s is at most 60 s: NA was last"


def test_amounts_read_with_the_digits_they_need() -> None:
    shown = [hold(measured(v, 0, u), limit(v, LEAST, u))[1].split(" is ")[0] for v, u in AMOUNTS]
    assert shown == ["99.9512 %", "0.123 s", "1.23 s", "12.3 s", "2 min", "12 min 05 s", "1 write", "2 writes"]


AMOUNTS = [
    (99.95123, "%"), (0.1234, "s"), (1.234, "s"), (12.34, "s"), (120, "s"), (725.2, "s"), (1, "writes"), (2, "writes"),
]  # fmt: skip


def test_an_undecided_reason_says_what_would_decide_it() -> None:
    found = replace(measured(60, 1), limited_by="the time between two probes", remedy="a higher probe rate")
    assert "limited by the time between two probes; a higher probe rate would decide it" in hold(found, limit(60))[1]
    assert "only a bound further away would decide it" in hold(measured(60, 1), limit(60))[1]
    assert "2000 requests or more would decide it" in hold(measured(100, 1, "%"), limit(99.95, LEAST, "%"))[1]


def test_a_value_never_reads_as_equal_to_a_bound_that_it_misses() -> None:
    assert "200.04 ms is not at most 200 ms" in hold(measured(200.04, 0, "ms"), limit(200, MOST, "ms"))[1]


def test_nothing_measured_is_inconclusive() -> None:
    verdict, because = hold(measured(None), limit(60))
    assert verdict is Verdict.INCONCLUSIVE
    assert because == "not measured: NA was last"


@pytest.mark.parametrize(
    ("value", "bound", "verdict"),
    [
        (61, limit(60), Verdict.FAIL),
        (60, limit(60), Verdict.INCONCLUSIVE),
        (10, limit(60), Verdict.INCONCLUSIVE),
        (61, limit(60, LEAST), Verdict.PASS),
        (10, limit(60, LEAST), Verdict.INCONCLUSIVE),
    ],
)
def test_a_lower_bound_decides_only_what_it_already_exceeds(value: float, bound: Bound, verdict: Verdict) -> None:
    assert hold(measured(value, at_least=True), bound)[0] is verdict


def test_a_lower_bound_may_itself_be_uncertain() -> None:
    assert hold(measured(61, 2, at_least=True), limit(60))[0] is Verdict.INCONCLUSIVE
    assert hold(measured(61, 1, at_least=True), limit(60, LEAST))[0] is Verdict.PASS


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_inconclusive(value: float) -> None:
    assert hold(measured(value), limit(60))[0] is Verdict.INCONCLUSIVE
    assert hold(measured(1, value), limit(60))[0] is Verdict.INCONCLUSIVE


def test_units_that_differ_are_inconclusive() -> None:
    assert hold(measured(1, 0, "ms"), limit(60))[0] is Verdict.INCONCLUSIVE


def test_a_measure_that_crashes_is_inconclusive_with_its_traceback(registered: None) -> None:
    @measure("crash", unit="s")
    def crash(history: History, scope: Scope) -> Measurement:
        raise RuntimeError("boom")

    judgement = judge(outage(), [Criterion(measure="crash", bound=limit(1)), RECOVERY])
    assert [f.verdict for f in judgement.findings] == [Verdict.INCONCLUSIVE, Verdict.PASS]
    assert "boom" in judgement.findings[0].because
    assert "in crash" in judgement.findings[0].measurement.evidence["traceback"]


def test_an_unknown_measure_is_inconclusive() -> None:
    (finding,) = judge(outage(), [Criterion(measure="recovery tme", bound=limit(1))]).findings
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "no measure 'recovery tme'" in finding.because


def test_an_unknown_phase_is_inconclusive() -> None:
    where = Criterion(measure="P95 latency", bound=limit(1, unit="ms"), phase="stedy")
    assert judge(outage(), [where]).verdict is Verdict.INCONCLUSIVE


def test_every_criterion_is_a_finding_in_the_order_they_were_declared() -> None:
    criteria = [RECOVERY, replace(RECOVERY, bound=limit(10)), Criterion(measure="downtime", bound=limit(60))]
    judgement = judge(outage(), criteria)
    assert [f.criterion for f in judgement.findings] == criteria
    assert [f.verdict for f in judgement.findings] == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]
    assert judgement.verdict is Verdict.FAIL


def test_no_criterion_is_inconclusive_not_a_pass() -> None:
    assert judge(outage(), []).verdict is Verdict.INCONCLUSIVE


def test_a_void_run_is_inconclusive_whatever_its_findings_say() -> None:
    judgement = judge(outage(without=("closed",)), [RECOVERY])
    assert judgement.findings[0].verdict is Verdict.PASS
    assert judgement.voids
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_a_void_that_cannot_be_told_is_a_void() -> None:
    broken = outage(more=[event(38.0, "drove", load={"planned": "many", "sent": 1})], without=("drove",))
    assert "could not be told" in judge(broken, [RECOVERY]).voids[0]


def whole() -> tuple[Judgement, History]:
    history = outage(more=[event(38.5, "void", because="the generator was the bottleneck")])
    history = counted(replace(history, requests=(*history.requests, *load(300, 0.0, 9.0))))
    criteria = [
        RECOVERY,
        Criterion(measure="P95 latency", bound=limit(200, unit="ms"), phase="steady", population="NA"),
        Criterion(measure="data loss", bound=limit(1)),
    ]
    return judge(history, criteria), history


def test_findings_json_is_the_same_byte_for_byte() -> None:
    first, second = findings_json(*whole()), findings_json(*whole())
    assert first == second
    assert first.endswith("}\n")
    assert list(json.loads(first)) == sorted(json.loads(first))


def test_findings_json_has_the_verdict_the_voids_and_every_finding() -> None:
    content = json.loads(findings_json(*whole()))
    assert content["verdict"] == "INCONCLUSIVE"
    assert content["voids"] == ["the generator was the bottleneck"]
    assert [f["verdict"] for f in content["findings"]] == ["PASS", "PASS", "INCONCLUSIVE"]
    assert content["findings"][1]["criterion"]["phase"] == "steady"


def test_findings_json_rounds_to_six_decimals_and_has_no_minus_zero() -> None:
    judgement, history = whole()
    odd = replace(judgement.findings[0], measurement=measured(-0.00000001, 0.12345678, inf=float("inf"), pair=(1, 2)))
    (found,) = json.loads(findings_json(Judgement(findings=(odd,)), history))["findings"]
    assert str(found["measurement"]["value"]) == "0.0"
    assert found["measurement"]["resolution"] == 0.123457
    assert found["measurement"]["evidence"] == {"inf": None, "pair": [1, 2]}


def test_what_was_written_can_be_read_back() -> None:
    judgement, history = whole()
    text = findings_json(judgement, history)
    again = judgement_from_json(text)
    assert findings_json(again, history) == text
    assert [f.criterion for f in again.findings] == [f.criterion for f in judgement.findings]
    assert again.verdict is judgement.verdict


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"findings": [{}], "voids": []}', "null"])
def test_what_is_not_a_findings_file_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match=r"not a findings\.json"):
        judgement_from_json(text)
