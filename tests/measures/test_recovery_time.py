import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge import judge
from harness.measures.recovery_time import recovery_time
from harness.measures.registry import Scope
from harness.model.history import Event, History, Outcome, Request, Stream
from harness.model.verdict import Bound, Criterion, Measurement, Relation, Verdict
from tests.measures.histories import alarm, answer, closed, event, outage, probes, redial, request, run

ALL = Scope()


def measured(history: History, scope: Scope = ALL) -> Measurement:
    return recovery_time(history, scope)


def verdict(history: History, at_most: float) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="s")
    return judge(history, [Criterion(measure="recovery time", bound=bound)]).findings[0].verdict


def test_it_runs_from_the_first_failure_to_the_first_success_that_no_failure_followed() -> None:
    found = measured(outage([(10.5, 13.0)]))
    assert found.value is not None
    assert abs(found.value - 25.0) <= found.resolution
    assert "first failed request at 105.0 s" in found.because
    assert "no failure followed at 130.1 s" in found.because


def test_the_resolution_is_half_of_each_bracket_and_what_the_prober_may_add_in_model_seconds() -> None:
    # down in (10.46, 10.51], up in (12.96, 13.01]: half widths 25 and 25 ms of real time and 2 ms each, times ten
    found = measured(outage([(10.5, 13.0)]))
    assert found.resolution == pytest.approx(0.27 + 0.27)
    assert found.value == pytest.approx((12.985 - 10.485) * 10)


def test_the_edges_are_in_the_evidence() -> None:
    (edge,) = measured(outage([(10.5, 13.0)])).evidence["outages"]
    assert edge["down"] == pytest.approx([10.458, 10.51])
    assert edge["up"] == pytest.approx([12.958, 13.01])
    assert edge["failures"] == 50
    assert edge["lasted"] == pytest.approx((12.985 - 10.485) * 10)


def test_a_closed_connection_is_near_the_likely_moment_of_the_effect_and_narrows_nothing() -> None:
    found = measured(outage([(10.5, 13.0)], watches=(closed(10.5),)))
    assert found.evidence["outages"][0]["down"] == pytest.approx([10.458, 10.51])
    assert found.value == pytest.approx((12.985 - 10.4985) * 10)


def test_a_closed_connection_outside_the_bracket_changes_nothing() -> None:
    watched = outage([(10.5, 13.0)], watches=(closed(10.40), closed(10.6), closed(10.48, population="EU")))
    assert measured(watched).evidence["outages"][0]["down"] == pytest.approx([10.458, 10.51])


def test_the_effect_cannot_precede_the_injection() -> None:
    found = measured(outage([(9.99, 13.0)]))
    assert found.evidence["outages"][0]["down"] == pytest.approx([10.0, 10.01])


def test_an_answer_that_came_late_still_leaves_a_bracket_with_a_width() -> None:
    slow = request(10.44, 10.9, stream=Stream.READ)
    requests = [r for r in probes("NA", Stream.READ, [(10.5, 13.0)]) if not 10.4 < r.due < 10.5]
    assert measured(run([*requests, slow])).evidence["outages"][0]["down"] == pytest.approx([10.498, 10.51])


def test_a_first_success_that_hung_does_not_hide_an_earlier_answer() -> None:
    requests = [r for r in probes("NA", Stream.READ, [(10.5, 13.0)]) if r.due != 13.0]
    hung = request(13.0, 13.9, stream=Stream.READ)
    found = measured(run([*requests, hung]))
    assert found.evidence["outages"][0]["up"] == pytest.approx([12.958, 13.06])
    assert "no failure followed at 130.6 s" in found.because


def test_where_requests_hung_the_moment_is_likely_within_the_last_probe_interval_and_the_bracket_is_kept() -> None:
    requests = [r for r in probes("NA", Stream.READ, [(10.5, 13.0)]) if not 13.0 <= r.due < 13.2]
    hung = [request(due, 13.4 - (due - 13.0), stream=Stream.READ) for due in (13.0, 13.05, 13.1, 13.15)]
    found = measured(run([*requests, *hung]))
    after, until = found.evidence["outages"][0]["up"]
    assert (after, until) == pytest.approx((12.958, 13.21))
    assert found.value == pytest.approx((until - 0.025 - 10.485) * 10)
    assert found.resolution == pytest.approx((until - 0.025 - after + 0.027) * 10)


