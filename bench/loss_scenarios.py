"""Clients far away, split brain, retries and writes behind the ledger's back: what must be found is known exactly."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.ledger_writer import Clients
from bench.loss_trial import AFTER, PREFIX, Trial, driven
from bench.replicated_pair import Pair

APART = 0.6  # real seconds that both sides take writes
DELAY_MS = 40.0
READS = 20.0
INSERT = "insert into orders (id, sku, region) select $1 || n, 'SKU-01', 'bench' from generate_series(1, $2::int) n"
AGAIN = "insert into orders (id, sku, region) select id, sku, region from orders where id = any($1::text[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A trial and how many duplicate and unknown writes there must be."""

    trial: Trial
    duplicates: int = 0
    unknown: int = 0

    @property
    def right(self) -> bool:
        """Whether every measure said what is true."""
        t = self.trial
        counts = t.value("duplicate writes") == self.duplicates and t.value("unknown writes") == self.unknown
        return t.right and counts


def near(rate: float, connections: int = 8) -> Callable[[Pair], list[Clients]]:
    """One population beside the primary."""
    return lambda pair: [
        Clients(population="NA", place=pair.near, writes=rate, reads=READS, connections=connections),
    ]


def _near_and_across(pair: Pair) -> list[Clients]:
    across = Clients(population="EU", place=pair.across, writes=200, reads=READS, connections=48)
    return [*near(300)(pair), across]


async def near_and_across(chance: random.Random) -> Found:
    """A host dies whose clients are at different distances; what was under way to the far ones is lost with it."""
    async with driven("async", DELAY_MS, _near_and_across, chance) as drive:
        dead = drive.pair.freeze_host()
        drive.pair.kill_host()
        await drive.pair.promote()
        await drive.move("NA", drive.pair.far)
        await drive.move("EU", drive.pair.far)
        await asyncio.sleep(AFTER)
        await drive.stop()
        return Found(trial=await drive.take(dead))


async def split_brain(chance: random.Random) -> Found:
    """EU's clients lose their way to the primary and move; NA's go on writing to the old one until driving ends."""
    async with driven("async", DELAY_MS, _near_and_across, chance) as drive:
        drive.pair.cut()
        await drive.pair.promote()
        await drive.move("EU", drive.pair.far)
        await asyncio.sleep(APART)
        await drive.stop()
        drive.pair.kill_host()
        return Found(trial=await drive.take(None))


async def unseen_split_brain(chance: random.Random) -> Found:
    """Nobody sees the partition: all clients go on writing to the old primary, until its host dies too."""
    async with driven("async", DELAY_MS, near(500), chance) as drive:
        drive.pair.cut()
        await drive.pair.promote()
        await asyncio.sleep(APART)
        dead = drive.pair.freeze_host()
        drive.pair.kill_host()
        await drive.move("NA", drive.pair.far)
        await asyncio.sleep(AFTER)
        await drive.stop()
        return Found(trial=await drive.take(dead))


async def retries(chance: random.Random) -> Found:
    """Writes that had no answer are sent again under their ids; some of them had been committed and survived."""
    async with driven("remote_write", DELAY_MS, near(400, connections=48), chance) as drive:
        dead = drive.pair.freeze_host()
        drive.pair.kill_host()
        await drive.pair.promote()
        survived = await drive.pair.rows()
        await drive.move("NA", drive.pair.far)
        again = await drive.writer.call("retry", population="NA")
        await asyncio.sleep(AFTER)
        await drive.stop()
        return Found(trial=await drive.take(dead), duplicates=sum(survived[each] > 0 for each in again))


async def behind_the_ledger(chance: random.Random) -> Found:
    """Rows that nobody sent, rows doubled by somebody else, and rows of another run, which are none of our business."""
    ghosts, doubled = chance.randint(60, 90), chance.randint(10, 20)
    async with driven("async", 0.0, near(500), chance) as drive:
        await drive.pair.primary.ask(INSERT, f"{PREFIX}-ghost-", ghosts)
        await drive.pair.primary.ask(INSERT, f"{PREFIX}er-", 5)
        await asyncio.sleep(AFTER)
        dead = drive.pair.freeze_host()
        drive.pair.kill_host()
        await drive.pair.promote()
        await drive.move("NA", drive.pair.far)
        await asyncio.sleep(AFTER)
        await drive.pair.standby.ask(AGAIN, [f"{PREFIX}-NA-{n}" for n in range(1, doubled + 1)])
        await drive.stop()
        return Found(trial=await drive.take(dead), duplicates=doubled, unknown=ghosts)


SCENARIOS: dict[str, Callable[[random.Random], Awaitable[Found]]] = {
    "clients near and across the link": near_and_across,
    "split brain": split_brain,
    "split brain nobody saw": unseen_split_brain,
    "retries of writes without an answer": retries,
    "writes behind the ledger": behind_the_ledger,
}
