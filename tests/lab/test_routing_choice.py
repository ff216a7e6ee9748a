"""Route 53's choice among records, by policy and health."""

from collections.abc import Callable

import pytest

from harness.lab.control.routing import Location, Record, choose

EVERYWHERE = Location(delays={})
NA = Location(country="US", continent="NA", delays={"us-east-1": 12, "eu-west-1": 44, "ap-southeast-1": 95})
EU = Location(country="DE", continent="EU", delays={"us-east-1": 44, "eu-west-1": 10, "ap-southeast-1": 85})


def record(identifier: str, **policy: object) -> Record:
    return Record(name="api", type="A", identifier=identifier, values=(identifier,), **policy)  # type: ignore[arg-type]


def but(*sick: str) -> Callable[[Record], bool]:
    return lambda r: r.identifier not in sick


def chosen(
    records: list[Record], where: Location = NA, healthy: Callable[[Record], bool] = lambda r: True, chance: float = 0.0
) -> list[str]:
    return [r.identifier for r in choose(records, where, healthy, chance)]


GEOGRAPHY = [
    record("us", continent="NA"),
    record("eu", continent="EU"),
    record("ap", continent="AS"),
    record("else", country="*"),
]


@pytest.mark.parametrize(("where", "sick", "answer"), [
    (NA, (), "us"),
    (EU, (), "eu"),
    (EVERYWHERE, (), "else"),
    (NA, ("us",), "else"),
    (NA, ("us", "else"), "us"),
    (EU, ("us", "else"), "eu"),
])  # fmt: skip
def test_geolocation_goes_wider_past_sick_records_and_back_when_all_are_sick(
    where: Location, sick: tuple[str, ...], answer: str
) -> None:
    assert chosen(GEOGRAPHY, where, but(*sick)) == [answer]


def test_a_country_is_asked_before_its_continent() -> None:
    assert chosen([*GEOGRAPHY, record("usa", country="US")], NA) == ["usa"]


def test_a_client_whom_no_location_covers_gets_no_answer() -> None:
    assert chosen([record("eu", continent="EU")], NA) == []


LATENCY = [record("us", region="us-east-1"), record("eu", region="eu-west-1"), record("ap", region="ap-southeast-1")]


@pytest.mark.parametrize(("where", "sick", "answer"), [
    (NA, (), "us"),
    (EU, (), "eu"),
    (NA, ("us",), "eu"),
    (NA, ("us", "eu"), "ap"),
    (NA, ("us", "eu", "ap"), "us"),
])  # fmt: skip
def test_latency_takes_the_nearest_healthy_region_or_the_nearest_when_none_is(
    where: Location, sick: tuple[str, ...], answer: str
) -> None:
    assert chosen(LATENCY, where, but(*sick)) == [answer]


WEIGHTED = [record("heavy", weight=60), record("light", weight=40), record("spare", weight=0)]


@pytest.mark.parametrize(("chance", "sick", "answer"), [
    (0.0, (), "heavy"),
    (0.59, (), "heavy"),
    (0.61, (), "light"),
    (0.99, (), "light"),
    (0.0, ("heavy",), "light"),
    (0.99, ("heavy", "light"), "spare"),
    (0.0, ("heavy", "light", "spare"), "heavy"),
])  # fmt: skip
def test_weights_are_shares_of_the_healthy_and_zero_is_the_last_resort(
    chance: float, sick: tuple[str, ...], answer: str
) -> None:
    assert chosen(WEIGHTED, NA, but(*sick), chance) == [answer]


def test_records_that_all_weigh_nothing_share_alike() -> None:
    records = [record("a", weight=0), record("b", weight=0)]
    assert {chosen(records, chance=c)[0] for c in (0.0, 0.6)} == {"a", "b"}


FAILOVER = [record("second", failover="SECONDARY"), record("first", failover="PRIMARY")]


@pytest.mark.parametrize(("sick", "answer"), [
    ((), "first"),
    (("first",), "second"),
    (("second",), "first"),
    (("first", "second"), "first"),
])  # fmt: skip
def test_failover_answers_with_the_secondary_only_while_the_primary_alone_is_sick(
    sick: tuple[str, ...], answer: str
) -> None:
    assert chosen(FAILOVER, NA, but(*sick)) == [answer]


def test_multivalue_answers_with_every_healthy_record_up_to_eight() -> None:
    many = [record(str(n), multivalue=True) for n in range(10)]
    assert len(chosen(many)) == 8
    assert sorted(chosen(many[:3], NA, but("1"))) == ["0", "2"]


def test_a_simple_record_answers_whatever_its_health() -> None:
    assert chosen([record("only")], NA, but("only")) == ["only"]
