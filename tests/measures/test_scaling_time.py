"""Scaling time as a chain: every link, the worst region, and what cannot be known."""

from dataclasses import replace

import pytest

import harness.measures.kinds  # noqa: F401  fills the registry
from harness.judge import hold, judge
from harness.measures.capacity_slots import Slot
from harness.measures.demand import Demand, demand
from harness.measures.registry import MEASURES, Scope, find
from harness.measures.scaling_clients import _back, _is_out, _shared, _together
from harness.measures.scaling_link import Link
from harness.measures.scaling_links import LINKS
from harness.model.history import History, Outcome
from harness.model.load import Sample
from harness.model.verdict import Measurement, Verdict
from tests.measures.histories import event
from tests.measures.scalings import NEVER, Course, changed, criterion, scaled


def measured(history: History, name: str = "scaling time") -> Measurement:
    known = find(name)
    assert known is not None
    return known.take(history, Scope())


def part(history: History, since: str, until: str) -> Measurement:
    return measured(history, f"scaling time from {since} to {until}")


def judged(history: History, most: float = 120.0, name: str = "scaling time") -> Verdict:
    return hold(measured(history, name), criterion(name, most).bound)[0]


def links(history: History, region: str = "us-east-1") -> dict[str, dict[str, object]]:
    rows = measured(history).evidence["chains"][region]
    return {row["link"]: row for row in rows}


@pytest.fixture(autouse=True)
def _only_here(registered: None) -> None:
    """Pairs of links that a test names are forgotten again."""


def test_it_lasts_from_the_rise_of_demand_until_the_new_instances_serve_their_share() -> None:
    found = measured(scaled())
    assert found.value == pytest.approx(10 * (29.25 - 20.0))
    assert found.resolution == pytest.approx(10 * 0.75)


def test_within_its_bound_it_passes() -> None:
    assert judged(scaled(), 120) is Verdict.PASS


def test_beyond_its_bound_it_fails() -> None:
    assert judged(scaled(), 60) is Verdict.FAIL


def test_a_bound_within_its_resolution_is_inconclusive() -> None:
    assert judged(scaled(), 95) is Verdict.INCONCLUSIVE


def test_the_judge_has_the_load_counted_for_it() -> None:
    assert judge(scaled(criteria=("scaling time",)), [criterion("scaling time")]).findings[0].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("link", "after", "resolution"),
    [
        ("demand rises", 0.0, 0.0),
        ("metric crosses", 25.0, 5.0),
        ("alarm", 29.5, 0.5),
        ("desired capacity", 37.5, 2.5),
        ("instance launched", 42.5, 2.5),
        ("in service", 67.5, 2.5),
        ("target healthy", 77.5, 2.5),
        ("serves its share", 92.5, 7.5),
        ("P95 in bounds", 95.0, 5.0),
    ],
)
def test_every_link_is_timed_with_its_resolution(link: str, after: float, resolution: float) -> None:
    row = links(scaled())[link]
    assert (row["after_demand"], row["resolution"]) == (pytest.approx(after), pytest.approx(resolution))


def test_the_links_stand_in_their_order() -> None:
    assert tuple(links(scaled())) == LINKS


def test_any_pair_of_links_is_a_measure() -> None:
    found = part(scaled(), "alarm", "in service")
    assert found.value == pytest.approx(10 * (26.75 - 22.95))
    assert found.resolution == pytest.approx(10 * (0.25 + 0.05))


def test_a_pair_in_the_wrong_order_or_of_no_link_is_no_measure() -> None:
    assert find("scaling time from in service to alarm") is None
    assert find("scaling time from alarm to alarm") is None
    assert find("scaling time from alarm to the moon") is None


def test_a_pair_asks_for_the_load_between_its_slots() -> None:
    known = find("scaling time from alarm to P95 in bounds")
    assert known is not None and known.edges is not None
    assert list(known.edges(scaled(), Scope())) == list(MEASURES["scaling time"].edges(scaled(), Scope()))  # type: ignore[misc]


# what never happened


COURSE = ("desired", "launched", "in_service", "healthy", "serves")


