"""What one prober saw: between which moments it was cut off and served again, and which evidence narrows that."""

from typing import Any

import pytest

from harness.measures.trace import DYING, OWN, RELEASE, Trace, traces
from harness.model.history import Outcome, Redial, Request, Stream
from tests.measures.histories import closed, probes, redial, request, run

SPACING, SERVICE, SLOW = 0.1, 0.01, 0.02


def read(sent: float, outcome: Outcome = Outcome.OK, took: float = SERVICE, region: str = "eu-west-1") -> Request:
    return request(sent, sent + took, stream=Stream.READ, outcome=outcome, region=region)


def failed(sent: float, took: float = 0.001) -> Request:
    return read(sent, Outcome.FAILED, took)


def dial(sent: float, finished: float, *, answered: bool) -> Redial:
    made = redial(sent, answered=answered)
    return Redial(**{**{k: getattr(made, k) for k in made.__slots__}, "sent": sent, "finished": finished})


def trace(*requests: Request, **more: Any) -> Trace:
    fields: dict[str, Any] = {"population": "NA", "stream": Stream.READ, "service": SERVICE, "spacing": SPACING}
    return Trace(**{**fields, "slow": SLOW, "quickest": {"eu-west-1": SERVICE}, "requests": requests, **more})


CUT = (read(1.0), read(1.1), failed(1.2), failed(1.3), read(1.4), read(1.5))


def edges(of: Trace, **more: Any) -> tuple[float, float, float]:
    found = of.down(2, **more)
    return found.after, found.guess, found.until


# cut off


def test_it_was_cut_off_between_the_last_answer_and_when_the_first_failure_should_have_been_answered() -> None:
    after, guess, until = edges(trace(*CUT), floor=0.5)
    assert (after, until) == (pytest.approx(1.11 - OWN), pytest.approx(1.21))
    assert guess == pytest.approx((1.11 + 1.21) / 2, abs=OWN)


def test_a_failure_is_no_answer_however_near_it_is() -> None:
    known = trace(read(1.0), failed(1.1), failed(1.2), read(1.3))
    assert known.down(2, floor=0.5).after == pytest.approx(1.01 - OWN)


def test_without_a_floor_it_is_one_interval_before_the_first_failure() -> None:
    assert trace(failed(1.2), read(1.3)).down(0).after == pytest.approx(1.1)


def test_without_a_floor_it_is_when_the_request_before_was_sent_however_long_ago() -> None:
    known = trace(read(1.0), read(1.05), failed(1.2), read(1.3))
    assert known.down(2).after == pytest.approx(1.06 - OWN)
    quick = trace(read(1.0), read(1.05, took=0.0), failed(1.2), read(1.3))
    assert quick.down(2).after == pytest.approx(1.05)


def test_the_longest_time_between_two_requests_is_that_of_a_span() -> None:
    known = trace(read(1.0), read(1.05), read(1.2), read(1.3))
    assert known.widest() == pytest.approx(0.15)
    assert known.widest(1.2, 1.4) == pytest.approx(0.1)
    assert known.widest(1.3, 1.4) == SPACING


def test_an_answer_that_came_later_than_the_failure_leaves_the_moment_of_sending() -> None:
    late = trace(read(1.0), read(1.1, took=0.5), failed(1.2), read(1.3))
    found = late.down(2, floor=0.5)
    assert found.after == pytest.approx(1.2 - OWN)
    assert found.until == pytest.approx(1.21)


def test_the_first_redial_that_failed_narrows_it_and_one_that_was_answered_does_not() -> None:
    dials = (
        dial(1.12, 1.13, answered=True), dial(1.14, 1.15, answered=False), dial(1.16, 1.17, answered=False),
        dial(1.05, 1.06, answered=False), dial(1.25, 1.26, answered=False),
    )  # fmt: skip
    assert edges(trace(*CUT, redials=dials), floor=0.5)[2] == pytest.approx(1.15)


def test_the_first_closing_in_the_bracket_is_near_the_likely_moment_and_no_bound() -> None:
    after, guess, until = edges(trace(*CUT, closings=(0.9, 1.15, 1.18, 1.9)), floor=0.5)
    assert guess == pytest.approx(1.15 - DYING)
    assert (after, until) == (pytest.approx(1.11 - OWN), pytest.approx(1.21))


def test_a_closing_outside_of_the_bracket_tells_nothing() -> None:
    assert edges(trace(*CUT, closings=(0.9, 1.3)), floor=0.5) == edges(trace(*CUT), floor=0.5)


# served again


def test_it_was_served_again_between_the_last_failure_and_the_first_success() -> None:
    found = trace(*CUT).up(3)
    assert found is not None
    assert (found.after, found.until) == (pytest.approx(1.31 - OWN), pytest.approx(1.41))
    assert found.guess == pytest.approx(1.36, abs=0.001)


def test_an_answered_redial_next_to_the_first_success_is_the_success() -> None:
    found = trace(*CUT, redials=(dial(1.35, 1.36, answered=True),)).up(3)
    assert found is not None
    assert (found.after, found.until) == (pytest.approx(1.31 - OWN), pytest.approx(1.36))


def test_an_answered_redial_before_the_last_failure_is_none() -> None:
    found = trace(*CUT, redials=(dial(1.29, 1.295, answered=True),)).up(3)
    assert found == trace(*CUT).up(3)


def test_an_answered_redial_is_next_to_a_read_that_uneven_moments_put_half_an_interval_later() -> None:
    uneven = (read(1.0), read(1.1), failed(1.2), failed(1.3), read(1.45), read(1.5))
    found = trace(*uneven, redials=(dial(1.301, 1.311, answered=True),)).up(3)
    assert found is not None
    assert found.until == pytest.approx(1.311)


