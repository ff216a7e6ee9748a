"""Connections to targets: kept open, and used again for another request when free."""

import asyncio
from asyncio import TimerHandle
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from harness.lab.addresses import INSTANCE_PORT
from harness.lab.balancer.counts import Counts
from harness.lab.balancer.messages import Head, Malformed, body_of, head_of
from harness.lab.balancer.target import Target

_KEEP_ALIVE_S = 30.0  # less than a target keeps its side
_SWEEP_S = 1.0
_MOST = 1 << 40  # bytes of an answer


class Broken(ConnectionError):
    """The target ended the connection before its answer was whole. `heard` of it: something of the answer came."""

    def __init__(self, heard: bool) -> None:
        super().__init__("the target broke the connection")
        self.heard = heard


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target answered, and after how long it began to (real seconds)."""

    status: int
    head: Head
    body: bytes
    seconds: float


class Connection(asyncio.Protocol):
    """One connection to a target; answers one question at a time."""

    def __init__(self, on_free: Callable[["Connection"], None], on_lost: Callable[["Connection"], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_free, self._on_lost = on_free, on_lost
        self.free_since = 0.0
        self._reset(None, bodiless=False)

    def _reset(self, waiting: "asyncio.Future[Answer] | None", *, bodiless: bool) -> None:
        self._waiting, self._bodiless = waiting, bodiless
        self._buffer = bytearray()
        self._head: Head | None = None
        self._began = self._loop.time()
        self._seconds = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to ask."""
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, question: bytes, within_s: float, *, bodiless: bool) -> "asyncio.Future[Answer]":
        """Ask; the answer has no body after HEAD. Fails with Broken, or TimeoutError when nothing comes for so long."""
        waiting: asyncio.Future[Answer] = self._loop.create_future()
        self._reset(waiting, bodiless=bodiless)
        self._within_s = within_s
        self._timer: TimerHandle = self._loop.call_later(within_s, self._time_out)
        self._transport.write(question)
        return waiting

    @property
    def closing(self) -> bool:
        """Whether it is at its end, even if that was not told yet."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close it; an answer under way fails."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self._buffer += data
        if self._waiting is None:
            return self._transport.abort()  # nobody asked
        try:
            self._look()
        except (Malformed, ValueError, IndexError):
            self._fail(Broken(heard=True))
        return None

    def _look(self) -> None:
        if self._head is None:
            self._head = self._take_head()
            self._seconds = self._loop.time() - self._began
        if (head := self._head) is not None and (found := self._body(head)) is not None:
            self._complete(head, *found)
        else:
            self._timer.cancel()
            self._timer = self._loop.call_later(self._within_s, self._time_out)

    def _take_head(self) -> Head | None:
        """The head of the answer; what the target says before it is left out."""
        while (head := head_of(self._buffer)) is not None and _status(head) < 200:
            del self._buffer[: head.end]
        return head

    def _body(self, head: Head) -> tuple[bytes, int] | None:
        """The body and its end if it is whole; one of unknown length is when the connection ends."""
        if self._bodiless or _status(head) in (204, 304):
            return b"", head.end
        return body_of(self._buffer, head, _MOST) if head.chunked or head.length is not None else None

    def _complete(self, head: Head, body: bytes, end: int) -> None:
        waiting, whole = self._waiting, len(self._buffer) == end
        keeps = whole and head.keeps(head.start[:8])
        answer = Answer(_status(head), head, body, self._seconds)
        self._timer.cancel()
        self._reset(None, bodiless=False)
        if keeps:
            self.free_since = self._loop.time()
            self._on_free(self)
        else:
            self._transport.abort()
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _fail(self, error: OSError) -> None:
        waiting, self._waiting = self._waiting, None
        self._timer.cancel()
        self._transport.abort()
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)

    def _time_out(self) -> None:
        self._fail(TimeoutError("the target does not answer"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was not told its length is whole now; else the answer is broken."""
        self._on_lost(self)
        head = self._head
        if self._waiting is None:
            return
        if head is not None and exc is None and not head.chunked and head.length is None:
            self._complete(head, bytes(self._buffer[head.end :]), -1)
        else:
            self._fail(Broken(heard=bool(self._buffer)))


def _status(head: Head) -> int:
    return int(head.start.split(b" ", 2)[1])


class Upstream:
    """The connections to all targets, from the balancer's own address. Spans are real seconds."""

    def __init__(self, source: str, counts: Counts, *, connect_s: float, response_s: float) -> None:
        self._source, self._counts = source, counts
        self._connect_s, self._response_s = connect_s, response_s
        self._open: defaultdict[Target, set[Connection]] = defaultdict(set)
        self._free: defaultdict[Target, list[Connection]] = defaultdict(list)
        self._dialing: Counter[Target] = Counter()
        self.on_idle: Callable[[Target], None] = lambda target: None  # there is no connection any more

    @property
    def count(self) -> int:
        """How many connections are open."""
        return sum(map(len, self._open.values()))

    def busy(self, target: Target) -> bool:
        """Whether a connection to a target is open, in use or not, or about to be."""
        return bool(self._open.get(target)) or self._dialing[target] > 0

    async def ask(self, target: Target, question: bytes, *, again: bool, bodiless: bool) -> Answer:
        """Ask a target; if `again`, once more should a connection that was used before turn out to be dead."""
        connection = self._take(target)
        if connection is None:
            connection = await self._connect(target)
            again = False
        try:
            return await connection.ask(question, self._response_s, bodiless=bodiless)
        except Broken as error:
            if error.heard or not again:
                raise
        return await self.ask(target, question, again=False, bodiless=bodiless)

    def _take(self, target: Target) -> Connection | None:
        free = self._free[target]
        while free:
            if not (connection := free.pop()).closing:
                return connection
        return None

    async def _connect(self, target: Target) -> Connection:
        self._dialing[target] += 1
        try:
            async with asyncio.timeout(self._connect_s):
                connection = await self._dial(target)
            self._open[target].add(connection)
        except OSError:
            self._counts.not_connected()
            raise
        finally:
            self._dialing[target] -= 1
            self._settle(target)
        self._counts.connected()
        return connection

    async def _dial(self, target: Target) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(partial(self._keep, target), partial(self._lost, target)),
            target.address,
            INSTANCE_PORT,
            local_addr=(self._source, 0),
        )
        return connection

    def _keep(self, target: Target, connection: Connection) -> None:
        self._free[target].append(connection)

    def _lost(self, target: Target, connection: Connection) -> None:
        self._open[target].discard(connection)
        if connection in self._free[target]:
            self._free[target].remove(connection)
        self._settle(target)

    def _settle(self, target: Target) -> None:
        if not self.busy(target):
            for table in (self._open, self._free, self._dialing):
                table.pop(target, None)
            self.on_idle(target)

    def sweep(self) -> None:
        """Close the connections that were free for long; for ever, every second."""
        loop = asyncio.get_running_loop()
        due = loop.time() - _KEEP_ALIVE_S
        for free in list(self._free.values()):
            for connection in [one for one in free if one.free_since < due]:
                connection.close()
        loop.call_later(_SWEEP_S, self.sweep)

    def part(self, target: Target) -> None:
        """Close the free connections to a target that is none any more."""
        for connection in list(self._free.get(target, ())):
            connection.close()
