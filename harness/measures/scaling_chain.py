"""How one region scaled when demand rose: every link of the chain with when it was seen, and how closely."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.measures.bracket import Bracket
from harness.measures.capacity_readings import Reading, at_moment, capacity_readings, watched
from harness.measures.capacity_slots import populations_of
from harness.measures.demand import Demand, demand
from harness.measures.scaling_clients import back_in_bounds, kept_its_bound, serves_its_share
from harness.measures.scaling_link import Link, never, seen, unknown
from harness.measures.scaling_links import ALARM, DEMAND, DESIRED, HEALTHY, IN_SERVICE, LAUNCHED, METRIC
from harness.measures.stages import moved
from harness.measures.units import amount
from harness.model.history import History, Series

Readings = tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The links of one region in their order. `needed`: whether demand asked more of it than it had."""

    region: str
    links: tuple[Link, ...]
    needed: bool

    def link(self, name: str) -> Link:
        """The link of a name."""
        return next(link for link in self.links if link.name == name)


def chains(history: History) -> tuple[Chain, ...] | str:
    """The chain of each region that served clients, or why there is none."""
    risen = demand(history)
    if isinstance(risen, str):
        return risen
    fleets = capacity_readings(history)
    if not fleets:
        return "nobody watched the capacity of the stack"
    served = {region for region in fleets if populations_of(history, region)}
    if not served:
        return "no region whose capacity was watched served any population"
    return tuple(_chain(history, region, risen, fleets[region]) for region in sorted(served))


def _chain(history: History, region: str, risen: Demand, readings: Readings) -> Chain:
    asked = _asked(readings, risen)
    added = asked.added if isinstance(asked, _Asked) else None
    until = min(risen.falls, readings[-1].at) if readings else risen.falls
    desired = asked if isinstance(asked, Link) else seen(DESIRED, asked.reading.moment, asked.words)
    links = (
        seen(DEMAND, Bracket(after=risen.rises, until=risen.rises), f"the profile {risen.name}".rstrip()),
        _metric(history, region, risen),
        _alarm(history, region, risen),
        desired,
        *_followed(readings, asked, until),
        serves_its_share(history, region, risen, desired, added),
        back_in_bounds(history, region, risen),
    )
    called = links[2].happened or _should_ring(history, region, risen)
    calm = desired.missed and not called and kept_its_bound(history, region, risen)
    return Chain(region=region, links=links, needed=not calm)


# what AWS saw and decided


def _metric(history: History, region: str, risen: Demand) -> Link:
    if not any(_rules(history, region)):
        return unknown(METRIC, "no policy of the group adds capacity by an alarm")
    after = list(_after(history, region, risen))
    if not any(periods for _, periods in after):
        return unknown(METRIC, "CloudWatch had no data of the metrics of the scaling policies")
    over = [(period, rule) for rule, periods in after for period, value in periods if _crosses(rule, value)]
    if not over:
        last = max(period.until for _, periods in after for period, _ in periods)
        return never(METRIC, min(last, risen.falls), "no metric of a scaling policy went over its target")
    period, rule = min(over, key=lambda each: each[0].until)
    return seen(METRIC, period, f"{rule['name']} over {float(rule['threshold']):g}")


def _should_ring(history: History, region: str, risen: Demand) -> bool:
    """Whether a metric was over its target in as many periods as the alarm rings for."""
    return any(_rings(rule, [_crosses(rule, value) for _, value in p]) for rule, p in _after(history, region, risen))


def _rings(rule: Mapping[str, Any], over: Sequence[bool]) -> bool:
    needed, of = int(rule.get("datapoints_to_alarm", 1)), int(rule.get("evaluation_periods", 1))
    return any(sum(over[begin : begin + of]) >= needed for begin in range(len(over)))


def _after(
    history: History, region: str, risen: Demand
) -> Iterator[tuple[Mapping[str, Any], Sequence[tuple[Bracket, float]]]]:
    """The rules of a region that add capacity, each with the periods of its metric that end after demand rose."""
    for rule in _rules(history, region):
        for series in history.series:
            if _is_of(series, rule, region):
                yield rule, list(_periods(series, risen))


