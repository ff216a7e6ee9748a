"""Rules on real sockets through the network process, with both ways of cutting."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from network_lab import METHODS, QUIET_S, World, hangs, network_world

from harness.lab.addresses import BALANCER_PORT, INSTANCE_PORT
from harness.lab.network.rule import Rule
from harness.lab.states import DataPlaneError

pytestmark = pytest.mark.lab
US, EU = "us-east-1", "eu-west-1"
A, B = f"{US}a", f"{US}b"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module", params=METHODS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with network_world(tmp_path_factory.mktemp("network"), request.param) as running:
        yield running


async def ask(streams: Streams, line: bytes = b"hello\n") -> bytes:
    """Say a line, and read one."""
    streams[1].write(line)
    return await streams[0].readline()


async def round_trip_s(streams: Streams) -> float:
    began = time.monotonic()
    assert await ask(streams) == b"hello\n"
    return time.monotonic() - began


async def first_to_answer(**streams: Streams) -> str:
    """Who of several answers first when all are asked, in the order given."""
    answered = []

    async def note(name: str, one: Streams) -> None:
        await ask(one)
        answered.append(name)

    await asyncio.gather(*(note(name, one) for name, one in streams.items()))
    return answered[0]


def test_a_blocked_instance_hangs_on_every_hop_and_its_neighbour_goes_on(world: World) -> None:
    async def scenario() -> None:
        balancer, app, peer = world.where.load_balancer(US), world.where.instance(A, 0), world.where.instance(A, 1)
        async with world.server(app, INSTANCE_PORT), world.server(peer, INSTANCE_PORT), world.server(balancer):
            to_app = await world.dial(balancer, app, INSTANCE_PORT)
            to_peer = await world.dial(balancer, peer, INSTANCE_PORT)
            from_app = await world.dial(app, balancer)
            assert await ask(to_app) == await ask(from_app) == b"hello\n"
            await world.network.impair("lost", [Rule(ends=(app,), blocked=True)])
            assert await hangs(ask(to_app, b"1\n"))
            assert await hangs(ask(from_app, b"2\n"))
            assert await hangs(_dialed(world, balancer, app, INSTANCE_PORT))
            assert await hangs(_dialed(world, app, balancer, BALANCER_PORT))
            assert await ask(to_peer) == b"hello\n"
            assert await ask(await world.dial(peer, balancer)) == b"hello\n"
            await world.network.mend("lost")
            assert await to_app[0].readline() == b"1\n"
            assert await from_app[0].readline() == b"2\n"
            assert await ask(await world.dial(balancer, app, INSTANCE_PORT)) == b"hello\n"

    world.run(scenario())


async def _dialed(world: World, source: str, address: str, port: int) -> bytes:
    """Dial, which may hang, and be answered, which does where the network cannot drop some dials only."""
    return await ask(await world.dial(source, address, port))


def test_where_packets_can_be_dropped_a_blocked_dial_does_not_even_connect(world: World) -> None:
    async def scenario() -> None:
        if world.method == "stalled streams":
            return
        app, source = world.where.instance(A, 0), world.where.load_balancer(US)
        async with world.server(app, INSTANCE_PORT):
            await world.network.impair("lost", [Rule(ends=(app,), others=(source,), blocked=True)])
            assert await hangs(world.dial(source, app, INSTANCE_PORT))
            assert await ask(await world.dial(world.where.everybody_else, app, INSTANCE_PORT)) == b"hello\n"
            await world.network.mend("lost")

    world.run(scenario())


def test_a_blocked_port_spares_the_other_ports_of_the_same_instance(world: World) -> None:
    async def scenario() -> None:
        balancer, app = world.where.load_balancer(US), world.where.instance(A, 0)
        async with world.server(app, INSTANCE_PORT), world.server(balancer):
            into, out = await world.dial(balancer, app, INSTANCE_PORT), await world.dial(app, balancer)
            port = {"port": BALANCER_PORT, "blocked": True}
            await world.network.impair("hole", [Rule(ends=(app,), traffic="egress", **port)])  # type: ignore[arg-type]
            assert await hangs(ask(out, b"1\n"))
            assert await hangs(_dialed(world, app, balancer, BALANCER_PORT))
            assert await ask(into) == b"hello\n"
            await world.network.mend("hole")
            assert await out[0].readline() == b"1\n"
            await world.network.impair("hole", [Rule(ends=(app,), traffic="ingress", **port)])  # type: ignore[arg-type]
            assert await ask(out) == b"hello\n", "nobody dials that port of the instance"
            await world.network.mend("hole")

    world.run(scenario())


def test_a_delay_makes_old_and_new_connections_slow_and_spares_the_others(world: World) -> None:
    async def scenario() -> None:
        address = world.where.load_balancer(US)
        near, far = world.where.everybody_else, world.where.population("NA")
        async with world.server(address):
            slow, quick = await world.dial(near, address), await world.dial(far, address)
            assert await first_to_answer(near=slow, far=quick) == "near"
            await world.network.impair("mud", [Rule(ends=(near,), traffic="egress", delay_ms=300)])
            assert await round_trip_s(slow) >= 0.302
            began = time.monotonic()
            await ask(await world.dial(near, address))
            assert time.monotonic() - began >= 0.604, "its handshake is slow too"
            assert await first_to_answer(near=slow, far=quick) == "far"
            await world.network.mend("mud")
            assert await first_to_answer(near=slow, far=quick) == "near"

    world.run(scenario())


def test_delays_by_two_names_add_up_and_one_ends_without_the_other(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.everybody_else
        async with world.server(address):
            streams = await world.dial(source, address)
            await world.network.impair("one", [Rule(ends=(source,), delay_ms=60)])
            await world.network.impair("two", [Rule(ends=(address,), traffic="ingress", delay_ms=100)])
            assert await round_trip_s(streams) >= 0.222
            await world.network.mend("one")
            assert await round_trip_s(streams) >= 0.102
            await world.network.mend("two")

    world.run(scenario())


def test_with_jitter_nothing_overtakes_what_was_sent_before(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.everybody_else
        async with world.server(address) as server:
            reader, writer = await world.dial(source, address)
            await world.network.impair("mud", [Rule(ends=(source,), delay_ms=30, jitter_ms=30)])
            sent = [b"%d\n" % number for number in range(60)]
            for line in sent:
                writer.write(line)
                await asyncio.sleep(0.001)
            assert [await reader.readline() for _ in sent] == sent
            assert server.lines == sent
            await world.network.mend("mud")

    world.run(scenario())


def test_lost_bytes_come_by_retransmission_only_or_when_the_loss_has_ended(world: World) -> None:
    async def scenario() -> None:
        address, near, far = world.where.load_balancer(US), world.where.everybody_else, world.where.population("NA")
        async with world.server(address):
            struck, spared = await world.dial(near, address), await world.dial(far, address)
            await ask(struck)
            await world.network.impair("loss", [Rule(ends=(near,), traffic="egress", loss_percent=99.999999)])
            assert await hangs(ask(struck, b"1\n"))
            assert await hangs(_dialed(world, near, address, BALANCER_PORT))
            assert await ask(spared) == b"hello\n"
            await world.network.mend("loss")
            assert await struck[0].readline() == b"1\n"

    world.run(scenario())


def test_a_moderate_loss_delivers_everything_in_order(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.everybody_else
        async with world.server(address):
            streams = await world.dial(source, address)
            await world.network.impair("loss", [Rule(ends=(source,), loss_percent=10)])
            sent = [b"%d\n" % number for number in range(40)]
            for line in sent:
                streams[1].write(line)
                await asyncio.sleep(0.001)
            assert [await streams[0].readline() for _ in sent] == sent
            await world.network.mend("loss")

    world.run(scenario())


def test_of_many_connections_a_share_is_struck(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(US), world.where.everybody_else
        async with world.server(address):
            before = [await world.dial(source, address) for _ in range(20)]
            await world.network.impair("half", [Rule(ends=(address,), blocked=True, flows_percent=50)])
            after = [await world.dial(source, address) for _ in range(20)]
            waiting = []
            for streams in (before, after):
                asked = [asyncio.create_task(ask(one)) for one in streams]
                await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
                _, stuck = await asyncio.wait(asked, timeout=QUIET_S)
                assert 0 < len(stuck) < 20
                waiting += stuck
            await world.network.mend("half")
            assert set(await asyncio.gather(*waiting)) == {b"hello\n"}

    world.run(scenario())


def test_a_cut_and_a_rule_of_one_place_both_have_to_be_mended(world: World) -> None:
    async def scenario() -> None:
        address, source = world.where.load_balancer(EU), world.where.population("EU")
        async with world.server(address):
            streams = await world.dial(source, address)
            await world.network.cut("outage", [EU])
            await world.network.impair("hole", [Rule(ends=("EU",), others=(EU,), blocked=True)])
            await world.network.mend("outage")
            assert await hangs(ask(streams))
            await world.network.mend("hole")
            assert await streams[0].readline() == b"hello\n"

    world.run(scenario())


def test_a_rule_that_the_network_cannot_read_is_an_error_of_the_data_plane(world: World) -> None:
    async def scenario() -> None:
        with pytest.raises(DataPlaneError, match="the network failed"):
            await world.network.impair("bad", [Rule(ends=("mars",), blocked=True)])
        await world.network.mend("bad")

    world.run(scenario())
