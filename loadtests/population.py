"""What the users of one population share: where they are, and the resolver that they ask."""

import socket
import threading
import time
from dataclasses import dataclass, field

from harness.probes.dns import (
    Cached,
    NameNotResolved,
    NoAddress,
    RegionMap,
    Resolved,
    ask,
    from_system,
    is_answer_to,
    literal,
    read_answer,
    split_address,
)

DNS_PORT = 53
RESEND_AFTER = 0.3
GIVE_UP_AFTER = 0.9


@dataclass(slots=True)
class Population:
    """Resolves the entry for its users: one question at a time, answers used for TTL / time_scale real seconds."""

    name: str
    host: str
    cached: Cached
    regions: RegionMap
    source: str | None = None
    client_subnet: str | None = None
    resolver: str | None = None
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _literal: tuple[str, ...] | None = field(init=False)

    def __post_init__(self) -> None:
        found = literal(self.host)
        self._literal = found.addresses if found else None

    def resolve(self, until: float) -> tuple[str, ...]:
        """The addresses now. Raises NameNotResolved, or TimeoutError at `until` (monotonic seconds)."""
        if self._literal:
            return self._literal
        found = self.cached.get(time.monotonic())
        return found.addresses if found else self._ask_once(until)

    def region(self, address: str) -> str | None:
        """The region of an address, None where it is not configured."""
        return self.regions.region(address)

    def _ask_once(self, until: float) -> tuple[str, ...]:
        """Ask, or wait for the user who is asking and take what it got."""
        if not self._asking.acquire(timeout=max(0.0, until - time.monotonic())):
            raise TimeoutError
        try:
            found = self.cached.get(time.monotonic())
            if found is None:
                found = self._ask(min(until, time.monotonic() + GIVE_UP_AFTER))
                self.cached.put(found, time.monotonic())
            return found.addresses
        finally:
            self._asking.release()

    def _ask(self, until: float) -> Resolved:
        if self.resolver is None:
            return self._ask_system()
        server = split_address(self.resolver, DNS_PORT)
        try:
            return self._ask_for("A", server, until)
        except NoAddress:
            return self._ask_for("AAAA", server, until)

    def _ask_for(self, kind: str, server: tuple[str, int], until: float) -> Resolved:
        question_id, question = ask(self.host, self.client_subnet, kind)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            if self.source:
                sock.bind((self.source, 0))
            sock.connect(server)
            while time.monotonic() < until:
                sock.send(question)
                if (datagram := _received(sock, question_id, until)) is not None:
                    return read_answer(question_id, datagram)
        raise NameNotResolved("no DNS answer")

    def _ask_system(self) -> Resolved:
        try:
            return from_system(socket.getaddrinfo(self.host, None, type=socket.SOCK_STREAM))
        except socket.gaierror as error:
            raise NameNotResolved(f"not resolved: {error.strerror}") from error


def _received(sock: socket.socket, question_id: int, until: float) -> bytes | None:
    """The answer, or None when it is time to ask again."""
    again = min(until, time.monotonic() + RESEND_AFTER)
    while (left := again - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            datagram = sock.recv(4096)
        except TimeoutError:
            return None
        except ConnectionRefusedError as error:
            raise NameNotResolved("DNS server unreachable") from error
        if is_answer_to(question_id, datagram):
            return datagram
    return None
