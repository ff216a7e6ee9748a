"""An HTTP client in plain blocking sockets, which Locust makes cooperative: every request is sent once, never again.

Locust's own clients retry a GET on a broken connection without a word and cannot say whether a request that failed had
been sent. This one binds a source address, resolves as its population does, and keeps cookies and connections.
"""

import socket
import ssl
import time
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

from harness.probes.http import ProtocolViolation, Response, Url, request_bytes
from loadtests.population import Population

RECEIVE = 65536
IP_BIND_ADDRESS_NO_PORT = 24


class NotSent(OSError):
    """No connection: not a byte of the request left."""


class Unanswered(OSError):
    """The request left, but its whole answer never came."""


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
    size: int = 0


@dataclass(slots=True)
class Kept:
    """A connection and the address that it goes to."""

    sock: socket.socket
    address: str


@dataclass(slots=True)
class Client:
    """One user's browser: its cookies and its kept connections. Several requests may be under way at once."""

    url: Url
    population: Population
    connect_timeout: float
    total_timeout: float
    context: ssl.SSLContext | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    idle: list[Kept] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = None) -> Exchange:
        """Send one request; within the total timeout, whatever the network does, an exchange."""
        exchange = Exchange(sent=time.monotonic_ns())
        until = time.monotonic() + self.total_timeout
        try:
            self._send(exchange, request_bytes(self.url, method, path, body=body, headers=self._headers()), until)
        except TimeoutError:
            exchange.error = "timeout"
        except OSError as error:
            exchange.error = str(error) or type(error).__name__
        exchange.finished = exchange.finished or time.monotonic_ns()
        return exchange

    def close(self) -> None:
        """Close the kept connections."""
        while self.idle:
            self.idle.pop().sock.close()

    def _send(self, exchange: Exchange, request: bytes, until: float) -> None:
        connection = self._obtain(until)
        keep = False
        try:
            exchange.was_sent = True
            response = _exchange(connection.sock, request, until)
            exchange.finished = time.monotonic_ns()
            self._answered(exchange, response, connection)
            keep = response.reusable
        finally:
            if keep:
                self.idle.append(connection)
            else:
                connection.sock.close()

    def _answered(self, exchange: Exchange, response: Response, connection: Kept) -> None:
        exchange.status = response.status
        exchange.size = len(response.body)
        exchange.region = response.region or self.population.region(connection.address)
        exchange.instance = response.instance
        if response.status is not None and response.status >= 400:
            exchange.error = f"HTTP {response.status}"
        for cookie in response.cookies:
            self._keep_cookie(cookie)

    def _headers(self) -> dict[str, str]:
        if not self.cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _keep_cookie(self, text: str) -> None:
        try:
            parsed = SimpleCookie(text)
        except CookieError:
            return
        for name, morsel in parsed.items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.coded_value

    def _obtain(self, until: float) -> Kept:
        addresses = self.population.resolve(until)
        while self.idle:
            kept = self.idle.pop()
            if kept.address in addresses and _quiet(kept.sock):
                return kept
            kept.sock.close()
        return self._dial(addresses, min(until, time.monotonic() + self.connect_timeout))

    def _dial(self, addresses: tuple[str, ...], until: float) -> Kept:
        because = "no address"
        for address in addresses:
            try:
                return Kept(self._connected(address, until), address)
            except TimeoutError:
                because = "connect timeout"
            except ConnectionRefusedError:
                because = "refused"
            except OSError as error:
                because = str(error)
        raise NotSent(because)

    def _connected(self, address: str, until: float) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.population.source:
                sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                sock.bind((self.population.source, 0))
            sock.settimeout(_left(until))
            sock.connect((address, self.url.port))
            return self.context.wrap_socket(sock, server_hostname=self.url.host) if self.context else sock
        except BaseException:
            sock.close()
            raise


def _exchange(sock: socket.socket, request: bytes, until: float) -> Response:
    sock.settimeout(_left(until))
    response = Response()
    try:
        sock.sendall(request)
        while not response.complete:
            sock.settimeout(_left(until))
            data = sock.recv(RECEIVE)
            if data:
                response.feed(data)
            elif not response.end():
                raise Unanswered("closed before the answer")
    except (ConnectionError, ProtocolViolation) as error:
        raise Unanswered("reset" if isinstance(error, ConnectionError) else str(error)) from error
    return response


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _quiet(sock: socket.socket) -> bool:
    """Whether a kept connection has neither been closed by the other side nor holds bytes that nobody asked for."""
    sock.settimeout(0)
    try:
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    return False
