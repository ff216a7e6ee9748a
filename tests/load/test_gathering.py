"""How single requests are counted at the edges: of a microsecond, of a phase, and of being early."""

import pytest

from harness.load.gathering import gathered
from harness.model.load import Sample
from tests.loads import Row

MICROS = 1000
SECOND = 1_000_000_000


def only(*rows: Row) -> Sample:
    return gathered(rows).whole


def test_an_answer_at_once_took_no_time_and_is_not_early() -> None:
    sample = only(Row("NA", 5000, 5000, 5000, "OK", None))
    assert (sample.longest_answer, sample.longest_wait, sample.early) == (0, 0, 0)
    assert (dict(sample.latency), dict(sample.service)) == ({0: 1}, {0: 1})


@pytest.mark.parametrize(("due", "sent"), [(5000, 3000), (3000, 5000)])
def test_an_answer_before_it_was_due_or_before_it_was_sent_is_early(due: int, sent: int) -> None:
    assert only(Row("NA", due, sent, 4000, "OK", None)).early == 1


@pytest.mark.parametrize(("nanoseconds", "micros"), [(499, 0), (500, 1), (1499, 1), (1500, 2)])
def test_times_are_kept_to_the_nearest_microsecond(nanoseconds: int, micros: int) -> None:
    sample = only(Row("NA", 0, 0, nanoseconds, "OK", None))
    assert list(sample.latency) == list(sample.service) == [micros]
    slot = gathered([Row("NA", 0, 0, nanoseconds, "OK", None)], [0]).slots.samples[0]["NA"]
    assert list(slot.latency) == [micros]


def test_a_wait_without_an_answer_is_long_but_no_latency() -> None:
    sample = only(Row("NA", 0, 0, 9 * SECOND, "FAILED", None), Row("NA", 0, 0, SECOND, "OK", None))
    assert (sample.longest_wait, sample.longest_answer) == (9 * SECOND, SECOND)
    assert sum(sample.latency.values()) == sum(sample.service.values()) == 1


def test_service_counts_from_the_moment_of_sending_and_latency_from_the_due_time() -> None:
    sample = only(Row("NA", 0, 700 * MICROS, 1000 * MICROS, "OK", None))
    assert (list(sample.latency), list(sample.service)) == ([1000], [300])


def test_a_request_on_an_edge_belongs_to_what_begins_there() -> None:
    rows = [Row("NA", due, due, due + MICROS, "OK", None) for due in (-1, 0, SECOND - 1, SECOND, 2 * SECOND)]
    load = gathered(rows, [0, SECOND], [0, SECOND // 2, SECOND])
    counts = {n: each["NA"].requests for n, each in load.phases.samples.items()}
    assert counts == {-1: 1, 0: 2, 1: 2}
    assert {n: each["NA"].requests for n, each in load.slots.samples.items()} == {-1: 1, 0: 1, 1: 1, 2: 2}


def test_times_count_from_the_origin_of_the_run() -> None:
    rows = [Row("NA", 7 * SECOND + due, 7 * SECOND + due, 9 * SECOND, "OK", None) for due in (0, SECOND // 2)]
    assert gathered(rows, [0, SECOND], [], origin_ns=7 * SECOND).phases.between(0.0, 1.0).requests == 2


def test_samples_come_in_one_order_whatever_order_requests_came_in() -> None:
    names = [f"clients-{n}" for n in range(12)]
    rows = [Row(name, n * SECOND, 0, n * SECOND, "OK", None) for n in (3, 1, 0, 2) for name in reversed(names)]
    load = gathered(rows, [0, SECOND, 2 * SECOND, 3 * SECOND])
    assert list(load.phases.samples) == [0, 1, 2, 3]
    assert [list(each) for each in load.phases.samples.values()] == [sorted(names)] * 4
