"""Who takes which part of a load, and who is not there any more. Pure: nothing of gevent or Locust is imported."""

from hypothesis import given
from hypothesis import strategies as st

from harness.load.clock_offset import RoundTrip
from loadtests.crew import ROUND_TRIPS, SECOND, Member, parts
from loadtests.messages import LEASE, LOST_AFTER, PING_EVERY

SHOPPERS = st.dictionaries(st.sampled_from(["NA", "EU", "AP"]), st.lists(st.integers(0, 3), min_size=4, max_size=4))


def member(number: int, *, remote: bool = False) -> Member:
    return Member(id=f"w{number}", number=number, host="here", remote=remote, heard=0)


@given(st.integers(1, 4), SHOPPERS)
def test_every_population_is_shared_out_whole_among_those_who_have_shoppers_of_it(
    count: int, shoppers: dict[str, list[int]]
) -> None:
    crew = [member(n) for n in range(count)]
    by_worker = {name: {f"w{n}": each for n, each in enumerate(counts)} for name, counts in shoppers.items()}
    shares = parts(crew, by_worker)
    assert set(shares) == {each.id for each in crew}
    for name, counts in by_worker.items():
        taken = sorted(tuple(share[name]) for share in shares.values() if name in share)
        assert taken == [(index, len(taken)) for index in range(len(taken))] != []
        able = {each.id for each in crew if counts[each.id]}
        assert not able or {id_ for id_, share in shares.items() if name in share} == able


def test_a_worker_stops_by_itself_before_others_take_its_part() -> None:
    assert PING_EVERY < LEASE < LOST_AFTER


def test_a_worker_is_silent_after_a_while_without_an_answer() -> None:
    one = member(1)
    one.answered(RoundTrip(sent=0, answered=5, received=SECOND), waiting=3, relieved=False)
    assert not one.silent(SECOND + round(LOST_AFTER * SECOND))
    assert one.silent(SECOND + round(LOST_AFTER * SECOND) + 1)


def test_a_worker_of_this_machine_has_this_clock_and_one_of_another_has_to_be_asked() -> None:
    here, there = member(1), member(2, remote=True)
    assert (here.synchronised, here.offset, here.uncertainty_ms) == (True, 0, 0.0)
    for n in range(ROUND_TRIPS):
        assert not there.synchronised
        at = n * SECOND
        there.answered(RoundTrip(sent=at, answered=at + 7 * SECOND, received=at + 2_000_000), waiting=0, relieved=False)
    assert there.synchronised
    assert there.offset == 7 * SECOND - 1_000_000
    assert there.uncertainty_ms == 1.0