def test_a_redial_that_was_refused_and_one_that_was_answered_narrow_both_edges() -> None:
    dials = (redial(10.48), redial(12.97), redial(12.98, answered=True))
    found = measured(outage([(10.5, 13.0)], redials=dials))
    assert found.evidence["outages"][0]["down"] == pytest.approx([10.458, 10.481])
    assert found.evidence["outages"][0]["up"] == pytest.approx([12.978, 12.99])
    whole = measured(outage([(10.5, 13.0)]))
    assert _interval(whole)[0] < _interval(found)[0] < _interval(found)[1] < _interval(whole)[1]


def test_redials_of_another_population_and_an_answer_before_the_last_failure_narrow_nothing() -> None:
    dials = (redial(10.48, population="EU"), redial(12.94, answered=True), redial(13.05))
    assert measured(outage([(10.5, 13.0)], redials=dials)) == measured(outage([(10.5, 13.0)]))


def test_redials_say_nothing_of_writes() -> None:
    writes = probes("NA", Stream.WRITE, [(10.5, 13.0)])
    dials = (redial(10.48), redial(12.97), redial(12.98, answered=True))
    assert measured(run(writes, redials=dials)) == measured(run(writes))


def test_reads_that_hung_and_are_let_go_at_once_tell_when() -> None:
    found = measured(run(_hung(Stream.READ, answered=(13.451, 13.454, 13.452))))
    after, until = found.evidence["outages"][0]["up"]
    assert (after, until) == pytest.approx((13.451 - 0.01 - 0.05 - 0.002, 13.451))
    assert found.value == pytest.approx((13.449 - 10.485) * 10)


def test_reads_that_hung_and_are_answered_one_by_one_leave_the_bracket_wide_but_say_where_in_it() -> None:
    found = measured(run(_hung(Stream.READ, answered=(13.451, 13.53, 13.6))))
    after, until = found.evidence["outages"][0]["up"]
    assert (after, until) == pytest.approx((13.258, 13.451))
    assert found.value == pytest.approx((13.449 - 10.485) * 10)


def test_writes_that_hung_leave_the_bracket_wide_even_when_they_are_let_go_at_once() -> None:
    found = measured(run(_hung(Stream.WRITE, answered=(13.451, 13.454, 13.452))))
    assert found.evidence["outages"][0]["up"] == pytest.approx([13.258, 13.451])


def _hung(stream: Stream, answered: tuple[float, ...]) -> list[Request]:
    """From 10.5 on nobody is answered: the probes until 13.25 time out, the last three are answered late."""
    calm = [r for r in probes("NA", stream) if not 10.5 <= r.due < 13.45]
    dues = [round(10.5 + n * STEP, 6) for n in range(56)]
    lost = [request(due, due + 0.2, stream=stream, outcome=Outcome.INDETERMINATE) for due in dues]
    late = zip((13.3, 13.35, 13.4), answered, strict=True)
    return [*calm, *lost, *(request(due, at, stream=stream) for due, at in late)]


def test_the_worst_population_and_stream_counts() -> None:
    requests = [
        *probes("NA", Stream.READ, [(10.5, 12.0)]),
        *probes("NA", Stream.WRITE, [(10.5, 14.0)]),
        *probes("EU", Stream.READ),
        *probes("EU", Stream.WRITE, [(10.3, 11.0)]),
    ]
    found = measured(run(requests, populations=("NA", "EU")))
    assert found.value == pytest.approx((14.0 - 10.3) * 10, abs=found.resolution)
    assert "NA writes were last to recover" in found.because
    assert "EU writes had failed first" in found.because
    assert found.evidence["untouched"] == ["EU reads"]


