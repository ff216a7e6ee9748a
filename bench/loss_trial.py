"""One trial: what the product measures of a run whose truth is known."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.ledger_writer import Clients, Place
from bench.loss_truth import Truth, read_acknowledged
from bench.replicated_pair import FAR, Pair, replicated_pair, start_writer
from harness.lab.channel import Channel
from harness.measures import kinds  # noqa: F401  # registers the measures
from harness.measures.ledger import ledger
from harness.measures.registry import Scope, find
from harness.model.history import Audit, Event, History
from harness.model.verdict import Measurement
from harness.probes.audit import audit
from harness.probes.records import read_records

PREFIX = "bench"
WITHIN = 0.005  # seconds
CALM, AHEAD, AFTER = 0.5, 0.15, 0.45  # real seconds: before the announcement, from it to the fault, after the fault
SUSTAINED, TIMEOUT = 0.2, 0.25
MEASURES = ("lost writes", "data loss", "duplicate writes", "unknown writes")
_BY_PREFIX = "select id, count(*) from orders where id like $1 group by id"


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

    @property
    def near(self) -> bool:
        """Whether the measured seconds are within 5 ms of the true ones."""
        return self.error <= WITHIN

    @property
    def right(self) -> bool:
        """Whether exactly the lost writes were found, and the true seconds lie in what was printed."""
        return self.exact and self.inside


@dataclass(slots=True, kw_only=True)
class Drive:
    """Clients at work on a pair whose fault was announced; times are monotonic ns."""

    pair: Pair
    writer: Channel
    folder: Path
    populations: tuple[str, ...]
    origin: int
    announced: int
    healing: int = 0

    async def move(self, population: str, place: Place) -> None:
        """Have a population ask elsewhere."""
        await self.writer.call("move", population=population, place=place)

    async def stop(self) -> None:
        """Driving is over."""
        self.healing = time.monotonic_ns()
        await self.writer.call("stop")

    async def take(self, until: int | None) -> Trial:
        """Read the survivor back, and measure. `until`: when the loss really ended; None: with the last lost write."""
        records = read_records(self.folder / "ledger.jsonl", self.origin)
        written = {r.write_id for r in records.requests if r.write_id}
        truth = Truth(acknowledged=read_acknowledged(self.folder / "acknowledged.txt"), rows=await self.pair.rows())
        history = History(
            drill="bench", environment="bench", time_scale=1.0, populations=self.populations, events=self._events(),
            requests=records.requests, audit=await _audit(self.pair, self.origin, written),
        )  # fmt: skip
        seconds = truth.seconds_until(truth.last_lost if until is None else until)
        return trial(history, truth, seconds, _rate(truth, self.announced))

    def _events(self) -> tuple[Event, ...]:
        """The journal that a drill would have left."""
        facts: list[tuple[int, str, dict[str, Any]]] = [
            (self.origin, "admitted", {"sustained_for": SUSTAINED}),
            (self.announced, "injecting", {"fault": "bench"}),
            (self.healing, "healing", {}),
        ]
        return tuple(
            Event(seq=n, at=(at - self.origin) / 1e9, kind=kind, data=data) for n, (at, kind, data) in enumerate(facts)
        )


@asynccontextmanager
async def driven(
    mode: str, delay_ms: float, wanted: Callable[[Pair], list[Clients]], chance: random.Random
) -> AsyncIterator[Drive]:
    """A pair whose clients have been at work for a while, at a random moment after the fault was announced."""
    async with replicated_pair(mode, delay_ms) as pair:
        with tempfile.TemporaryDirectory(prefix="drill-bench-") as folder:
            clients, origin = wanted(pair), time.monotonic_ns()
            writer = await start_writer(pair, Path(folder), PREFIX, TIMEOUT, clients)
            await writer.call("begin")
            await pair.said()  # what asks has its connections before it counts
            await asyncio.sleep(CALM)
            announced = time.monotonic_ns()
            await asyncio.sleep(AHEAD + chance.random() / 10)
            names = tuple(sorted(each.population for each in clients))
            yield Drive(
                pair=pair, writer=writer, folder=Path(folder), populations=names, origin=origin, announced=announced
            )


def trial(history: History, truth: Truth, seconds: float, rate: float) -> Trial:
    """What the product makes of a history, beside the truth."""
    book = ledger(history, None)
    assert not isinstance(book, str), book
    there = sum(book.rows(each) > 0 for each in book.indeterminate)
    return Trial(
        truth=truth,
        seconds=seconds,
        rate=rate,
        unsure=(there, len(book.indeterminate) - there),
        lost_ids=frozenset(each.write_id or "" for each in book.lost),
        measured={name: _measure(name, history) for name in MEASURES},
    )


def _measure(name: str, history: History) -> Measurement:
    known = find(name)
    assert known is not None
    return known.take(history, Scope())


def _rate(truth: Truth, announced: int) -> float:
    """Acknowledged writes a second while all was well."""
    calm = [at for at in truth.acknowledged.values() if at < announced]
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
