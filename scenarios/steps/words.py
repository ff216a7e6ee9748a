"""The only parser of English: spans, rates and tolerances as drills write them."""

import math
import re
from datetime import timedelta

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "s": 1, "min": 60, "h": 3600}
_SPAN = re.compile(r"^(\d+(?:\.\d+)?)\s*([a-z]+)$")
_TOLERANCE = re.compile(r"^(at most|at least)\s+(\d+(?:\.\d+)?)\s*(\S+)$")


def span(text: str) -> timedelta:
    """ "5 minutes", "90 s", "1 hour". Raises ValueError that says what a span looks like."""
    found = _SPAN.match(text.strip())
    unit = found[2] if found else ""
    seconds = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
    if not found or seconds is None:
        raise ValueError(f"{text!r} is no span of time; write a number and a unit, such as 5 minutes or 90 s")
    try:
        return timedelta(seconds=float(found[1]) * seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is too long for a span of time") from None


def rate(text: str) -> float:
    """A number of events per second. Raises ValueError."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and found >= 0):
        raise ValueError(f"{text!r} is no rate; write a number")
    return found


def above_nothing(text: str) -> float:
    """A number above 0. Raises ValueError."""
    found = rate(text)
    if found <= 0:
        raise ValueError(f"{text!r} is not above 0")
    return found


def count(text: str) -> int:
    """A whole number of at least 1. Raises ValueError."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{text!r} is no number of them; write a whole number of at least 1")
    return int(text)


def tolerance(text: str) -> tuple[str, float, str]:
    """ "at most 1 s" as (relation, value, unit). Raises ValueError that says what a tolerance looks like."""
    found = _TOLERANCE.match(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no tolerance; write at most or at least, a number and a unit: at most 1 s")
    return found[1], float(found[2]), found[3]
