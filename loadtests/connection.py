"""One kept connection, watched by the loop from its first to its last moment: an answer costs one call of recv."""

import os
import select
import socket
import ssl
import time

from gevent import get_hub, getcurrent, monkey
from gevent.socket import wait_read, wait_write

from harness.probes.http import ProtocolViolation, Response
from loadtests.heads import Head, Heads
from loadtests.secrecy import Secrecy

RECEIVE = 65536
READABLE = 1
IP_BIND_ADDRESS_NO_PORT = 24

# Locust patches these modules; the loop watches the sockets here itself.
Socket = monkey.get_original("socket", "socket")
poll = monkey.get_original("select", "poll")


class NotSent(OSError):
    """No connection: not a byte of the request left."""


class Unanswered(OSError):
    """The request left, but its whole answer never came."""


class Connection:
    """Sends one request at a time. `open` turns False when the other side closed or must not be asked again.

    `count` is how many are open in this process.
    """

    count = 0

    def __init__(self, sock: socket.socket, address: str, heads: Heads, secrecy: Secrecy | None) -> None:
        self.address = address
        self.open = True
        self._sock, self._heads, self._secrecy = sock, heads, secrecy
        self._recv = sock.recv
        self._hub = get_hub()
        self._asking = None
        self._asked = 0
        self._error: OSError | None = None
        self._response: Response | None = None
        self._first = b""
        self._answer: tuple[Head, bytes] | None = None
        poller = poll()
        poller.register(sock, select.POLLIN)
        self._events = poller.poll
        self._watcher = self._hub.loop.io(sock.fileno(), READABLE)
        self._watcher.start(self._readable)
        Connection.count += 1

    def usable(self) -> bool:
        """Whether it may be asked: what the other side did up to now is looked at first."""
        if self.open and self._events(0):
            self._readable()
        return self.open

    def ask(self, request: bytes, until: float) -> tuple[Head, bytes]:
        """The head and the body that answer a request. Raises Unanswered, or TimeoutError after `give_up`."""
        self._asking = getcurrent()
        self._asked += 1
        try:
            self._send(request, until)
            while self._answer is None and self._error is None:
                self._hub.switch()
        finally:
            self._asking = None
        if self._answer is None:
            assert self._error is not None
            raise self._error
        answer, self._answer = self._answer, None
        if not answer[0].keeps:
            self.close()
        return answer

    def give_up(self) -> None:
        """The time of the request is over, unless its answer is there and was not looked at yet. Called in the hub.

        While it is still being sent its own deadline ends it.
        """
        asked = self._asked
        if self._asking is not None and self._events(0):
            self._readable()
        if self._asking is not None and self._asked == asked:
            self._fail(TimeoutError())

    def _fail(self, error: OSError) -> None:
        self._error = error
        self.close()
        if self._asking is not None:
            self._asking.switch()

    def close(self) -> None:
        """Close; closing twice is harmless."""
        if self.open:
            self.open = False
            Connection.count -= 1
            self._watcher.stop()
            self._watcher.close()
            self._sock.close()

    def _send(self, request: bytes, until: float) -> None:
        data = self._secrecy.sealed(request) if self._secrecy else request
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.close()
            raise Unanswered("reset") from error
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:], until)

    def _send_rest(self, data: memoryview, until: float) -> None:
        asking, self._asking = self._asking, None  # it waits for the socket, not for an answer
        try:
            while data:
                wait_write(self._sock.fileno(), left(until), timeout_exc=TimeoutError())
                data = data[self._sock.send(data) :]
        except TimeoutError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise Unanswered("reset") from error
        self._asking = asking

    def _readable(self) -> None:
        try:
            data = self._recv(RECEIVE)
            if self._secrecy and data and not (data := self._secrecy.opened(data)):
                return
            self._take(data)
        except BlockingIOError:
            return
        except ProtocolViolation as error:
            self._fail(Unanswered(str(error)))
        except (ConnectionError, ssl.SSLError):
            self._fail(Unanswered("reset"))
        except OSError as error:
            self._fail(Unanswered(str(error) or type(error).__name__))

    def _take(self, data: bytes) -> None:
        if self._asking is None or self._answer is not None:
            self.close()  # it was closed, or says what nobody asked for
            return
        if self._response is None:
            end = data.find(b"\r\n\r\n") + 4
            head = self._heads.get(data[:end])
            if head is not None and head.length == len(data) - end:
                self._answer = (head, data[end:])
                self._asking.switch()
                return
            self._response, self._first = Response(), data
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        response = self._response
        assert response is not None
        if not (response.feed(data) if data else response.end()):
            if not data:
                raise Unanswered("closed before the answer")
            return
        self._answer = (self._heads.learn(response, self._first), bytes(response.body))
        self._response, self._first = None, b""
        if self._asking is not None:
            self._asking.switch()


def dial(
    address: str, port: int, until: float, *, heads: Heads, source: str | None = None, secrecy: Secrecy | None = None
) -> Connection:
    """Connect, and shake hands where that is asked. Raises OSError or TimeoutError; not a byte of a request left."""
    sock = Socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source:
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
        _connect(sock, (address, port), until)
        if secrecy:
            _shake(sock, secrecy, until)
        return Connection(sock, address, heads, secrecy)
    except BaseException:
        sock.close()
        raise


def left(until: float) -> float:
    """Seconds until a monotonic second. Raises TimeoutError when there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _connect(sock: socket.socket, where: tuple[str, int], until: float) -> None:
    try:
        sock.connect(where)
    except BlockingIOError:
        wait_write(sock.fileno(), left(until), timeout_exc=TimeoutError())
        if error := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error)) from None


def _shake(sock: socket.socket, secrecy: Secrecy, until: float) -> None:
    received = b""
    while True:
        to_send, done = secrecy.shake(received)
        while to_send:
            wait_write(sock.fileno(), left(until), timeout_exc=TimeoutError())
            to_send = to_send[sock.send(to_send) :]
        if done:
            return
        wait_read(sock.fileno(), left(until), timeout_exc=TimeoutError())
        received = sock.recv(RECEIVE)
        if not received:
            raise OSError("closed in the TLS handshake")
