"""One trial: what the product measures of a run whose truth is known."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.loss_truth import Truth, read_acknowledged
from bench.replicated_pair import FAR, Pair
from harness.measures import kinds  # noqa: F401  # registers the measures
from harness.measures.ledger import ledger
from harness.measures.registry import Scope, find
from harness.model.history import Audit, Event, History
from harness.model.verdict import Measurement
from harness.probes.audit import audit
from harness.probes.records import read_records

PREFIX = "bench"
SUSTAINED = 0.2
MEASURES = ("lost writes", "data loss", "duplicate writes", "unknown writes")
_BY_PREFIX = "select id, count(*) from orders where id like $1 group by id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """When things were announced and healed, monotonic ns."""

    origin: int
    announced: int
    healing: int

    def events(self) -> tuple[Event, ...]:
        """The journal that a drill would have left."""
        facts: list[tuple[int, str, dict[str, Any]]] = [
            (self.origin, "admitted", {"sustained_for": SUSTAINED}),
            (self.announced, "injecting", {"fault": "bench"}),
            (self.healing, "healing", {}),
        ]
        return tuple(
            Event(seq=n, at=(at - self.origin) / 1e9, kind=kind, data=data) for n, (at, kind, data) in enumerate(facts)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The truth of a trial and what was measured; `seconds` is the true loss in time, `rate` what was acknowledged."""

    truth: Truth
    seconds: float
    rate: float
    unsure: tuple[int, int]
    lost_ids: frozenset[str]
    measured: dict[str, Measurement]

    def value(self, measure: str) -> float:
        """What a measure said; -1 when it could not tell."""
        said = self.measured[measure].value
        return -1.0 if said is None else said

    @property
    def exact(self) -> bool:
        """Whether exactly the lost writes were found lost."""
        return self.lost_ids == self.truth.lost and self.value("lost writes") == len(self.truth.lost)

    @property
    def error(self) -> float:
        """How far the measured seconds of loss are from the true ones; infinite when they could not be told."""
        said = self.measured["data loss"].value
        return float("inf") if said is None else abs(said - self.seconds)

    @property
    def inside(self) -> bool:
        """Whether the true seconds lie in what was printed."""
        return self.error <= self.measured["data loss"].resolution


async def take(pair: Pair, folder: Path, course: Course, until: int | None, populations: Sequence[str]) -> Trial:
    """Read the survivor back, and measure. `until` is when the loss really ended; None: with the last lost write."""
    records = read_records(folder / "ledger.jsonl", course.origin)
    written = {r.write_id for r in records.requests if r.write_id}
    truth = Truth(acknowledged=read_acknowledged(folder / "acknowledged.txt"), rows=await pair.rows())
    history = History(
        drill="bench", environment="bench", time_scale=1.0, populations=tuple(populations), events=course.events(),
        requests=records.requests, audit=await _audit(pair, course.origin, written),
    )  # fmt: skip
    book = ledger(history, None)
    assert not isinstance(book, str), book
    there = sum(book.rows(each) > 0 for each in book.indeterminate)
    return Trial(
        truth=truth,
        seconds=truth.seconds_until(truth.last_lost if until is None else until),
        rate=_rate(truth, course),
        unsure=(there, len(book.indeterminate) - there),
        lost_ids=frozenset(each.write_id or "" for each in book.lost),
        measured={name: _measure(name, history) for name in MEASURES},
    )


def _measure(name: str, history: History) -> Measurement:
    known = find(name)
    assert known is not None
    return known.take(history, Scope())


def _rate(truth: Truth, course: Course) -> float:
    """Acknowledged writes a second while all was well."""
    calm = [at for at in truth.acknowledged.values() if at < course.announced]
    return len(calm) / ((max(calm) - min(calm)) / 1e9)


async def _audit(pair: Pair, origin: int, written: set[str]) -> Audit:
    """Have the product read the survivor back, over HTTP as always."""

    def now() -> float:
        return (time.monotonic_ns() - origin) / 1e9

    async with _reading_back(pair) as url:
        return await asyncio.to_thread(audit, url, prefix=PREFIX, written=written, at=now)


@asynccontextmanager
async def _reading_back(pair: Pair) -> AsyncIterator[str]:
    """The survivor's orders at /orders, as an application serves them."""

    async def orders(request: web.Request) -> web.Response:
        rows = await pair.standby.ask(_BY_PREFIX, request.query["prefix"] + "%")
        return web.json_response({"region": FAR, "orders": Counter(dict(map(tuple, rows)))})

    application = web.Application()
    application.router.add_get("/orders", orders)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, pair.addresses.everybody_else, 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
