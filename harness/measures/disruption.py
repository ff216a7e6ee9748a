"""What the fault did to the clients: when they first felt it, and when the last of them was served again.

Only what happened from the injection until healing began counts: what comes after is failing back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from harness.measures.bracket import Bracket, earliest, latest
from harness.measures.trace import Trace, traces
from harness.model.history import Event, History, Request

DEFAULT_SUSTAINED = 10.0
QUIET_PROBES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The failures of one trace: when it went `down` and `up`, and `back`, the first success no failure followed.

    `up` and `back` are None when it never ended; `seen_after` is how long success was watched, real seconds.
    `relapse` is the first failure after a recovery that had been sustained.
    """

    trace: Trace
    first: Request
    last: Request
    failures: int
    down: Bracket
    up: Bracket | None
    back: Request | None
    seen_after: float
    relapse: Request | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """All outages between `injected` and `end` (real seconds); at least one."""

    injected: float
    end: float
    traces: tuple[Trace, ...]
    outages: tuple[Outage, ...]
    sustained_for: float

    @property
    def effect(self) -> Bracket:
        """When the first client was cut off."""
        return earliest(o.down for o in self.outages)

    @property
    def first_hit(self) -> Outage:
        """The outage that began first."""
        return min(self.outages, key=lambda o: o.down.guess)

    @property
    def recovery(self) -> Bracket | None:
        """When the last client was served again; None when one never was."""
        ups = [o.up for o in self.outages if o.up is not None]
        return latest(ups) if len(ups) == len(self.outages) else None

    @property
    def last_served(self) -> Outage:
        """The outage that ended last, or one that never did."""
        return max(self.outages, key=lambda o: (o.up is None, o.up.guess if o.up else o.last.sent))

    @property
    def unsettled(self) -> tuple[Outage, ...]:
        """The outages after which success was not watched for the sustained window."""
        return tuple(o for o in self.outages if o.back is None or o.seen_after < self.sustained_for - 1e-9)

    def of(self, population: str | None) -> "Disruption | None":
        """The part that one population saw, None when it saw no failure; everything for None."""
        if population is None:
            return self
        mine = tuple(o for o in self.outages if o.trace.population == population)
        return replace(self, outages=mine) if mine else None


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
    outages = tuple(o for t in known if (o := _outage(t, injected, end, sustained)) is not None)
    if complete and (quiet := _quiet(history, known, outages, injected)):
        return f"{', '.join(quiet)} went quiet: what was not probed cannot have recovered"
    if not outages:
        return f"no client saw an effect between the injection at {injected:.2f} s and {end:.2f} s"
    return Disruption(
        injected=injected,
        end=end,
        traces=known,
        outages=outages,
        sustained_for=sustained,
    )


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
    faults = [f for e in events for f in e.data.get("faults", ())]
    named = [f["options"]["region"] for f in faults if f.get("options", {}).get("region")]
    named = named or [r for e in events for r in _named_regions(e)]
    if not named:
        named = [x["region"] for e in events for x in e.data.get("experiments", ()) if x.get("region")]
    return tuple(dict.fromkeys(named))


def _named_regions(event: Event) -> list[str]:
    options = [event.data, *(event.data.get(k) for k in ("options", "plan", "fault"))]
    nested = [o for o in options if isinstance(o, Mapping)]
    found: list[Any] = [
        o.get("region") for o in (*nested, *(o.get("options") for o in nested)) if isinstance(o, Mapping)
    ]
    return [region for region in found if isinstance(region, str)]


def _outage(trace: Trace, injected: float, end: float, sustained: float) -> Outage | None:
    """The first outage; `end` of it is the first success that no failure follows for `sustained` real seconds."""
    every = trace.failures(injected, end)
    if not every:
        return None
    failed = _until_sustained(trace, every, sustained)
    relapse = trace.requests[every[len(failed)]] if len(failed) < len(every) else None
    until = relapse.sent if relapse else end
    after = [r for i, r in enumerate(trace.requests) if i > failed[-1] and trace.expected(i) < until]
    return Outage(
        trace=trace,
        first=trace.requests[failed[0]],
        last=trace.requests[failed[-1]],
        failures=len(failed),
        down=trace.down(failed[0], floor=injected),
        up=trace.up(failed[-1]) if after else None,
        back=trace.back(failed[-1]) if after else None,
        seen_after=after[-1].sent - after[0].sent + trace.spacing if after else 0.0,
        relapse=relapse,
    )


def _until_sustained(trace: Trace, failed: tuple[int, ...], sustained: float) -> tuple[int, ...]:
    """The failures up to the first one that is followed by success for long enough."""
    for position, (one, other) in enumerate(pairwise(failed), start=1):
        back = trace.back(one)
        if back is not None and trace.requests[other].sent - back.sent >= sustained:
            return failed[:position]
    return failed


def _quiet(history: History, known: tuple[Trace, ...], outages: tuple[Outage, ...], injected: float) -> list[str]:
    """Populations without a probe, and traces that stopped before the last client was served again."""
    needed = max([injected, *(o.last.sent for o in outages)])
    missing = [p for p in history.populations if all(t.population != p for t in known)]
    return missing + [t.name for t in known if t.requests[-1].sent + QUIET_PROBES * t.spacing < needed]
