"""One TCP connection through the network: two delayed directions that freeze when the hop is cut.

What is under way when a cut comes stays under way: nothing arrives before the cut is mended, and nothing at all unless
the dialing side is still there then. So a request whose client gave up is not executed late.
"""

import asyncio
import contextlib
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

from harness.lab.network.impairment import HANDSHAKE_TIMEOUT_NS, Impairment
from harness.lab.network.packets import attach, detach, drop_everything
from harness.lab.network.peers import Ends
from harness.lab.network.rules import Flow
from harness.lab.network.schedule import Schedule

_MOST_UNDER_WAY = 4 << 20  # bytes of one direction in flight, then its sender must wait
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_END, _RESET = b"", None

Dial = Callable[["End"], Awaitable[object]]


class Direction:
    """Bytes from one end to the other, each due one delay after it was sent, in order.

    An impairment makes them later. Nothing overtakes what is late, as nothing overtakes a lost segment of TCP.
    """

    def __init__(self, link: "Link", source: "End", target: "End", impairment: Impairment | None) -> None:
        self._link, self._source, self._target = link, source, target
        self.impairment = impairment
        self._queue: deque[tuple[int, bytes | None]] = deque()
        self._bytes = 0
        self._scheduled = False

    def send(self, data: bytes | None) -> None:
        """Take bytes, an end of stream (empty) or a reset (None) that the source sends now."""
        due = max(time.monotonic_ns(), self._link.open_at_ns) + self._link.delay_ns
        if self.impairment is not None:
            due += self.impairment.lateness_ns()
        self._queue.append((due, data))
        self._bytes += len(data or b"")
        if self._bytes > _MOST_UNDER_WAY:
            self._source.hold("under way", True)
        self.go_on()

    def send_again(self) -> None:
        """Let what was frozen arrive one delay from now."""
        due = time.monotonic_ns() + self.transit_ns()
        self._queue = deque((due, data) for _, data in self._queue)
        self.go_on()

    def impair(self, impairment: Impairment | None) -> None:
        """From now on, impair what is sent, or no longer: then what was late or lost takes one delay from now."""
        relieved = self.impairment is not None and impairment is None
        self.impairment = impairment
        if relieved and self._queue:
            soon = time.monotonic_ns() + self._link.delay_ns
            self._queue = deque((min(due, soon), data) for due, data in self._queue)
            if self._scheduled:
                self._link.schedule.at(self._queue[0][0], self._deliver)

    def transit_ns(self, timeout_ns: int | None = None) -> int:
        """How long a packet takes that is sent now and, where it is lost, again after a timeout."""
        late = self.impairment.lateness_ns(timeout_ns) if self.impairment is not None else 0
        return self._link.delay_ns + late

    def go_on(self) -> None:
        """See to it that the head of the queue is delivered when it is due."""
        if self._queue and not self._scheduled and not self._link.frozen and self._target.connected:
            self._scheduled = True
            self._link.schedule.at(self._queue[0][0], self._deliver)

    def hold(self, held: bool) -> None:
        """Have the source wait, because the target's program does not read."""
        self._source.hold("unread", held)

    def _deliver(self) -> None:
        self._scheduled = False
        now = time.monotonic_ns()
        while self._queue and not self._link.frozen and self._queue[0][0] <= now:
            _, data = self._queue.popleft()
            self._bytes -= len(data or b"")
            self._target.give(data)
        if self._bytes <= _MOST_UNDER_WAY:
            self._source.hold("under way", False)
        self.go_on()


