"""Tiny made-up runs. Seconds are real, time x 10; the fault comes at 10 s, healing at 30 s, the end at 40 s."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from harness.model.history import Answer, Audit, Event, History, Outcome, Redial, Request, Stream, Watch
from harness.model.verdict import Criterion
from tests.loads import counted

SCALE = 10.0
STEP = 0.05
ANSWERED_IN = 0.01
INJECTED, HEALING, DROVE, END = 10.0, 30.0, 38.0, 40.0
Outages = Sequence[tuple[float, float]]


def probes(
    population: str, stream: Stream, down: Outages = (), since: float = 0.0, until: float = DROVE
) -> list[Request]:
    """A request every 50 ms that is answered in 10 ms, or refused in 1 ms while `down`."""
    dues = [round(since + i * STEP, 6) for i in range(round((until - since) / STEP))]
    return [_request(population, stream, due, any(a <= due < b for a, b in down)) for due in dues]


def load(count: int, since: float, until: float, seconds: float = 0.02, population: str = "NA") -> list[Request]:
    """Load requests evenly due in [since, until), all answered after so many seconds."""
    gap = (until - since) / count
    return [request(since + i * gap, since + i * gap + seconds, population=population) for i in range(count)]


def request(due: float, finished: float, **more: Any) -> Request:
    """One request, by default an answered one of the load."""
    fields: dict[str, Any] = {
        "stream": Stream.LOAD,
        "population": "NA",
        "name": "GET /catalogue",
        "outcome": Outcome.OK,
    }
    return Request(**{**fields, "due": due, "sent": due, "finished": finished, **more})


def write(id_: str, finished: float, outcome: Outcome = Outcome.OK, population: str = "NA") -> Request:
    """One ledger write that took 10 ms."""
    named: dict[str, Any] = {"stream": Stream.WRITE, "name": "POST /orders", "write_id": id_}
    return request(finished - ANSWERED_IN, finished, outcome=outcome, population=population, **named)


def event(at: float, kind: str, **data: Any) -> Event:
    """One line of the journal; `run` numbers them."""
    return Event(seq=0, at=at, kind=kind, data=data)


def alarm(at: float, **more: Any) -> Event:
    """An alarm that was seen in ALARM."""
    return event(at, "alarm", **{"name": "no-healthy-host", "region": "us-east-1", "state": "ALARM", **more})


def answer(
    at: float, region: str | None, population: str = "NA", addresses: tuple[str, ...] = ("127.0.0.1",)
) -> Answer:
    """What the entry resolved to."""
    return Answer(at=at, population=population, name="api.storefront.test", addresses=addresses, region=region, ttl=2.0)


def audit(*ids: str, at: float = 39.0, unknown: tuple[str, ...] = (), **rows: int) -> Audit:
    """The surviving database holds one row of every id, and `rows` of the named ones."""
    return Audit(at=at, region="eu-west-1", rows={**dict.fromkeys(ids, 1), **rows}, unknown=unknown)


def course() -> tuple[Event, ...]:
    """The journal of a plain region loss that somebody healed."""
    return (
        event(0.0, "opened"),
        event(0.0, "driving"),
        event(0.0, "phase", phase="steady"),
        event(INJECTED, "injecting", fault="region loss", plan={"region": "us-east-1"}),
        event(
            INJECTED + 0.01,
            "injected",
            fault="region loss",
            experiments=[{"id": "EXP1", "region": "us-east-1"}],
            targets=["i-1"],
        ),
        event(INJECTED + 0.02, "phase", phase="impaired"),
        event(15.0, "phase", phase="recovered"),
        event(HEALING, "healing", fault="region loss"),
        event(31.0, "healed", fault="region loss"),
        event(32.0, "phase", phase="restored"),
        event(DROVE, "drove", planned=100, sent=100),
        event(END, "closed", status="judged"),
    )


def run(
    requests: Iterable[Request] = (),
    more: Iterable[Event] = (),
    *,
    without: Iterable[str] = (),
    populations: tuple[str, ...] = ("NA",),
    criteria: Iterable[Criterion] = (),
    **fields: Any,
) -> History:
    """A history of these requests and the plain course with more events, and without some kinds of them.

    Load among the requests is counted as the criteria need it.
    """
    left = frozenset(without)
    events = sorted([*(e for e in course() if e.kind not in left), *more], key=lambda e: e.at)
    history = History(
        **{
            "drill": "region loss",
            "environment": "lab",
            "time_scale": SCALE,
            "populations": populations,
            "events": tuple(replace(e, seq=i) for i, e in enumerate(events)),
            "requests": tuple(sorted(requests, key=lambda r: r.due)),
            **fields,
        }
    )
    return counted(history, criteria)


def outage(down: Outages = ((10.5, 13.0),), more: Iterable[Event] = (), **fields: Any) -> History:
    """NA alone reads, and is down in these spans."""
    return run(probes("NA", Stream.READ, down), more, **fields)


def closed(at: float, population: str = "NA", region: str | None = "us-east-1") -> Watch:
    """The watched connection was closed from the other side."""
    return Watch(at=at, population=population, edge="closed", region=region)


def redial(sent: float, population: str = "NA", *, answered: bool = False) -> Redial:
    """A fast dial that was refused in 1 ms, or answered in 10 ms."""
    took = ANSWERED_IN if answered else 0.001
    return Redial(population=population, sent=sent, finished=sent + took, answered=answered)


def _request(population: str, stream: Stream, due: float, down: bool) -> Request:
    outcome = Outcome.FAILED if down else Outcome.OK
    return request(
        due,
        due + (0.001 if down else ANSWERED_IN),
        stream=stream,
        population=population,
        outcome=outcome,
        name=f"{stream}",
    )
