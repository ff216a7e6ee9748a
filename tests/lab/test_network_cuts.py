"""Which hops a cut blocks, and how far places are apart: pure functions."""

import pytest

from harness.lab.addresses import Addresses, one_way_ms, place_of, population_of
from harness.lab.network.cuts import Cuts
from harness.lab.network.packets import drop_by_third_octet

US, EU = "us-east-1", "eu-west-1"


def cut(*places: str) -> Cuts:
    cuts = Cuts()
    cuts.add("outage", places)
    return cuts


def test_a_cut_region_loses_every_hop_that_has_an_end_in_it() -> None:
    cuts = cut(US)
    assert cuts.block("NA", US)
    assert cuts.block(US, f"{US}a")
    assert cuts.block(f"{US}a", US)
    assert cuts.block(EU, US)
    assert not cuts.block("NA", EU)


def test_a_cut_zone_keeps_its_inner_hops_and_those_of_its_neighbours() -> None:
    cuts = cut(f"{US}a")
    assert cuts.block(US, f"{US}a")
    assert cuts.block(f"{US}a", EU)
    assert not cuts.block(f"{US}a", f"{US}a")
    assert not cuts.block(US, f"{US}b")


def test_two_zones_of_one_cut_are_isolated_from_each_other_too() -> None:
    assert cut(f"{US}a", f"{US}b").block(f"{US}a", f"{US}b")


def test_a_mended_cut_blocks_nothing() -> None:
    cuts = cut(US)
    cuts.remove("outage")
    assert not cuts.block("NA", US)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (f"{US}a", f"{US}b", 0.2),
        (f"{US}a", EU, 38.0),
        (EU, US, 38.0),
        ("AP", "ap-southeast-1c", 14.0),
        ("other", US, 1.0),
    ],
)
def test_the_delay_of_a_hop_is_that_between_the_regions_of_its_ends(a: str, b: str, expected: float) -> None:
    assert one_way_ms(a, b) == expected


def test_an_address_tells_its_place() -> None:
    where = Addresses(42)
    assert place_of(where.database(US)) == US
    assert place_of(where.instance("eu-west-1b", 3)) == "eu-west-1b"
    assert place_of(where.database_dial(EU, US)) == US
    assert place_of(where.checkers) == "other"
    assert population_of(where.population("AP")) == "AP"
    assert population_of(where.database(US)) is None


def test_a_slot_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="slot 220"):
        Addresses(220)


def run_filter(program: list[tuple[int, int, int, int]], third_octet: int) -> bool:
    """Interpret the jumps of a filter program; true if the packet is dropped."""
    at = 3
    while program[at][0] == 0x15:
        at += 1 + (program[at][1] if program[at][3] == third_octet else program[at][2])
    return program[at][3] == 0


def test_a_packet_filter_decides_by_the_third_octet_of_the_source() -> None:
    program = drop_by_third_octet(False, {10: True, 11: True, 20: False})
    assert [run_filter(program, octet) for octet in (10, 11, 20, 99)] == [True, True, False, False]
    program = drop_by_third_octet(True, {10: True, 20: False})
    assert [run_filter(program, octet) for octet in (10, 20, 99)] == [True, False, True]