class End(asyncio.Protocol):
    """One of the two sockets of a link; `outgoing` and `incoming` are set by the link."""

    outgoing: Direction
    incoming: Direction

    def __init__(self, link: "Link") -> None:
        self._link = link
        self.sock: socket.socket | None = None
        self.connected = self.lost = False
        self._transport: asyncio.Transport | None = None
        self._sent_end = self._given_end = self._closed = False
        self._holds: set[str] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast(asyncio.Transport, transport)
        self.connected = True
        if self._closed:
            self.reset()
        self.read()
        self.incoming.go_on()

    def data_received(self, data: bytes) -> None:
        """The program at this end sent bytes."""
        self.outgoing.send(data)

    def eof_received(self) -> bool:
        """The program at this end sent its last."""
        self._sent_end = True
        self.outgoing.send(_END)
        self._close_if_done()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed: in order, or the other end has to hear of a reset."""
        self.lost, self.sock = True, None
        if not self._closed:
            self._closed = True
            self.outgoing.send(_RESET)
        self._link.left()

    def pause_writing(self) -> None:
        """The program at this end does not read what it is given."""
        self.incoming.hold(True)

    def resume_writing(self) -> None:
        """It reads again."""
        self.incoming.hold(False)

    def give(self, data: bytes | None) -> None:
        """Deliver to the program at this end."""
        if data is _RESET:
            self.reset()
        elif self._transport is None or self._transport.is_closing():
            return
        elif data == _END:
            self._given_end = True
            self._transport.write_eof()
            self._close_if_done()
        else:
            self._transport.write(data)

    def hold(self, reason: str, held: bool) -> None:
        """Read no more from this end for a reason, or drop the reason."""
        if held != (reason in self._holds):
            self._holds ^= {reason}
            self.read()

    def read(self) -> None:
        """Read or pause, as the holds and the freeze of the link say."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._holds or self._link.frozen:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def drop(self, dropping: bool) -> None:
        """Lose all packets that the program at this end sends, or no longer."""
        with contextlib.suppress(OSError):
            if self.sock and dropping:
                attach(self.sock, drop_everything())
            elif self.sock:
                detach(self.sock)

    def reset(self) -> None:
        """Close so that the program at this end sees a reset; also when the socket opens only later."""
        self._closed = True
        if self._transport is None or self._transport.is_closing():
            return
        if self.sock:
            with contextlib.suppress(OSError):
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _close_if_done(self) -> None:
        if self._sent_end and self._given_end and self._transport:
            self._closed = True
            self._transport.close()


class Link:
    """A connection from a client, accepted now, that `dial` carries on to the server.

    The client's handshake costs what it would on a real link: the server sees the dial one delay after it, and what
    the client sends leaves no sooner than two delays after it.
    """

    def __init__(
        self,
        schedule: Schedule,
        flow: Flow,
        delay_ns: int,
        dial: Dial,
        impairments: tuple[Impairment | None, Impairment | None] = (None, None),
    ) -> None:
        self.schedule, self.flow, self.delay_ns = schedule, flow, delay_ns
        self.frozen = False
        self.client_ends: Ends | None = None  # the client's socket: own address, its peer's
        self.on_end: Callable[[Link], object] = lambda link: None
        self.client, self.server = End(self), End(self)
        there, back = impairments
        self.client.outgoing = self.server.incoming = Direction(self, self.client, self.server, there)
        self.client.incoming = self.server.outgoing = Direction(self, self.server, self.client, back)
        self._dial, self._dialed = dial, False
        self._task: asyncio.Task[None] | None = None
        arrives = time.monotonic_ns() + self.client.outgoing.transit_ns(HANDSHAKE_TIMEOUT_NS)
        self.open_at_ns = arrives + self.server.outgoing.transit_ns(HANDSHAKE_TIMEOUT_NS)
        schedule.at(arrives, self._start_dial)

    def impair(self, there: Impairment | None, back: Impairment | None) -> None:
        """From now on, impair what is sent to the server and to the client, or no longer."""
        self.client.outgoing.impair(there)
        self.server.outgoing.impair(back)
        soon = time.monotonic_ns() + self.delay_ns
        if there is None and back is None and self.open_at_ns > soon + self.delay_ns:
            self.open_at_ns = soon + self.delay_ns
            self.schedule.at(soon, self._start_dial)

    def freeze(self, *, dropping: bool) -> None:
        """Stop everything that is under way; with `dropping` the packets of the client are lost meanwhile."""
        self.frozen = True
        self._apply(dropping=dropping)

    def thaw(self) -> None:
        """Go on: the dial and what was under way are sent again."""
        self.frozen = False
        self._apply(dropping=False)
        self.client.outgoing.send_again()
        self.server.outgoing.send_again()
        if not self._dialed:
            self.schedule.at(time.monotonic_ns() + self.client.outgoing.transit_ns(), self._start_dial)

    def discard(self) -> None:
        """Reset both ends; what was under way is lost."""
        self.client.reset()
        self.server.reset()
        self._dialed = True

    def left(self) -> None:
        """Tell, when the last end has gone, that the link is over."""
        under_way = self._task is not None and not self._task.done()
        if self.client.lost and (self.server.lost or not (self.server.connected or under_way or not self._dialed)):
            self.on_end(self)

    def _apply(self, *, dropping: bool) -> None:
        self.client.drop(dropping)
        self.client.read()
        self.server.read()

    def _start_dial(self) -> None:
        if not self.frozen and not self._dialed:
            self._dialed = True
            self._task = asyncio.get_running_loop().create_task(self._carry_on())

    async def _carry_on(self) -> None:
        try:
            await self._dial(self.server)
        except OSError:
            self.server.outgoing.send(_RESET)
            self.server.lost = True
            if self.client.lost:
                self.on_end(self)
