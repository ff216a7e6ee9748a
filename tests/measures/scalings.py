"""Made-up runs in which demand rises tenfold and a region scales from 2 to 6. Seconds are real, time x 10.

The profile begins at 20 s and lasts for 60 s; clients are driven until 100 s. What happens when stands in `Course`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from harness.judge import slot_edges
from harness.measures.sample import phase_edges
from harness.model.history import Event, History, Outcome, Series
from harness.model.load import Intervals, Load, Sample, nanoseconds
from harness.model.verdict import Bound, Criterion, Relation
from harness.reports.frames import chart_edges
from tests.measures.histories import event

SCALE = 10.0
BEGAN, ENDED, DROVE, END = 20.0, 80.0, 100.0, 101.0
BASE, PEAK = 40.0, 400.0
HOME = {"NA": "us-east-1", "EU": "eu-west-1"}
STEP = ((0.0, PEAK), (600.0, PEAK))
NEVER = 1e9
METRIC = {"namespace": "AWS/ApplicationELB", "name": "RequestCountPerTarget", "statistic": "Sum"}


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one region fares: when it is what, in real seconds; NEVER for what does not happen."""

    share: float = 1.0
    metric: float = 22.0
    alarm: float = 23.0
    desired: float = 24.0
    launched: float = 24.5
    in_service: float = 27.0
    healthy: float = 28.0
    serves: float = 29.0
    good_again: float = 30.0
    bad: bool = True
    since: float = 1.0
    until: float = 99.0
    most: int = 6
    poll: float = 0.5
    instances: bool = True
    each: float | None = 80.0
    bound: float | None = 200.0
    named: bool = True


COURSES = {"us-east-1": Course()}


def scaled(
    courses: dict[str, Course] | None = None,
    *,
    points: Any = STEP,
    more: Iterable[Event] = (),
    without: Iterable[str] = (),
    criteria: Iterable[str] = ("scaling time", "under-capacity"),
    **fields: Any,
) -> History:
    """A run of these regions, its load counted as the measures of these names need it."""
    known = courses if courses is not None else COURSES
    left = frozenset(without)
    events = [*_journal(points), *(e for r, c in known.items() for e in _events(r, c)), *more]
    ordered = sorted((e for e in events if e.kind not in left), key=lambda e: e.at)
    history = History(
        **{
            "drill": "black friday",
            "environment": "lab",
            "time_scale": SCALE,
            "populations": tuple(p for p, home in HOME.items() if home in known),
            "events": tuple(replace(e, seq=n) for n, e in enumerate(ordered)),
            "series": tuple(s for r, c in known.items() for s in _series(r, c)),
            **fields,
        }
    )
    return counted(history, known, [criterion(name) for name in criteria])


def criterion(measure: str, most: float = 120.0, unit: str = "s", relation: Relation = Relation.AT_MOST) -> Criterion:
    """A criterion on a measure."""
    return Criterion(measure=measure, bound=Bound(relation=relation, value=most, unit=unit))


def counted(history: History, courses: dict[str, Course], criteria: Iterable[Criterion]) -> History:
    """The history with its load counted over the edges that criteria and charts ask for."""
    phases = tuple(nanoseconds(at) for at in phase_edges(history))
    wanted = {*phase_edges(history), *slot_edges(history, criteria), *chart_edges(history)}
    slots = tuple(sorted({nanoseconds(at) for at in wanted}))

    def counts(edges: tuple[int, ...]) -> Intervals:
        pairs = [(a / 1e9, b / 1e9) for a, b in pairwise(edges)]
        return Intervals(edges=edges, samples={n: _samples(courses, a, b) for n, (a, b) in enumerate(pairs)})

    return replace(history, load=Load(phases=counts(phases), slots=counts(slots)))


def rate(at: float) -> float:
    """Requests per real second of all populations."""
    return PEAK if BEGAN <= at < ENDED else BASE if 0 <= at < DROVE else 0.0


def _samples(courses: dict[str, Course], since: float, until: float) -> dict[str, Sample]:
    return {p: _sample(home, courses[home], since, until) for p, home in HOME.items() if home in courses}


def _sample(region: str, course: Course, since: float, until: float) -> Sample:
    """What was due in a part of the run, added up in steps of 10 ms."""
    steps = [since + (n + 0.5) * 0.01 for n in range(round((until - since) / 0.01))]
    fast, slow = 0.0, 0.0
    answered: dict[str, float] = {}
    for at in steps:
        count = 0.01 * rate(at) * course.share
        good = at < BEGAN or at >= course.good_again or not course.bad
        fast, slow = (fast + count, slow) if good else (fast, slow + count)
        names = ["i-1", "i-2", *(f"i-{n}" for n in range(3, course.most + 1) if at >= course.serves)]
        for name in names:
            answered[name] = answered.get(name, 0.0) + count / len(names)
    waits = {20_000: round(fast), 500_000: round(slow)}
    waits = {micros: n for micros, n in waits.items() if n}
    return Sample(
        outcomes={(Outcome.OK, region): sum(waits.values())} if waits else {},
        instances={(region, name): round(n) for name, n in answered.items()} if course.named else {},
        latency=waits,
        service=waits,
        longest_answer=500_000_000,
        longest_wait=500_000_000,
    )


def _journal(points: Any) -> list[Event]:
    listed = [list(point) for point in points]
    return [
        event(0.0, "opened", wall="2026-11-27T08:00:00+00:00", drill="black friday"),
        event(0.0, "phase", phase="steady"),
        event(BEGAN, "profile", name="doors open", points=listed, rate=BASE, began=BEGAN),
        event(BEGAN, "phase", phase="loaded"),
        event(ENDED, "phase", phase="restored"),
        event(DROVE, "drove"),
        event(END, "closed", status="completed"),
    ]


def _events(region: str, course: Course) -> list[Event]:
    rule = {"alarm": f"{region}-high", "scaling": "out", "above": True, "threshold": 1000.0, "period": 10, **METRIC}
    facts = {"capacity_per_instance": course.each, "p95_bound": course.bound, "alarms": [{**rule, "dimensions": {}}]}
    found = [event(0.5, "watching capacity", region=region, group=region, **facts)]
    if course.alarm < NEVER:
        named = {"name": f"{region}-high", "region": region, "state": "ALARM", "previous": "OK", "scaling": "out"}
        found.append(event(course.alarm, "alarm", **named, poll_interval=0.1))
    moments = {course.since, course.until, *(getattr(course, name) for name in CAPACITY)}
    return found + [_reading(region, course, at) for at in sorted(moments) if course.since <= at < NEVER]


CAPACITY = ("desired", "launched", "in_service", "healthy")


def _reading(region: str, course: Course, at: float) -> Event:
    def of(name: str, before: int = 2) -> int:
        return course.most if at >= getattr(course, name) else before

    pending = of("launched") - of("in_service")
    counts = {"desired": of("desired"), "in_service": of("in_service"), "pending": pending, "healthy": of("healthy")}
    data = {"region": region, "group": region, **counts, "warmed": 0, "terminating": 0, "instances": {}}
    return event(at, "capacity", **data, poll_interval=course.poll)


def _series(region: str, course: Course) -> list[Series]:
    points = tuple((float(at), 2000.0 if at >= course.metric else 600.0) for at in range(1, 99))
    return [Series(region=region, period=10.0, points=points, **METRIC)]


def changed(**changes: Any) -> History:
    """The one region with these changes of its course."""
    return scaled({"us-east-1": Course(**changes)})
