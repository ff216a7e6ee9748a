"""Units as people write them, and amounts as people read them."""

from decimal import Decimal

import pytest

from harness.measures.units import amount, convert, legal_units, moment


@pytest.mark.parametrize(
    ("number", "written", "unit", "value"),
    [
        *(("30", word, "s", 30.0) for word in ("s", "sec", "second", "seconds", "Seconds")),
        *(("1500", word, "s", 1.5) for word in ("ms", "millisecond", "milliseconds", "MS")),
        *(("1.5", word, "s", 90.0) for word in ("min", "minute", "minutes")),
        *(("2", word, "s", 7200.0) for word in ("h", "hour", "hours")),
        ("200", "ms", "ms", 200.0),
        ("1.5", "s", "ms", 1500.0),
        ("1", "min", "ms", 60_000.0),
        ("99.95", "%", "%", 99.95),
        ("99.95", "percent", "%", 99.95),
        ("3", "writes", "writes", 3.0),
        ("1", "write", "writes", 1.0),
        ("0.1", "pp", "pp", 0.1),
        *(("300", word, "requests/s", 300.0) for word in ("requests/s", "req/s", "rps")),
        ("40", "orders", "orders", 40.0),
        ("1", "cart", "carts", 1.0),
        *(("5", word, "USD", 5.0) for word in ("USD", "usd", "dollars")),
    ],
)
def test_a_number_is_taken_in_any_unit_of_its_kind(number: str, written: str, unit: str, value: float) -> None:
    taken = convert(Decimal(number), written, unit)
    assert taken == value
    assert isinstance(taken, float)


@pytest.mark.parametrize(
    ("written", "unit"), [("ms", "%"), ("%", "s"), ("writes", "s"), ("s", "writes"), ("percent", "ms"), ("days", "s")]
)
def test_a_unit_of_another_kind_is_none(written: str, unit: str) -> None:
    assert convert(Decimal(1), written, unit) is None


def test_the_units_that_are_offered_are_those_that_people_use() -> None:
    offered = {unit: legal_units(unit) for unit in ("s", "ms", "%", "writes")}
    assert offered == {"s": ("ms", "s", "min", "h"), "ms": ("ms", "s"), "%": ("%",), "writes": ("writes",)}
    for unit, words in offered.items():
        assert all(convert(Decimal(1), word, unit) is not None for word in words)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0, "s", "0 s"),
        (0.0004, "s", "0 s"),
        (0.1234, "s", "0.123 s"),
        (0.9994, "s", "0.999 s"),
        (1, "s", "1 s"),
        (1.234, "s", "1.23 s"),
        (9.994, "s", "9.99 s"),
        (10, "s", "10 s"),
        (10.04, "s", "10 s"),
        (31.84, "s", "31.8 s"),
        (100, "s", "100 s"),
        (119.96, "s", "120 s"),
        (120, "s", "2 min"),
        (120.6, "s", "2 min 01 s"),
        (725.2, "s", "12 min 05 s"),
        (3600, "s", "60 min"),
        (-130, "s", "-3 min 50 s"),
        (-12.34, "s", "-12.3 s"),
        (-1.236, "s", "-1.24 s"),
        (200, "ms", "200 ms"),
        (120_000, "ms", "120000 ms"),
        (99.951234, "%", "99.9512 %"),
        (100, "%", "100 %"),
        (150, "%", "150 %"),
        (0, "writes", "0 writes"),
        (1, "writes", "1 write"),
        (10, "writes", "10 writes"),
    ],
)
def test_an_amount_reads_with_about_three_digits(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


def test_a_moment_is_in_model_seconds() -> None:
    assert moment(10.485, 10.0) == "104.8 s"
    assert moment(10.485, 1.0) == "10.5 s"


@pytest.mark.parametrize("unit", ["s", "ms", "%", "writes", "pp", "requests/s", "orders", "carts", "USD"])
def test_what_is_offered_can_be_written(unit: str) -> None:
    assert all(convert(Decimal(1), word, unit) is not None for word in legal_units(unit))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1, "carts", "1 cart"),
        (0, "carts", "0 carts"),
        (312.44, "requests/s", "312.4 requests/s"),
        (-0.25, "pp", "-0.25 pp"),
        (3.2, "USD", "3.2 USD"),
        (180.0, "orders", "180 orders"),
    ],
)
def test_amounts_of_what_shops_count(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said