@pytest.mark.parametrize("link", COURSE)
def test_a_link_that_never_came_while_demand_was_up_fails_as_a_lower_bound(link: str) -> None:
    history = changed(**dict.fromkeys(COURSE[COURSE.index(link) :], NEVER))
    found = measured(history)
    assert (found.value, found.evidence["at_least"]) == (pytest.approx(600.0), True)
    assert judged(history) is Verdict.FAIL


@pytest.mark.parametrize("n", [1, 2, 3])
def test_every_pair_fails_where_its_later_link_never_came(n: int) -> None:
    history = changed(**dict.fromkeys(COURSE[n:], NEVER))
    name = ("desired capacity", "instance launched", "in service", "target healthy")[n]
    assert judged(history, 120, f"scaling time from demand rises to {name}") is Verdict.FAIL


def test_capacity_that_was_never_asked_for_fails_and_says_so() -> None:
    history = changed(desired=NEVER, launched=NEVER, in_service=NEVER, healthy=NEVER, serves=NEVER, good_again=NEVER)
    assert "desired capacity stayed at 2" in measured(history).because
    assert judged(history) is Verdict.FAIL


def test_what_was_not_seen_of_a_demand_shorter_than_the_bound_is_inconclusive() -> None:
    points = ((0.0, 400.0), (60.0, 400.0))
    history = scaled({"us-east-1": Course(serves=NEVER)}, points=points)
    assert measured(history).value == pytest.approx(60)
    assert judged(history) is Verdict.INCONCLUSIVE


def test_it_is_not_known_longer_than_capacity_was_watched() -> None:
    history = changed(in_service=NEVER, healthy=NEVER, serves=NEVER, until=26.0)
    assert part(history, "demand rises", "in service").value == pytest.approx(60)


def test_instances_are_counted_in_words() -> None:
    assert links(scaled())["in service"]["by"] == "6 instances"


def test_fewer_instances_than_were_asked_for_do_not_count() -> None:
    extra = [event(27.0, "capacity", region="us-east-1", group="g", desired=6, in_service=5, pending=1, healthy=5)]
    late = scaled({"us-east-1": Course(in_service=40.0, healthy=40.0)}, more=extra)
    assert links(late)["in service"]["at"] == pytest.approx(39.75)


def test_too_few_new_instances_with_their_share_are_not_enough() -> None:
    history = changed(most=6)
    few = scaled({"us-east-1": Course(most=6)}, more=[_desired(24.0, 7)])
    assert measured(history).evidence.get("at_least") is None
    assert measured(few).evidence["at_least"] is True


def _desired(at: float, desired: int):  # type: ignore[no-untyped-def]
    data = {"desired": desired, "in_service": 2, "pending": 0, "healthy": 2}
    return event(at - 0.1, "capacity", region="us-east-1", group="g", **data, poll_interval=0.1)


def test_an_instance_that_answered_before_demand_rose_is_not_new() -> None:
    history = changed(serves=0.0)
    assert measured(history).evidence["at_least"] is True


# what nobody can know


def test_without_a_profile_nothing_is_measured() -> None:
    assert judged(scaled(without=["profile"])) is Verdict.INCONCLUSIVE


def test_a_profile_that_stays_at_its_base_is_no_rise() -> None:
    found = measured(scaled(points=((0.0, 40.0), (600.0, 43.0))))
    assert found.value is None and "never more than 10 %" in found.because


def test_without_a_watch_on_capacity_it_is_inconclusive() -> None:
    history = scaled(without=["capacity", "watching capacity"])
    assert judged(history) is Verdict.INCONCLUSIVE
    assert measured(history).because == "nobody watched the capacity of the stack"


def test_it_is_the_same_for_every_population() -> None:
    pair = find("scaling time from alarm to in service")
    assert pair is not None and not pair.population and not MEASURES["scaling time"].population


def test_a_watch_that_began_after_demand_rose_is_inconclusive() -> None:
    assert judged(changed(since=21.0)) is Verdict.INCONCLUSIVE


def test_a_watch_that_got_no_answer_is_inconclusive() -> None:
    assert judged(scaled(without=["capacity"])) is Verdict.INCONCLUSIVE