def _rules(history: History, region: str) -> Iterator[Mapping[str, Any]]:
    """The alarms that add capacity in a region."""
    return (rule for rule in watched(history, region).get("alarms", ()) if rule.get("scaling") == "out")


def _is_of(series: Series, rule: Mapping[str, Any], region: str) -> bool:
    mine = (series.region, series.namespace, series.name, series.statistic, dict(series.dimensions))
    return mine == (region, rule["namespace"], rule["name"], rule["statistic"], dict(rule["dimensions"]))


def _periods(series: Series, risen: Demand) -> Iterator[tuple[Bracket, float]]:
    """The periods that end after demand rose, with their values."""
    lasts = series.period / risen.time_scale
    for at, value in series.points:
        if at + lasts > risen.rises:
            yield Bracket(after=at, until=at + lasts), value


def _crosses(rule: Mapping[str, Any], value: float) -> bool:
    limit = float(rule["threshold"])
    return value > limit if rule.get("above", True) else value < limit


def _alarm(history: History, region: str, risen: Demand) -> Link:
    names = {str(rule["alarm"]) for rule in _rules(history, region)}
    if not names:
        return unknown(ALARM, "no policy of the group adds capacity by an alarm")
    events = [e for e in history.every("alarm") if e.data.get("region") == region and e.data.get("name") in names]
    before = {str(e.data["name"]): e for e in events if e.at <= risen.rises}
    ringing = [e for e in before.values() if e.data.get("state") == "ALARM"]
    rang = ringing + [e for e in events if e.at > risen.rises and e.data.get("state") == "ALARM"]
    if not rang:
        return never(ALARM, risen.falls, "no alarm of a scaling policy went to ALARM")
    first = min(rang, key=lambda e: e.at)
    return seen(ALARM, moved(history, first), str(first.data["name"]))


# what the group did


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The reading in which more capacity was desired than when demand rose, and how much more."""

    reading: Reading
    before: int

    @property
    def added(self) -> int:
        return self.reading.desired - self.before

    @property
    def words(self) -> str:
        return f"{self.before} to {self.reading.desired}"


def _asked(readings: Readings, risen: Demand) -> _Asked | Link:
    """The first rise of desired capacity after demand rose, or the link that says that there was none."""
    before = at_moment(readings, risen.rises)
    if before is None:
        return unknown(DESIRED, "capacity was not watched when demand rose")
    found = next((r for r in readings if r.at > risen.rises and r.desired > before.desired), None)
    if found is not None:
        return _Asked(reading=found, before=before.desired)
    until = min(risen.falls, readings[-1].at)
    raised = before.desired > readings[0].desired
    earlier = f"; it had been raised from {readings[0].desired} before demand rose" if raised else ""
    return never(DESIRED, until, f"desired capacity stayed at {before.desired}{earlier}")


_COUNTS: Mapping[str, Callable[[Reading], int | None]] = {
    LAUNCHED: lambda reading: reading.launched,
    IN_SERVICE: lambda reading: reading.in_service,
    HEALTHY: lambda reading: reading.healthy,
}


def _followed(readings: Readings, asked: _Asked | Link, until: float) -> Iterator[Link]:
    """From when on there was as much as had been asked for first: launched, in service, healthy."""
    for name, count in _COUNTS.items():
        if isinstance(asked, Link):
            yield never(name, until, asked.said) if asked.missed else unknown(name, asked.said)
        else:
            yield _reached(name, readings, asked.reading, count, until)


def _reached(
    name: str, readings: Readings, asked: Reading, count: Callable[[Reading], int | None], until: float
) -> Link:
    later = [(reading, count(reading)) for reading in readings if reading.at >= asked.at]
    known = [(reading, number) for reading, number in later if number is not None]
    if not known:
        return unknown(name, "no target group tells how many targets are healthy")
    found = next((reading for reading, number in known if number >= asked.desired), None)
    most = max(number for _, number in known)
    if found is None:
        return never(name, max(until, asked.at), f"{most} of {asked.desired} that were asked for")
    return seen(name, found.moment, amount(asked.desired, "instances"))
