"""Durations as FIS writes them."""

import re
from datetime import timedelta

_DURATION = re.compile(r"P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_LONGEST_NUMBER = 9  # digits; no duration that FIS takes is near it


def span(text: str) -> timedelta | None:
    """An ISO 8601 duration of days, hours, minutes and seconds; None for what is none."""
    match = _DURATION.fullmatch(text)
    if match is None or any(len(part or "") > _LONGEST_NUMBER for part in match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
