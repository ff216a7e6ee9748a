"""Passing a request on to a target and its answer back."""

import asyncio
import logging
import random
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import cast

from harness.lab.balancer.counts import Counts
from harness.lab.balancer.messages import Head, Malformed, body_of, head_of
from harness.lab.balancer.target import Target
from harness.lab.balancer.targets import NODES, Targets
from harness.lab.balancer.upstream import Answer, Upstream

log = logging.getLogger("lab.balancer")

COOKIE = "lb_cookie"
_KEEP_ALIVE_S, _SWEEP_S = 60.0, 5.0
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"})
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
_COOKIE = COOKIE.encode() + b"="
_SAY = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that came whole."""

    method: bytes
    target: bytes  # as it was sent
    head: Head
    body: bytes
    keeps: bool

    @property
    def cookie(self) -> str | None:
        """What the sticky cookie says."""
        for one in self.head.noted.get(b"cookie", b"").split(b";"):
            if (one := one.strip()).startswith(_COOKIE):
                return one[len(_COOKIE) :].decode("ascii", "replace")
        return None


class Proxy:
    """The request handler of a balancer, and its open connections from clients."""

    def __init__(self, targets: Targets, upstream: Upstream, counts: Counts, *, sticky: bool) -> None:
        self._targets, self._upstream, self.counts, self._sticky = targets, upstream, counts, sticky
        self.clients: set[Client] = set()

    def client(self) -> "Client":
        """What serves a new connection."""
        return Client(self)

    def sweep(self) -> None:
        """Close the connections on which nothing was asked for long; for ever, every few seconds."""
        loop = asyncio.get_running_loop()
        due = loop.time() - _KEEP_ALIVE_S
        for client in [one for one in self.clients if one.idle_since is not None and one.idle_since < due]:
            client.close()
        loop.call_later(_SWEEP_S, self.sweep)

    async def handle(self, request: Request, remote: bytes, node: int) -> bytes:
        """Answer one request to a node: all of the answer."""
        target, stuck = self._targets.pick(request.cookie if self._sticky else None, node)
        if self._sticky and not stuck:
            self.counts.took_turns()
        if target is None:
            return self._fail(request, 503, had_target=False)
        try:
            answer = await self._ask(request, target, remote)
        except TimeoutError:
            return self._fail(request, 504)
        except OSError:
            return self._fail(request, 502)
        self.counts.answered(answer.status, answer.seconds)
        return _reply(request, answer, target if self._sticky and not stuck else None)

    async def _ask(self, request: Request, target: Target, remote: bytes) -> Answer:
        sized = request.body or request.head.chunked or request.head.length is not None
        length = b"Content-Length: %d\r\n" % len(request.body) if sized else b""
        question = b"%b %b HTTP/1.1\r\n%bX-Client-Source: %b\r\nX-Forwarded-For: %b\r\n%b\r\n%b" % (
            request.method, request.target, request.head.lines, remote, remote, length, request.body,
        )  # fmt: skip
        again, bodiless = request.method in _IDEMPOTENT, request.method == b"HEAD"
        return await self._upstream.ask(target, question, again=again, bodiless=bodiless)

    def _fail(self, request: Request, status: int, *, had_target: bool = True) -> bytes:
        self.counts.failed(status, had_target=had_target)
        return own_answer(status, _SAY[status], keeps=request.keeps, bodiless=request.method == b"HEAD")


def _reply(request: Request, answer: Answer, stick_to: Target | None) -> bytes:
    head, length = answer.head, len(answer.body)
    cookie = b"Set-Cookie: %b%b; Path=/\r\n" % (_COOKIE, stick_to.token.encode()) if stick_to is not None else b""
    sized = b"Content-Length: %d\r\n" % length
    if request.method == b"HEAD" or answer.status in (204, 304):
        sized = b"Content-Length: %d\r\n" % head.length if head.length is not None else b""
    words = head.start.partition(b" ")[2]
    return b"HTTP/1.1 %b\r\n%b%b%b%b\r\n%b" % (
        words,
        head.lines,
        cookie,
        sized,
        _connection(request.keeps),
        answer.body,
    )


def _connection(keeps: bool) -> bytes:
    return b"Connection: keep-alive\r\n" if keeps else b"Connection: close\r\n"


def own_answer(status: int, words: str, *, keeps: bool, bodiless: bool = False) -> bytes:
    """An answer of the balancer itself."""
    body = f"{status} {words}\n".encode()
    lines = f"HTTP/1.1 {status} {words}\r\nServer: lab-balancer\r\nDate: {formatdate(usegmt=True)}\r\n"
    lines += f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    head = lines.encode() + _connection(keeps) + b"\r\n"
    return head if bodiless else head + body


class Client(asyncio.Protocol):
    """One connection from a client to any node; its requests are answered one after the other."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._node = random.randrange(NODES)
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._continued = self._ended = False
        self.idle_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and see who it is."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._remote = peer[0].encode() if peer else b""
        self._proxy.clients.add(self)
        self._proxy.counts.connected()
        self.idle_since = self._loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; a request under way is carried out all the same."""
        self._proxy.clients.discard(self)

    def eof_received(self) -> bool:
        """Nothing more will be asked: stay open while there is something to answer."""
        self._ended = True
        return self._task is not None

    def close(self) -> None:
        """Close it."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request, or more than one."""
        self._buffer += data
        self.idle_since = self._loop.time()
        if self._task is None:
            self._next()

    def _next(self) -> None:
        """Begin to answer the next request if it is whole."""
        try:
            request = self._take()
        except Malformed as error:
            words = HTTPStatus(error.status).phrase
            self._transport.write(own_answer(error.status, words, keeps=False))
            return self._transport.close()
        if request is not None:
            self.idle_since = None
            self._task = self._loop.create_task(self._serve(request))
        elif self._ended:
            self._transport.close()
        return None

    def _take(self) -> Request | None:
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        if (head := head_of(self._buffer)) is None:
            return None
        parts = head.start.split(b" ")
        if len(parts) != 3 or parts[2] not in _VERSIONS:
            raise Malformed(400, "the request line is wrong")
        if (found := body_of(self._buffer, head)) is None:
            self._continue(head)
            return None
        body, end = found
        del self._buffer[:end]
        self._continued = False
        return Request(parts[0], parts[1], head, body, head.keeps(parts[2]))

    def _continue(self, head: Head) -> None:
        if head.noted.get(b"expect", b"").lower() == b"100-continue" and not self._continued:
            self._continued = True
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _serve(self, request: Request) -> None:
        try:
            reply = await self._proxy.handle(request, self._remote, self._node)
        except Exception:
            log.exception("a request could not be handled")
            return self._transport.abort()
        self._task, self.idle_since = None, self._loop.time()
        if self._transport.is_closing():
            return None
        self._transport.write(reply)
        if not request.keeps:
            self._transport.close()
        elif self._buffer or self._ended:
            self._next()
        return None
