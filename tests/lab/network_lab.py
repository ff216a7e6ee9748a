"""The network process for tests: real sockets through it, with both ways of cutting."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path

import pytest
from plane_lab import free_slot, until

from harness.lab.addresses import BALANCER_PORT, HIDDEN, Addresses
from harness.lab.network.packets import can_drop
from harness.lab.network.remote import Network
from harness.lab.processes import Nursery

QUIET_S = 0.25
METHODS = ("dropped packets", "stalled streams")


class Server:
    """A line echo at a hidden port that remembers what it was told and by whom."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.clients: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.append(writer.get_extra_info("peername")[0])
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                self.lines.append(line)
                writer.write(line)
        writer.close()


class World:
    """The network process and a loop to use it in."""

    def __init__(self, runner: asyncio.Runner, network: Network, where: Addresses, method: str) -> None:
        self._runner, self.network, self.where, self.method = runner, network, where, method
        self._writers: list[asyncio.StreamWriter] = []

    def run(self, scenario: Coroutine[object, object, None]) -> None:
        self._runner.run(self._run(scenario))

    async def _run(self, scenario: Coroutine[object, object, None]) -> None:
        try:
            async with asyncio.timeout(10):
                await scenario
        finally:
            self._leave()
        await until(self._no_links)

    def _leave(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _no_links(self) -> bool:
        return await self.network.count_links() == 0

    @contextlib.asynccontextmanager
    async def server(self, address: str, port: int = BALANCER_PORT) -> AsyncIterator[Server]:
        server = Server()
        async with await asyncio.start_server(server.serve, address, port + HIDDEN):
            await self.network.open_doors([(address, port, None)])
            try:
                yield server
                # A server of asyncio that is closed while it accepts a dial leaves that open for ever.
                self._leave()
                await until(self._no_links)
            finally:
                for writer in server.writers:
                    writer.transport.abort()
                await self.network.close_door(address, port)

    async def dial(
        self, source: str, address: str, port: int = BALANCER_PORT
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(address, port, local_addr=(source, 0))
        self._writers.append(writer)
        return reader, writer


@contextlib.contextmanager
def network_world(logs: Path, method: str) -> Iterator[World]:
    """A network process in a free slot that cuts in one of the ways."""
    if method == "dropped packets" and not can_drop():
        pytest.skip("this user may not drop packets")
    with free_slot() as slot, asyncio.Runner() as runner:
        nursery = Nursery(logs, [], [])

        async def start() -> Network:
            nursery.start()
            network = Network(nursery)
            assert await network.start(may_drop=method == "dropped packets") == method
            return network

        yield World(runner, runner.run(start()), Addresses(slot), method)
        runner.run(nursery.stop())


async def hangs(coroutine: object) -> bool:
    try:
        await asyncio.wait_for(coroutine, QUIET_S)  # type: ignore[arg-type]
    except TimeoutError:
        return True
    return False