def test_a_population_is_measured_from_its_own_effect() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 14.0)]), *probes("EU", Stream.READ, [(11.0, 12.0)])]
    found = measured(run(requests, populations=("NA", "EU")), Scope(population="EU"))
    assert found.value == pytest.approx(10.0, abs=found.resolution)


def test_a_population_that_saw_no_failure_recovered_at_once() -> None:
    every_other = probes("EU", Stream.READ)[::2]
    requests = [*probes("NA", Stream.READ, [(10.5, 14.0)]), *every_other]
    found = measured(run(requests, populations=("NA", "EU")), Scope(population="EU"))
    assert found.value == 0
    assert found.resolution == pytest.approx(1.0)


def test_what_a_population_without_a_failure_may_have_missed_is_as_long_as_its_longest_silence() -> None:
    uneven = [r for n, r in enumerate(probes("EU", Stream.READ)) if n not in {100, 101}]
    requests = [*probes("NA", Stream.READ, [(10.5, 14.0)]), *uneven]
    found = measured(run(requests, populations=("NA", "EU")), Scope(population="EU"))
    assert found.resolution == pytest.approx(1.5)


def test_a_failure_before_the_injection_is_no_effect() -> None:
    found = measured(outage([(5.0, 5.05), (10.5, 13.0)]))
    assert found.value == pytest.approx(25, abs=found.resolution)


def test_a_failure_while_failing_back_does_not_count() -> None:
    found = measured(outage([(10.5, 13.0), (30.5, 33.0)]))
    assert found.value == pytest.approx(25, abs=found.resolution)


def test_a_relapse_within_the_sustained_window_counts() -> None:
    found = measured(outage([(10.5, 13.0), (13.9, 13.95)]))
    assert found.value == pytest.approx(34, abs=1)


def test_a_relapse_after_a_sustained_recovery_is_another_outage_and_the_longest_counts() -> None:
    found = measured(outage([(10.5, 13.0), (20.0, 20.05)]))
    assert found.value == pytest.approx(25, abs=found.resolution)
    assert "that was the longest, there were also NA reads at 200.0 s for 0.5 s (see downtime)" in found.because
    found = measured(outage([(10.5, 10.6), (20.0, 22.5)]))
    assert found.value == pytest.approx(25, abs=found.resolution)
    assert "there were also NA reads at 105.0 s for 1 s" in found.because


def test_a_short_outage_that_is_not_over_when_the_record_ends_keeps_a_long_one_from_passing() -> None:
    late = measured(outage([(10.5, 13.0), (29.0, 40.0)]))
    assert late.evidence["at_least"]
    assert late.value == pytest.approx(25, abs=1)
    assert "had not recovered" in late.because
    assert verdict(outage([(10.5, 13.0), (29.0, 40.0)]), at_most=60) is Verdict.INCONCLUSIVE
    assert verdict(outage([(10.5, 13.0), (29.0, 40.0)]), at_most=20) is Verdict.FAIL


def test_a_population_has_a_longest_outage_of_its_own() -> None:
    requests = [
        *probes("NA", Stream.READ, [(10.5, 13.0)]),
        *probes("EU", Stream.READ, [(11.0, 11.5), (20.0, 21.0)]),
    ]
    both = run(requests, populations=("NA", "EU"))
    assert measured(both).value == pytest.approx(25, abs=1)
    assert measured(both, Scope(population="EU")).value == pytest.approx(10, abs=1)


def test_load_requests_are_not_probes() -> None:
    failed = request(25.0, 25.1, outcome=Outcome.FAILED)
    assert measured(run([*probes("NA", Stream.READ, [(10.5, 13.0)]), failed])).value == pytest.approx(25, abs=0.6)


def test_an_indeterminate_answer_is_no_success() -> None:
    requests = [r for r in probes("NA", Stream.READ, [(10.5, 13.0)]) if r.due != 13.0]
    timed_out = request(13.0, 14.0, stream=Stream.READ, outcome=Outcome.INDETERMINATE)
    assert measured(run([*requests, timed_out])).evidence["outages"][0]["last_failure"] == 13.0


