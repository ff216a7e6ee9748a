"""What changed against an accepted run. The truth is known: the same server twice, or a slower one."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from harness.judge import judge
from harness.measures.blocks import share_limits
from harness.measures.change import figure, frozen
from harness.measures.quantile import quantile, within
from harness.measures.registry import Scope
from harness.model.history import History, Outcome, Request
from harness.model.load import Sample
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import event, request, run

STEADY = 10.02


def asking(most: float, measure: str = "P95 latency change", **scope: Any) -> Criterion:
    unit = "pp" if measure.startswith("error") else "%"
    bound = Bound(relation=Relation.AT_MOST, value=most, unit=unit)
    return Criterion(measure=measure, bound=bound, **{"phase": "steady", **scope})


def served(seed: int, slower: float = 1.0, count: int = 2000, sticky: float = 0.0, lost: float = 0.0) -> list[Request]:
    """Requests of the steady phase, exponentially distributed above 20 ms; each is like the one before by `sticky`."""
    chance, wait, found = random.Random(seed), 0.02, []
    for n in range(count):
        if n == 0 or chance.random() >= sticky:
            wait = (0.02 + chance.expovariate(100)) * slower
        due = (n + 0.5) / count * 10
        outcome = Outcome.FAILED if chance.random() < lost else Outcome.OK
        found.append(request(due, due + wait, outcome=outcome))
    return found


def ran(requests: Sequence[Request], asked: Criterion, baseline: Mapping[str, Any] | None = None) -> History:
    more = [event(0.0, "baseline", **baseline)] if baseline is not None else []
    return run(requests, more, criteria=[asked])


def accepted(requests: Sequence[Request], asked: Criterion) -> dict[str, Any]:
    """What is frozen of an accepted run."""
    return {"run": "2026-11-01T00-00-00.000", "because": "", "figures": frozen(ran(requests, asked), [asked])}


def find(now: Sequence[Request], before: Sequence[Request], asked: Criterion) -> Finding:
    return judge(ran(now, asked, accepted(before, asked)), [asked]).findings[0]


def test_the_same_latency_passes_a_bound_beyond_the_noise() -> None:
    found = find(served(1), served(2), asking(25))
    assert found.verdict is Verdict.PASS, found.because
    assert "in the accepted run 2026-11-01T00-00-00.000 in steady" in found.because


def test_a_slower_run_fails() -> None:
    found = find(served(1, slower=1.6), served(2), asking(25))
    assert found.verdict is Verdict.FAIL, found.because
    assert found.measurement.value == pytest.approx(60, abs=15)


def test_noise_is_inconclusive_and_not_a_fail() -> None:
    found = find(served(1, slower=1.03), served(2), asking(1))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "more requests in both runs would decide it" in found.because


@pytest.mark.parametrize("sticky", [0.0, 0.9])
def test_the_same_server_twice_hardly_ever_fails_and_its_change_is_hardly_ever_outside(sticky: float) -> None:
    """Of 100 pairs of runs of the same server, with a bound of 0 %: a FAIL would be noise taken for a regression."""
    fails, outside = 0, 0
    for seed in range(100):
        found = find(served(2 * seed, sticky=sticky), served(2 * seed + 1, sticky=sticky), asking(0.0))
        fails += found.verdict is Verdict.FAIL
        outside += abs(found.measurement.value or 0) > found.measurement.resolution
    assert fails <= 2
    assert outside <= 3


def test_a_regression_is_found_however_alike_requests_are() -> None:
    pairs = [(served(s, 2, 5000, sticky=0.9), served(s + 20, 1, 5000, sticky=0.9)) for s in range(20)]
    verdicts = [find(now, before, asking(20)).verdict for now, before in pairs]
    assert verdicts.count(Verdict.FAIL) >= 18
    assert Verdict.PASS not in verdicts


def test_requests_that_are_alike_are_worth_less() -> None:
    alone = find(served(1), served(2), asking(0)).measurement.resolution
    alike = find(served(1, sticky=0.95), served(2, sticky=0.95), asking(0)).measurement.resolution
    assert alike > 2 * alone


def test_more_requests_tell_more() -> None:
    few = find(served(1, count=500), served(2, count=500), asking(0)).measurement.resolution
    many = find(served(1, count=8000), served(2, count=8000), asking(0)).measurement.resolution
    assert many < few / 2


def test_the_resolution_reaches_to_both_limits() -> None:
    found = find(served(1), served(2), asking(0)).measurement
    assert found.value is not None
    assert found.value - found.resolution <= found.evidence["low"]
    assert found.value + found.resolution >= found.evidence["high"]


def test_the_change_lies_between_the_extremes_of_both_runs() -> None:
    asked = asking(0)
    now = figure(asked.measure, ran(served(1), asked), Scope(phase="steady"))
    assert not isinstance(now, str)
    kept = {"measure": asked.measure, "phase": "steady", "population": None, "requests": 999}
    kept |= {"value": 50.0, "low": 40.0, "high": 80.0}
    found = (
        judge(ran(served(1), asked, {"run": "x", "because": "", "figures": [kept]}), [asked]).findings[0].measurement
    )
    assert found.evidence["low"] == pytest.approx(100 * (now.low / 80 - 1))
    assert found.evidence["high"] == pytest.approx(100 * (now.high / 40 - 1))
    assert found.value == pytest.approx(100 * (now.value / 50 - 1), abs=0.05)


def test_a_change_of_nothing_says_nothing() -> None:
    asked = asking(0)
    kept = {"measure": asked.measure, "phase": "steady", "population": None, "requests": 999}
    kept |= {"value": 0.0, "low": 0.0, "high": 0.0}
    found = judge(ran(served(1), asked, {"run": "x", "because": "", "figures": [kept]}), [asked]).findings[0]
    assert "a change of so little says nothing" in found.because


def test_a_figure_is_as_coarse_as_the_buckets_it_was_counted_in() -> None:
    """All requests take equally long: nothing differs but where in the bucket that was."""
    asked = asking(0)
    alike = figure(
        asked.measure, ran([request(n / 250, n / 250 + 0.05) for n in range(2000)], asked), Scope(phase="steady")
    )
    assert not isinstance(alike, str)
    assert alike.low < 50 < alike.high
    assert alike.high / alike.low == pytest.approx(1.0078, abs=0.0005)


def test_without_an_accepted_run_it_is_inconclusive_with_the_remedy() -> None:
    asked = asking(25)
    because = "no run of this drill was accepted: drill accept results/a-drill/<time>"
    found = judge(ran(served(1), asked, {"because": because}), [asked]).findings[0]
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "drill accept" in found.because
    assert found.measurement.evidence["baseline"] == "no baseline"


def test_a_drill_that_names_no_baseline_is_inconclusive() -> None:
    asked = asking(25)
    found = judge(ran(served(1), asked), [asked]).findings[0]
    assert "the drill names no baseline" in found.because
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_scope_that_was_not_frozen_is_inconclusive() -> None:
    kept = accepted(served(2), asking(25))
    for other in (asking(25, phase="impaired"), asking(25, population="EU"), asking(25, "P50 latency change")):
        requests = [*served(1), *(request(11 + n / 500, 12 + n / 500) for n in range(500))]
        found = judge(ran(requests, other, kept), [other]).findings[0]
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "the drill did not declare it" in found.because or "0 load requests" in found.because


def test_too_few_requests_in_either_run_are_inconclusive() -> None:
    short = find(served(1, count=150), served(2), asking(25))
    assert (short.verdict, short.measurement.value) == (Verdict.INCONCLUSIVE, None)
    assert "150 load requests were due in steady; it takes 200" in short.because
    before = find(served(1), served(2, count=150), asking(25))
    assert before.verdict is Verdict.INCONCLUSIVE
    assert "in the accepted run 2026-11-01T00-00-00.000: 150 load requests" in before.because


def test_requests_without_an_answer_took_longer_than_any_other() -> None:
    """A tenth of the requests have no answer now: P95 is among them, and above all that was waited."""
    found = find(served(1, lost=0.1), served(2), asking(25))
    assert found.measurement.evidence == {"at_least": True}
    assert found.verdict is Verdict.FAIL
    assert "no answer (of 2000 requests)" in found.because


def test_an_accepted_run_without_answers_is_no_baseline() -> None:
    found = find(served(1), served(2, lost=0.1), asking(25))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "too many requests in steady had no answer" in found.because


def test_more_errors_than_before_fail() -> None:
    asked = asking(1, "error rate change")
    found = find(served(1, lost=0.05), served(2), asked)
    assert found.verdict is Verdict.FAIL, found.because
    assert found.measurement.value == pytest.approx(5, abs=1.5)
    assert found.measurement.unit == "pp"


def test_as_few_errors_as_before_pass_and_a_tight_bound_is_inconclusive() -> None:
    assert find(served(1), served(2), asking(1, "error rate change")).verdict is Verdict.PASS
    none = find(served(1), served(2), asking(0.1, "error rate change"))
    assert none.verdict is Verdict.INCONCLUSIVE
    assert none.measurement.value == 0
    assert none.measurement.resolution > 0.1


def test_errors_that_come_together_are_worth_less() -> None:
    """100 errors in a row are one event; spread evenly they are 100."""
    spread = share_limits([5] * 20, [100] * 20)
    together = share_limits([100] + [0] * 19, [100] * 20)
    assert spread.low > 0.035
    assert spread.high < 0.07
    assert together.low < 0.02
    assert together.high > 0.2


def test_limits_of_a_share_hold_it() -> None:
    for hits in ([0] * 20, [100] * 20, [50] * 20):
        limits = share_limits(hits, [100] * 20)
        assert limits.low <= sum(hits) / 2000 <= limits.high
    assert share_limits([0] * 20, [100] * 20).low == 0
    assert share_limits([0] * 20, [100] * 20).high == pytest.approx(4.38 / 2004.4, rel=0.01)
    assert share_limits([3], [100]).high < 0.1


def test_a_phase_that_never_was_has_no_figure() -> None:
    asked = asking(25)
    assert (
        figure(asked.measure, ran(served(1), asked), Scope(phase="failing over")) == "the run never was in failing over"
    )


def test_a_quantile_is_the_middle_of_its_bucket() -> None:
    sample = Sample(outcomes={(Outcome.OK, None): 4, (Outcome.FAILED, None): 1}, latency={100: 2, 25600: 1, 51200: 1})
    assert quantile(sample, 0.4) == 0.1
    assert quantile(sample, 0.41) == pytest.approx(25.664)
    assert quantile(sample, 0.8) == pytest.approx(51.328)
    assert quantile(sample, 0.81) == float("inf")
    assert [within(sample, ms) for ms in (0.09, 0.1, 25.6, 25.7, 60)] == [0, 2, 2, 3, 4]
