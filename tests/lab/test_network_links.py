"""The network alone: real sockets through the network process, with both ways of cutting."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path

import pytest
from plane_lab import free_slot, until

from harness.lab.addresses import BALANCER_PORT, HIDDEN, INSTANCE_PORT, Addresses
from harness.lab.network.packets import can_drop
from harness.lab.network.remote import Network
from harness.lab.processes import Nursery

pytestmark = pytest.mark.lab
QUIET_S = 0.25
US, EU = "us-east-1", "eu-west-1"


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

    def __init__(self, runner: asyncio.Runner, network: Network, where: Addresses) -> None:
        self._runner, self.network, self.where = runner, network, where
        self._writers: list[asyncio.StreamWriter] = []

    def run(self, scenario: Coroutine[object, object, None]) -> None:
        self._runner.run(self._run(scenario))

    async def _run(self, scenario: Coroutine[object, object, None]) -> None:
        try:
            async with asyncio.timeout(10):
                await scenario
        finally:
            for writer in self._writers:
                writer.transport.abort()
            self._writers.clear()
        await until(self._no_links)

    async def _no_links(self) -> bool:
        return await self.network.count_links() == 0

    @contextlib.asynccontextmanager
    async def server(self, address: str, port: int = BALANCER_PORT) -> AsyncIterator[Server]:
        server = Server()
        async with await asyncio.start_server(server.serve, address, port + HIDDEN):
            await self.network.open_doors([(address, port, None)])
            try:
                yield server
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


@pytest.fixture(scope="module", params=["dropped packets", "stalled streams"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if request.param == "dropped packets" and not can_drop():
        pytest.skip("this user may not drop packets")
    logs: Path = tmp_path_factory.mktemp("network")
    with free_slot() as slot, asyncio.Runner() as runner:
        nursery = Nursery(logs, [], [])

        async def start() -> Network:
            nursery.start()
            network = Network(nursery)
            assert await network.start(may_drop=request.param == "dropped packets") == request.param
            return network

        yield World(runner, runner.run(start()), Addresses(slot))
        runner.run(nursery.stop())


async def hangs(coroutine: object) -> bool:
    try:
        await asyncio.wait_for(coroutine, QUIET_S)  # type: ignore[arg-type]
    except TimeoutError:
        return True
    return False


def test_an_answer_comes_no_sooner_than_the_link_allows_and_the_server_sees_the_client(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.population("NA")
        async with world.server(address) as server:
            reader, writer = await world.dial(source, address)
            began = time.monotonic()
            writer.write(b"first\n")
            await reader.readline()
            first = time.monotonic() - began
            began = time.monotonic()
            writer.write(b"second\n")
            assert await reader.readline() == b"second\n"
            second = time.monotonic() - began
            assert first >= 0.040, "a handshake and a round trip of 12 ms one way"
            assert second >= 0.024
            assert server.clients == [source]

    world.run(scenario())


def test_a_large_transfer_arrives_whole(world: World) -> None:
    async def scenario() -> None:
        address = world.where.load_balancer(US)
        async with world.server(address):
            reader, writer = await world.dial(world.where.everybody_else, address)
            line = b"x" * 60_000 + b"\n"
            for _ in range(200):
                writer.write(line)
            for _ in range(200):
                assert await reader.readline() == line
            writer.write_eof()
            assert await reader.read() == b""

    world.run(scenario())


def test_a_cut_hangs_old_and_new_connections_and_mending_delivers_what_was_under_way(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.population("NA")
        async with world.server(address) as server:
            reader, writer = await world.dial(source, address)
            writer.write(b"before\n")
            await reader.readline()
            writer.write(b"under way\n")
            await world.network.cut("outage", [US])
            writer.write(b"during\n")
            assert await hangs(reader.readline())
            assert await hangs(world.dial(source, address))
            assert server.lines == [b"before\n"]
            await world.network.mend("outage")
            assert await reader.readline() == b"under way\n"
            assert await reader.readline() == b"during\n"
            other, other_writer = await world.dial(source, address)
            other_writer.write(b"after\n")
            assert await other.readline() == b"after\n"

    world.run(scenario())


def test_a_request_whose_client_gave_up_during_the_cut_is_never_executed(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.population("NA")
        async with world.server(address) as server:
            reader, writer = await world.dial(source, address)
            writer.write(b"before\n")
            await reader.readline()
            writer.write(b"late 1\n")
            await world.network.cut("outage", [US])
            writer.write(b"late 2\n")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIET_S):
                    _, new = await world.dial(source, address)
                    new.write(b"late 3\n")
                    new.close()
            writer.close()
            await writer.wait_closed()
            await world.network.mend("outage")
            await until(server.writers[0].is_closing)
            await asyncio.sleep(QUIET_S)
            assert server.lines == [b"before\n"]

    world.run(scenario())


def test_a_cut_zone_is_isolated_and_its_neighbours_go_on(world: World) -> None:
    async def scenario() -> None:
        balancer = world.where.load_balancer(US)
        a, b = world.where.instance(f"{US}a", 0), world.where.instance(f"{US}b", 0)
        async with world.server(a, INSTANCE_PORT), world.server(b, INSTANCE_PORT):
            links = [await world.dial(balancer, address, INSTANCE_PORT) for address in (a, b)]
            await world.network.cut("power", [f"{US}a"])
            for _, writer in links:
                writer.write(b"hello\n")
            assert await hangs(links[0][0].readline())
            assert await links[1][0].readline() == b"hello\n"
            assert await hangs(world.dial(balancer, a, INSTANCE_PORT))
            await world.network.mend("power")
            assert await links[0][0].readline() == b"hello\n"

    world.run(scenario())


def test_two_cuts_of_one_region_both_have_to_be_mended(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(EU), world.where.population("EU")
        async with world.server(address):
            reader, writer = await world.dial(source, address)
            await world.network.cut("one", [EU])
            await world.network.cut("two", [EU])
            await world.network.mend("one")
            writer.write(b"hello\n")
            assert await hangs(reader.readline())
            await world.network.mend("two")
            assert await reader.readline() == b"hello\n"

    world.run(scenario())


def test_the_death_of_a_server_reaches_its_client_and_a_dial_to_nobody_is_reset(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(EU), world.where.population("EU")
        async with world.server(address) as server:
            reader, writer = await world.dial(source, address)
            writer.write(b"hello\n")
            await reader.readline()
            server.writers[0].transport.abort()
            assert await reader.read() == b""
            writer.close()
        await world.network.open_doors([(address, BALANCER_PORT, None)])
        reader, writer = await world.dial(source, address)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        await world.network.close_door(address, BALANCER_PORT)

    world.run(scenario())
