"""A storefront on loopback that does what a test tells it to, and its DNS server, in a thread of the test's own."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dnslib import AAAA, QTYPE, RR, A, DNSRecord

HOST = "api.storefront.test"
US, EU = "127.250.10.1", "127.250.20.1"
REGIONS = {"us-east-1": (US,), "eu-west-1": (EU,)}
DNS = "127.250.0.53"


@dataclass(frozen=True)
class Call:
    """One request as the server saw it."""

    source: str
    port: int
    address: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Site:
    """Two regions behind one name. `hanging` addresses take requests and answer when released."""

    loop: asyncio.AbstractEventLoop
    port: int = 0
    dns_port: int = 0
    answers: tuple[str, ...] = (US,)
    ttl: int = 0
    hanging: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    questions: list[tuple[str, DNSRecord]] = field(default_factory=list)
    orders: Counter[str] = field(default_factory=Counter)
    servers: dict[str, asyncio.Server] = field(default_factory=dict)
    writers: set[tuple[str, asyncio.StreamWriter]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def resolver(self) -> str:
        return f"{DNS}:{self.dns_port}"

    def kill(self, address: str) -> None:
        """Close the port and reset every connection, as a dying process does."""
        self._run(self._kill(address))

    def revive(self, address: str) -> None:
        self._run(self._listen(address))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(5)

    async def _kill(self, address: str) -> None:
        server = self.servers.pop(address)
        for sock in server.sockets:
            self.loop.remove_reader(sock.fileno())
        for _ in range(2):  # asyncio leaks a connection that it was taking when its server is closed
            await asyncio.sleep(0)
        server.close()
        for where, writer in list(self.writers):
            if where == address:
                writer.transport.abort()

    async def _listen(self, address: str) -> None:
        server = await asyncio.start_server(lambda r, w: self._serve(address, r, w), address, self.port, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self.servers[address] = server

    async def _serve(self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if address not in self.servers:  # it died after the kernel had taken the connection
            writer.transport.abort()
            return
        self.writers.add((address, writer))
        source = writer.get_extra_info("peername")
        try:
            while await self._serve_one(address, source, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writers.discard((address, writer))
            writer.transport.abort()

    async def _serve_one(
        self, address: str, source: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.calls.append(Call(*source, address, method, path, headers, json.loads(body) if body else None))
        while address in self.hanging:
            await asyncio.sleep(0.005)
        writer.write(self._answer(address, self.calls[-1]))
        await writer.drain()
        return headers.get("connection") != "close"

    def _answer(self, address: str, call: Call) -> bytes:
        status = self.statuses.get(address, 200)
        document: Any = []
        if call.method == "POST" and call.path == "/orders" and status < 400:
            self.orders[call.body["id"]] += 1
        elif call.path.startswith("/orders?"):
            prefix = parse_qs(urlsplit(call.path).query)["prefix"][0]
            document = {"region": "eu-west-1", "orders": {k: n for k, n in self.orders.items() if k.startswith(prefix)}}
        payload = json.dumps(document).encode()
        region = next(name for name, addresses in REGIONS.items() if address in addresses)
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(payload)}", f"X-Served-By: {region}/{region}a/i-1"]
        lines += ["Set-Cookie: session=s1; Path=/", "Set-Cookie: lb_cookie=b2; Path=/"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + payload


class _Dns(asyncio.DatagramProtocol):
    def __init__(self, site: Site) -> None:
        self._site = site

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = DNSRecord.parse(data)
        self._site.questions.append((addr[0], question))
        reply = question.reply()
        for address in self._site.answers:
            kind, record = (QTYPE.AAAA, AAAA) if ":" in address else (QTYPE.A, A)
            if question.q.qtype == kind:
                reply.add_answer(RR(question.q.qname, kind, ttl=self._site.ttl, rdata=record(address)))
        self._transport.sendto(reply.pack(), addr)


@contextmanager
def serving(change: Callable[[Site], None] = lambda _: None) -> Iterator[Site]:
    """A running site."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    site = Site(loop)
    change(site)

    transports: list[asyncio.DatagramTransport] = []

    async def start() -> None:
        for address in (US, EU):
            await site._listen(address)
        transport, _ = await loop.create_datagram_endpoint(lambda: _Dns(site), local_addr=(DNS, 0))
        transports.append(transport)
        site.dns_port = transport.get_extra_info("sockname")[1]

    async def stop() -> None:
        for transport in transports:
            transport.close()
        for address in list(site.servers):
            await site._kill(address)
        # A connection that was being taken becomes a task, and then a transport, each a turn of the loop later. A task
        # that is cancelled before its first turn would leave its connection open.
        for _ in range(4):
            await asyncio.sleep(0)
        for _ in range(4):
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            await asyncio.sleep(0)

    site._run(start())
    try:
        yield site
    finally:
        site._run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
