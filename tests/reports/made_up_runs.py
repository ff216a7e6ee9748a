"""Made-up runs that look like real ones, for the tests of the reports (seconds are real, time x 10)."""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from harness.model.history import Answer, Audit, Event, History, Outcome, Request, Stream, Watch
from harness.model.verdict import Bound, Criterion, Finding, Judgement, Measurement, Relation, Verdict
from tests.loads import counted

SCALE = 10.0
REGIONS = {"NA": "us-east-1", "EU": "eu-west-1", "AP": "ap-southeast-1"}
SHARES = {"NA": 0.60, "EU": 0.25, "AP": 0.15}
NEAR = {"NA": 0.026, "EU": 0.022, "AP": 0.030}
FAR = {"NA": 0.092, "EU": 0.022, "AP": 0.030}
EFFECT, DNS, RECOVERED, HEALED, BACK, END = 15.0, 17.6, 18.5, 40.8, 52.0, 90.0
HOSTILE = "<script>alert('x')</script>\"&]]>\x1b[31m\x00"

STEPS = [
    {"step": "promote replica", "options": {"region": "eu-west-1"}, "deadline": 120.0},
    {"step": "point Route 53", "options": {"from": "us-east-1", "to": "eu-west-1"}, "deadline": 60.0},
    {"step": "set capacity", "options": {"region": "eu-west-1", "instances": 4}, "deadline": 120.0},
]
FEATURE = """Feature: Region loss

  Scenario: Loss of a region under load
    Given the stack "storefront"
    And 30 requests a second
    And recovery time is at most 60 s
    When us-east-1 is lost for 250 s
    Then every criterion is met
"""