def test_answers_that_name_no_instance_leave_it_unknown() -> None:
    assert judged(changed(named=False)) is Verdict.INCONCLUSIVE
    assert part(changed(named=False), "demand rises", "in service").value is not None


def test_without_load_no_region_served_anybody() -> None:
    assert measured(scaled(populations=())).value is None


def test_an_alarm_that_never_rang_leaves_what_came_after_it_unknown() -> None:
    assert part(changed(alarm=NEVER), "alarm", "in service").value is None
    assert judged(changed(alarm=NEVER), 120, "scaling time from demand rises to alarm") is Verdict.FAIL


def test_a_metric_without_data_is_not_known() -> None:
    found = part(scaled(series=()), "demand rises", "metric crosses")
    assert found.value is None and "CloudWatch had no data" in found.because


def test_a_metric_that_stays_below_its_target_is_a_lower_bound() -> None:
    assert part(changed(metric=NEVER), "demand rises", "metric crosses").evidence["at_least"] is True


# regions


def test_the_worst_region_counts() -> None:
    slow = Course(in_service=37.0, healthy=38.0, serves=39.0, good_again=40.0)
    found = measured(scaled({"us-east-1": Course(), "eu-west-1": slow}))
    assert (found.evidence["region"], found.value) == ("eu-west-1", pytest.approx(10 * (39.25 - 20.0)))
    assert set(found.evidence["chains"]) == {"us-east-1", "eu-west-1"}


CALM = Course(
    desired=NEVER, launched=NEVER, in_service=NEVER, healthy=NEVER, serves=NEVER, metric=NEVER, alarm=NEVER, bad=False
)


def test_a_region_that_had_not_to_scale_is_no_failure_of_it() -> None:
    found = measured(scaled({"us-east-1": Course(), "eu-west-1": CALM}))
    assert found.evidence["region"] == "us-east-1" and "at_least" not in found.evidence


def test_where_no_region_had_to_scale_it_is_inconclusive() -> None:
    assert judged(scaled({"us-east-1": CALM})) is Verdict.INCONCLUSIVE


def test_a_region_that_clients_suffered_in_had_to_scale() -> None:
    suffering = Course(**{**CALM.__dict__, "bad": True, "good_again": NEVER})
    assert judged(scaled({"us-east-1": suffering})) is Verdict.FAIL


def test_a_region_whose_metric_crossed_had_to_scale() -> None:
    assert judged(scaled({"us-east-1": Course(**{**CALM.__dict__, "metric": 22.0})})) is Verdict.FAIL


def for_a_while(periods: int, *, needed: int, of: int) -> History:
    """A calm region whose metric was over its target in so many periods, with an alarm of so many datapoints."""
    history = scaled({"us-east-1": CALM})
    (series,) = history.series
    points = tuple((at, 2000.0 if 30 <= at < 30 + periods else value) for at, value in series.points)
    ruled = {"datapoints_to_alarm": needed, "evaluation_periods": of}
    events = tuple(
        replace(e, data={**e.data, "alarms": [{**rule, **ruled} for rule in e.data["alarms"]]})
        if e.kind == "watching capacity"
        else e
        for e in history.events
    )
    return replace(history, events=events, series=(replace(series, points=points),))


@pytest.mark.parametrize(
    ("periods", "needed", "of", "verdict"),
    [
        (2, 3, 3, Verdict.INCONCLUSIVE),
        (3, 3, 3, Verdict.FAIL),
        (1, 2, 3, Verdict.INCONCLUSIVE),
        (2, 2, 3, Verdict.FAIL),
        (1, 1, 3, Verdict.FAIL),
    ],
)
def test_a_metric_that_crossed_for_too_short_to_ring_its_alarm_calls_for_nothing(
    periods: int, needed: int, of: int, verdict: Verdict
) -> None:
    assert judged(for_a_while(periods, needed=needed, of=of)) is verdict


def test_a_region_that_clients_suffered_in_had_to_scale_though_its_metric_crossed_for_too_short() -> None:
    suffering = Course(**{**CALM.__dict__, "bad": True, "good_again": NEVER, "metric": 78.5})
    assert judged(scaled({"us-east-1": suffering})) is Verdict.FAIL


