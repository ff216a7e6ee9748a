"""How one population resolves the entry: its own questions, its own cache, its own place in the world."""

import asyncio
import socket
import time

from harness.probes.dns import (
    Cached,
    NameNotResolved,
    NoAddress,
    Resolved,
    ask,
    from_system,
    is_answer_to,
    literal,
    read_answer,
    split_address,
)

RESEND_AFTER = 0.3
GIVE_UP_AFTER = 0.9
DNS_PORT = 53


class Resolver:
    """Resolves one host over UDP from a population's source address, or through the system where no server is given.

    Answers are used for TTL / time_scale real seconds. Callers that come while a question is under way share it.
    """

    def __init__(
        self,
        host: str,
        *,
        server: str | None,
        time_scale: float,
        source: str | None = None,
        client_subnet: str | None = None,
    ) -> None:
        self.host = host
        self._server = split_address(server, DNS_PORT) if server else None
        self._source = source
        self._client_subnet = client_subnet
        self._literal = literal(host)
        self._cached = Cached(time_scale)
        self._asking: asyncio.Task[Resolved] | None = None

    @property
    def known(self) -> Resolved | None:
        """The answer, where it may still be used."""
        return self._literal or self._cached.get(time.monotonic())

    async def resolve(self) -> Resolved:
        """The addresses now. Raises NameNotResolved; bound the wait with a timeout of your own."""
        if known := self.known:
            return known
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        # Shielded: one caller's timeout must not take the answer from the others.
        return await asyncio.shield(self._asking)

    def _asked(self, task: asyncio.Task[Resolved]) -> None:
        self._asking = None
        if not task.cancelled() and not task.exception():
            self._cached.put(task.result(), time.monotonic())

    async def _ask(self) -> Resolved:
        if self._server is None:
            return await self._ask_system()
        try:
            async with asyncio.timeout(GIVE_UP_AFTER):
                return await self._ask_server(self._server)
        except TimeoutError as error:
            raise NameNotResolved("no DNS answer") from error

    async def _ask_system(self) -> Resolved:
        loop = asyncio.get_running_loop()
        try:
            return from_system(await loop.getaddrinfo(self.host, None, type=socket.SOCK_STREAM))
        except socket.gaierror as error:
            raise NameNotResolved(f"not resolved: {error.strerror}") from error

    async def _ask_server(self, server: tuple[str, int]) -> Resolved:
        try:
            return await self._ask_for("A", server)
        except NoAddress:
            return await self._ask_for("AAAA", server)

    async def _ask_for(self, kind: str, server: tuple[str, int]) -> Resolved:
        loop = asyncio.get_running_loop()
        question_id, question = ask(self.host, self._client_subnet, kind)
        answer: asyncio.Future[bytes] = loop.create_future()
        local = (self._source, 0) if self._source else None
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Exchange(question_id, answer), local_addr=local, remote_addr=server
        )
        try:
            while not answer.done():
                transport.sendto(question)
                await asyncio.wait([answer], timeout=RESEND_AFTER)
            return read_answer(question_id, answer.result())
        finally:
            answer.cancel()
            transport.close()


class _Exchange(asyncio.DatagramProtocol):
    def __init__(self, question_id: int, answer: asyncio.Future[bytes]) -> None:
        self._question_id = question_id
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answer.done() and is_answer_to(self._question_id, data):
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(NameNotResolved(f"DNS server unreachable: {exc}"))
