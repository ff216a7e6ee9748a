"""Where instances go and which of them leave. Pure."""

import math
from collections.abc import Sequence

from harness.lab.scaling.member import Member


def by_need(zones: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The zones, those with the fewest instances first."""
    return sorted(zones, key=list(taken).count)


def victims(members: Sequence[Member], surplus: int) -> list[Member]:
    """Who leaves when a group shrinks: those of the fullest zone first, of these the youngest."""
    left, gone = list(members), []
    for _ in range(surplus):
        zones = [m.instance.zone for m in left]
        leaving = max(enumerate(left), key=lambda pair: (zones.count(pair[1].instance.zone), pair[0]))[1]
        left.remove(leaving)
        gone.append(leaving)
    return gone


def from_pool(warmed: Sequence[Member], zones: Sequence[str]) -> Member | None:
    """The warmed instance to take next, the zones being in order of need; none when none is in them."""
    held = [m for m in warmed if m.instance.zone in zones]
    return min(held, key=lambda m: zones.index(m.instance.zone), default=None)


def on_demand(total: int, base: int, percentage: int) -> int:
    """How many of so many instances are On-Demand: a base, and a percentage (rounded up) of those above it."""
    return min(total, base) + math.ceil(max(0, total - base) * percentage / 100)