def test_a_stack_that_never_recovered_fails_a_bound_shorter_than_what_was_observed() -> None:
    history = outage([(10.5, 38.0)])
    assert measured(history).evidence["at_least"] is True
    assert measured(history).value == pytest.approx((29.95 - 10.51) * 10)
    assert verdict(history, at_most=60) is Verdict.FAIL


def test_a_stack_that_never_recovered_is_inconclusive_for_a_bound_longer_than_what_was_observed() -> None:
    assert verdict(outage([(10.5, 38.0)]), at_most=300) is Verdict.INCONCLUSIVE


def test_success_that_was_not_watched_for_the_sustained_window_is_inconclusive() -> None:
    history = outage([(10.5, 29.2)])  # 0.8 s real = 8 s model before healing
    assert verdict(history, at_most=600) is Verdict.INCONCLUSIVE
    assert "10 s must pass" in measured(history).because


def test_the_sustained_window_is_the_one_that_was_admitted() -> None:
    history = outage([(10.5, 29.2)], more=[event(0.0, "admitted", sustained_for=5)])
    assert verdict(history, at_most=600) is Verdict.PASS


def test_success_that_just_lasted_for_the_sustained_window_counts() -> None:
    assert verdict(outage([(10.5, 28.95)]), at_most=600) is Verdict.PASS


def test_a_prober_that_died_during_the_outage_proves_no_recovery() -> None:
    history = run(probes("NA", Stream.READ, [(10.5, 13.0)], until=13.2))
    assert verdict(history, at_most=600) is Verdict.INCONCLUSIVE


def test_a_prober_that_died_before_the_outage_leaves_it_unmeasured() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ, until=10.0)]
    found = measured(run(requests, populations=("NA", "EU")))
    assert found.value is None
    assert "EU reads went quiet" in found.because


def test_a_population_without_probes_leaves_it_unmeasured() -> None:
    found = measured(run(probes("NA", Stream.READ, [(10.5, 13.0)]), populations=("NA", "EU")))
    assert found.value is None
    assert "EU went quiet" in found.because


def test_no_effect_is_unmeasured_not_zero() -> None:
    assert verdict(outage([]), at_most=60) is Verdict.INCONCLUSIVE
    assert "no client saw an effect" in measured(outage([])).because


def test_no_fault_is_unmeasured() -> None:
    assert measured(outage([(10.5, 13.0)], without=("injecting", "injected"))).because == "no fault was injected"


def test_no_probe_is_unmeasured() -> None:
    assert measured(run()).value is None


def test_without_healing_the_record_lasts_until_driving_ended() -> None:
    history = outage([(10.5, 31.0)], without=("healing", "healed"))
    assert measured(history).value == pytest.approx(205, abs=1)


def test_on_aws_model_time_is_real_time() -> None:
    assert measured(
        outage([(10.5, 25.0)], time_scale=1.0, more=[event(0, "admitted", sustained_for=3)])
    ).value == pytest.approx(14.5, abs=0.1)


def test_a_recovery_after_the_fault_had_ended_says_so() -> None:
    ended = [event(10.1, "experiment", id="E", status="running"), event(12.0, "experiment", id="E", status="completed")]
    found = measured(outage([(10.5, 13.0)], more=ended))
    assert "the fault itself had ended at 120.0 s" in found.because
    assert found.evidence["fault_ended"] == 12.0
    later = [event(10.1, "experiment", id="E", status="running"), event(14.0, "experiment", id="E", status="completed")]
    assert "had ended" not in measured(outage([(10.5, 13.0)], more=later)).because


def announced(at: float, fault: str, lasts: float) -> Event:
    """A fault of so many model seconds."""
    return event(at, "injecting", fault=fault, faults=[{"fault": fault, "options": {}, "lasts": lasts}])


def test_a_recovery_after_a_fault_had_expired_by_itself_is_only_a_lower_bound() -> None:
    more = [announced(10.2, "instance loss", 20.0), announced(10.3, "cpu stress", 300.0)]
    found = measured(outage([(10.5, 13.0)], more=more))
    assert found.evidence["at_least"] is True
    assert found.value == pytest.approx((12.2 - 10.5) * 10, abs=0.6)
    assert "instance loss had expired by itself at 122.0 s" in found.because