@pytest.mark.parametrize(("until", "verdict"), [(20.2, Verdict.INCONCLUSIVE), (20.6, Verdict.FAIL)])
def test_a_slow_slot_is_no_slow_minute(until: float, verdict: Verdict) -> None:
    assert judged(scaled({"us-east-1": Course(**{**CALM.__dict__, "bad": True, "good_again": until})})) is verdict


def test_a_region_of_which_no_bound_is_known_had_to_scale() -> None:
    assert judged(scaled({"us-east-1": Course(**{**CALM.__dict__, "bound": None, "share": 0.01})})) is Verdict.FAIL


def test_a_region_whose_alarm_rang_had_to_scale() -> None:
    assert judged(scaled({"us-east-1": Course(**{**CALM.__dict__, "alarm": 23.0})})) is Verdict.FAIL


def test_a_region_of_which_nothing_is_known_may_be_the_worst() -> None:
    found = measured(scaled({"us-east-1": Course(), "eu-west-1": Course(since=21.0)}))
    assert found.evidence["at_least"] is True
    assert judged(scaled({"us-east-1": Course(), "eu-west-1": Course(since=21.0)})) is Verdict.INCONCLUSIVE


# P95


def test_p95_that_never_left_its_bound_is_in_it_at_once() -> None:
    found = part(changed(bad=False), "demand rises", "P95 in bounds")
    assert found.value == 0 and "never left" in found.because


def test_p95_that_stays_out_of_its_bound_fails() -> None:
    history = changed(good_again=NEVER)
    assert judged(history, 120, "scaling time from demand rises to P95 in bounds") is Verdict.FAIL


def test_p95_has_to_stay_in_its_bound_for_a_minute() -> None:
    assert links(changed(good_again=97.0))["P95 in bounds"]["at"] is None


@pytest.mark.parametrize("bound", [None, 19.0])
def test_without_a_criterion_that_was_kept_before_the_bound_is_twice_the_p95_of_before(bound: float | None) -> None:
    assert links(changed(bound=bound))["P95 in bounds"]["by"] == "P95 within 40 ms, twice that before demand rose"


def test_a_criterion_that_was_kept_before_is_the_bound() -> None:
    assert links(changed(bound=21.0))["P95 in bounds"]["by"] == "P95 within 21 ms, the tightest criterion"


def test_without_either_bound_it_is_not_known() -> None:
    found = part(scaled({"us-east-1": Course(bound=None, share=0.01)}), "demand rises", "P95 in bounds")
    assert found.value is None and "not known" in found.because


def test_few_requests_say_nothing_of_the_p95() -> None:
    found = part(scaled({"us-east-1": Course(share=0.005)}), "demand rises", "P95 in bounds")
    assert found.value is None and "fewer than 20 requests" in found.because


def test_slots_with_few_requests_are_taken_together_for_the_p95() -> None:
    row = links(scaled({"us-east-1": Course(share=0.01)}))["P95 in bounds"]
    assert (row["after_demand"], row["resolution"]) == (pytest.approx(75.0), pytest.approx(25.0))


def test_a_slot_of_when_demand_was_up_is_not_taken_together_with_one_of_afterwards() -> None:
    risen = demand(scaled())
    assert isinstance(risen, Demand)
    taken = [slot for slot, _ in _together(scaled({"us-east-1": Course(share=0.015)}), risen, ("NA",))]
    assert taken[0].since == risen.rises
    assert risen.falls in {slot.until for slot in taken}
    assert {round(slot.until - slot.since) for slot in taken if slot.until < risen.falls} == {4}
    assert {round(slot.until - slot.since) for slot in taken if slot.since >= risen.falls} == {6}


def test_capacity_that_was_higher_long_before_is_no_rise_of_it() -> None:
    higher = event(0.6, "capacity", region="us-east-1", group="g", desired=9, in_service=9, pending=0, healthy=9)
    assert links(scaled(more=[higher]))["desired capacity"]["by"] == "2 to 6"


@pytest.mark.parametrize(("slow", "out"), [(5, False), (6, True)])
def test_more_than_five_percent_of_slow_requests_are_out_of_bounds(slow: int, out: bool) -> None:
    waits = {20_000: 100 - slow, 500_000: slow}
    assert _is_out(Sample(outcomes={(Outcome.OK, "us-east-1"): 100}, latency=waits), 200.0) is out


