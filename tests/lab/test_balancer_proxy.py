"""The balancer's proxy between real sockets: what it passes on, and what it says itself when a target fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from plane_lab import free_slot

from harness.lab.addresses import INSTANCE_PORT, Addresses
from harness.lab.balancer.counts import Counts
from harness.lab.balancer.proxy import Proxy
from harness.lab.balancer.target import HEALTHY
from harness.lab.balancer.targets import Targets
from harness.lab.balancer.upstream import Upstream

US = "us-east-1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: yes\r\n\r\nhi"
Answering = Callable[[bytes], bytes | None]
LONG_S = 5.0  # longer than this process, which plays all parts, ever stalls


@pytest.fixture
def where() -> Iterator[Addresses]:
    with free_slot() as slot:
        yield Addresses(slot)


class Stage:
    """A balancer, and targets that answer what they are told to; `asked` is what each connection of theirs got."""

    def __init__(self, where: Addresses, *, sticky: bool, response_s: float) -> None:
        self.where, self.counts = where, Counts()
        self.gone: list[str] = []
        self.targets = Targets(1, 1, 30.0, lambda: None)
        self.upstream = Upstream(where.load_balancer(US), self.counts, connect_s=LONG_S, response_s=response_s)
        self.targets.connected, self.upstream.on_idle = self.upstream.busy, self.targets.settle
        self.targets.on_forget = lambda target: self.gone.append(target.instance_id)
        self.proxy = Proxy(self.targets, self.upstream, self.counts, sticky=sticky)
        self.asked: list[list[bytes]] = []
        self.address = ""
        self.answering: Answering = lambda question: OK
        self._servers: list[asyncio.Server] = []
        self._writers: list[asyncio.StreamWriter] = []

    def address_of(self, number: int) -> str:
        return self.where.instance(f"{US}a", number)

    async def open(self, count: int) -> None:
        for number in range(count):
            server = await asyncio.start_server(self._serve, self.address_of(number), INSTANCE_PORT)
            self._servers.append(server)
        loop = asyncio.get_running_loop()
        front = await loop.create_server(self.proxy.client, self.where.load_balancer(US), 0)
        self._servers.append(front)
        self.port = front.sockets[0].getsockname()[1]
        self.targets.on_register = lambda target: target.check(HEALTHY)
        self.targets.set({f"i-{number}": self.address_of(number) for number in range(count)})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got: list[bytes] = []
        self.asked.append(got)
        self._writers.append(writer)
        while question := await reader.read(1 << 20):
            got.append(question)
            answer = self.answering(question)
            if answer is None:
                break
            writer.write(answer)
        writer.close()

    async def close(self) -> None:
        for client in list(self.proxy.clients):
            client.close()
        for writer in self._writers:
            writer.close()
        for server in self._servers:
            server.close()
            await server.wait_closed()

    async def ask(self, *parts: bytes, until: bytes = b"hi", times: int = 1) -> bytes:
        """Send the parts over a connection of its own; what came back to `until` or the end."""
        reader, writer = await asyncio.open_connection(self.where.load_balancer(US), self.port)
        found = b""
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while found.count(until) < times and (data := await reader.read(1 << 16)):
                found += data
        writer.close()
        return found


@asynccontextmanager
async def stage(where: Addresses, count: int, *, sticky: bool, response_s: float) -> AsyncIterator[Stage]:
    made = Stage(where, sticky=sticky, response_s=response_s)
    await made.open(count)
    try:
        yield made
    finally:
        await made.close()


def play(
    where: Addresses,
    scene: Callable[[Stage], Awaitable[None]],
    count: int = 1,
    *,
    sticky: bool = False,
    response_s: float = LONG_S,
) -> None:
    async def whole() -> None:
        async with stage(where, count, sticky=sticky, response_s=response_s) as made:
            await scene(made)

    asyncio.run(whole())


GET = b"GET /a?b=%20c HTTP/1.1\r\nHost: shop\r\nConnection: keep-alive\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n"


def test_a_request_is_passed_on_with_its_source_and_the_answer_comes_back(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        found = await made.ask(GET)
        assert found.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"X-Own: yes\r\n" in found
        [[question]] = made.asked
        assert question.startswith(b"GET /a?b=%20c HTTP/1.1\r\nHost: shop\r\n")
        assert b"X-Client-Source: 127." in question
        assert b"9.9.9.9" not in question
        assert b"onnection" not in question

    play(where, scene)


def test_requests_in_one_packet_are_answered_in_turn_over_one_connection_to_the_target(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        made.answering = lambda question: OK.replace(b"hi", question[5:7])
        found = await made.ask(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % n for n in (11, 22, 33)), until=b"33")
        assert [found.index(answer) for answer in (b"11", b"22", b"33")] == sorted(
            found.index(answer) for answer in (b"11", b"22", b"33")
        )
        assert len(made.asked) == 1

    play(where, scene)


def test_two_who_take_turns_all_the_time_both_meet_every_target(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        for _ in range(60):
            await made.ask(b"GET /reads HTTP/1.1\r\n\r\n")
            await made.ask(b"GET /load HTTP/1.1\r\n\r\n")
        assert len(made.asked) == 2  # a connection to each target
        for got in made.asked:
            assert {question[5:9] for question in got} == {b"read", b"load"}

    play(where, scene, count=2)


def test_a_body_in_chunks_arrives_whole_and_in_parts_too(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        head = b"POST /cart HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        await made.ask(head, b"3\r\nabc\r\n", b"2\r\nde", b"\r\n0\r\n\r\n")
        assert made.asked[0][0].endswith(b"Content-Length: 5\r\n\r\nabcde")

    play(where, scene)


def test_who_expects_to_go_on_is_told_to(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        head = b"POST /cart HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        assert (await made.ask(head, until=b"Continue\r\n\r\n")).startswith(b"HTTP/1.1 100 Continue")
        assert b"200 OK" in await made.ask(head, b"ab")

    play(where, scene)


@pytest.mark.parametrize(("answer", "body"), [
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"Content-Length: 3"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"204 No Content"),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n", b"Content-Length: 77"),
    (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"503 Busy"),
])  # fmt: skip
def test_every_kind_of_answer_is_passed_on(where: Addresses, answer: bytes, body: bytes) -> None:
    async def scene(made: Stage) -> None:
        made.answering = lambda question: answer
        found = await made.ask(GET, GET, until=body, times=2)
        assert found.count(body) == 2

    play(where, scene)


def test_an_answer_to_head_has_no_body(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        made.answering = lambda question: OK[:-2]
        found = await made.ask(GET.replace(b"GET", b"HEAD"), until=b"keep-alive\r\n\r\n")
        assert b"Content-Length: 2\r\n" in found
        assert found.endswith(b"\r\n\r\n")

    play(where, scene)


@pytest.mark.parametrize(("answer", "response_s", "status", "count"), [
    (None, LONG_S, b"502 Bad Gateway", "elb_502"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", 0.5, b"504 Gateway Time-out", "elb_504"),
    (b"nonsense\r\n\r\n", LONG_S, b"502 Bad Gateway", "elb_502"),
])  # fmt: skip
def test_a_target_that_fails_is_answered_for(
    where: Addresses, answer: bytes | None, response_s: float, status: bytes, count: str
) -> None:
    async def scene(made: Stage) -> None:
        made.answering = lambda question: answer
        found = await made.ask(GET.replace(b"GET", b"POST"), until=status[4:] + b"\n")
        assert status in found
        assert made.counts.report()[count] == 1

    play(where, scene, response_s=response_s)


def test_a_target_that_is_not_there_is_a_connection_error(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        made.targets.set({"i-9": made.address_of(9)})
        assert b"502 Bad Gateway" in await made.ask(GET, until=b"Gateway\n")
        report = made.counts.report()
        assert (report["elb_502"], report["connection_errors"], report["request_count"]) == (1, 1, 1)

    play(where, scene, 0)


def test_without_a_target_the_answer_is_503_and_no_request_is_counted(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        assert b"503 Service Temporarily Unavailable" in await made.ask(GET, until=b"Unavailable\n")
        assert made.counts.report()["request_count"] == 0

    play(where, scene, 0)


def test_what_a_target_says_in_between_is_not_its_answer(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        made.answering = lambda question: b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK
        found = await made.ask(GET, GET, times=2)
        assert found.count(b"HTTP/1.1 200 OK") == 2
        assert len(made.asked) == 1

    play(where, scene)


def test_a_header_that_hides_another_request_reaches_no_target(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        found = await made.ask(b"GET / HTTP/1.1\r\nX: y\nContent-Length: 40\r\n\r\n", until=b"never")
        assert found.startswith(b"HTTP/1.1 400 Bad Request")
        assert not made.asked

    play(where, scene)


def test_a_client_that_will_ask_no_more_is_answered_and_then_its_connection_ends(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        reader, writer = await asyncio.open_connection(made.where.load_balancer(US), made.port)
        writer.write(GET + GET)
        writer.write_eof()
        async with asyncio.timeout(10):
            assert (await reader.read()).count(b"200 OK") == 2
        writer.close()
        assert not made.proxy.clients

    play(where, scene)


def test_a_connection_that_is_being_closed_is_not_used_for_a_post(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        await made.ask(GET)
        [target] = made.targets._targets.values()
        [connection] = made.upstream._free[target]
        connection.close()
        answer = await made.upstream.ask(target, b"POST /cart HTTP/1.1\r\n\r\n", again=False, bodiless=False)
        assert answer.status == 200
        assert len(made.asked) == 2

    play(where, scene)


@pytest.mark.parametrize("request_line", [b"GET\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n", b"GET / x HTTP/1.1\r\n\r\n"])
def test_what_is_no_request_is_answered_400_and_the_connection_ends(where: Addresses, request_line: bytes) -> None:
    async def scene(made: Stage) -> None:
        found = await made.ask(request_line, until=b"never")
        assert found.startswith(b"HTTP/1.1 400 Bad Request")

    play(where, scene)


@pytest.mark.parametrize(("method", "status"), [(b"GET", b"200 OK"), (b"POST", b"502 Bad Gateway")])
def test_a_kept_connection_that_died_costs_a_get_nothing_and_a_post_its_answer(
    where: Addresses, method: bytes, status: bytes
) -> None:
    async def scene(made: Stage) -> None:
        await made.ask(GET)
        made.answering = lambda question: None if len(made.asked) == 1 else OK
        assert status in await made.ask(GET.replace(b"GET", method), until=b"Length")

    play(where, scene)


def cookie_of(answer: bytes) -> bytes:
    return answer.partition(b"Set-Cookie: ")[2].partition(b";")[0]


def test_a_session_sticks_to_its_target_and_goes_to_another_with_a_new_cookie_once_that_drains(
    where: Addresses,
) -> None:
    async def scene(made: Stage) -> None:
        cookie = cookie_of(await made.ask(GET))
        stuck = GET[:-2] + b"Cookie: other=1; " + cookie + b"\r\n\r\n"
        for _ in range(4):
            assert b"Set-Cookie" not in await made.ask(stuck)
        [name] = [target for target, token in (("i-0", b"aS0w"), ("i-1", b"aS0x")) if token in cookie]
        rest = {id: made.address_of(number) for number, id in enumerate(("i-0", "i-1")) if id != name}
        made.targets.set(rest)
        assert made.targets.health()[name][0] == "draining"
        moved = cookie_of(await made.ask(stuck))
        assert moved
        assert moved != cookie
        assert made.counts.report()["not_sticky"] == 2

    play(where, scene, 2, sticky=True)


def test_draining_ends_at_once_without_a_connection_and_else_when_the_last_one_ends(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        await made.ask(GET)
        [used] = [id for id in ("i-0", "i-1") if made.upstream.busy(made.targets._targets[id])]
        made.targets.set({})
        assert {id: health[0] for id, health in made.targets.health().items()} == {used: "draining"}
        for writer in made._writers:
            writer.close()
        async with asyncio.timeout(10):
            while made.targets.health():
                await asyncio.sleep(0.01)
        assert made.gone[-1] == used

    play(where, scene, 2)


def test_a_request_in_flight_keeps_a_draining_target_until_it_is_answered(where: Addresses) -> None:
    async def scene(made: Stage) -> None:
        asked, answer = asyncio.Event(), asyncio.Event()
        serve = made._serve

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await answer.wait()
            await serve(reader, writer)

        made._servers[0].close()
        made._servers[0] = await asyncio.start_server(slow, made.address_of(1), INSTANCE_PORT)
        made.targets.set({"i-1": made.address_of(1)})
        asking = asyncio.create_task(made.ask(GET))
        await asked.wait()
        made.targets.set({})
        assert made.targets.health()["i-1"][0] == "draining"
        answer.set()
        assert b"200 OK" in await asking

    play(where, scene)
