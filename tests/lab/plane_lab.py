"""A data plane for tests: on a free slot, with a name server of its own, driven from synchronous tests."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import asyncpg
from dnslib import QTYPE, RR, A, DNSRecord

from harness.lab import launcher
from harness.lab.addresses import BALANCER_PORT, DATABASE_PORT, DNS_PORT, HIDDEN, Addresses
from harness.lab.plane import DataPlane
from harness.lab.recipe import Recipe
from harness.lab.truth import Truth, events

SLOTS = range(150, 200)
DEADLINE_S = 15.0


@contextlib.contextmanager
def free_slot() -> Iterator[int]:
    """A slot that no other lab of this user has."""
    for slot in SLOTS:
        with launcher.slot_lock(slot) as held:
            if held is not None:
                yield slot
                return
    raise RuntimeError("no free slot")


class NameServer:
    """Answers A questions from a dict, in a thread."""

    def __init__(self, address: str, names: dict[str, str]) -> None:
        self.names = names
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, DNS_PORT))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if data == b"stop":
                return
            question = DNSRecord.parse(data)
            answer = question.reply()
            name = str(question.q.qname).rstrip(".")
            if name in self.names:
                answer.add_answer(RR(name, QTYPE.A, rdata=A(self.names[name]), ttl=0))
            self._socket.sendto(answer.pack(), client)

    def close(self) -> None:
        """End the thread."""
        self._socket.sendto(b"stop", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


class PlaneLab:
    """A started data plane; `run` drives its event loop."""

    def __init__(self, runner: asyncio.Runner, plane: DataPlane, names: NameServer) -> None:
        self.run = runner.run
        self.plane, self.names, self.where = plane, names, plane.addresses
        self.primary = plane.recipe.regions[0]
        self.point_writer_at(self.primary)

    def point_writer_at(self, region: str) -> None:
        """Change the writer record."""
        self.names.names["db.storefront.test"] = self.where.database(region)

    async def start_instances(self, region: str, count: int = 1) -> dict[str, str]:
        """Start instances and make them the region's targets; returns when they are healthy."""
        zones = self.plane.recipe.zones(region)
        targets = {}
        for number in range(count):
            name = f"i-{region}-{number}"
            targets[name] = await self.plane.start_instance(name, region, zones[number % 3])
        await self.plane.set_targets(region, targets)
        await until(lambda: set(self.states(region).values()) == {"healthy"})
        return targets

    def states(self, region: str) -> dict[str, str]:
        """State by instance id."""
        return {name: health.state for name, health in self.plane.target_health(region).items()}

    def url(self, region: str) -> str:
        """The region's entry."""
        return f"http://{self.where.load_balancer(region)}:{BALANCER_PORT}"

    def truth(self, kind: str) -> list[dict[str, Any]]:
        """What really happened, of one kind."""
        return [event for event in events(self.plane.directory) if event["kind"] == kind]

    async def sql(self, region: str, text: str, *arguments: Any) -> list[Any]:
        """Ask a region's database directly, around the network."""
        connection = await asyncpg.connect(
            host=self.where.database(region), port=DATABASE_PORT + HIDDEN, user="postgres", database="storefront"
        )
        try:
            return list(await connection.fetch(text, *arguments))
        finally:
            await connection.close()

    async def order(self, region: str, *orders: str) -> None:
        """Insert orders directly, in one transaction."""
        rows = "select id, 'SKU-01', 'test' from unnest($1::text[]) as id"
        await self.sql(region, f"insert into orders (id, sku, region) {rows}", orders)

    async def order_ids(self, region: str) -> list[str]:
        """All order ids of a region's database, sorted."""
        return sorted(row["id"] for row in await self.sql(region, "select id from orders"))


async def until(condition: Callable[[], bool | Awaitable[bool]], deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition; an AssertionError when the deadline passes."""
    async with asyncio.timeout(deadline_s):
        while True:
            met = condition()
            if isinstance(met, Coroutine):
                met = await met
            if met:
                return
            await asyncio.sleep(0.005)


@contextlib.contextmanager
def plane_lab(directory: Path, recipe: Recipe | None = None, *, may_drop: bool = True) -> Iterator[PlaneLab]:
    """A running data plane without instances."""
    with free_slot() as slot, asyncio.Runner() as runner:
        plane = DataPlane(recipe or Recipe(), slot, directory, Truth(directory / "truth.jsonl"))
        plane.may_drop = may_drop
        names = NameServer(Addresses(slot).dns, {})
        try:
            runner.run(plane.start())
            yield PlaneLab(runner, plane, names)
        finally:
            names.close()
            runner.run(plane.stop())
            plane.truth.close()