@pytest.mark.parametrize(("count", "shared"), [(24, False), (26, True)])
def test_half_of_an_equal_share_is_a_share(count: int, shared: bool) -> None:
    risen = demand(scaled())
    assert isinstance(risen, Demand)
    counts = {"old": 100 - count, "new": count}
    assert _shared([(Slot(since=25.0, until=26.0), counts)], {"old"}, 1, risen).happened is shared


def test_p95_that_is_in_bounds_only_because_demand_fell_is_a_lower_bound() -> None:
    """Demand falls at 80 s of the run: nothing was seen of a stack that had scaled."""
    found = part(changed(good_again=80.0), "demand rises", "P95 in bounds")
    assert (found.value, found.evidence.get("at_least")) == (pytest.approx(600.0), True)
    assert judged(changed(good_again=80.0), 650, "scaling time from demand rises to P95 in bounds") is (
        Verdict.INCONCLUSIVE
    )


def test_a_minute_of_too_few_requests_is_no_minute_in_bounds() -> None:
    risen = demand(scaled())
    assert isinstance(risen, Demand)
    slots = [Slot(since=20.0 + n, until=21.0 + n) for n in range(20)]
    silent = [(slot, True if n < 5 else None) for n, slot in enumerate(slots)]
    found = _back(silent, 6.0, risen.falls, "P95")
    assert (found.happened, found.missed) == (False, False)


def test_too_few_answers_of_each_instance_say_nothing_of_a_share() -> None:
    """Four answers of each instance in all: nobody can tell half of an equal share, so it is no FAIL."""
    risen = demand(scaled())
    assert isinstance(risen, Demand)
    thin = [(Slot(since=20.0 + n, until=21.0 + n), {"old": 4, "new": 4} if n == 7 else {}) for n in range(60)]
    found = _shared(thin, {"old"}, 1, risen)
    assert (found.happened, found.missed) == (False, False)


def counted(counts: list[dict[str, int]], added: int = 1) -> Link:
    """The link of slots of a second each from 20 s on, in which "old" and new instances answered so often."""
    risen = demand(scaled())
    assert isinstance(risen, Demand)
    slots = [Slot(since=20.0 + n, until=21.0 + n) for n in range(len(counts))]
    return _shared(list(zip(slots, counts, strict=True)), {"old"}, added, risen)


def test_slots_with_few_answers_are_taken_together() -> None:
    found = counted([{"old": 100}, {"old": 5}, *[{"old": 3, "new": 3}] * 2])
    assert found.at is not None
    assert (found.at.after, found.at.until) == (21.5, 23.0)
    assert found.said == "1 new instance"


def test_a_share_in_the_first_slot_may_have_been_served_since_the_middle_of_the_slot_before() -> None:
    found = counted([{"old": 50, "new": 50}])
    assert found.at is not None
    assert (found.at.after, found.at.until) == (19.5, 21.0)


def test_in_slots_taken_together_it_may_have_begun_once_half_of_their_answers_were_given() -> None:
    found = counted([{"old": 1}, {"old": 3}, {"old": 4, "new": 1}, {"old": 1}, {"old": 3, "new": 3}])
    assert found.at is not None
    assert (found.at.after, found.at.until) == (pytest.approx(22.2), 25.0)


def test_answers_that_are_few_do_not_outweigh_many() -> None:
    found = counted([{"old": 100}, {"old": 3, "new": 3}])
    assert (found.happened, found.missed) == (False, True)


def test_a_share_that_was_served_for_a_short_time_in_few_answers_is_none() -> None:
    found = counted([*[{"old": 3}] * 10, {"old": 3, "new": 1}, *[{"old": 3}] * 10])
    assert (found.happened, found.missed) == (False, True)


def test_a_share_that_was_not_seen_is_not_known_longer_than_answers_could_tell() -> None:
    assert counted([*[{"old": 100}] * 3, {"old": 50}, *[{}] * 6]).until == 23.5
    assert counted([*[{"old": 100}] * 3, {"old": 2}, {"old": 2}]).until == pytest.approx(22.52)
