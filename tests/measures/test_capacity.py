"""Instances short and idle, headroom at the peak, and the most that ran at once."""

from dataclasses import replace

import pytest

import harness.measures.kinds  # noqa: F401  fills the registry
from harness.judge import hold
from harness.measures.registry import MEASURES, Scope
from harness.model.history import History, Outcome
from harness.model.load import Sample
from harness.model.verdict import Measurement, Relation, Verdict
from tests.measures.scalings import NEVER, Course, changed, criterion, scaled

COUNTED = ("under-capacity", "over-capacity")


def measured(history: History, name: str) -> Measurement:
    return MEASURES[name].take(history, Scope())


def judged(history: History, name: str, limit: float) -> Verdict:
    known = MEASURES[name]
    return hold(measured(history, name), criterion(name, limit, known.unit, known.relation).bound)[0]


# Demand is 400 a second, an instance serves 80: 5 are needed. 2 serve until 28 s, 6 until the profile ends at 80 s.
SHORT = 3 * (28 - 20) * 10 / 60
IDLE = 1 * (80 - 28) * 10 / 60
UNSURE = 4 * 0.5 * 10 / 60


def test_under_capacity_is_the_instances_short_times_the_model_minutes() -> None:
    found = measured(scaled(), "under-capacity")
    assert found.value == pytest.approx(SHORT)
    assert found.resolution == pytest.approx(UNSURE)


def test_over_capacity_is_the_instances_idle_times_the_model_minutes() -> None:
    assert measured(scaled(), "over-capacity").value == pytest.approx(IDLE)


def test_fewer_instance_minutes_than_the_bound_pass_and_more_fail() -> None:
    assert judged(scaled(), "under-capacity", SHORT + 1) is Verdict.PASS
    assert judged(scaled(), "under-capacity", SHORT - 1) is Verdict.FAIL
    assert judged(scaled(), "over-capacity", IDLE + 1) is Verdict.PASS
    assert judged(scaled(), "over-capacity", IDLE - 1) is Verdict.FAIL


def test_a_bound_closer_than_the_looks_is_inconclusive() -> None:
    assert judged(scaled(), "under-capacity", SHORT + 0.1) is Verdict.INCONCLUSIVE


def test_an_instance_that_is_in_service_and_not_healthy_serves_nobody() -> None:
    sick = changed(healthy=NEVER)
    assert measured(sick, "under-capacity").value == pytest.approx(3 * 60 * 10 / 60)


def test_one_region_cannot_serve_for_the_other() -> None:
    idle = Course(share=0.1, desired=0.5, launched=0.5, in_service=0.5, healthy=0.5, since=0.5)
    found = measured(scaled({"us-east-1": Course(), "eu-west-1": idle}), "under-capacity")
    assert found.value == pytest.approx(SHORT)
    assert found.evidence["regions"]["eu-west-1"] == 0


@pytest.mark.parametrize("name", [*COUNTED, "headroom at peak"])
def test_without_the_capacity_of_one_instance_it_is_inconclusive(name: str) -> None:
    found = measured(changed(each=None), name)
    assert found.value is None and "capacity_per_instance" in found.because
    assert judged(changed(each=None), name, 10) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", [*COUNTED, "headroom at peak", "most instances"])
def test_without_a_watch_on_capacity_it_is_inconclusive(name: str) -> None:
    assert judged(scaled(without=["capacity", "watching capacity"]), name, 10) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", [*COUNTED, "headroom at peak"])
def test_without_a_profile_it_is_inconclusive(name: str) -> None:
    assert judged(scaled(without=["profile"]), name, 10) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", [*COUNTED, "headroom at peak"])
def test_a_watch_that_began_late_is_inconclusive(name: str) -> None:
    assert judged(changed(since=21.0), name, 10) is Verdict.INCONCLUSIVE


def test_a_region_that_serves_nobody_needs_no_capacity() -> None:
    assert measured(scaled(populations=()), "under-capacity").value is None


# headroom at the peak: the rate climbs from 40 to 400 at 300 s of the profile (50 s of the run) and falls again

TIP = ((0.0, 40.0), (300.0, 400.0), (600.0, 40.0))