Plan = dict[str, Any]
Run = tuple[History, Judgement, Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a made-up run goes."""

    recovered: float = RECOVERED
    lost: int = 0
    slow: float = 1.0
    broken: bool = True


@cache
def region_loss() -> Run:
    """us-east-1 is lost, the runbook moves its clients to eu-west-1, every criterion is met."""
    course = Course()
    return _history(course), Judgement(findings=_findings(course)), plan()


@cache
def failing() -> Run:
    """The same disaster, but it took too long, lost writes and left clients slow."""
    course = Course(recovered=33.0, lost=31, slow=4.0)
    return _history(course), Judgement(findings=_findings(course)), plan()


@cache
def void() -> Run:
    """The fault touched nothing: the run proves nothing."""
    course = Course(broken=False)
    voids = (
        "the fault touched nothing: no client saw an effect within 5 min",
        "load fell short: 71 % of plan was sent",
    )
    return _history(course), Judgement(findings=_findings(course), voids=voids), plan()


@cache
def aborted() -> Run:
    """A stop condition ended the drill; nothing was measured and one fault was not healed."""
    history = _history(Course())
    kept = tuple(e for e in history.events if e.at <= 17.0 and e.kind != "healed")
    ending = Event(
        seq=900, at=17.2, kind="aborted", data={"because": "stop condition: alarm revenue-floor is in ALARM"}
    )
    closed = Event(seq=901, at=17.9, kind="closed", data={"status": "aborted"})
    cut = tuple(r for r in _of(Course()).requests if r.due < 17.0)
    short = counted(replace(history, events=(*kept, ending, closed), requests=cut, audit=None))
    unknown = Measurement(value=None, unit="s", because="the run was aborted before clients were served again")
    return short, Judgement(findings=(_finding("recovery time", _most(60, "s"), unknown),)), plan()


@cache
def empty() -> Run:
    """Nothing at all happened."""
    return _bare(), Judgement(findings=()), {}


@cache
def hostile() -> Run:
    """Every string that comes from outside tries to be markup."""
    h = HOSTILE
    events = (
        _event(0.0, "opened", drill=h, wall=h, stack=h, environment=h, partition_method=h, versions={h: h}),
        _event(0.5, "steady", gate="opening", met=False, readings=[_reading(h, h, 1.0, unit=h, because=h)]),
        _event(1.0, "injected", fault=h, experiments=[{"id": h, "region": h}], targets=[h], expires_at=h),
        _event(1.1, "alarm", name=h, region=h, state="ALARM", reported=h, previous=h),
        _event(1.2, "step", state="taking", step=h, options={h: h}),
        _event(1.3, "step", state="failed", step=h, options={h: h}, because=h),
        _event(1.4, "void", because=h),
        _event(2.0, "aborted", because=h),
        _event(2.1, "closed", status=h),
    )
    requests = tuple(
        Request(
            stream=s, population=h, name=h, due=t, sent=t, finished=t + 0.1, outcome=Outcome.OK, region=h, write_id=h
        )
        for s in Stream
        for t in (0.2, 1.2)
    )
    answers = (Answer(at=0.1, population=h, name=h, addresses=(h,), region=h, ttl=1.0),)
    audit = Audit(at=2.0, region=h, rows={}, unknown=(h,))
    history = replace(
        _bare(),
        drill=h,
        environment=h,
        populations=(h,),
        events=_numbered(events),
        requests=requests,
        answers=answers,
        audit=audit,
    )
    history = counted(history)
    criterion = Criterion(measure=h, bound=Bound(relation=Relation.AT_MOST, value=1, unit=h), phase=h, population=h)
    stages = [{"stage": h, "at": 1.0, "after_effect": 1.0, "by": h}]
    measurement = Measurement(value=2.0, unit=h, because=h, evidence={"stages": stages, h: [h]})
    finding = Finding(criterion=criterion, measurement=measurement, verdict=Verdict.FAIL, because=h)
    return (
        history,
        Judgement(findings=(finding,), voids=(h,)),
        {"folder": h, "feature": h, "experiment": {"runbook": {"name": h, "steps": [{"step": h}]}}},
    )


def plan() -> Plan:
    """What plan.json holds of the region loss."""
    return {
        "run": "loss-of-a-region-under-load-20251121T112334-4711",
        "drill": "Loss of a region under load",
        "folder": "results/loss-of-a-region-under-load/2025-11-21T11-23-34.120",
        "stack": {"stack": "storefront", "environment": "lab", "account": "123456789012"},
        "feature": FEATURE,
        "versions": {"drill": "0.1.0", "python": "3.11.9", "locust": "2.39.0"},
        "experiment": {
            "drill": "Loss of a region under load",
            "stack": "storefront",
            "faults": [{"fault": "region loss", "options": {"region": "us-east-1"}, "lasts": 250.0}],
            "runbook": {"name": "move to the second region", "starts_on": "us-east-1", "steps": STEPS},
            "load": {"users": "storefront", "rate": 30.0},
            "blast_radius": {"regions": ["us-east-1"], "accounts": [], "most_targets": 20, "longest": 600.0},
            "stop_conditions": [{"alarm": "revenue-floor", "region": "eu-west-1"}],
            "sustained_for": 10.0,
        },
    }


def _bare() -> History:
    return History(drill="", environment="lab", time_scale=SCALE, populations=(), events=())


def _history(course: Course) -> History:
    return counted(_of(course))


def _of(course: Course) -> History:
    requests = tuple(sorted(_requests(course), key=lambda r: r.due))
    writes = [r for r in requests if r.stream is Stream.WRITE]
    return History(
        drill="Loss of a region under load",
        environment="lab",
        time_scale=SCALE,
        populations=tuple(REGIONS),
        events=_numbered(sorted(_events(course), key=lambda e: e.at)),
        requests=requests,
        answers=tuple(_answers(course)),
        watches=(Watch(at=15.4, population="NA", edge="closed", region="us-east-1"),) if course.broken else (),
        audit=Audit(at=89.0, region="eu-west-1", rows=_rows(course, writes)),
    )


def _numbered(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(replace(e, seq=n) for n, e in enumerate(events))


def _rows(course: Course, writes: list[Request]) -> dict[str, int]:
    kept = {r.write_id: 1 for r in writes if r.outcome is Outcome.OK and r.write_id}
    unknown = [r.write_id for r in writes if r.outcome is Outcome.INDETERMINATE and r.write_id]
    kept |= {i: 1 for i in unknown[::3]}
    before = [r.write_id for r in writes if r.finished < EFFECT and r.population == "NA" and r.write_id]
    for lost in before[len(before) - course.lost :]:
        kept.pop(lost, None)
    return kept


def _requests(course: Course) -> Iterator[Request]:
    noise = random.Random(7)
    for population in REGIONS:
        for stream, rate in ((Stream.READ, 20.0), (Stream.WRITE, 20.0), (Stream.LOAD, 30.0 * SHARES[population])):
            for n in range(int(rate * 87)):
                yield _request(course, stream, population, 1.0 + n / rate, n, noise)


def _request(course: Course, stream: Stream, population: str, due: float, n: int, noise: random.Random) -> Request:
    moved = population == "NA" and course.broken and DNS <= due < BACK
    outcome, took = _fate(course, stream, population, due, noise)
    writes = stream is Stream.WRITE
    return Request(
        stream=stream,
        population=population,
        name="POST /orders" if writes else "GET /catalogue",
        due=due,
        sent=due + 0.0005,
        finished=due + took,
        outcome=outcome,
        region=("eu-west-1" if moved else REGIONS[population]) if outcome is Outcome.OK else None,
        status=(201 if writes else 200) if outcome is Outcome.OK else None,
        write_id=f"w-{population}-{n:05d}" if writes else None,
        error="" if outcome is Outcome.OK else "connect timeout",
    )


def _fate(course: Course, stream: Stream, population: str, due: float, noise: random.Random) -> tuple[Outcome, float]:
    writes = stream is Stream.WRITE
    down = course.broken and EFFECT <= due < course.recovered and (population == "NA" or (writes and due < 17.8))
    if down:
        early = due < EFFECT + 0.4
        return (Outcome.INDETERMINATE if early else Outcome.FAILED), (
            1.5 if early else 0.8 if population == "NA" else 1.1
        )
    moved = course.broken and course.recovered <= due < BACK
    base = (FAR if moved else NEAR)[population] * (course.slow if moved else 1.0)
    base += 0.012 if writes else 0.0
    if moved and due < course.recovered + 1.5:
        base += 0.25 * math.exp(-(due - course.recovered) * 2)
    return Outcome.OK, base * (0.9 + 0.5 * noise.random() ** 4)


def _answers(course: Course) -> Iterator[Answer]:
    for population, region in REGIONS.items():
        yield Answer(
            at=0.8, population=population, name="api.storefront.test", addresses=("127.20.10.1",), region=region, ttl=2
        )
    if course.broken:
        for at, region in ((DNS + 0.15, "eu-west-1"), (BACK + 0.2, "us-east-1")):
            yield Answer(
                at=at, population="NA", name="api.storefront.test", addresses=("127.20.20.1",), region=region, ttl=2
            )


def _event(at: float, kind: str, **data: Any) -> Event:
    return Event(seq=0, at=at, kind=kind, data=data)


def _reading(probe: str, subject: str, value: float | None, unit: str = "", **more: Any) -> dict[str, Any]:
    return {
        "probe": probe,
        "subject": subject,
        "value": value,
        "unit": unit,
        "tolerance": "at least 2",
        "met": True,
    } | more


def _events(course: Course) -> Iterator[Event]:
    yield _event(
        0.0,
        "opened",
        drill="Loss of a region under load",
        wall="2025-11-21T11:23:34+00:00",
        monotonic_ns=1,
        time_scale=SCALE,
        environment="lab",
        partition_method="dropped packets",
        stack="storefront",
        populations=list(REGIONS),
        probe_interval=0.05,
        versions={"drill": "0.1.0", "python": "3.11.9", "locust": "2.39.0"},
    )
    yield _event(0.2, "admitted")
    yield _event(0.9, "driving")
    yield _event(1.0, "phase", phase="steady")
    yield _event(8.0, "steady", gate="opening", met=True, readings=_readings())
    yield _event(14.5, "injecting", fault="region loss", plan={"region": "us-east-1"})
    experiments = [{"id": "EXP3aQ", "region": "us-east-1"}]
    targets = ["i-0a1", "i-0a2", "subnet-1", "subnet-2", "storefront-us-east-1"]
    yield _event(
        14.8,
        "injected",
        fault="region loss",
        experiments=experiments,
        targets=targets,
        expires_at="2025-11-21T11:24:20Z",
    )
    yield _event(
        14.9, "experiment", id="EXP3aQ", region="us-east-1", status="running", reason="", actions={"cut": "running"}
    )
    yield _event(15.0, "phase", phase="impaired", since=EFFECT)
    if course.broken:
        yield from _failover(course)
    yield _event(40.0, "healing", fault="region loss")
    yield _event(HEALED, "healed", fault="region loss")
    yield _event(
        41.0, "experiment", id="EXP3aQ", region="us-east-1", status="completed", reason="", actions={"cut": "completed"}
    )
    if course.broken:
        yield from _failback()
    yield _event(55.0, "phase", phase="restored")
    yield _event(62.0, "steady", gate="closing", met=True, readings=_readings(0.2))
    yield _event(88.0, "drove")
    yield _event(89.0, "audited", region="eu-west-1", rows=4400, unknown=0)
    yield _event(END, "closed", status="judged")


def _readings(more: float = 0.0) -> list[dict[str, Any]]:
    return [
        _reading("healthy targets", "us-east-1", 2, "targets"),
        _reading("healthy targets", "eu-west-1", 2, "targets"),
        _reading("replication lag", "eu-west-1", 0.04 + more, "s", tolerance="at most 1 s"),
        _reading("replication lag", "ap-southeast-1", 0.11 + more, "s", tolerance="at most 1 s"),
        _reading("P95 latency", "all", 41.0 + more * 10, "ms", tolerance="at most 200 ms"),
    ]


def _failover(course: Course) -> Iterator[Event]:
    alarm = {"name": "storefront-us-east-1-no-healthy-host", "region": "us-east-1", "reported": "2025-11-21T11:23:51Z"}
    yield _event(17.0, "alarm", state="ALARM", previous="OK", **alarm)
    yield _event(17.05, "decided", because="alarm storefront-us-east-1-no-healthy-host is in ALARM")
    yield _event(17.06, "phase", phase="failing over")
    times = ((17.1, 17.5), (17.5, 17.62), (17.7, 19.4))
    for number, (step, (since, until)) in enumerate(zip(STEPS, times, strict=True)):
        named = {"number": number, "step": step["step"], "options": step["options"]}
        yield _event(since, "step", state="taking", **named)
        yield _event(until, "step", state="taken", because=f"{step['step']}: goal reached", **named)
    yield _event(course.recovered + 1, "recovered", since=course.recovered, because="no failure for 10 s in NA, EU, AP")
    yield _event(course.recovered + 1, "phase", phase="recovered", since=course.recovered)
    yield _event(20.5, "alarm", name="api-5xx", region="eu-west-1", state="ALARM", previous="OK", reported="")
    yield _event(22.5, "alarm", name="api-5xx", region="eu-west-1", state="OK", previous="ALARM", reported="")
    yield _event(43.4, "alarm", state="OK", previous="ALARM", **alarm)


def _failback() -> Iterator[Event]:
    yield _event(44.0, "failing back")
    yield _event(44.0, "phase", phase="failing back")
    times = ((44.1, 45.0), (51.4, 52.0), (46.0, 51.2))
    for number, (step, (since, until)) in enumerate(zip(STEPS, times, strict=True)):
        named = {"number": number, "step": step["step"], "options": step["options"]}
        yield _event(since, "step", state="undoing", **named)
        yield _event(until, "step", state="undone", **named)
    yield _event(54.8, "failed back")


def _most(value: float, unit: str) -> Bound:
    return Bound(relation=Relation.AT_MOST, value=value, unit=unit)


def _finding(measure: str, bound: Bound, measurement: Measurement, **where: str) -> Finding:
    verdict, because = _judged(bound, measurement)
    criterion = Criterion(measure=measure, bound=bound, **where)  # type: ignore[arg-type]
    return Finding(criterion=criterion, measurement=measurement, verdict=verdict, because=because)


def _judged(bound: Bound, m: Measurement) -> tuple[Verdict, str]:
    if m.value is None:
        return Verdict.INCONCLUSIVE, m.because
    if m.resolution and abs(m.value - bound.value) <= m.resolution:
        return Verdict.INCONCLUSIVE, "the bound lies within the resolution of the measurement"
    met = m.value <= bound.value if bound.relation is Relation.AT_MOST else m.value >= bound.value
    return (Verdict.PASS if met else Verdict.FAIL), m.because


def _findings(course: Course) -> tuple[Finding, ...]:
    if not course.broken:
        nothing = Measurement(value=None, unit="s", because="no effect was seen in any population")
        return (
            _finding("recovery time", _most(60, "s"), nothing),
            _finding("data loss", _most(0, "writes"), _loss(course)),
        )
    recovery = Measurement(
        value=(course.recovered - EFFECT) * SCALE,
        unit="s",
        resolution=0.5,
        because="NA was the last population served again, by eu-west-1; EU and AP lost writes only",
        evidence={"stages": stages(course)},
    )
    detect = Measurement(value=20.0, unit="s", resolution=5.0, because="alarm storefront-us-east-1-no-healthy-host")
    p95 = Measurement(
        value=112.4 * course.slow, unit="ms", resolution=0.6, because="2,451 answered requests, from due time"
    )
    slow = Measurement(value=151.0, unit="ms", resolution=1.2, because="1,204 answered requests, from due time")
    answered = Measurement(value=98.71, unit="%", resolution=0.04, because="2,576 of 2,610 requests were answered")
    return (
        _finding("recovery time", _most(60, "s"), recovery),
        _finding("data loss", _most(0, "writes"), _loss(course)),
        _finding("time to detect", _most(300, "s"), detect),
        _finding("P95 latency", _most(200, "ms"), p95, phase="recovered"),
        _finding("P95 latency", _most(200, "ms"), slow, phase="recovered", population="NA"),
        _finding("availability", Bound(relation=Relation.AT_LEAST, value=95, unit="%"), answered),
    )


def _loss(course: Course) -> Measurement:
    because = f"{course.lost} of 5,020 acknowledged writes are missing in eu-west-1"
    return Measurement(value=float(course.lost), unit="writes", because=because)


def stages(course: Course) -> list[dict[str, Any]]:
    """The stages of the recovery, as the measure of recovery time leaves them in its evidence."""
    moments = (
        ("injected", 14.8, "region loss"),
        ("effect", EFFECT, "first failed probe in NA"),
        ("detected", 17.0, "storefront-us-east-1-no-healthy-host"),
        ("decided", 17.05, "runbook"),
        ("database promoted", 17.5, "promote replica"),
        ("DNS answer changed", 17.75, "NA resolves to eu-west-1"),
        ("first success", 17.8, "EU"),
        ("sustained", course.recovered, "NA"),
    )
    return [{"stage": s, "at": a, "after_effect": (a - EFFECT) * SCALE, "by": by} for s, a, by in moments]
