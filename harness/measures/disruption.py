"""What the fault did to the clients: when they first felt it, and when the last of them was served again.

Only what happened from the injection until healing began counts: what comes after is failing back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import inf
from typing import Any

from harness.measures.bracket import Bracket, earliest, latest
from harness.measures.trace import Trace, answered, traces
from harness.model.history import Event, History, Request

DEFAULT_SUSTAINED = 10.0
QUIET_PROBES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The failures of one trace: when it went `down` and `up`, and `back`, the first success no failure followed.

    `up` and `back` are None when it never ended; `seen_after` is how long success was watched, real seconds.
    """

    trace: Trace
    first: Request
    last: Request
    failures: int
    down: Bracket
    up: Bracket | None
    back: Request | None
    seen_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """What clients saw between `injected` and `end` (real seconds).

    `outages` are those of the longest time without service, at least one: between two such times everybody was served
    for the sustained window. `others` are the rest.
    """

    injected: float
    end: float
    traces: tuple[Trace, ...]
    outages: tuple[Outage, ...]
    sustained_for: float
    others: tuple[Outage, ...] = ()

    @property
    def every(self) -> tuple[Outage, ...]:
        """All outages."""
        return (*self.outages, *self.others)

    @property
    def effect(self) -> Bracket:
        """When the fault first cut a client off."""
        return earliest(o.down for o in self.every)

    @property
    def began(self) -> Bracket:
        """When the longest time without service began."""
        return earliest(o.down for o in self.outages)

    @property
    def first_hit(self) -> Outage:
        """The outage that began first."""
        return min(self.every, key=lambda o: o.down.guess)

    @property
    def recovery(self) -> Bracket | None:
        """When the longest time without service was over for the last client; None when it never was."""
        ups = [o.up for o in self.outages if o.up is not None]
        return latest(ups) if len(ups) == len(self.outages) else None

    @property
    def last_served(self) -> Outage:
        """The outage of that time that ended last, or one that never did."""
        return max(self.outages, key=lambda o: (o.up is None, o.up.guess if o.up else o.last.sent))

    @property
    def spacing(self) -> float:
        """The longest time between two probes of those that were cut off; real seconds."""
        cut_off = {o.trace.name: o.trace for o in self.outages}
        return max(trace.widest() for trace in cut_off.values())

    @property
    def unsettled(self) -> tuple[Outage, ...]:
        """The outages after which success was not watched for the sustained window."""
        return tuple(o for o in self.every if _unsettled(o, self.sustained_for))

    def of(self, population: str | None) -> "Disruption | None":
        """The part that one population saw, None when it saw no failure; everything for None."""
        if population is None:
            return self
        mine = tuple(o for o in self.every if o.trace.population == population)
        if not mine:
            return None
        longest, others = _longest(mine, self.sustained_for)
        return replace(self, outages=longest, others=others)


def disruption(history: History, *, complete: bool = True) -> Disruption | str:
    """Find what clients saw of the fault, or say why nothing can be known of it.

    `complete` False makes do with what was probed, for those who ask for the effect alone.
    """
    injected = injected_at(history)
    if injected is None:
        return "no fault was injected"
    end = observed_until(history)
    known = traces(history, calm_until=injected)
    if not known:
        return "no read or write probe was sent, so nobody could see an effect"
    sustained = sustained_for(history) / history.time_scale
    outages = tuple(o for t in known for o in _outages(t, injected, end, sustained))
    if complete and (quiet := _quiet(history, known, outages, injected)):
        return f"{', '.join(quiet)} went quiet: what was not probed cannot have recovered"
    if not outages:
        return f"no client saw an effect between the injection at {injected:.2f} s and {end:.2f} s"
    longest, others = _longest(outages, sustained)
    return Disruption(injected=injected, end=end, traces=known, outages=longest, sustained_for=sustained, others=others)


def injected_at(history: History) -> float | None:
    """The earliest moment at which the fault can have taken effect: it is announced before it is injected."""
    first = next((e for e in history.events if e.kind in ("injecting", "injected")), None)
    return first.at if first else None


def observed_until(history: History) -> float:
    """When healing began, or driving ended without it."""
    return min((e.at for e in history.events if e.kind in ("healing", "drove", "aborted")), default=history.end)


def sustained_for(history: History) -> float:
    """How long success must last to count, in model seconds."""
    admitted = history.first("admitted")
    return float(admitted.data.get("sustained_for", DEFAULT_SUSTAINED)) if admitted else DEFAULT_SUSTAINED


