"""The way to DynamoDB and S3 from inside a VPC, without a lab: who waits, who is late, who is left alone."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.lab.addresses import Addresses
from harness.lab.control.endpoints import Endpoints
from harness.lab.network.rule import Rule

US, EU = "us-east-1", "eu-west-1"
WHERE = Addresses(42)
INSIDE = WHERE.instance(f"{US}a", 0)
QUIET_S = 0.3


class World:
    """Endpoints before an application that remembers whom it answered, and the callers' sockets."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.endpoints = Endpoints(WHERE)
        self.answered: list[str] = []
        self._application = self.endpoints.before(self._answer)
        self._stack = stack

    def _answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.answered.append(environ["REMOTE_ADDR"])
        return [b"ok"]

    def call(self, source: str, service: str = "dynamodb", region: str = US) -> tuple[threading.Thread, socket.socket]:
        """Call in a thread; returns it and the caller's end of the connection."""
        server, client = map(self._stack.enter_context, socket.socketpair())
        environ = {
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=k/20260101/{region}/{service}/aws4_request",
            "REMOTE_ADDR": source,
            "REMOTE_PORT": "40000",
            "werkzeug.socket": server,
        }

        def run() -> None:
            with contextlib.suppress(ConnectionAbortedError):
                self._application(environ, lambda *arguments: None)

        thread = threading.Thread(target=run)
        thread.start()
        return thread, client

    def answers(self, source: str, service: str = "dynamodb", region: str = US) -> bool:
        """Whether a call is answered."""
        return self._is_answered(source, service, region, within=10.0)

    def hangs(self, source: str) -> bool:
        """Whether a call is not answered soon, and given up."""
        return not self._is_answered(source, "dynamodb", US, within=QUIET_S)

    def _is_answered(self, source: str, service: str, region: str, within: float) -> bool:
        before = len(self.answered)
        thread, client = self.call(source, service, region)
        thread.join(within)
        hung = thread.is_alive()
        client.close()
        thread.join()
        assert len(self.answered) == before + (not hung), "a call that was given up is not carried out"
        return not hung


@pytest.fixture
def world() -> Iterator[World]:
    with contextlib.ExitStack() as stack:
        yield World(stack)


def test_a_call_from_inside_waits_while_its_way_is_blocked_and_others_do_not(world: World) -> None:
    rule = Rule(ends=(f"{US}a",), others=(WHERE.endpoint(US, "dynamodb"),), blocked=True)
    world.endpoints.impair("it", [rule])
    assert world.hangs(INSIDE)
    assert world.answers(INSIDE, "s3")
    assert world.answers(INSIDE, region=EU)
    assert world.answers(INSIDE, "ec2")
    assert world.answers(WHERE.instance(f"{US}b", 0))
    assert world.answers(WHERE.everybody_else)
    world.endpoints.mend("it")
    assert world.answers(INSIDE)


def test_a_call_that_still_waits_is_answered_when_the_way_is_free(world: World) -> None:
    world.endpoints.cut("it", [US])
    thread, _ = world.call(INSIDE)
    thread.join(QUIET_S)
    assert thread.is_alive()
    world.endpoints.mend("it")
    thread.join()
    assert world.answered == [INSIDE]


def test_a_cut_zone_reaches_no_service_and_its_neighbour_does(world: World) -> None:
    world.endpoints.cut("it", [f"{US}a"])
    assert world.hangs(INSIDE)
    assert world.answers(WHERE.instance(f"{US}b", 0))


def test_a_delay_on_the_way_there_and_back_makes_the_answer_late(world: World) -> None:
    world.endpoints.impair("it", [Rule(ends=(INSIDE,), others=(WHERE.endpoint(US, "s3"),), delay_ms=60)])
    began = time.monotonic()
    assert world.answers(INSIDE, "s3")
    assert time.monotonic() - began >= 0.12


def test_a_service_in_a_region_that_the_lab_has_not_is_left_to_the_api(world: World) -> None:
    world.endpoints.cut("it", [US])
    assert world.answers(INSIDE, region="us-west-2")
