"""The units that bounds may be written in, and how an amount reads."""

from collections.abc import Mapping
from decimal import Decimal

_TIME: Mapping[str, int] = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1_000),
    **dict.fromkeys(("min", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hour", "hours"), 3_600_000),
}
_WORDS: Mapping[str, Mapping[str, int]] = {
    "s": _TIME,
    "ms": _TIME,
    "%": {"%": 1, "percent": 1},
    "writes": {"writes": 1, "write": 1},
    "instances": {"instances": 1, "instance": 1},
    "instance-minutes": {"instance-minutes": 1, "instance-hours": 60},
    "pp": {"pp": 1},
    "requests/s": dict.fromkeys(("requests/s", "req/s", "rps"), 1),
    "orders": {"orders": 1, "order": 1},
    "carts": {"carts": 1, "cart": 1},
    "USD": dict.fromkeys(("usd", "dollars", "dollar"), 1),
}
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "s": ("ms", "s", "min", "h"),
    "ms": ("ms", "s"),
    "%": ("%",),
    "writes": ("writes",),
    "instances": ("instances",),
    "instance-minutes": ("instance-minutes", "instance-hours"),
    "pp": ("pp",),
    "requests/s": ("requests/s",),
    "orders": ("orders",),
    "carts": ("carts",),
    "USD": ("USD",),
}
_COUNTED = ("writes", "carts", "instances")


def legal_units(unit: str) -> tuple[str, ...]:
    """The units that a bound on a measure in `unit` may be written in, shortest spelling."""
    return _SHOWN[unit]


def convert(number: Decimal, written: str, unit: str) -> float | None:
    """A number written in one unit, in the unit of the measure; None where the two are of different kinds."""
    words = _WORDS[unit]
    factor = words.get(written if written == "%" else written.lower())
    return None if factor is None else float(number * factor / words[unit.lower()])


def amount(value: float, unit: str) -> str:
    """A value with its unit, to about three digits: "31.8 s", "12 min 30 s", "99.95 %", "1 write"."""
    if unit == "s" and abs(value) >= 120:
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes} min {seconds:02d} s" if seconds else f"{minutes} min"
    if unit in _COUNTED:
        return f"{value:.0f} {unit[:-1] if value == 1 else unit}"
    return f"{_digits(value, 4 if unit == '%' else _decimals(value))} {unit}"


def moment(at: float, time_scale: float) -> str:
    """A moment of the run, in model seconds since its start; `at` is in real ones, as everything recorded is."""
    return f"{at * time_scale:.1f} s"


def _decimals(value: float) -> int:
    size = abs(value)
    return 1 if size >= 10 else 2 if size >= 1 else 3


def _digits(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
