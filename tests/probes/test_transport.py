"""The prober's own transport and dial, over sockets of loopback."""

import asyncio
import socket

import pytest

from harness.probes.connection import Connection, Unanswered
from harness.probes.reach import reach
from harness.probes.transport import PlainTransport

HERE = "127.250.40.1"


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs


def test_an_answer_in_pieces_is_put_together_and_the_end_of_the_other_side_is_noticed() -> None:
    async def talk() -> Connection:
        ours, theirs = pair()
        connection = Connection(HERE)
        PlainTransport(ours, connection)
        with theirs:
            answer = asyncio.ensure_future(connection.exchange(b"GET / HTTP/1.1\r\n\r\n"))
            await asyncio.sleep(0)
            assert theirs.recv(100) == b"GET / HTTP/1.1\r\n\r\n"
            for piece in (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 2\r\n\r\n[", b"]"):
                theirs.send(piece)
                await asyncio.sleep(0.001)
            assert bytes((await answer).body) == b"[]"
        lost = asyncio.Event()
        connection.on_lost = lost.set
        await asyncio.wait_for(lost.wait(), 5)
        return connection

    connection = asyncio.run(talk())
    assert connection.closed
    assert connection.lost_at is not None


def test_a_request_that_does_not_fit_the_buffer_ends_the_connection() -> None:
    async def talk() -> None:
        ours, theirs = pair()
        with theirs:
            connection = Connection(HERE)
            transport = PlainTransport(ours, connection)
            with pytest.raises(Unanswered):
                await connection.exchange(b"x" * 50_000_000)
            assert transport.is_closing()

    asyncio.run(talk())


def test_a_connection_that_we_close_is_not_lost() -> None:
    async def talk() -> Connection:
        ours, theirs = pair()
        with theirs:
            connection = Connection(HERE)
            PlainTransport(ours, connection)
            connection.close()
            connection.close()
        return connection

    assert asyncio.run(talk()).lost_at is None


def test_a_dial_comes_from_its_source_and_a_refused_one_says_so() -> None:
    async def dial(port: int) -> tuple[str, int]:
        until = asyncio.get_running_loop().time() + 5
        with await reach(HERE, port, "127.250.41.1", until) as raw:
            return str(raw.getsockname()[0]), raw.getpeername()[1]

    with socket.create_server((HERE, 0)) as server:
        port = server.getsockname()[1]
        assert asyncio.run(dial(port)) == ("127.250.41.1", port)
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(dial(port))
