"""Split brain, retries and writes behind the ledger's back: what must be found is known exactly."""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ledger_writer import Clients
from bench.loss_trial import PREFIX, Course, Trial, take
from bench.replicated_pair import Pair, replicated_pair, start_writer

CALM, AHEAD, APART, AFTER = 0.5, 0.15, 0.6, 0.45  # real seconds
TIMEOUT = 0.25
DELAY_MS = 40.0
INSERT = "insert into orders (id, sku, region) select $1 || n, 'SKU-01', 'bench' from generate_series(1, $2::int) n"
AGAIN = "insert into orders (id, sku, region) select id, sku, region from orders where id = any($1::text[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A trial and how many duplicate and unknown writes there must be."""

    trial: Trial
    duplicates: int
    unknown: int

    @property
    def right(self) -> bool:
        """Whether every measure said what is true."""
        t = self.trial
        counts = t.value("duplicate writes") == self.duplicates and t.value("unknown writes") == self.unknown
        return t.exact and t.inside and counts


@asynccontextmanager
async def _pair(mode: str, delay_ms: float) -> AsyncIterator[tuple[Pair, Path]]:
    with tempfile.TemporaryDirectory(prefix="drill-bench-") as folder:
        async with replicated_pair(mode, delay_ms) as pair:
            yield pair, Path(folder)


async def split_brain(chance: random.Random) -> Found:
    """EU's clients lose their way to the primary and move; NA's go on writing to the old one until driving ends."""
    async with _pair("async", DELAY_MS) as (pair, folder):
        clients = [
            Clients(population="NA", place=pair.near, writes=300, reads=20, connections=8),
            Clients(population="EU", place=pair.across, writes=200, reads=20, connections=48),
        ]
        origin = time.monotonic_ns()
        writer = await start_writer(pair, folder, PREFIX, TIMEOUT, clients)
        await writer.call("begin")
        await asyncio.sleep(CALM)
        announced = time.monotonic_ns()
        await asyncio.sleep(AHEAD + chance.random() / 10)
        pair.cut()
        await pair.promote()
        await writer.call("move", population="EU", place=pair.far)
        await asyncio.sleep(APART)
        course = Course(origin=origin, announced=announced, healing=time.monotonic_ns())
        await writer.call("stop")
        pair.kill_host()
        return Found(trial=await take(pair, folder, course, None, ("EU", "NA")), duplicates=0, unknown=0)


async def unseen_split_brain(chance: random.Random) -> Found:
    """Nobody sees the partition: all clients go on writing to the old primary, until its host dies too."""
    async with _pair("async", DELAY_MS) as (pair, folder):
        clients = [Clients(population="NA", place=pair.near, writes=500, reads=20, connections=8)]
        origin = time.monotonic_ns()
        writer = await start_writer(pair, folder, PREFIX, TIMEOUT, clients)
        await writer.call("begin")
        await asyncio.sleep(CALM)
        announced = time.monotonic_ns()
        await asyncio.sleep(AHEAD + chance.random() / 10)
        pair.cut()
        await pair.promote()
        await asyncio.sleep(APART)
        dead = pair.freeze_host()
        pair.kill_host()
        await writer.call("move", population="NA", place=pair.far)
        await asyncio.sleep(AFTER)
        course = Course(origin=origin, announced=announced, healing=time.monotonic_ns())
        await writer.call("stop")
        return Found(trial=await take(pair, folder, course, dead, ("NA",)), duplicates=0, unknown=0)


async def retries(chance: random.Random) -> Found:
    """Writes that had no answer are sent again under their ids; some of them had been committed and survived."""
    async with _pair("remote_write", DELAY_MS) as (pair, folder):
        clients = [Clients(population="NA", place=pair.near, writes=400, reads=20, connections=48)]
        origin = time.monotonic_ns()
        writer = await start_writer(pair, folder, PREFIX, TIMEOUT, clients)
        await writer.call("begin")
        await asyncio.sleep(CALM)
        announced = time.monotonic_ns()
        await asyncio.sleep(AHEAD + chance.random() / 10)
        dead = pair.freeze_host()
        pair.kill_host()
        await pair.promote()
        survived = await pair.rows()
        await writer.call("move", population="NA", place=pair.far)
        again = await writer.call("retry", population="NA")
        await asyncio.sleep(AFTER)
        course = Course(origin=origin, announced=announced, healing=time.monotonic_ns())
        await writer.call("stop")
        twice = sum(survived[each] > 0 for each in again)
        return Found(trial=await take(pair, folder, course, dead, ("NA",)), duplicates=twice, unknown=0)


async def behind_the_ledger(chance: random.Random) -> Found:
    """Rows that nobody sent, rows doubled by somebody else, and rows of another run, which are none of our business."""
    ghosts, doubled = chance.randint(60, 90), chance.randint(10, 20)
    async with _pair("async", 0.0) as (pair, folder):
        clients = [Clients(population="NA", place=pair.near, writes=500, reads=20, connections=8)]
        origin = time.monotonic_ns()
        writer = await start_writer(pair, folder, PREFIX, TIMEOUT, clients)
        await writer.call("begin")
        await asyncio.sleep(CALM)
        await pair.primary.ask(INSERT, f"{PREFIX}-ghost-", ghosts)
        await pair.primary.ask(INSERT, f"{PREFIX}er-", 5)
        announced = time.monotonic_ns()
        await asyncio.sleep(AHEAD + chance.random() / 10)
        dead = pair.freeze_host()
        pair.kill_host()
        await pair.promote()
        await writer.call("move", population="NA", place=pair.far)
        await asyncio.sleep(AFTER)
        await pair.standby.ask(AGAIN, [f"{PREFIX}-NA-{n}" for n in range(1, doubled + 1)])
        course = Course(origin=origin, announced=announced, healing=time.monotonic_ns())
        await writer.call("stop")
        trial = await take(pair, folder, course, dead, ("NA",))
        return Found(trial=trial, duplicates=doubled, unknown=ghosts)


SCENARIOS: dict[str, Callable[[random.Random], Awaitable[Found]]] = {
    "split brain": split_brain,
    "split brain nobody saw": unseen_split_brain,
    "retries of writes without an answer": retries,
    "writes behind the ledger": behind_the_ledger,
}
