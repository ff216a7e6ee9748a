"""A server that is in trouble on a schedule, and logs what it really did: `troubled_server HOST PORT LOG PLAN`.

PLAN is JSON: `period`, `stalls` and `refusals` as (begin, end) within a period, `delays` as (milliseconds, share); real
seconds. The schedule begins with the first request and is repeated until SIGTERM, when LOG is written. While it stalls
nothing is answered; while it refuses its listening socket and every connection are closed.
"""

import asyncio
import json
import random
import signal
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
BACKLOG = 4096
BLOCK = 20


class Troubled:
    """The listening socket, the connections, and what is to happen when."""

    def __init__(self, host: str, port: int, log: Path, plan: dict[str, Any]) -> None:
        self.place, self.log, self.plan = (host, port), log, plan
        self.connections: set[Connection] = set()
        self.held: list[tuple[Connection, int]] = []
        self.stalled = False
        self.origin = 0
        self.served: list[tuple[int, int]] = []
        self.spans: list[tuple[str, int, int]] = []
        self.delays: deque[float] = deque()
        self.chance = random.Random(1)

    async def serve(self) -> None:
        """Listen until SIGTERM."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, over.set)
        self.listening = await loop.create_server(lambda: Connection(self), *self.place, backlog=BACKLOG)
        print("listening", flush=True)
        await over.wait()
        document = {"origin": self.origin, "served": self.served, "spans": self.spans}
        self.log.write_text(json.dumps(document))

    def asked(self, connection: "Connection") -> None:
        """Answer now, later, or when the stall is over."""
        now = time.monotonic_ns()
        if not self.origin:
            self.origin = now
            self.scheduling = asyncio.ensure_future(self.schedule())
        if self.stalled:
            self.held.append((connection, now))
        elif self.plan["delays"]:
            asyncio.get_running_loop().call_later(self.delay(), self.answer, connection, now)
        else:
            self.answer(connection, now)

    def delay(self) -> float:
        """The next of a shuffled block in which every delay has exactly its share; seconds."""
        if not self.delays:
            block = [ms / 1e3 for ms, share in self.plan["delays"] for _ in range(round(share * BLOCK))]
            self.chance.shuffle(block)
            self.delays.extend(block)
        return self.delays.popleft()

    def answer(self, connection: "Connection", asked: int) -> None:
        """Answer, and note how long that took."""
        connection.transport.write(ANSWER)
        self.served.append((asked, time.monotonic_ns()))

    async def schedule(self) -> None:
        """Every trouble of every period, one after the other."""
        kinds = (self.stall, "stalls"), (self.refuse, "refusals")
        troubles = sorted((begin, end, act) for act, kind in kinds for begin, end in self.plan[kind])
        begun = self.origin
        while troubles:
            for begin, end, act in troubles:
                await _until(begun + begin * 1e9)
                await act(begun + end * 1e9)
            begun += round(self.plan["period"] * 1e9)

    async def stall(self, until: float) -> None:
        """Answer nobody, then everybody who waits."""
        began, self.stalled = time.monotonic_ns(), True
        await _until(until)
        self.stalled = False
        self.spans.append(("stall", began, time.monotonic_ns()))
        for connection, asked in self.held:
            self.answer(connection, asked)
        self.held.clear()

    async def refuse(self, until: float) -> None:
        """Close the listening socket and every connection, and listen again."""
        began = time.monotonic_ns()
        self.listening.close()
        for connection in tuple(self.connections):
            connection.transport.abort()
        await _until(until)
        loop = asyncio.get_running_loop()
        self.listening = await loop.create_server(lambda: Connection(self), *self.place, backlog=BACKLOG)
        self.spans.append(("refusal", began, time.monotonic_ns()))


class Connection(asyncio.Protocol):
    """Hands every whole request head on; none of the requests has a body."""

    def __init__(self, server: Troubled) -> None:
        self.server = server
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        self.server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Each head is a request."""
        self.head += data
        while b"\r\n\r\n" in self.head:
            _, self.head = self.head.split(b"\r\n\r\n", 1)
            self.server.asked(self)


async def _until(moment: float) -> None:
    """Sleep until a monotonic moment, ns."""
    await asyncio.sleep(max(0.0, (moment - time.monotonic_ns()) / 1e9))


if __name__ == "__main__":
    place, number, path, told = sys.argv[1:5]
    asyncio.run(Troubled(place, int(number), Path(path), json.loads(told)).serve())