def failed_regions(history: History) -> tuple[str, ...]:
    """The regions that the injected faults were aimed at."""
    events = [e for e in history.events if e.kind in ("injecting", "injected")]
    named = [region for e in events for f in e.data.get("faults", ()) for region in _regions_of(f, e)]
    named = named or [r for e in events for r in _named_regions(e)]
    if not named:
        named = [x["region"] for e in events for x in e.data.get("experiments", ()) if x.get("region")]
    return tuple(dict.fromkeys(named))


def _regions_of(fault: Mapping[str, Any], event: Event) -> list[str]:
    """The region that a fault names; one that names a zone is aimed at the region where its experiments run."""
    if region := fault.get("options", {}).get("region"):
        return [region]
    return [t["region"] for t in event.data.get("templates", ()) if fault.get("fault") in t.get("faults", ())]


def _named_regions(event: Event) -> list[str]:
    options = [event.data, *(event.data.get(k) for k in ("options", "plan", "fault"))]
    nested = [o for o in options if isinstance(o, Mapping)]
    found: list[Any] = [
        o.get("region") for o in (*nested, *(o.get("options") for o in nested)) if isinstance(o, Mapping)
    ]
    return [region for region in found if isinstance(region, str)]


def _outages(trace: Trace, injected: float, end: float, sustained: float) -> Iterator[Outage]:
    """Every outage of a trace: failures between which success did not last for `sustained` real seconds are one."""
    groups = _apart(trace, trace.failures(injected, end), sustained)
    for group, following in zip_longest(groups, groups[1:]):
        until = trace.requests[following[0]].sent if following else end
        yield _outage(trace, group, injected, until)


def _outage(trace: Trace, failed: list[int], injected: float, until: float) -> Outage:
    """One outage; its end is the first success after its failures."""
    after = [r for i, r in enumerate(trace.requests) if i > failed[-1] and trace.expected(i) < until and answered(r)]
    return Outage(
        trace=trace,
        first=trace.requests[failed[0]],
        last=trace.requests[failed[-1]],
        failures=len(failed),
        down=trace.down(failed[0], floor=injected),
        up=trace.up(failed[-1]) if after else None,
        back=trace.back(failed[-1]) if after else None,
        seen_after=after[-1].sent - after[0].sent + trace.spacing if after else 0.0,
    )


def _apart(trace: Trace, failed: tuple[int, ...], sustained: float) -> list[list[int]]:
    """The failures in groups, with success for long enough between them."""
    groups: list[list[int]] = []
    for each in failed:
        back = trace.back(groups[-1][-1]) if groups else None
        if groups and (back is None or trace.requests[each].sent - back.sent < sustained):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _longest(outages: tuple[Outage, ...], sustained: float) -> tuple[tuple[Outage, ...], tuple[Outage, ...]]:
    """The outages of the longest time without service, and the others. One that is not known to be over is longest."""
    groups: list[list[Outage]] = []
    for each in sorted(outages, key=lambda o: o.first.sent):
        if groups and not _over_by(groups[-1], each.first.sent, sustained):
            groups[-1].append(each)
        else:
            groups.append([each])
    longest = max(groups, key=lambda group: _length(group, sustained))
    return tuple(longest), tuple(o for group in groups if group is not longest for o in group)


def _over_by(group: list[Outage], at: float, sustained: float) -> bool:
    """Whether everybody of the group had been served for long enough by then."""
    return all(o.back is not None and at - o.back.sent >= sustained for o in group)


def _length(group: list[Outage], sustained: float) -> float:
    ups = [o.up for o in group if o.up is not None]
    if len(ups) < len(group) or any(_unsettled(o, sustained) for o in group):
        return inf
    return latest(ups).guess - earliest(o.down for o in group).guess


def _unsettled(outage: Outage, sustained: float) -> bool:
    """Whether success was not watched for long enough after it."""
    return outage.back is None or outage.seen_after < sustained - 1e-9


def _quiet(history: History, known: tuple[Trace, ...], outages: tuple[Outage, ...], injected: float) -> list[str]:
    """Populations without a probe, and traces that stopped before the last client was served again."""
    needed = max([injected, *(o.last.sent for o in outages)])
    missing = [p for p in history.populations if all(t.population != p for t in known)]
    return missing + [t.name for t in known if t.requests[-1].sent + QUIET_PROBES * t.spacing < needed]
