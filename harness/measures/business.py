"""Orders and revenue a minute, from the stack's own metrics.

A minute is one of real time, as in every rate of Drill: shoppers send per real second however fast a lab's day goes by.
On AWS, and in a lab that runs at time x 1, it is the only minute there is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil

from harness.measures.planned import parts, while_driven
from harness.measures.registry import Scope, measure
from harness.measures.sample import never_was, where
from harness.measures.units import amount, moment
from harness.model.history import History, Series
from harness.model.verdict import Measurement, Relation, unmeasured

SUM = "Sum"
MINUTE = 60.0
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A metric over all regions: periods of `length` real seconds, the n-th of which begins at `origin` + n `length`.

    `known` are those in which every region published, `partly` those in which only some did. The newest period of a
    region counts as `partly`: more of it may come in after it was read.
    """

    origin: float
    length: float
    known: Mapping[int, float]
    partly: Mapping[int, float]

    def least(self, n: int) -> float:
        """What was surely counted in a period."""
        return self.known.get(n, self.partly.get(n, 0.0))

    def within(self, since: float, until: float) -> range:
        """The periods that lie wholly in a part of the run."""
        first = ceil((since - self.origin) / self.length - ROUNDING)
        return range(first, max(first, int((until - self.origin) // self.length)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Periods from the first to the last: their sum a minute, as far as it is known, and whether any of it is not."""

    first: int
    last: int
    count: int
    rate: float
    whole: bool


@measure("orders a minute", unit="orders", relation=Relation.AT_LEAST, phase=True, population=False, window=True)
def orders_a_minute(history: History, scope: Scope) -> Measurement:
    """Orders per real minute, by the stack's own metric over all regions; in windows the worst of them.

    Resolution: half a period of the metric, for orders are published after they were placed. Where a region published
    nothing, there may have been more.
    """
    return _a_minute(history, scope, "orders", "orders")


@measure("revenue a minute", unit="USD", relation=Relation.AT_LEAST, phase=True, population=False, window=True)
def revenue_a_minute(history: History, scope: Scope) -> Measurement:
    """US dollars per real minute, by the stack's own metric over all regions; in windows the worst of them.

    Resolution: as for orders a minute.
    """
    return _a_minute(history, scope, "revenue", "USD")


def _a_minute(history: History, scope: Scope, what: str, unit: str) -> Measurement:
    driven = while_driven(history)
    if not parts(driven, scope):
        return unmeasured(unit, never_was(scope))
    sums = _sums(driven, what)
    if isinstance(sums, str):
        return unmeasured(unit, sums)
    found = _stretches(driven, scope, sums)
    if not any(n in sums.known or n in sums.partly for s in found for n in range(s.first, s.last + 1)):
        asked = f"for {amount(scope.window, 's')}" if scope.window else "for a whole period of the metric"
        return unmeasured(unit, f"the metric says nothing{where(scope)} {asked}")
    return _worst(found, sums, driven, scope, unit)


def _sums(history: History, what: str) -> Sums | str:
    """The metric of the business, or why there is none."""
    opened = history.first("opened")
    names = (opened.data.get("business") if opened else None) or {}
    if not names.get(what):
        return f"the descriptor of the stack names no metric of its {what}: write it under business"
    series = _series(history.series, names["namespace"], names[what])
    if isinstance(series, str):
        return series
    sums = _over_regions(series, series[0].period / history.time_scale)
    unread = history.first("metrics unread")  # of a region, which then may have sold more
    return replace(sums, known={}, partly={**sums.known, **sums.partly}) if unread else sums


def _series(known: Iterable[Series], namespace: str, name: str) -> tuple[Series, ...] | str:
    """The sums of the metric over the shortest period that all regions have; in each those that are split up least."""
    named = [s for s in known if (s.namespace, s.name, s.statistic) == (namespace, name, SUM) and s.points]
    if not named:
        return f"nothing was published as {name} in {namespace}"
    periods = [{s.period for s in named if s.region == region} for region in {s.region for s in named}]
    if not (common := set.intersection(*periods)):
        regions = " and ".join(dict.fromkeys(s.region for s in named))
        return f"there is no period in which both {regions} published {name}"
    fine = [s for s in named if s.period == min(common)]
    least = {s.region: min(len(o.dimensions) for o in fine if o.region == s.region) for s in fine}
    return tuple(s for s in fine if len(s.dimensions) == least[s.region])


def _over_regions(series: tuple[Series, ...], length: float) -> Sums:
    origin, regions = series[0].points[0][0], {s.region for s in series}
    values, said = dict[int, float](), dict[int, set[str]]()
    newest = {r: max(at for s in series if s.region == r for at, _ in s.points) for r in regions}
    for each in series:
        for at, value in each.points:
            n = round((at - origin) / length)
            values[n] = values.get(n, 0.0) + value
            said.setdefault(n, set())
            if at < newest[each.region]:
                said[n].add(each.region)
    return Sums(
        origin=origin,
        length=length,
        known={n: v for n, v in values.items() if said[n] == regions},
        partly={n: v for n, v in values.items() if said[n] != regions},
    )


def _stretches(history: History, scope: Scope, sums: Sums) -> list[Stretch]:
    """All that was meant as one, or every window of it: whole periods, at least as long as the window."""
    inside = [sums.within(*part) for part in parts(history, scope)]
    if scope.window is None:
        periods = [n for each in inside for n in each]
        return [_stretch(periods, sums)] if periods else []
    count = max(1, ceil(scope.window / history.time_scale / sums.length - ROUNDING))
    return [_stretch(each[n : n + count], sums) for each in inside for n in range(len(each) - count + 1)]


def _stretch(periods: Iterable[int], sums: Sums) -> Stretch:
    listed = list(periods)
    seconds = len(listed) * sums.length
    return Stretch(
        first=listed[0],
        last=listed[-1],
        count=len(listed),
        rate=sum(sums.least(n) for n in listed) / seconds * MINUTE,
        whole=all(n in sums.known for n in listed),
    )


def _worst(found: list[Stretch], sums: Sums, history: History, scope: Scope, unit: str) -> Measurement:
    """The worst stretch; it lies between the worst of all and the worst that is wholly known, where these differ."""
    least = min(found, key=lambda s: s.rate)
    known = min((s for s in found if s.whole), key=lambda s: s.rate, default=None)
    most = known.rate if known else least.rate
    value = (least.rate + most) / 2
    shift = value / (2 * least.count)
    measured = Measurement(
        value=value,
        unit=unit,
        resolution=(most - least.rate) / 2 + shift,
        because=_told(least, len(found), _when(least, sums, history.time_scale), scope, unit),
        limited_by=f"the period of the metric, {amount(sums.length * history.time_scale, 's')}",
        remedy="a longer window",
        evidence={"periods": least.count, "windows": len(found), "minute": "real"},
    )
    return measured if known else _at_least(measured, least)


def _at_least(measured: Measurement, least: Stretch) -> Measurement:
    return replace(measured, value=least.rate, evidence={**measured.evidence, "at_least": True})


def _told(least: Stretch, count: int, when: str, scope: Scope, unit: str) -> str:
    which = f"worst of {count} windows of {amount(scope.window, 's')}, " if scope.window else ""
    unknown = "" if least.whole else "; where a region published nothing there may have been more"
    return f"{which}{when}{where(scope)}: {amount(least.rate, unit)} a minute of real time{unknown}"


def _when(least: Stretch, sums: Sums, time_scale: float) -> str:
    since, until = (moment(sums.origin + n * sums.length, time_scale) for n in (least.first, least.last + 1))
    return f"from {since} to {until}"
