"""What the journal says happened from when to when: faults, alarms, runbook steps, DNS answers."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harness.model.history import Event, History, Span
from harness.reports.wording import options, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Something that lasted: real seconds since the start of the run; `until` is infinite while it never ended.

    Episodes of one `key` share a row. `family` is what part of the stack a fault hits.
    """

    label: str
    since: float
    until: float = math.inf
    state: str = ""
    detail: str = ""
    region: str | None = None
    family: str = ""
    key: str = ""

    @property
    def ended(self) -> bool:
        """Whether the journal holds its end."""
        return math.isfinite(self.until)


def phases(history: History) -> tuple[Span, ...]:
    """The phases that occurred; none where the run ended before its first one."""
    return history.spans if history.first("phase") else ()


def faults(history: History) -> tuple[Episode, ...]:
    """Every fault from `injected` to `healed`, or to the end of its experiments where they were over before."""
    return tuple(_fault(history, e, name) for e in history.every("injected") for name in _names(e))


def _names(injected: Event) -> list[str]:
    """The faults of one strike; a run of an earlier version names them together."""
    return list(injected.data.get("families") or [injected.data.get("fault", "fault")])


def _fault(history: History, injected: Event, name: str) -> Episode:
    healed = (e.at for e in history.every("healed") if e.at >= injected.at and name in e.data.get("fault", name))
    regions = [plain(x.get("region", "")) for x in injected.data.get("experiments") or () if isinstance(x, Mapping)]
    targets = len(injected.data.get("targets") or ())
    detail = f"{', '.join(dict.fromkeys(regions))} · {targets} targets" if regions else f"{targets} targets"
    family = (injected.data.get("families") or {}).get(name, "")
    until = min(_over(history, injected), next(healed, math.inf))
    return Episode(label=plain(name), since=injected.at, until=until, detail=detail, family=plain(family))


def _over(history: History, injected: Event) -> float:
    """When the last experiment of a strike was seen to be over before anybody healed it."""
    of_strike = {x.get("id") for x in injected.data.get("experiments") or () if isinstance(x, Mapping)}
    healing = next((e.at for e in history.every("healing") if e.at >= injected.at), math.inf)
    ended = {e.data.get("id"): e.at for e in history.every("experiment") if e.at < healing}
    return max(ended[each] for each in of_strike) if of_strike and of_strike <= ended.keys() else math.inf


def alarms(history: History) -> tuple[Episode, ...]:
    """Every span that an alarm spent in ALARM, by alarm; those that take capacity away ring whenever load is low."""
    by_alarm: dict[tuple[str, str], list[Event]] = {}
    for event in (e for e in history.every("alarm") if e.data.get("scaling") != "in"):
        key = (plain(event.data.get("name", "")), plain(event.data.get("region", "")))
        by_alarm.setdefault(key, []).append(event)
    return tuple(e for (name, region), events in by_alarm.items() for e in _alarm(name, region, events))


def _alarm(name: str, region: str, events: list[Event]) -> Iterator[Episode]:
    since = None
    for event in events:
        ringing = event.data.get("state") == "ALARM"
        if ringing and since is None:
            since = event.at
        elif not ringing and since is not None:
            yield Episode(label=name, since=since, until=event.at, state="ALARM", detail=region, key=f"{name} {region}")
            since = None
    if since is not None:
        yield Episode(label=name, since=since, state="ALARM", detail=region, key=f"{name} {region}")


BEGINNING = {"taking": ("taken", "failed"), "undoing": ("undone", "not undone")}


def steps(history: History) -> tuple[Episode, ...]:
    """Every runbook step that was begun, with how it ended: taken, failed, undone, not undone or unfinished."""
    events = history.every("step")
    begun = [e for e in events if e.data.get("state") in BEGINNING]
    return tuple(_step(events, e) for e in begun)


def _step(events: tuple[Event, ...], begun: Event) -> Episode:
    endings = BEGINNING[begun.data["state"]]
    end = next((e for e in events if _ends(begun, e, endings)), None)
    detail = options(begun.data.get("options"))
    because = plain(end.data.get("because") or "") if end else ""
    return Episode(
        label=plain(begun.data.get("step", "step")),
        since=begun.at,
        until=end.at if end else math.inf,
        state=plain(end.data["state"]) if end else "unfinished",
        detail=" · ".join(t for t in (detail, because) if t),
        key=f"{begun.data.get('number')} {begun.data.get('step')} {detail}",
    )


def _ends(begun: Event, event: Event, endings: tuple[str, ...]) -> bool:
    same = all(event.data.get(key) == begun.data.get(key) for key in ("number", "step", "options"))
    return same and event.seq >= begun.seq and event.data.get("state") in endings


def answers(history: History) -> tuple[tuple[str, tuple[Episode, ...]], ...]:
    """What each population resolved, in order, by population (and by name where it resolved several)."""
    names = {a.name for a in history.answers}
    rows: dict[str, list[Any]] = {}
    for answer in history.answers:
        row = answer.population if len(names) == 1 else f"{answer.population} {answer.name}"
        rows.setdefault(row, []).append(answer)
    return tuple((row, tuple(_resolved(found))) for row, found in rows.items())


def _resolved(found: list[Any]) -> Iterator[Episode]:
    for answer, later in pairwise([*found, None]):
        yield Episode(
            label=plain(answer.region or "no region"),
            since=answer.at,
            until=later.at if later else math.inf,
            detail=f"{answer.name} → {', '.join(answer.addresses) or 'no address'} (TTL {answer.ttl:g} s)",
            region=answer.region,
        )


def marks(history: History, effect: float | None) -> tuple[tuple[str, float], ...]:
    """The moments that every lane is read against: injected, effect as it was measured, recovered, healed."""
    injected, healed, recovered = history.first("injected"), history.last("healed"), history.last("recovered")
    found = (
        ("injected", injected.at if injected else None),
        ("effect", effect),
        ("recovered", float(recovered.data.get("since", recovered.at)) if recovered else None),
        ("healed", healed.at if healed else None),
    )
    return tuple((name, at) for name, at in found if at is not None)
