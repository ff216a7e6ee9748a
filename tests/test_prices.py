"""Price files, and the estimate that a drill is given before it begins."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.estimate import estimate, words
from harness.faults.compilation import compile_faults
from harness.model.experiment import LoadProfile
from harness.model.prices import Item, Prices
from harness.prices import read_prices
from tests.experiments import STACK, an_experiment

SHIPPED = sorted(Path("scenarios/prices").glob("*.yaml"))
FULL = Prices(
    name="list",
    date="2026-11-01",
    source="made up",
    fis_action_minute=0.10,
    instance_type="m7g.large",
    instance_hour={"m7g.large": 0.6},
    load_worker_hour=0.3,
)
DRILL = an_experiment(
    load=LoadProfile(rate=30.0, points=((0.0, 30.0), (3300.0, 60.0)), workers=2),
    steady_for=timedelta(seconds=240),
    restored_for=timedelta(seconds=60),
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_the_price_files_of_this_project_are_named_for_themselves_and_say_where_they_are_from(path: Path) -> None:
    found = read_prices(path)
    assert found.name == path.stem
    assert found.date.startswith(path.stem[-7:])
    assert len(found.source) > 20


def test_the_price_of_an_action_minute_is_the_published_one() -> None:
    assert SHIPPED
    assert read_prices(SHIPPED[0]).fis_action_minute == 0.10


def test_what_nobody_looked_up_stays_unknown() -> None:
    assert read_prices(SHIPPED[0]).load_worker_hour is None
    assert set(read_prices(SHIPPED[0]).instance_hour.values()) == {None}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prices: x\ndate: 2026-11-01\n", "source"),
        ("prices: x\nsource: s\ndate: soon\n", "date"),
        ("prices: x\nsource: s\ndate: 2026-11-01\nfis_minute: 1\n", "fis_minute: unknown key"),
        ("prices: x\nsource: s\ndate: 2026-11-01\nfis_action_minute: -1\n", "fis_action_minute"),
        ("prices: x\nsource: s\ndate: 2026-11-01\ninstance_hour: {m7g.large: -1}\n", "m7g.large: a price is 0 or more"),
    ],
)
def test_a_price_file_that_is_wrong_is_refused_with_its_key(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        read_prices(path)


def test_the_estimate_is_the_declared_drill_at_its_prices() -> None:
    """Two actions of five minutes, an hour of two to four instances in each of two regions, two workers."""
    found = estimate(DRILL, FULL, compile_faults(DRILL, STACK), {"us-east-1": (2, 4), "eu-west-1": (2, 4)})
    by_name = {item.name: item for item in found.items}
    assert by_name["FIS"].most == 10
    assert by_name["instances (m7g.large)"].cost == pytest.approx((2.4, 4.8))
    assert by_name["load workers"].cost == pytest.approx((0.6, 0.6))
    assert found.known == pytest.approx((0.2 + 2.4 + 0.6, 1.0 + 4.8 + 0.6))
    told = words(found, FULL, "2026-11-22")
    assert told.startswith("estimated cost on AWS: 3.2 USD to 6.4 USD (FIS ")
    assert "4 to 8 instance-hours" in told
    assert "ago" not in told


def test_a_drill_that_is_only_checked_does_not_know_its_instances() -> None:
    found = estimate(DRILL, FULL, compile_faults(DRILL, STACK))
    assert found.unknown == ("how many instance-hours",)
    assert "and what is unknown" in words(found, FULL, "2026-11-22")


def test_a_price_that_is_missing_is_unknown_and_never_nothing() -> None:
    free = dataclasses.replace(FULL, load_worker_hour=None)
    found = estimate(DRILL, free, (), {"us-east-1": (1, 1)})
    assert found.unknown == ("the price of a worker-hour",)
    assert "load workers unknown (2 worker-hours)" in words(found, free, "2026-11-22")


def test_a_fault_that_outlasts_the_profile_makes_the_drill_longer() -> None:
    long = dataclasses.replace(DRILL.faults[0], lasts=timedelta(minutes=35))
    drill = dataclasses.replace(DRILL, faults=(long,), strikes_at=timedelta(minutes=50))
    workers = next(i for i in estimate(drill, FULL, ()).items if i.name == "load workers")
    assert workers.most == pytest.approx(2 * 1.5)


def test_old_prices_are_warned_of() -> None:
    assert "look them up again" in words(estimate(DRILL, FULL, ()), FULL, "2027-12-01")


def test_a_drill_without_load_or_fault_uses_none() -> None:
    found = estimate(an_experiment(load=None, faults=()), FULL, (), {})
    assert found.known == (0.0, 0.0)
    assert found.unknown == ()


def test_an_item_says_what_is_missing() -> None:
    item = Item(name="FIS", unit="action-minute", least=1.0, most=2.0, price=None)
    assert (item.cost, item.unknown) == (None, "the price of an action-minute")
    assert dataclasses.replace(item, price=0.5).cost == (0.5, 1.0)
    assert dataclasses.replace(item, most=None).unknown == "how many action-minutes"
