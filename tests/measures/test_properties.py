"""What must hold of every history: less evidence is never a better verdict, and order never matters."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge import findings_json, judge
from harness.load.histograms import empty, total
from harness.measures.data_loss import data_loss, lost_writes
from harness.measures.registry import Scope
from harness.model.history import History, Outcome, Stream
from harness.model.verdict import Bound, Criterion, Relation, Verdict
from tests.measures.histories import alarm, audit, load, probes, redial, run, write

SPANS = st.lists(st.tuples(st.integers(200, 560), st.integers(1, 90)), min_size=1, max_size=3)
REDIALS = st.lists(st.tuples(st.integers(1430, 4300), st.booleans()), max_size=40)
CRITERIA = tuple(
    Criterion(measure=name, bound=Bound(relation=relation, value=value, unit=unit))
    for name, relation, value, unit in [
        ("recovery time", Relation.AT_MOST, 30.0, "s"),
        ("downtime", Relation.AT_MOST, 30.0, "s"),
        ("availability", Relation.AT_LEAST, 99.0, "%"),
        ("P95 latency", Relation.AT_MOST, 200.0, "ms"),
        ("time to detect", Relation.AT_MOST, 60.0, "s"),
        ("lost writes", Relation.AT_MOST, 0.0, "writes"),
        ("data loss", Relation.AT_MOST, 1.0, "s"),
    ]
)


def history(spans: list[tuple[int, int]]) -> History:
    """NA reads every 50 ms and is down in spans of (first step, steps)."""
    down = [(first * 0.05 - 0.01, (first + steps) * 0.05 - 0.01) for first, steps in spans]
    return run(probes("NA", Stream.READ, down))


def verdict(of: History, at_most: float) -> Verdict:
    bound = Bound(relation=Relation.AT_MOST, value=at_most, unit="s")
    return judge(of, [Criterion(measure="recovery time", bound=bound)]).findings[0].verdict


@settings(deadline=None, max_examples=150)
@given(SPANS, st.sets(st.integers(150, 700), min_size=1, max_size=4), st.floats(0.1, 60))
def test_probes_that_are_lost_never_turn_fail_into_pass(
    spans: list[tuple[int, int]], lost: set[int], at_most: float
) -> None:
    whole = history(spans)
    fewer = replace(whole, requests=tuple(r for i, r in enumerate(whole.requests) if i not in lost))
    assert (verdict(whole, at_most), verdict(fewer, at_most)) != (Verdict.FAIL, Verdict.PASS)


@settings(deadline=None, max_examples=150)
@given(SPANS, st.sets(st.integers(210, 590), min_size=1, max_size=3), st.floats(0.1, 60))
def test_probes_that_fail_never_turn_fail_into_pass(
    spans: list[tuple[int, int]], failing: set[int], at_most: float
) -> None:
    whole = history(spans)
    requests = (replace(r, outcome=Outcome.FAILED) if i in failing else r for i, r in enumerate(whole.requests))
    worse = replace(whole, requests=tuple(requests))
    assert (verdict(whole, at_most), verdict(worse, at_most)) != (Verdict.FAIL, Verdict.PASS)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.integers(950, 1150), st.integers(1, 60)), min_size=2, max_size=25),
    st.sets(st.integers(0, 24)),
    st.integers(0, 24),
)
def test_one_more_lost_write_never_makes_the_loss_smaller(
    times: list[tuple[int, int]], lost: set[int], more: int
) -> None:
    """Writes of any duration around the effect, sent in hundredths of a second."""
    writes = [
        replace(write(f"w{n}", (sent + took) / 100), sent=sent / 100, due=sent / 100)
        for n, (sent, took) in enumerate(times)
    ]
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *writes]

    def taken(missing: set[int]) -> list[float | None]:
        kept = audit(*(f"w{n}" for n in range(len(writes)) if n not in missing))
        return [measure(run(requests, audit=kept), Scope()).value for measure in (lost_writes, data_loss)]

    for before, after in zip(taken(lost), taken(lost | {more}), strict=True):
        assert before is not None
        assert after is not None
        assert after >= before - 1e-9


@settings(deadline=None, max_examples=150)
@given(SPANS, REDIALS, st.sets(st.integers(150, 700), max_size=4), st.sets(st.integers(0, 40)), st.floats(0.1, 60))
def test_with_redials_no_probe_and_no_redial_that_is_lost_or_fails_turns_fail_into_pass(
    spans: list[tuple[int, int]], dials: list[tuple[int, bool]], lost: set[int], spoilt: set[int], at_most: float
) -> None:
    whole = replace(history(spans), redials=tuple(redial(at * 0.007, answered=good) for at, good in sorted(dials)))
    fewer = replace(
        whole,
        requests=tuple(r for i, r in enumerate(whole.requests) if i not in lost),
        redials=tuple(r for i, r in enumerate(whole.redials) if i not in spoilt),
    )
    failing = (replace(r, answered=r.answered and i not in spoilt) for i, r in enumerate(whole.redials))
    worse = replace(whole, redials=tuple(failing))
    for other in (fewer, worse):
        assert (verdict(whole, at_most), verdict(other, at_most)) != (Verdict.FAIL, Verdict.PASS)


@settings(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_in_which_records_are_read_never_matters(chance: random.Random) -> None:
    writes = [write(f"NA-{n}", 5.0 + n * 0.05) for n in range(100)]
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *load(300, 1.0, 9.0), *writes]
    ordered = run(requests, [alarm(12.0)], audit=audit(*(w.write_id or "" for w in writes[:-3])))
    mixed = list(ordered.requests)
    chance.shuffle(mixed)
    shuffled = replace(ordered, requests=tuple(sorted(mixed, key=lambda r: r.due)))
    assert findings_json(judge(shuffled, CRITERIA), shuffled) == findings_json(judge(ordered, CRITERIA), ordered)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=200), st.integers(0, 200))
def test_histograms_that_are_merged_equal_one_histogram(values: list[int], cut: int) -> None:
    whole, parts = empty(), (empty(), empty())
    for position, value in enumerate(values):
        whole.record_value(value)
        parts[position >= cut].record_value(value)
    merged = total(parts)
    for percentile in (0.0, 50.0, 95.0, 99.9, 100.0):
        assert merged.get_value_at_percentile(percentile) == whole.get_value_at_percentile(percentile)
    assert (merged.total_count, merged.min_value) == (whole.total_count, whole.min_value)
