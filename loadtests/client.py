"""An HTTP client on gevent's loop itself: every request is sent once, never again.

Locust's own clients retry a GET on a broken connection without a word and cannot say whether a request that failed had
been sent. This one binds a source address, resolves as its population does, and keeps cookies and a connection.
"""

import ssl
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

from harness.probes.http import Url
from loadtests.connection import Connection, NotSent, dial
from loadtests.deadlines import Deadlines
from loadtests.heads import Head, Heads
from loadtests.population import Population
from loadtests.secrecy import Secrecy
from loadtests.writing import Requests

DECODE = msgspec.json.Decoder().decode
ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


@dataclass(slots=True)
class Exchange:
    """One request as it went: times in monotonic nanoseconds; `status` None where there was no answer."""

    sent: int
    finished: int = 0
    status: int | None = None
    region: str | None = None
    instance: str | None = None
    was_sent: bool = False
    error: str = ""
    body: bytes = b""
    encoding: str = ""

    @property
    def size(self) -> int:
        """Bytes of the body as they came."""
        return len(self.body)

    def document(self) -> Any:
        """The body, unpacked and read as JSON; None where it is none."""
        try:
            return DECODE(unpacked(self.body, self.encoding))
        except (msgspec.DecodeError, UnicodeDecodeError, zlib.error):
            return None


@dataclass(slots=True)
class Entry:
    """Where requests go and how long they may take: what all clients of a process share."""

    url: Url
    connect_timeout: float
    total_timeout: float
    context: ssl.SSLContext | None = None
    heads: Heads = field(default_factory=Heads)
    requests: Requests = field(init=False)
    deadlines: Deadlines = field(init=False)

    def __post_init__(self) -> None:
        self.requests = Requests(self.url)
        self.deadlines = Deadlines(self.total_timeout)


class Client:
    """One user's browser: its cookies and its kept connection. One request at a time."""

    def __init__(self, entry: Entry, population: Population) -> None:
        self.entry = entry
        self.population = population
        self.cookies: dict[str, str] = {}
        self._cookie_line = b""
        self._connection: Connection | None = None
        self._waits = False
        self._expired = False

    def send(self, method: str, path: str, body: Any = None) -> Exchange:
        """Send one request; within the total timeout, whatever the network does, an exchange."""
        exchange = Exchange(time.monotonic_ns())
        self._expired = False
        until = self.entry.deadlines.enter(self)
        try:
            self._send(exchange, self.entry.requests.written(method, path, self._cookie_line, body), until)
        except TimeoutError:
            exchange.error = "timeout"
        except OSError as error:
            exchange.error = str(error) or type(error).__name__
        finally:
            self.entry.deadlines.leave(self)
        exchange.finished = exchange.finished or time.monotonic_ns()
        return exchange

    def expire(self) -> None:
        """The time of the request is over; while it is dialed or resolved its own deadline ends it."""
        self._expired = True
        if self._waits and self._connection:
            self._connection.give_up()

    def forget_cookies(self) -> None:
        """From now on it is somebody whom nobody knows."""
        self.cookies.clear()
        self._cookie_line = b""

    def close(self) -> None:
        """Close the kept connection."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _send(self, exchange: Exchange, request: bytes, until: float) -> None:
        connection = self._obtain(until)
        if self._expired:
            raise TimeoutError
        exchange.was_sent = self._waits = True
        try:
            head, exchange.body = connection.ask(request, until)
            exchange.finished = time.monotonic_ns()
        except BaseException:
            connection.close()
            raise
        finally:
            self._waits = False
        self._answered(exchange, head, connection.address)

    def _answered(self, exchange: Exchange, head: Head, address: str) -> None:
        exchange.status = head.status
        exchange.region = head.region or self.population.region(address)
        exchange.instance = head.instance
        exchange.encoding = head.encoding
        if head.status >= 400:
            exchange.error = f"HTTP {head.status}"
        for name, value in head.cookies:
            if self.cookies.get(name) != value:
                self._keep_cookie(name, value)

    def _keep_cookie(self, name: str, value: str | None) -> None:
        if value is None:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._cookie_line = f"Cookie: {pairs}\r\n".encode("latin-1", "replace") if pairs else b""

    def _obtain(self, until: float) -> Connection:
        addresses = self.population.resolve(until)
        kept = self._connection
        if kept is not None:
            if kept.address in addresses and kept.usable():
                return kept
            self.close()
        self._connection = self._dial(addresses, min(until, time.monotonic() + self.entry.connect_timeout))
        return self._connection

    def _dial(self, addresses: tuple[str, ...], until: float) -> Connection:
        because = "no address"
        for address in addresses:
            try:
                return self._connected(address, until)
            except TimeoutError:
                because = "connect timeout"
            except ConnectionRefusedError:
                because = "refused"
            except OSError as error:
                because = str(error)
        raise NotSent(because)

    def _connected(self, address: str, until: float) -> Connection:
        entry = self.entry
        secrecy = Secrecy(entry.context, entry.url.host) if entry.context else None
        return dial(address, entry.url.port, until, heads=entry.heads, source=self.population.source, secrecy=secrecy)


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body without its content encoding. Raises zlib.error when it is broken; other encodings were not asked for."""
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompress(body, ZLIB_OR_GZIP)
    if encoding == "deflate":
        try:
            return zlib.decompress(body)
        except zlib.error:
            return zlib.decompress(body, -zlib.MAX_WBITS)  # some servers send it bare
    return body
