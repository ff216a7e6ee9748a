"""Spans of time as a profile writes them, by the units of criteria."""

import re
from decimal import Decimal

from harness.measures.units import convert

_SPAN = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)")
LONGEST = 7 * 86400.0


def seconds(written: object) -> float:
    """ "20 minutes", "90 s": as seconds. Raises ValueError that says what a span looks like."""
    found = _SPAN.fullmatch(str(written).strip())
    value = convert(Decimal(found["number"]), found["unit"], "s") if found else None
    if value is None:
        raise ValueError(f"{written!r} is no span of time; write a number and a unit, such as 20 minutes or 90 s")
    if value > LONGEST:
        raise ValueError(f"{written!r} is longer than a week")
    return value