@pytest.mark.parametrize("lasts", [2.0, 28.5, 300.0])
def test_a_fault_that_expired_before_the_outage_or_after_it_is_no_matter(lasts: float) -> None:
    found = measured(outage([(10.5, 13.0)], more=[announced(10.2, "instance loss", lasts)]))
    assert "at_least" not in found.evidence
    assert "expired" not in found.because


def test_the_stages_are_timed_from_the_effect() -> None:
    more = [
        alarm(11.0),
        event(11.1, "decided", because="the alarm rang"),
        event(11.2, "step", state="taking", step="promote the replica"),
        event(11.6, "step", state="taken", step="promote the replica"),
    ]
    answers = (answer(0.1, "us-east-1"), answer(12.5, "eu-west-1"))
    rows = {s["stage"]: s for s in measured(outage([(10.5, 13.0)], more=more, answers=answers)).evidence["stages"]}
    assert list(rows) == [
        "injected", "effect", "detected", "decided", "database promoted",
        "DNS answer changed", "first success", "sustained",
    ]  # fmt: skip
    assert [round(s["at"], 3) for s in rows.values()] == [10.01, 10.485, 10.975, 11.1, 11.6, 12.5, 12.985, 12.985]
    assert rows["effect"]["after_effect"] == 0
    assert rows["database promoted"]["after_effect"] == pytest.approx((11.6 - 10.485) * 10)
    assert rows["DNS answer changed"]["by"] == "NA resolves to eu-west-1"
    assert rows["sustained"]["by"] == "NA reads"


def test_the_answer_changed_when_it_did_for_the_last_population() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ)]
    answers = (
        answer(0.1, "us-east-1", "EU"), answer(0.1, "us-east-1", "NA"),
        answer(12.0, "eu-west-1", "EU"), answer(12.5, "eu-west-1", "NA"),
    )  # fmt: skip
    found = measured(run(requests, populations=("NA", "EU"), answers=answers))
    rows = {s["stage"]: s for s in found.evidence["stages"]}
    assert rows["DNS answer changed"]["at"] == 12.5


def test_success_that_did_not_last_is_no_stage() -> None:
    rows = {s["stage"]: s for s in measured(outage([(10.5, 29.2)])).evidence["stages"]}
    assert rows["first success"]["at"] == pytest.approx(29.185)
    assert rows["sustained"]["at"] is None


def test_a_stage_that_was_not_seen_is_null_and_says_why() -> None:
    late = [alarm(31.0), event(32.0, "step", state="taken", step="promote the replica"), alarm(9.0)]
    rows = {s["stage"]: s for s in measured(outage([(10.5, 13.0)], more=late)).evidence["stages"]}
    for stage in ("detected", "decided", "database promoted", "DNS answer changed"):
        assert rows[stage]["at"] is None
        assert rows[stage]["after_effect"] is None
        assert rows[stage]["why"]


@settings(max_examples=60, deadline=None)
@given(due=st.integers(0, 700), downs=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 40)), max_size=3))
def test_one_more_failed_request_never_shortens_the_recovery(due: int, downs: list[tuple[int, int]]) -> None:
    spans = [(10.5, 11.0), *((a * STEP, (a + n) * STEP) for a, n in downs)]
    requests = probes("NA", Stream.READ, spans)
    extra = request(due * STEP + 0.013, due * STEP + 0.014, stream=Stream.READ, outcome=Outcome.FAILED)
    before, after = _interval(measured(run(requests))), _interval(measured(run([*requests, extra])))
    assert after[0] >= before[0] - 1e-6
    assert after[1] >= before[1] - 1e-6


STEP = 0.05


def _interval(found: Measurement) -> tuple[float, float]:
    assert found.value is not None
    upper = float("inf") if found.evidence.get("at_least") else found.value + found.resolution
    return found.value - found.resolution, upper