def headroom(course: Course) -> Measurement:
    return measured(scaled({"us-east-1": course}, points=TIP), "headroom at peak")


def test_headroom_is_what_serving_instances_could_serve_beyond_the_highest_planned_rate() -> None:
    found = headroom(Course())
    assert (found.value, found.resolution) == (pytest.approx(100 * (6 * 80 / 400 - 1)), 0)


def test_too_little_headroom_fails_and_enough_passes() -> None:
    assert judged(scaled(points=TIP), "headroom at peak", 15) is Verdict.PASS
    assert judged(scaled(points=TIP), "headroom at peak", 25) is Verdict.FAIL


def test_headroom_is_negative_where_instances_were_short() -> None:
    assert headroom(Course(healthy=60.0)).value == pytest.approx(100 * (2 * 80 / 400 - 1))


def test_capacity_that_came_between_two_looks_around_the_peak_is_uncertain() -> None:
    found = headroom(Course(healthy=50.2))
    assert (found.value, found.resolution) == (pytest.approx((20 - 60) / 2), pytest.approx(40))


def test_while_the_rate_stays_at_its_highest_the_least_headroom_counts() -> None:
    late = scaled({"us-east-1": Course()}, points=((0.0, 400.0), (600.0, 400.0)))
    assert measured(late, "headroom at peak").value == pytest.approx(100 * (2 * 80 / 400 - 1))


def test_the_worst_region_has_the_headroom() -> None:
    courses = {"us-east-1": Course(share=0.5), "eu-west-1": Course(share=0.5, most=3)}
    found = measured(scaled(courses, points=TIP), "headroom at peak")
    assert found.value == pytest.approx(100 * (3 * 80 / 200 - 1))


def test_more_headroom_is_better() -> None:
    assert MEASURES["headroom at peak"].relation is Relation.AT_LEAST


# the most instances


def test_the_most_instances_count_those_that_start_and_serve_at_one_time_in_all_regions() -> None:
    early, late = Course(most=6), Course(most=4, desired=60.0, launched=60.0, in_service=61.0, healthy=62.0)
    found = measured(scaled({"us-east-1": early, "eu-west-1": late}), "most instances")
    assert found.value == 10
    assert found.evidence["regions"] == {"us-east-1": 6, "eu-west-1": 4}


def test_more_instances_than_the_bound_fail() -> None:
    assert judged(scaled(), "most instances", 6) is Verdict.PASS
    assert judged(scaled(), "most instances", 5) is Verdict.FAIL


# what the watch did not see


@pytest.mark.parametrize("name", COUNTED)
def test_capacity_that_nobody_watched_to_the_end_of_the_profile_is_not_known(name: str) -> None:
    """The last answer came at 60 s of a profile that ended at 80 s: what served after it is anybody's guess."""
    found = measured(changed(until=60.0), name)
    assert found.value is None and "us-east-1: capacity was not watched to the end" in found.because


def test_headroom_needs_the_watch_up_to_the_end_of_the_peak_only() -> None:
    assert headroom(Course(until=49.0)).value is None
    assert headroom(Course(until=60.0)).value == pytest.approx(20)


@pytest.mark.parametrize("name", [*COUNTED, "headroom at peak"])
def test_a_population_that_two_regions_served_leaves_open_whose_demand_it_was(name: str) -> None:
    moved = answered_by_another(scaled({"us-east-1": Course(), "eu-west-1": Course(share=0.1)}), share=0.3)
    found = measured(moved, name)
    assert found.value is None and "NA was served by us-east-1 and eu-west-1" in found.because


def answered_by_another(history: History, share: float) -> History:
    """The same, but so much of each answer to NA came from eu-west-1."""
    assert history.load is not None
    slots = history.load.slots
    samples = {
        n: {p: _moved(s, share) if p == "NA" else s for p, s in each.items()} for n, each in slots.samples.items()
    }
    return replace(history, load=replace(history.load, slots=replace(slots, samples=samples)))


def _moved(sample: Sample, share: float) -> Sample:
    away = round(share * sample.answered)
    outcomes = {(Outcome.OK, "us-east-1"): sample.answered - away, (Outcome.OK, "eu-west-1"): away}
    return replace(sample, outcomes=outcomes)
