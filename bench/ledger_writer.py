"""A writer of ledgers: an open loop of inserts and reads over asyncpg, recorded in the product's own record format.

`main` is run by the lab's nursery. What was acknowledged is also noted in a file of its own, one "id nanoseconds" a
line, which the product never reads: it is the truth that the product is held against.
"""

import asyncio
import contextlib
import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from harness.lab.channel import Channel
from harness.lab.postgres.schema import DATABASE, USER
from harness.model.history import Outcome, Stream
from harness.probes.outcomes import unanswered
from harness.probes.records import request_line, started_line, summary_line
from harness.probes.sink import FLUSH_EVERY, Sink
from harness.probes.timerfd import Ticker

INSERT = "insert into orders (id, sku, region) values ($1, 'SKU-01', $2)"
READ = "select sku from products where sku = $1 and $2 <> ''"
HASTE = -10  # nice: clients have a machine of their own, and do not wait for sixty processes to die on it
NOT_AN_ANSWER = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

Place = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """One population: where its database is, and what it asks of it each second over how many connections."""

    population: str
    place: Place
    writes: float
    reads: float
    connections: int


@dataclass(slots=True)
class Book:
    """The records for the product, and the acknowledgements kept apart from them."""

    directory: Path
    acknowledged: list[str] = field(default_factory=list)
    recorded: int = 0
    sink: Sink = field(init=False)

    def __post_init__(self) -> None:
        self.sink = Sink(self.directory / "ledger.jsonl")
        self.sink.add(started_line(at=time.monotonic_ns(), pid=os.getpid()))

    def keep(self, line: str) -> None:
        """Keep the record of a request."""
        self.recorded += 1
        self.sink.add(line)

    def close(self, planned: int) -> None:
        """Write all that is left."""
        self.sink.add(summary_line(at=time.monotonic_ns(), planned=planned, recorded=self.recorded))
        self.sink.close()
        (self.directory / "acknowledged.txt").write_text("".join(self.acknowledged))


class Connections:
    """Connections to one place at a time, at most so many in use; those to an earlier place are not used again."""

    def __init__(self, place: Place, most: int) -> None:
        self.place, self._most = place, most
        self._idle: list[tuple[Place, Any, Any]] = []
        self._free = asyncio.Semaphore(most)

    async def fill(self) -> None:
        """Open all of them."""
        self._idle = list(await asyncio.gather(*(self._open() for _ in range(self._most))))

    async def take(self) -> tuple[Place, Any, Any]:
        """Place, connection and the prepared insert and read; wait until one is free. Give it back or drop it."""
        await self._free.acquire()
        try:
            while self._idle:
                place, connection, statements = self._idle.pop()
                if place == self.place and not connection.is_closed():
                    return place, connection, statements
                connection.terminate()
            return await self._open()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, taken: tuple[Place, Any, Any]) -> None:
        """Use it again."""
        self._idle.append(taken)
        self._free.release()

    def drop(self, taken: tuple[Place, Any, Any]) -> None:
        """Never use it again."""
        taken[1].terminate()
        self._free.release()

    def close(self) -> None:
        """Close those that are not in use."""
        for _, connection, _ in self._idle:
            connection.terminate()

    async def _open(self) -> tuple[Place, Any, Any]:
        place = self.place
        host, port = place
        connection = await asyncpg.connect(host=host, port=port, user=USER, database=DATABASE, ssl=False)
        try:
            return place, connection, {s: await connection.prepare(q) for s, q in _QUESTIONS.items()}
        except BaseException:
            connection.terminate()
            raise


_QUESTIONS = {Stream.WRITE: INSERT, Stream.READ: READ}


