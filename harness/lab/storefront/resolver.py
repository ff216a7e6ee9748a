"""Asking the lab's DNS server for an address, following CNAMEs."""

import asyncio

from dnslib import QTYPE, DNSRecord
from dnslib.dns import DNSError

_MOST_HOPS = 5


class _Questions(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[DNSRecord]] = {}

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            answer = DNSRecord.parse(data)
        except DNSError:
            return
        waiting = self.waiting.get(answer.header.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        for waiting in self.waiting.values():
            if not waiting.done():
                waiting.set_exception(exc)


class Resolver:
    """A resolver without a cache. `source` is the address to ask from; the timeout is in real seconds."""

    def __init__(self, server: tuple[str, int], source: str, timeout_s: float) -> None:
        self._server, self._source, self._timeout_s = server, source, timeout_s
        self._questions: _Questions | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def resolve(self, name: str) -> str | None:
        """The address of a name, none if it has none or nobody answers."""
        try:
            for _ in range(_MOST_HOPS):
                answer = await self._ask(name)
                for record in answer.rr:
                    if record.rtype == QTYPE.A:
                        return str(record.rdata)
                aliases = [str(record.rdata) for record in answer.rr if record.rtype == QTYPE.CNAME]
                if not aliases:
                    return None
                name = aliases[-1]
        except (OSError, TimeoutError):
            return None
        return None

    async def _ask(self, name: str) -> DNSRecord:
        loop = asyncio.get_running_loop()
        if self._questions is None:
            self._transport, self._questions = await loop.create_datagram_endpoint(
                _Questions, local_addr=(self._source, 0), remote_addr=self._server
            )
        assert self._transport is not None
        question = DNSRecord.question(name, "A")
        number = question.header.id
        answer = self._questions.waiting[number] = loop.create_future()
        self._transport.sendto(question.pack())
        try:
            return await asyncio.wait_for(answer, self._timeout_s)
        finally:
            del self._questions.waiting[number]
