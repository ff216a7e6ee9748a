"""Whatever dies behind a balancer: nobody ever gets an answer that was meant for somebody else."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import uvloop
from plane_lab import free_slot

from harness.lab.addresses import INSTANCE_PORT, Addresses
from harness.lab.balancer.counts import Counts
from harness.lab.balancer.proxy import Proxy
from harness.lab.balancer.target import HEALTHY
from harness.lab.balancer.targets import Targets
from harness.lab.balancer.upstream import Upstream

US = "us-east-1"
CLIENTS, REQUESTS, TARGETS = 40, 60, 4
METHODS = (b"GET", b"POST", b"HEAD")


@pytest.fixture
def where() -> Iterator[Addresses]:
    with free_slot() as slot:
        yield Addresses(slot)


class Unreliable:
    """A target that says who asked, unless it dies first: before, within or right after an answer."""

    def __init__(self, address: str, seed: int) -> None:
        self.address, self.random = address, random.Random(seed)
        self.writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._serve, self.address, INSTANCE_PORT)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            while await self._answer(await reader.readuntil(b"\r\n\r\n"), reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if length := head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]:
            await reader.readexactly(int(length))
        method, name = head.split(b" ")[0], head.split(b" ")[1][1:]
        body = b"" if method == b"HEAD" else name * 20
        answer = b"HTTP/1.1 200 OK\r\nX-Name: %b\r\nContent-Length: %d\r\n\r\n%b" % (name, len(name) * 20, body)
        fate = self.random.random()
        if fate < 0.5:
            await asyncio.sleep(self.random.random() * 0.01)
        if fate < 0.10:  # nothing, a part, too slow, all and then the end, more than was asked for
            return False
        if fate < 0.15:
            writer.write(answer[: self.random.randrange(len(answer))])
            return False
        if fate < 0.17:
            await asyncio.sleep(0.4)
        writer.write(answer)
        if fate > 0.97:
            self.die()
        elif fate > 0.94:
            writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        return 0.15 < fate < 0.9 or fate > 0.94

    def die(self) -> None:
        """End every connection at once, as a process does that is killed."""
        for writer in list(self.writers):
            writer.transport.abort()

    async def close(self) -> None:
        self.server.close()
        self.die()
        await self.server.wait_closed()


class Shopper:
    """Asks for its own name again and again, now and then not waiting for the answer."""

    def __init__(self, address: tuple[str, int], number: int) -> None:
        self.address, self.number, self.random = address, number, random.Random(number)
        self.seen: Counter[str] = Counter()

    async def shop(self) -> None:
        connection = None
        for turn in range(REQUESTS):
            connection = connection or await asyncio.open_connection(*self.address)
            name, method = b"%d-%d" % (self.number, turn), self.random.choice(METHODS)
            body = b"x" * self.random.randrange(500) if method == b"POST" else b""
            sized = b"Content-Length: %d\r\n" % len(body) if method == b"POST" else b""
            connection[1].write(b"%b /%b HTTP/1.1\r\nHost: shop\r\n%b\r\n%b" % (method, name, sized, body))
            if self.random.random() < 0.05:
                connection[1].transport.abort()
                connection = None
                continue
            async with asyncio.timeout(20):
                await self._check(name, method, connection[0])
        if connection:
            connection[1].close()

    async def _check(self, name: bytes, method: bytes, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        body = b"" if method == b"HEAD" else await reader.readexactly(length)
        status = head.split(b" ")[1]
        self.seen[status.decode()] += 1
        if status == b"200":
            assert b"\r\nX-Name: %b\r\n" % name in head
            assert body in (b"", name * 20)
        else:
            assert b"Server: lab-balancer" in head


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_everybody_gets_the_own_answer_while_targets_die_at_random(
    where: Addresses, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def scene() -> Counter[str]:
        counts = Counts()
        targets = Targets(1, 1, 30.0, lambda: None)
        upstream = Upstream(where.load_balancer(US), counts, connect_s=0.5, response_s=0.2)
        proxy = Proxy(targets, upstream, counts, sticky=False)
        behind = [Unreliable(where.instance(f"{US}a", number), number) for number in range(TARGETS)]
        for one in behind:
            await one.open()
        front = await asyncio.get_running_loop().create_server(proxy.client, where.load_balancer(US), 0)
        targets.on_register = lambda target: target.check(HEALTHY)
        targets.set({f"i-{number}": one.address for number, one in enumerate(behind)})
        shoppers = [Shopper(front.sockets[0].getsockname(), number) for number in range(CLIENTS)]
        await asyncio.gather(*(shopper.shop() for shopper in shoppers))
        front.close()
        for client in list(proxy.clients):
            client.close()
        for one in behind:
            await one.close()
        async with asyncio.timeout(10):
            while upstream.count or proxy.clients:
                await asyncio.sleep(0.01)
        return sum((shopper.seen for shopper in shoppers), Counter())

    with asyncio.Runner(loop_factory=new_loop) as runner:
        seen = runner.run(scene())
    assert set(seen) == {"200", "502", "504"}, "they did die, in every way"
    assert seen["200"] > CLIENTS * REQUESTS / 2
