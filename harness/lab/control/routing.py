"""How Route 53 chooses among records of one name and type. Pure: no clock, no network, no chance but a number given.

An unhealthy record is passed over; when every record that could answer is unhealthy, all count as healthy. Geolocation
asks for the most specific location first (country, then continent, then `*`), and goes wider past unhealthy ones.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a client is: ISO country and Route 53 continent code ("" unknown), one-way delay in ms to each region."""

    country: str = ""
    continent: str = ""
    delays: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One resource record set. `alias` is the name that an alias points at; `ttl` is in model seconds."""

    name: str
    type: str
    ttl: float = 0
    values: tuple[str, ...] = ()
    identifier: str = ""
    alias: str = ""
    evaluates_target: bool = False
    health_check: str = ""
    weight: int | None = None
    region: str = ""
    failover: str = ""  # PRIMARY | SECONDARY
    continent: str = ""
    country: str = ""  # `*` is the default location
    multivalue: bool = False


Healthy = Callable[[Record], bool]


def choose(records: Sequence[Record], where: Location, healthy: Healthy, chance: float) -> tuple[Record, ...]:
    """The records that answer: one, several for multivalue, none when no location matches. `chance` is in [0, 1)."""
    if not records:
        return ()
    first = records[0]
    if first.country or first.continent:
        return _located(records, where, healthy)
    if first.multivalue:
        usable = _usable(records, healthy)
        start = int(chance * len(usable))
        return tuple(usable[start:] + usable[:start])[:8]
    if first.weight is not None:
        return (_weighted(records, healthy, chance),)
    if first.failover:
        return (_failover(records, healthy),)
    return (min(_usable(records, healthy), key=lambda r: where.delays.get(r.region, float("inf"))),)


def _usable(records: Sequence[Record], healthy: Healthy) -> list[Record]:
    return [r for r in records if healthy(r)] or list(records)


def _weighted(records: Sequence[Record], healthy: Healthy, chance: float) -> Record:
    # A record of weight 0 answers only where no heavier one can.
    heavy = [r for r in records if r.weight]
    pool = [r for r in heavy if healthy(r)] or [r for r in records if not r.weight and healthy(r)] or heavy or records
    total = sum(r.weight or 0 for r in pool)
    if total == 0:
        return pool[int(chance * len(pool))]
    mark = chance * total
    for record in pool:
        mark -= record.weight or 0
        if mark < 0:
            return record
    return pool[-1]


def _failover(records: Sequence[Record], healthy: Healthy) -> Record:
    ordered = sorted(records, key=lambda r: r.failover != "PRIMARY")
    return _usable(ordered, healthy)[0]


def _located(records: Sequence[Record], where: Location, healthy: Healthy) -> tuple[Record, ...]:
    matching = [
        *(r for r in records if where.country and r.country == where.country),
        *(r for r in records if where.continent and r.continent == where.continent),
        *(r for r in records if r.country == "*"),
    ]
    return tuple(_usable(matching, healthy)[:1]) if matching else ()
