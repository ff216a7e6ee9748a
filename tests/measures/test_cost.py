"""What a rehearsal cost. Time x 10: six real seconds are a billed minute."""

from typing import Any

import pytest

from harness.judge import judge
from harness.measures.bill import aged, bill, billed_minutes, prices_of
from harness.model.history import Event, History
from harness.model.prices import Item, Prices
from harness.model.verdict import Bound, Criterion, Finding, Relation, Verdict
from tests.measures.histories import event, run

US = "us-east-1"
PRICES: dict[str, Any] = {
    "name": "list",
    "date": "2026-11-01",
    "source": "made up",
    "fis_action_minute": 0.10,
    "instance_type": "m7g.large",
    "instance_hour": {"m7g.large": 36.0, "m7g.xlarge": 72.0},
    "load_worker_hour": 3.6,
}
ACTION = {"actionId": "aws:network:disrupt-connectivity", "parameters": {"duration": "PT5M"}}
LATER = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT2M"}, "startAfter": ["cut"]}


def prices(**changes: Any) -> Event:
    return event(0.0, "prices", **{**PRICES, **changes})


def fault(*actions: Any, at: float = 10.0, ended: float = 28.0, id_: str = "EXP1") -> list[Event]:
    """An experiment of these actions that was over at a moment."""
    named = {("cut" if n == 0 else f"a{n}"): action for n, action in enumerate(actions)}
    templates = [{"region": US, "template": {"actions": named}}]
    return [
        event(at, "injecting", templates=templates),
        event(at + 0.01, "injected", experiments=[{"id": id_, "region": US}], targets=["i-1"]),
        event(ended, "experiment", id=id_, region=US, status="stopped"),
    ]


def capacity(at: float, *ids: str, group: str = "g", poll: float = 0.5, **lifecycles: str) -> Event:
    instances = {**dict.fromkeys(ids, "InService"), **{k.replace("_", "-"): v for k, v in lifecycles.items()}}
    return event(at, "capacity", region=US, group=group, instances=instances, poll_interval=poll)


def history(*more: Event, named: Event | None = None) -> History:
    driven = [event(0.0, "driving", load=30.0), event(38.0, "drove", load={}, probes={}, ledger={})]
    left = ("driving", "drove", "injecting", "injected")
    return run((), [*driven, named or prices(), *more], without=left)


def find(of: History, most: float) -> Finding:
    bound = Bound(relation=Relation.AT_MOST, value=most, unit="USD")
    return judge(of, [Criterion(measure="cost", bound=bound)]).findings[0]


def items(of: History) -> dict[str, Item]:
    known = prices_of(of)
    assert known is not None
    return {item.name: item for item in bill(of, known).items}


def test_the_cost_is_what_was_used_at_the_prices_that_were_named() -> None:
    """Three minutes of one action, two instances and one worker for 380 model seconds of 400."""
    found = find(history(*fault(ACTION), capacity(0.0, "i-1", "i-2")), 20)
    worker, instances = 380 / 3600 * 3.6, 2 * 400 / 3600 * 36
    assert found.measurement.value == pytest.approx(0.30 + instances + worker)
    assert found.measurement.resolution == pytest.approx(0.10)
    assert found.verdict is Verdict.PASS
    assert "FIS 0.3 USD (2 to 4 action-minutes) + instances (m7g.large) 8 USD (0.222 instance-hours)" in found.because
    assert found.measurement.evidence["date"] == "2026-11-01"


def test_a_rehearsal_beyond_its_budget_fails() -> None:
    assert find(history(*fault(ACTION), capacity(0.0, "i-1", "i-2")), 5).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fis_action_minute": None}, "the price of an action-minute is unknown"),
        ({"instance_hour": {"m7g.large": None}}, "the price of an instance-hour is unknown"),
        ({"instance_hour": {}}, "the price of an instance-hour is unknown"),
        ({"load_worker_hour": None}, "the price of a worker-hour is unknown"),
    ],
)
def test_a_missing_price_is_inconclusive_and_never_nothing(changes: dict[str, Any], told: str) -> None:
    of = history(*fault(ACTION), capacity(0.0, "i-1"), named=prices(**changes))
    found = find(of, 1000)
    assert (found.verdict, found.measurement.value) == (Verdict.INCONCLUSIVE, None)
    assert told in found.because


def test_what_was_not_used_needs_no_price() -> None:
    found = find(history(capacity(0.0, "i-1"), named=prices(fis_action_minute=None)), 1000)
    assert found.verdict is Verdict.PASS
    assert items(history(capacity(0.0, "i-1")))["FIS"].cost == (0.0, 0.0)


def test_instances_that_nobody_watched_are_unknown() -> None:
    found = find(history(*fault(ACTION)), 1000)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "how many instance-hours is unknown; what is known adds up to 0.68 USD" in found.because


def test_a_drill_without_prices_is_inconclusive() -> None:
    bare = run()
    found = find(bare, 1000)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no prices were named" in found.because


