"""The authoritative DNS server of the lab: UDP, answers from `Zones`.

Who asks is known by the EDNS client subnet where there is one, or else by the source address. TTLs on the wire are
whole model seconds (a DNS TTL cannot be a fraction): a client holds an answer for TTL / time_scale real seconds.
"""

import asyncio
import logging
import math
import struct
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

from dnslib import AAAA, CNAME, EDNS0, NS, QTYPE, RCODE, RR, TXT, A, DNSError, DNSRecord

from harness.lab.control.routing import Record

log = logging.getLogger("lab.dns")

Resolve = Callable[[str, str, str], Sequence[Record] | None]

_DATA = {
    "A": A,
    "AAAA": AAAA,
    "CNAME": CNAME,
    "NS": NS,
    "TXT": lambda value: TXT(value.strip('"')),
}
_CLIENT_SUBNET = 8


def client_subnet(query: DNSRecord) -> str | None:
    """The address in the EDNS client subnet option of a query, filled up with zeros; none without the option."""
    for extra in query.ar:
        for option in extra.rdata if isinstance(extra.rdata, list) else ():
            if option.code == _CLIENT_SUBNET and len(option.data) >= 4:
                family, _, _ = struct.unpack("!HBB", option.data[:4])
                if family == 1:
                    return str(IPv4Address(option.data[4:8].ljust(4, b"\0")))
    return None


def answer(packet: bytes, source: str, resolve: Resolve) -> bytes:
    """The reply to a packet from `source`. Raises DNSError when the packet is no query."""
    query = DNSRecord.parse(packet)
    asked, type = str(query.q.qname), QTYPE.get(query.q.qtype, "?")
    reply = query.reply(ra=0, aa=1)
    found = resolve(asked, type, client_subnet(query) or source)
    if found is None:
        reply.header.rcode = RCODE.NXDOMAIN
    for record in found or ():
        _add(reply, record)
    if any(isinstance(extra.rdata, list) for extra in query.ar):
        reply.add_ar(EDNS0(udp_len=1232))
    packed: bytes = reply.pack()
    return packed


def _add(reply: DNSRecord, record: Record) -> None:
    data = _DATA.get(record.type)
    if data is None:
        return
    for value in record.values:
        rdata = data(value)
        ttl = math.ceil(record.ttl)
        reply.add_answer(RR(record.name, getattr(QTYPE, record.type), ttl=ttl, rdata=rdata))


class NameServer(asyncio.DatagramProtocol):
    """Answers each datagram at once."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            reply = answer(data, addr[0], self.resolve)
        except DNSError as error:
            log.info("no DNS query from %s: %s", addr, error)
            return
        except Exception:
            log.exception("a DNS query from %s failed", addr)
            return
        if self._transport is not None:
            self._transport.sendto(reply, addr)

    def close(self) -> None:
        """Stop listening."""
        if self._transport is not None:
            self._transport.close()


async def listen(resolve: Resolve, address: str, port: int) -> NameServer:
    """Listen at an address. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: NameServer(resolve), local_addr=(address, port))
    return server
