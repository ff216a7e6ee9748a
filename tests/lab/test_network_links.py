"""The network alone: real sockets through the network process, with both ways of cutting."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from network_lab import METHODS, QUIET_S, World, hangs, network_world
from plane_lab import until

from harness.lab.addresses import BALANCER_PORT, INSTANCE_PORT
from harness.lab.network.rule import Rule

pytestmark = pytest.mark.lab
US, EU = "us-east-1", "eu-west-1"
LONG_MS = 2000


@pytest.fixture(scope="module", params=METHODS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with network_world(tmp_path_factory.mktemp("network"), request.param) as running:
        yield running


@contextlib.asynccontextmanager
async def under_way(world: World, source: str) -> AsyncIterator[None]:
    """What is sent meanwhile has not arrived at the end, however long that took."""
    await world.network.impair("slow", [Rule(ends=(source,), traffic="egress", delay_ms=LONG_MS)])
    yield
    await world.network.mend("slow")


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
            async with under_way(world, source):
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
            async with under_way(world, source):
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