def test_an_action_is_billed_until_it_or_its_experiment_ends() -> None:
    """The first lasts five minutes at most and is stopped after three; the second would have begun after it."""
    both = items(history(*fault(ACTION, LATER)))["FIS"]
    assert (both.least, both.most) == (2, 4)
    expired = items(history(*fault(ACTION, LATER, at=0.0, ended=37.0)))["FIS"]
    assert (expired.least, expired.most) == (4 + 1, 6 + 2)


def test_actions_beside_each_other_are_billed_each() -> None:
    assert items(history(*fault(ACTION, ACTION)))["FIS"].most == 8


def test_a_short_action_is_a_minute() -> None:
    assert [billed_minutes(s) for s in (0, 10, 89, 90, 150, 300)] == [1, 1, 1, 2, 3, 5]


def test_every_fault_of_a_drill_is_billed() -> None:
    of = history(*fault(ACTION), *fault(ACTION, at=12.0, ended=30.0, id_="EXP2"))
    assert items(of)["FIS"].most == 8


def test_an_instance_is_billed_from_its_launch_to_its_end() -> None:
    """i-2 was seen from 10 s to 25 s, and each change up to half a second after it happened."""
    of = history(capacity(0.0, "i-1"), capacity(10.0, "i-1", "i-2"), capacity(25.0, "i-1"))
    found = items(of)["instances (m7g.large)"]
    assert found.least == pytest.approx((400 + 145) / 3600)
    assert found.most == pytest.approx((400 + 155) / 3600)


def test_an_instance_that_lived_for_a_moment_is_billed_for_a_minute() -> None:
    of = history(capacity(0.0), capacity(10.0, "i-2", poll=0.0), capacity(11.0, poll=0.0))
    assert items(of)["instances (m7g.large)"].most == pytest.approx(60 / 3600)


def test_a_stopped_instance_of_the_warm_pool_is_not_billed_but_a_pending_one_is() -> None:
    of = history(capacity(0.0, i_1="Warmed:Stopped", i_2="Pending", i_3="Terminating:Wait", i_4="Warmed:Running"))
    assert items(of)["instances (m7g.large)"].most == pytest.approx(3 * 400 / 3600)


def test_groups_are_added_up() -> None:
    of = history(capacity(0.0, "i-1"), capacity(0.0, "i-9", group="h"), capacity(20.0, "i-1", "i-2", poll=0.0))
    assert items(of)["instances (m7g.large)"].most == pytest.approx((400 + 400 + 200) / 3600)


def test_types_that_are_known_have_their_own_price() -> None:
    seen = event(0.0, "capacity", region=US, group="g", instances={"i-1": "InService"}, types={"i-1": "m7g.xlarge"})
    found = items(history(seen))["instances (m7g.xlarge)"]
    assert found.price == 72.0
    assert "instances (m7g.large)" not in items(history(seen))


def test_every_worker_is_billed() -> None:
    of = run(
        (),
        [event(0.0, "driving"), event(36.0, "drove", **{"load": {}, "load-1": {}, "probes": {}}), prices()],
        without=("driving", "drove"),
    )
    assert items(of)["load workers"].most == pytest.approx(2 * 360 / 3600)


def test_the_workers_that_a_master_led_are_billed_each() -> None:
    drove = event(36.0, "drove", load={"workers": 3, "crew": []}, probes={})
    of = run((), [event(0.0, "driving"), drove, prices()], without=("driving", "drove"))
    assert items(of)["load workers"].most == pytest.approx(3 * 360 / 3600)


def test_prices_of_more_than_a_year_ago_are_warned_of() -> None:
    known = Prices(name="list", date="2025-11-01", source="made up")
    assert aged(known, "2026-11-01T10:00:00+00:00") == ""
    assert "more than a year ago" in aged(known, "2026-11-02")
    assert aged(known, "") == ""


def test_tasks_that_nobody_can_tell_apart_are_unknown_and_not_for_nothing() -> None:
    """A service of ECS tells how many tasks there are and not which."""
    tasks = event(0.5, "capacity", region=US, group="service/c/s", instances={}, in_service=4, poll_interval=0.5)
    assert find(history(tasks), 100).verdict is Verdict.INCONCLUSIVE
    beside = find(history(tasks, capacity(0.5, "i-1")), 100)
    assert beside.verdict is Verdict.INCONCLUSIVE
    assert "how many instance-hours" in beside.because


def test_a_group_that_was_to_be_watched_and_never_answered_is_unknown() -> None:
    silent = event(0.1, "watching capacity", region="eu-west-1", group="g2")
    seen = event(0.1, "watching capacity", region=US, group="g")
    assert find(history(silent, seen, capacity(0.5, "i-1")), 100).verdict is Verdict.INCONCLUSIVE
    assert find(history(seen, capacity(0.5, "i-1")), 100).verdict is Verdict.PASS


def test_an_empty_group_costs_nothing() -> None:
    empty = event(0.5, "capacity", region=US, group="g", instances={}, in_service=0, pending=0, poll_interval=0.5)
    assert find(history(empty), 100).verdict is Verdict.PASS
