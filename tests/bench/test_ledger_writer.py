"""What the benchmark's writer makes of a database that refuses, dies or hangs."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from bench.ledger_writer import Book, Clients, Population
from harness.model.history import Outcome, Request, Stream
from harness.probes.records import read_records


class Connections:
    """One connection that fails as told: on being taken, or on being used."""

    def __init__(self, taking: Exception | None = None, using: Exception | None = None, hangs: bool = False) -> None:
        self._taking, self._using, self._hangs = taking, using, hangs
        self.dropped = self.given_back = 0

    async def take(self) -> Any:
        if self._taking:
            raise self._taking
        return None, None, {Stream.WRITE: SimpleNamespace(fetch=self._fetch)}

    async def _fetch(self, *arguments: str) -> None:
        if self._hangs:
            await asyncio.Event().wait()
        if self._using:
            raise self._using

    def give_back(self, taken: Any) -> None:
        self.given_back += 1

    def drop(self, taken: Any) -> None:
        self.dropped += 1


def wrote(folder: Path, connections: Connections) -> tuple[Population, Request, str]:
    """One write over these connections: who wrote, the record, and what was noted as acknowledged."""
    book = Book(folder)
    clients = Clients(population="NA", place=("127.0.0.1", 1), writes=1, reads=0, connections=1)
    population = Population(clients, "p", 0.01, book)
    population.connections = connections  # type: ignore[assignment]
    asyncio.run(population.write(5))
    book.close(1)
    (record,) = read_records(folder / "ledger.jsonl", 0).requests
    return population, record, (folder / "acknowledged.txt").read_text()


def test_an_insert_that_was_answered_is_acknowledged_at_the_recorded_time(tmp_path: Path) -> None:
    connections = Connections()
    _, record, noted = wrote(tmp_path, connections)
    assert (record.write_id, record.outcome) == ("p-NA-1", Outcome.OK)
    assert noted == f"p-NA-1 {round(record.finished * 1e9)}\n"
    assert (connections.given_back, connections.dropped) == (1, 0)


def test_without_a_connection_nothing_was_sent(tmp_path: Path) -> None:
    population, record, noted = wrote(tmp_path, Connections(taking=ConnectionRefusedError()))
    assert (record.outcome, noted, population.unsure) == (Outcome.FAILED, "", [])


@pytest.mark.parametrize("connections", [Connections(using=ConnectionResetError()), Connections(hangs=True)])
def test_without_an_answer_nobody_knows(tmp_path: Path, connections: Connections) -> None:
    population, record, noted = wrote(tmp_path, connections)
    assert (record.outcome, noted, population.unsure) == (Outcome.INDETERMINATE, "", ["p-NA-1"])
    assert connections.dropped == 1


def test_a_database_that_is_still_a_standby_refuses(tmp_path: Path) -> None:
    refused = asyncpg.ReadOnlySQLTransactionError("read-only")
    assert wrote(tmp_path, Connections(using=refused))[1].outcome is Outcome.FAILED