def test_an_answered_redial_with_a_missing_read_after_it_is_none() -> None:
    gap = (read(1.0), read(1.1), failed(1.2), failed(1.3), read(1.6), read(1.7))
    found = trace(*gap, redials=(dial(1.35, 1.36, answered=True),)).up(3)
    assert found == trace(*gap).up(3)
    near = trace(*gap, redials=(dial(1.51, 1.52, answered=True),)).up(3)
    assert near is not None
    assert near.until == pytest.approx(1.52)


def test_refused_redials_after_the_last_failure_narrow_it() -> None:
    dials = (dial(1.33, 1.331, answered=False), dial(1.36, 1.361, answered=False), dial(1.405, 1.406, answered=False))
    found = trace(*CUT, redials=dials).up(3)
    assert found is not None
    assert (found.after, found.until) == (pytest.approx(1.37 - OWN), pytest.approx(1.41))


def test_where_requests_hung_the_return_is_most_likely_near_the_first_answer() -> None:
    hung = (read(1.0), read(1.1), failed(1.2, took=0.5), failed(1.3, took=0.5), read(1.4, took=0.45), read(1.9))
    found = trace(*hung).up(3)
    assert found is not None
    assert found.until == pytest.approx(1.85)
    assert found.guess == pytest.approx(1.85 - OWN)


def test_reads_that_hung_and_are_let_go_at_once_tell_when_it_was_over() -> None:
    held = [read(1.4 + n * SPACING, took=0.5 - n * SPACING + n * 0.005) for n in range(4)]
    freed = (read(1.0), read(1.1), failed(1.2, took=0.3), failed(1.3, took=0.3), *held, read(2.0))
    found = trace(*freed).up(3)
    assert found is not None
    assert found.after == pytest.approx(1.9 - SLOW - RELEASE - OWN)
    assert found.until == pytest.approx(1.9)
    as_writes = trace(*freed, stream=Stream.WRITE).up(3)
    assert as_writes is not None
    assert as_writes.after < found.after


def test_reads_that_hung_and_are_answered_one_by_one_do_not_tell() -> None:
    held = [read(1.4 + n * SPACING, took=0.5) for n in range(4)]
    found = trace(read(1.0), read(1.1), failed(1.2, took=0.3), failed(1.3, took=0.3), *held, read(2.4)).up(3)
    assert found is not None
    assert found.after < 1.4


def test_one_read_that_hung_does_not_tell() -> None:
    found = trace(
        read(1.0), read(1.1), failed(1.2, took=0.3), failed(1.3, took=0.3), read(1.8, took=0.1), read(1.9)
    ).up(3)
    assert found is not None
    assert found.after < 1.4


def test_nobody_was_served_again_where_no_success_follows() -> None:
    assert trace(*CUT[:4]).up(3) is None
    assert trace(*CUT[:4]).back(3) is None


def test_the_success_that_was_answered_first_counts_not_the_one_sent_first() -> None:
    quick = read(1.5)
    assert trace(*CUT[:4], read(1.4, took=0.9), failed(1.45), quick, read(1.6)).back(3) is quick


def test_failures_are_those_whose_answer_was_expected_in_the_span() -> None:
    known = trace(*CUT)
    assert known.failures(1.0, 2.0) == (2, 3)
    assert known.failures(1.25, 2.0) == (3,)
    assert known.failures(1.0, 1.25) == (2,)


# traces of a history


def test_each_population_has_its_own_reads_and_writes_in_the_order_they_were_sent() -> None:
    requests = [*probes("NA", Stream.WRITE), *probes("NA", Stream.READ), *probes("EU", Stream.READ)]
    late = request(5.01, 5.4, sent=5.3, stream=Stream.READ, name="read")
    found = traces(run([*requests, late], populations=("NA", "EU")), calm_until=10.0)
    assert [t.name for t in found] == ["EU reads", "NA reads", "NA writes"]
    for each in found:
        assert [r.sent for r in each.requests] == sorted(r.sent for r in each.requests)


def test_service_is_learned_from_what_was_answered_in_calm() -> None:
    calm = [read(n * SPACING, took=0.01 if n % 10 else 0.03) for n in range(100)]
    later = [read(10 + n * SPACING, took=0.5) for n in range(300)]
    refused = [failed(0.05 + n * SPACING, took=2.0) for n in range(60)]
    (found,) = traces(run([*calm, *later, *refused]), calm_until=10.0)
    assert (found.service, found.slow) == (pytest.approx(0.01), pytest.approx(0.03))
    assert found.quickest == {"eu-west-1": pytest.approx(0.01)}


def test_without_an_answer_in_calm_all_answers_tell_and_without_any_nothing_is_known() -> None:
    (late,) = traces(run([read(20 + n * SPACING, took=0.2) for n in range(9)]), calm_until=10.0)
    assert late.service == pytest.approx(0.2)
    (none,) = traces(run([failed(20.0), failed(20.1)]), calm_until=10.0)
    assert (none.service, none.slow) == (0.0, 0.0)


def test_closings_and_redials_are_those_of_the_population_and_redials_serve_reads_alone() -> None:
    dials = (redial(11.2, answered=True), redial(11.0, answered=False))
    history = run(
        [*probes("NA", Stream.READ), *probes("NA", Stream.WRITE), *probes("EU", Stream.READ)],
        populations=("NA", "EU"), redials=dials, watches=(closed(10.6), closed(10.7, "EU")),
    )  # fmt: skip
    eu, reads, writes = traces(history, calm_until=10.0)
    assert (eu.closings, reads.closings, writes.closings) == ((10.7,), (10.6,), (10.6,))
    assert [r.sent for r in reads.redials] == [11.0, 11.2]
    assert (eu.redials, writes.redials) == ((), ())
