"""DNS without sockets: questions, answers and a cache that keeps to the time scale.

Shared by the prober (asyncio) and the load (gevent), which only differ in how they exchange the datagrams.
"""

import ipaddress
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dnslib import EDNS0, QTYPE, RCODE, DNSError, DNSRecord, EDNSOption

CLIENT_SUBNET = 8
UDP_SIZE = 1232
SYSTEM_TTL = 1.0


class NameNotResolved(OSError):
    """A name without an address. The message says why: refused, no answer in time, NXDOMAIN ..."""


class NoAddress(NameNotResolved):
    """The name exists, but not with an address of the kind that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Addresses of a name, in the order to try them; `ttl` in model seconds, the least of the chain."""

    addresses: tuple[str, ...]
    ttl: float


def ask(name: str, client_subnet: str | None, kind: str = "A") -> tuple[int, bytes]:
    """A question for the A (or AAAA) records of a name, with the EDNS client subnet if any: its id and its bytes."""
    question = DNSRecord.question(name, kind)
    question.header.id = int.from_bytes(os.urandom(2), "big")
    if client_subnet:
        question.add_ar(EDNS0(udp_len=UDP_SIZE, opts=[_subnet_option(client_subnet)]))
    return question.header.id, bytes(question.pack())


def read_answer(question_id: int, datagram: bytes) -> Resolved:
    """The addresses in an answer. Raises NoAddress for an empty one, NameNotResolved for an error or a malformed."""
    try:
        record = DNSRecord.parse(datagram)
    except DNSError as error:
        raise NameNotResolved(f"malformed DNS answer: {error}") from error
    if record.header.id != question_id:
        raise NameNotResolved("DNS answer to another question")
    if record.header.rcode:
        raise NameNotResolved(f"DNS {RCODE.get(record.header.rcode)}")
    addresses = tuple(str(rr.rdata) for rr in record.rr if rr.rtype in (QTYPE.A, QTYPE.AAAA))
    if not addresses:
        raise NoAddress("DNS answer without an address")
    return Resolved(addresses=addresses, ttl=float(min(rr.ttl for rr in record.rr)))


def from_system(entries: Sequence[tuple[Any, ...]]) -> Resolved:
    """What getaddrinfo says of a name: its IPv4 addresses; those of IPv6 where it has no other."""
    four, six = (
        tuple(str(entry[4][0]) for entry in entries if entry[0] == family)
        for family in (socket.AF_INET, socket.AF_INET6)
    )
    return Resolved(addresses=four or six, ttl=SYSTEM_TTL)


def is_answer_to(question_id: int, datagram: bytes) -> bool:
    """Whether a datagram carries the id of the question; others are dropped without a word."""
    return datagram[:2] == question_id.to_bytes(2, "big")


def literal(host: str) -> Resolved | None:
    """The answer for a host that is an address already, or None."""
    try:
        return Resolved(addresses=(str(ipaddress.ip_address(host)),), ttl=0.0)
    except ValueError:
        return None


def split_address(text: str, port: int) -> tuple[str, int]:
    """ "127.0.0.1:5353" as a pair; `port` where the text names none."""
    host, colon, number = text.rpartition(":")
    return (host, int(number)) if colon else (text, port)


@dataclass(slots=True)
class Cached:
    """One name's answer and the monotonic second until which it may be used."""

    time_scale: float
    resolved: Resolved | None = None
    until: float = 0.0

    def get(self, now: float) -> Resolved | None:
        """The answer while it is fresh."""
        return self.resolved if now < self.until else None

    def put(self, resolved: Resolved, now: float) -> None:
        """Keep an answer for its TTL, which is model time."""
        self.resolved = resolved
        self.until = now + resolved.ttl / self.time_scale


@dataclass(slots=True)
class RegionMap:
    """Which region an address belongs to: as configured, else as learned from X-Served-By."""

    known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, regions: Mapping[str, Sequence[str]]) -> "RegionMap":
        """From region -> addresses."""
        return cls({address: region for region, addresses in regions.items() for address in addresses})

    def region(self, address: str | None) -> str | None:
        """The region of an address, or None while nobody has told."""
        return self.known.get(address) if address else None

    def learn(self, address: str, region: str) -> bool:
        """Remember who answered at an address nothing was known of; True when that is news."""
        if address in self.known:
            return False
        self.known[address] = region
        return True


def _subnet_option(subnet: str) -> EDNSOption:
    network = ipaddress.ip_network(subnet, strict=False)
    family = 1 if network.version == 4 else 2
    octets = network.network_address.packed[: (network.prefixlen + 7) // 8]
    return EDNSOption(CLIENT_SUBNET, family.to_bytes(2, "big") + bytes([network.prefixlen, 0]) + octets)
