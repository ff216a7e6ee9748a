"""What the fault did to clients: from when to when it counts, who it was aimed at, and what is one outage."""

import pytest

from harness.measures.disruption import (
    Disruption,
    disruption,
    failed_regions,
    injected_at,
    observed_until,
    sustained_for,
)
from harness.model.history import Event, History, Stream
from tests.measures.histories import event, outage, probes, run

US, EU = "us-east-1", "eu-west-1"


def seen(history: History, **how: bool) -> Disruption:
    found = disruption(history, **how)
    assert isinstance(found, Disruption), found
    return found


def test_a_fault_may_take_effect_from_its_announcement_on() -> None:
    assert injected_at(run()) == 10.0
    assert injected_at(run(without=("injecting",))) == 10.01
    assert injected_at(run(without=("injecting", "injected"))) is None


@pytest.mark.parametrize(
    ("more", "without", "until"),
    [
        ((), (), 30.0),
        ((), ("healing",), 38.0),
        ((), ("healing", "drove"), 40.0),
        ((event(20.0, "aborted"),), (), 20.0),
        ((event(35.0, "healing"),), (), 30.0),
    ],
)
def test_what_counts_ends_when_healing_or_driving_or_the_run_does(
    more: tuple[Event, ...], without: tuple[str, ...], until: float
) -> None:
    assert observed_until(run(more=more, without=without)) == until


def test_success_must_last_for_ten_seconds_unless_the_drill_said_otherwise() -> None:
    assert sustained_for(run()) == 10.0
    assert sustained_for(run(more=[event(0.0, "admitted")])) == 10.0
    assert sustained_for(run(more=[event(0.0, "admitted", sustained_for=25)])) == 25.0


def aimed(*events: Event) -> tuple[str, ...]:
    return failed_regions(run(more=events, without=("injecting", "injected")))


def test_the_failed_regions_are_those_that_the_faults_name() -> None:
    plan = [{"name": "region loss", "options": {"region": US}}, {"name": "slow links", "options": {"region": EU}}]
    assert aimed(event(10.0, "injecting", faults=plan)) == (US, EU)
    assert aimed(event(10.0, "injecting", faults=plan, region="elsewhere")) == (US, EU)
    assert aimed(event(10.0, "injecting", faults=[{"name": "x"}, {"options": {}}], region=EU)) == (EU,)


@pytest.mark.parametrize(
    "data",
    [
        {"region": US},
        {"options": {"region": US}},
        {"plan": {"region": US}},
        {"plan": {"options": {"region": US}}},
        {"fault": {"options": {"region": US}}},
        {"fault": "region loss", "region": 7, "plan": {"region": US}},
        {"fault": "region loss", "experiments": [{"id": "E1", "region": US}, {"id": "E2"}]},
    ],
)
def test_the_failed_region_may_be_named_anywhere_in_the_announcement(data: dict[str, object]) -> None:
    assert aimed(event(10.0, "injecting", **data)) == (US,)


def test_what_a_fault_was_aimed_at_counts_before_where_its_experiments_ran() -> None:
    ran = [{"id": "E1", "region": EU}]
    assert aimed(event(10.0, "injecting", region=US), event(10.1, "injected", experiments=ran)) == (US,)
    assert aimed(event(10.0, "phase", phase="steady", region=US)) == ()


def test_each_region_is_named_once_in_the_order_of_the_faults() -> None:
    both = [event(10.0, "injecting", region=region) for region in (US, EU, US)]
    assert aimed(*both) == (US, EU)


def test_why_nothing_is_known_is_said_with_the_time() -> None:
    calm = disruption(outage([]))
    assert calm == "no client saw an effect between the injection at 10.00 s and 30.00 s"
    assert disruption(run()) == "no read or write probe was sent, so nobody could see an effect"
    assert disruption(outage(without=("injecting", "injected"))) == "no fault was injected"


def test_all_who_went_quiet_are_named_and_may_be_left_out_for_the_effect_alone() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 20.0)]), *probes("NA", Stream.WRITE, until=15.0)]
    history = run(requests, populations=("NA", "EU"))
    said = disruption(history)
    assert said == "EU, NA writes went quiet: what was not probed cannot have recovered"
    assert seen(history, complete=False).effect.until == pytest.approx(10.51)


def test_a_prober_that_stopped_just_before_the_end_of_the_outage_did_not_go_quiet() -> None:
    def stopped(at: float) -> Disruption | str:
        reads = probes("NA", Stream.READ, [(10.5, 20.0)])
        return disruption(run([*reads, *probes("NA", Stream.WRITE, until=at)]))

    assert isinstance(stopped(19.8), Disruption)
    assert isinstance(stopped(19.6), str)


def test_what_one_population_saw_is_its_own() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ, [(11.0, 12.0), (20.0, 25.0)])]
    found = seen(run(requests, populations=("NA", "EU")))
    mine = found.of("EU")
    assert mine is not None
    assert [o.first.sent for o in mine.outages] == [20.0]
    assert [o.first.sent for o in mine.others] == [11.0]
    assert found.of(None) is found
    assert found.of("AP") is None
    assert (found.first_hit.trace.population, found.effect.until) == ("NA", pytest.approx(10.51))
    assert mine.effect.until == pytest.approx(11.01)
    assert mine.began.until == pytest.approx(20.01)


def test_failures_with_success_for_less_than_the_sustained_window_between_them_are_one_outage() -> None:
    one = seen(outage([(10.5, 13.0), (13.95, 15.0)]))
    assert [(o.first.sent, o.failures) for o in one.every] == [(10.5, 71)]
    two = seen(outage([(10.5, 13.0), (14.0, 15.0)]))
    assert [(o.first.sent, o.failures) for o in two.every] == [(10.5, 50), (14.0, 20)]


def test_outages_of_several_clients_that_overlap_are_one_time_without_service() -> None:
    requests = [*probes("NA", Stream.READ, [(10.5, 13.0)]), *probes("EU", Stream.READ, [(12.0, 16.0), (25.0, 26.0)])]
    found = seen(run(requests, populations=("NA", "EU")))
    assert sorted(o.first.sent for o in found.outages) == [10.5, 12.0]
    assert [o.first.sent for o in found.others] == [25.0]
    assert found.last_served.trace.population == "EU"
    assert found.recovery is not None
    assert found.recovery.until == pytest.approx(16.01)


def test_what_is_not_known_to_be_over_is_longest() -> None:
    found = seen(outage([(10.5, 20.0), (29.5, 38.0)]))
    assert [o.first.sent for o in found.outages] == [29.5]
    assert (found.recovery, len(found.unsettled)) == (None, 1)
    assert found.last_served.back is None


def test_a_failure_counts_when_its_answer_was_due_from_the_injection_until_the_end() -> None:
    assert seen(outage([(9.9, 10.6)])).every[0].failures == 12
    assert isinstance(disruption(outage([(29.99, 31.0)])), str)
    assert seen(outage([(29.9, 31.0)])).every[0].failures == 2


def test_a_fault_of_a_zone_is_aimed_at_the_region_where_its_experiments_run() -> None:
    faults = [
        {"fault": "region loss", "options": {"region": US}},
        {"fault": "no capacity", "options": {"zone": f"{EU}a"}},
    ]
    templates = [{"region": US, "faults": ["region loss"]}, {"region": EU, "faults": ["no capacity"]}]
    told = event(10.0, "injecting", fault="both", faults=faults, templates=templates)
    assert failed_regions(run(more=(told,), without=("injecting", "injected"))) == (US, EU)
