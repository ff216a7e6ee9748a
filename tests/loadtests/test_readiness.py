"""Who takes the next request."""

from loadtests.readiness import REST, Readiness


def among(*shoppers: str) -> Readiness[str]:
    ready: Readiness[str] = Readiness()
    for each in shoppers:
        ready.arrive(each)
    return ready


def test_when_nobody_waits_nobody_is_picked() -> None:
    assert among().pick(0) is None


def test_a_shopper_in_a_journey_goes_before_one_that_would_begin_a_journey() -> None:
    ready = among("new")
    ready.think("walking", 5)
    assert [ready.pick(5), ready.pick(5), ready.pick(5)] == ["walking", "new", None]


def test_a_shopper_that_thinks_is_not_ready() -> None:
    ready = among()
    ready.think("slow", 10)
    assert ready.pick(9) is None
    assert ready.pick(10) == "slow"


def test_of_those_in_a_journey_the_longest_ready_goes_first() -> None:
    ready = among()
    for name, until in (("third", 30), ("first", 10), ("second", 20), ("also second", 20)):
        ready.think(name, until)
    assert [ready.pick(40) for _ in range(4)] == ["first", "second", "also second", "third"]


def test_there_are_as_many_sessions_as_the_rate_needs_and_each_rests_a_second() -> None:
    ready = among(*(f"s{n}" for n in range(50)))
    last: dict[str, int] = {}
    for n in range(100):
        due = n * REST // 10
        shopper = ready.pick(due)
        assert shopper is not None
        assert due - last.get(shopper, -REST) >= REST
        last[shopper] = due
        ready.rest(shopper, due)
    assert len(last) == 10


def test_when_all_rest_the_one_that_rests_longest_goes() -> None:
    ready = among()
    ready.rest("a", 1)
    ready.rest("b", 2)
    assert [ready.pick(3), ready.pick(3), ready.pick(3)] == ["a", "b", None]


def test_who_left_is_never_picked_and_may_come_again() -> None:
    ready = among("stays", "leaves")
    ready.leave("leaves")
    assert ready.waiting == 1
    assert [ready.pick(0), ready.pick(0)] == ["stays", None]
    ready.arrive("leaves")
    assert ready.pick(0) == "leaves"