class Population:
    """The clients at one place, who move when they are told to."""

    def __init__(self, clients: Clients, prefix: str, timeout: float, book: Book) -> None:
        self.clients, self._timeout, self._book = clients, timeout, book
        self._prefix = f"{prefix}-{clients.population}"
        self.connections = Connections((clients.place[0], clients.place[1]), clients.connections)
        self._number = 0
        self.unsure: list[str] = []

    async def write(self, due: int) -> None:
        """One write under a new id."""
        self._number += 1
        await self.ask(Stream.WRITE, due, f"{self._prefix}-{self._number}")

    async def read(self, due: int) -> None:
        """One read."""
        await self.ask(Stream.READ, due, None)

    async def ask(self, stream: Stream, due: int, write_id: str | None) -> Outcome:
        """Ask once, and record it whatever becomes of it."""
        sent, went, error, outcome = time.monotonic_ns(), False, "", Outcome.FAILED
        try:
            async with asyncio.timeout(self._timeout):
                taken = await self.connections.take()
                try:
                    went = True
                    await taken[2][stream].fetch(write_id or "SKU-01", self._prefix)
                except BaseException:
                    self.connections.drop(taken)
                    raise
                self.connections.give_back(taken)
            outcome = Outcome.OK
        except asyncpg.ReadOnlySQLTransactionError as refused:
            error = str(refused)
        except NOT_AN_ANSWER as failed:
            error, outcome = f"{type(failed).__name__}: {failed}", unanswered(was_sent=went)
        finished = time.monotonic_ns()
        if write_id:
            self._note(write_id, outcome, finished)
        self._book.keep(
            request_line(
                stream=stream, population=self.clients.population, name=stream.value, due=due, sent=sent,
                finished=finished, outcome=outcome, write_id=write_id, error=error,
            )
        )  # fmt: skip
        return outcome

    def _note(self, write_id: str, outcome: Outcome, finished: int) -> None:
        if outcome is Outcome.OK:
            self._book.acknowledged.append(f"{write_id} {finished}\n")
        elif outcome is Outcome.INDETERMINATE:
            self.unsure.append(write_id)

    async def retry(self) -> list[str]:
        """Send once more, under the same ids, all writes that nobody knows of; the ids that were acknowledged now."""
        unsure, self.unsure = self.unsure, []
        outcomes = [(each, await self.ask(Stream.WRITE, time.monotonic_ns(), each)) for each in unsure]
        return [each for each, outcome in outcomes if outcome is Outcome.OK]


class Writer:
    """All populations, and what they are told."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._book = Book(Path(settings["directory"]))
        self._timeout = float(settings["timeout"])
        populations = (Clients(**each) for each in settings["clients"])
        self._populations = {
            each.population: Population(each, settings["prefix"], self._timeout, self._book) for each in populations
        }
        self._tickers: list[Ticker] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._planned = 0

    async def begin(self) -> None:
        """Open all connections, then begin to ask."""
        everybody = self._populations.values()
        await asyncio.gather(*(each.connections.fill() for each in everybody))
        start = time.monotonic_ns() + 5_000_000
        for each in everybody:
            self._tick(each.write, start, each.clients.writes)
            if each.clients.reads:
                self._tick(each.read, start, each.clients.reads)
        self._flush()

    async def move(self, population: str, place: Place) -> None:
        """Have a population ask elsewhere from now on."""
        self._populations[population].connections.place = (place[0], place[1])

    async def retry(self, population: str) -> list[str]:
        """Have a population retry what it is unsure of."""
        return await self._populations[population].retry()

    async def stop(self) -> None:
        """Ask no more, wait for what is under way, close the files."""
        for ticker in self._tickers:
            ticker.close()
        await asyncio.gather(*self._under_way)
        for each in self._populations.values():
            each.connections.close()
        self._book.close(self._planned)

    def _tick(self, ask: Any, start: int, rate: float) -> None:
        def on_tick(due: int) -> None:
            self._planned += 1
            task = asyncio.get_running_loop().create_task(ask(due))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

        self._tickers.append(Ticker(start=start, period=round(1e9 / rate), on_tick=on_tick))

    def _flush(self) -> None:
        self._book.sink.flush()
        asyncio.get_running_loop().call_later(FLUSH_EVERY, self._flush)


def main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Write until told to stop. Settings: directory, prefix, timeout (s), clients (the fields of Clients)."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, HASTE)
    with contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_serve(sock, settings))


async def _serve(sock: socket.socket, settings: dict[str, Any]) -> None:
    writer = Writer(settings)
    told = {"begin": writer.begin, "move": writer.move, "retry": writer.retry, "stop": writer.stop}
    await (await Channel.open(sock, told)).closed
