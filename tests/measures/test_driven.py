"""When the harness's own generators and probes fell behind, and when they just did not."""

import pytest

from harness.measures.driven import generator_was_late, load_fell_short, probes_lost
from harness.model.history import Event, History, Stream
from harness.model.verdict import Bound, Criterion, Relation
from tests.measures.histories import event, outage, request, run


def drove(part: str = "load", *, begun: tuple[Event, ...] = (), **figures: object) -> History:
    """A run whose generator told no more of itself than this."""
    return outage(more=[*begun, event(38.0, "drove", **{part: figures})], without=("driving", "drove"))


def fast(*at_most: float) -> list[Criterion]:
    bounds = [Bound(relation=Relation.AT_MOST, value=ms, unit="ms") for ms in at_most]
    seconds = Criterion(measure="recovery time", bound=Bound(relation=Relation.AT_MOST, value=0.001, unit="s"))
    return [seconds, *(Criterion(measure="P95 latency", bound=b) for b in bounds)]


def test_what_a_generator_did_not_say_is_not_held_against_it() -> None:
    assert list(load_fell_short(drove())) == []
    assert list(load_fell_short(drove(elapsed_s=20.0))) == []
    assert list(load_fell_short(drove(elapsed_s=20.0, begun=(event(0.0, "driving"),)))) == []
    assert list(load_fell_short(drove(begun=(event(0.0, "driving", load=100.0),)))) == []
    assert list(probes_lost(drove("probes"))) == []
    assert list(generator_was_late(drove(), fast(2))) == []
    assert list(generator_was_late(drove(scheduling_error_ms={}), fast(2))) == []


def test_a_generator_that_recorded_nothing_sent_nothing() -> None:
    (reason,) = load_fell_short(drove(planned=1000))
    assert reason == "load fell short of plan: 0 of 1000 requests were sent (0.0 %)"
    (reason,) = probes_lost(drove("ledger", planned=200))
    assert reason == "probes were lost: 0 of 200 writes were recorded"


def test_probes_of_which_almost_all_were_recorded_are_not_lost() -> None:
    assert list(probes_lost(drove("probes", planned=1000, recorded=950))) == []
    assert len(list(probes_lost(drove("probes", planned=1000, recorded=949)))) == 1


def test_the_rate_with_which_driving_began_is_the_one_that_was_planned() -> None:
    begun = (event(0.0, "driving", load=100.0), event(1.0, "driving", load=900.0))
    assert list(load_fell_short(drove(recorded=1000, elapsed_s=10.0, begun=begun))) == []
    (reason,) = load_fell_short(drove(recorded=1000, elapsed_s=20.0, begun=begun))
    assert "1000 of 2000 requests" in reason


def test_the_tightest_latency_bound_says_how_late_a_generator_may_be() -> None:
    late = drove(scheduling_error_ms={"p99": 60.0})
    (reason,) = generator_was_late(late, fast(800, 200, 400))
    assert reason.endswith(
        "were sent more than 60 ms late, more than a quarter of the tightest latency bound, 200 ms"
    )  # fmt: skip
    assert list(generator_was_late(late, fast(800, 400))) == []
    assert list(generator_was_late(drove(scheduling_error_ms={"p99": 50.0}), fast(200))) == []
    (reason,) = generator_was_late(drove(scheduling_error_ms={"p99": 150.0}), fast())
    assert reason.endswith("were sent more than 150 ms late, more than 100 ms")


POINTS = ((0.0, 100.0), (60.0, 300.0), (60.0, 50.0), (120.0, 50.0))  # model time; 10 times as fast


def profiled(recorded: int, elapsed_s: float = 30.0, began: float = 10.0) -> History:
    begun = (event(0.0, "driving", load=10.0), event(began, "profile", points=POINTS, began=began))
    return drove(recorded=recorded, elapsed_s=elapsed_s, begun=begun)


def test_what_a_profile_plans_is_the_area_under_it_and_the_base_rate_holds_around_it() -> None:
    planned = 10 * 18 + 200 * 6 + 50 * 6
    assert list(load_fell_short(profiled(planned))) == []
    assert list(load_fell_short(profiled(round(0.951 * planned)))) == []
    (reason,) = load_fell_short(profiled(round(0.949 * planned)))
    assert f"of {planned} requests" in reason


def test_a_profile_that_was_cut_off_plans_what_was_due_until_then() -> None:
    planned = 10 * 10 + 200 * 6
    assert list(load_fell_short(profiled(planned, elapsed_s=16.0))) == []
    assert list(load_fell_short(profiled(10 * 10, elapsed_s=10.0))) == []
    assert list(load_fell_short(profiled(10 * 10, elapsed_s=10.0, began=12.0))) == []
    (reason,) = load_fell_short(profiled(10 * 10, elapsed_s=16.0))
    assert f"100 of {planned} requests" in reason


def test_one_arrival_for_which_nobody_was_left_is_a_bottleneck() -> None:
    (reason,) = generator_was_late(drove(dropped=1, shoppers=40), fast(200))
    assert reason == "the generator was the bottleneck: 1 arrivals were dropped because all 40 shoppers were busy"
    assert list(generator_was_late(drove(dropped=0, shoppers=40), fast(200))) == []


def test_a_loop_that_is_behind_is_a_bottleneck_by_the_same_bound() -> None:
    (reason,) = generator_was_late(drove(loop_lag_ms={"p99": 60.0}), fast(200))
    assert "its loop was more than 60 ms behind" in reason
    assert list(generator_was_late(drove(loop_lag_ms={"p99": 50.0, "max": 900.0}), fast(200))) == []


def test_a_full_core_is_named_only_where_it_made_the_generator_late() -> None:
    assert list(generator_was_late(drove(busy=1.0, scheduling_error_ms={"p99": 1.0}), fast(200))) == []
    (reason,) = generator_was_late(drove(busy=0.97, scheduling_error_ms={"p99": 60.0}), fast(200))
    assert reason.endswith("; its core was 97 % busy at worst")


def every(seconds: float, gap: float, at: int = 40) -> History:
    """Reads at one rate with one gap, so many of them before it."""
    sent = [n * seconds for n in range(at + 1)]
    sent += [sent[-1] + gap + n * seconds for n in range(at)]
    return run([request(s, s + 0.001, stream=Stream.READ) for s in sent])


@pytest.mark.parametrize(
    ("seconds", "gap", "lost"),
    [
        (0.25, 2.5, False),
        (0.25, 2.75, True),
        (0.015625, 0.5, False),
        (0.015625, 0.3, False),
        (0.015625, 0.515625, True),
    ],
)
def test_a_gap_of_ten_intervals_and_half_a_second_loses_probes(seconds: float, gap: float, lost: bool) -> None:
    assert (list(probes_lost(every(seconds, gap))) != []) is lost


def test_a_single_probe_has_no_gap() -> None:
    assert list(probes_lost(run([request(1.0, 1.01, stream=Stream.READ)]))) == []


def test_a_gap_is_told_with_its_beginning_and_its_length_in_model_time() -> None:
    (reason,) = probes_lost(every(0.25, 5.0))
    assert reason == "probes were lost: NA reads were not sent for 50 s from 100.0 s on"
