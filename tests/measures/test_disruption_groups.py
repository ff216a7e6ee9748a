"""Several outages of several clients: which of them are one time without service, and which of these is the longest."""

from typing import Any

import pytest

from harness.measures.disruption import Disruption, disruption, sustained_for
from harness.model.history import Stream
from tests.measures.histories import event, probes, run


def found(down: dict[str, list[tuple[float, float]]], **more: Any) -> Disruption:
    """Reads of each population that are down in these spans; success must last for a real second."""
    requests = [r for p, spans in down.items() for r in probes(p, Stream.READ, spans)]
    known = disruption(run(requests, populations=tuple(down), **more))
    assert isinstance(known, Disruption)
    return known


def named(outages: tuple[Any, ...]) -> list[tuple[str, float]]:
    return [(o.trace.population, o.first.sent) for o in outages]


def test_outages_that_follow_one_another_without_a_second_of_service_for_all_are_one_time() -> None:
    known = found({"NA": [(10.5, 13.0)], "EU": [(12.0, 15.0)], "AP": [(20.0, 21.0)]})
    assert named(known.outages) == [("NA", 10.5), ("EU", 12.0)]
    assert named(known.others) == [("AP", 20.0)]
    assert known.recovery is not None
    assert known.recovery.guess - known.began.guess == pytest.approx(4.5, abs=0.06)


def test_the_time_is_over_when_everybody_was_served_for_long_enough_not_somebody() -> None:
    known = found({"NA": [(10.5, 11.0)], "EU": [(10.5, 13.0)], "AP": [(13.5, 14.0)]})
    assert sorted(named(known.outages)) == [("AP", 13.5), ("EU", 10.5), ("NA", 10.5)]


def test_the_longest_time_is_from_its_first_outage_to_its_last_recovery() -> None:
    known = found({"NA": [(10.5, 11.0), (20.0, 23.0)], "EU": [(11.2, 14.0)]})
    assert named(known.outages) == [("NA", 10.5), ("EU", 11.2)]
    assert named(known.others) == [("NA", 20.0)]


def test_a_time_in_which_one_client_is_not_known_to_be_back_is_the_longest() -> None:
    known = found({"NA": [(10.5, 20.0)], "EU": [(26.0, 26.5), (29.5, 40.0)]})
    assert ("EU", 29.5) in named(known.outages)
    assert ("NA", 10.5) in named(known.others)
    assert known.recovery is None
    assert known.last_served.trace.population == "EU"


def test_who_was_served_last_is_the_one_whose_outage_ended_last() -> None:
    assert found({"NA": [(10.5, 15.0)], "EU": [(10.4, 13.0)]}).last_served.trace.population == "NA"


def test_an_outage_ends_where_its_next_one_begins() -> None:
    first, second = found({"NA": [(10.5, 13.0), (20.0, 21.0)]}).every
    assert {first.first.sent, second.first.sent} == {10.5, 20.0}
    early = min((first, second), key=lambda o: o.first.sent)
    assert early.back is not None
    assert early.back.sent == pytest.approx(13.0)
    assert early.seen_after == pytest.approx(7.0, abs=0.06)


def test_the_sparsest_of_those_cut_off_says_how_far_probes_are_apart() -> None:
    sparse = [r for n, r in enumerate(probes("EU", Stream.READ, [(10.5, 13.0)])) if n % 4 == 0]
    known = disruption(run([*probes("NA", Stream.READ, [(10.5, 13.0)]), *sparse], populations=("NA", "EU")))
    assert isinstance(known, Disruption)
    assert known.spacing == pytest.approx(0.2)


def test_the_window_is_that_of_the_first_admission_and_a_number() -> None:
    twice = [event(0.0, "admitted", sustained_for="30"), event(0.1, "admitted", sustained_for=99.0)]
    assert sustained_for(run(more=twice)) == 30.0
