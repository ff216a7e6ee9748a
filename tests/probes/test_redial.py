"""Fast dials while a population is not served: what they say, and what they leave alone."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any, cast

from harness.model.history import PROBE_JITTER, Outcome, Redial, Stream
from harness.probes.attempt import Attempt
from harness.probes.caller import Caller
from harness.probes.connection import NotSent
from harness.probes.http import Response, Url
from harness.probes.records import Records
from harness.probes.redial import Redialer
from tests.probes.fake_site import US, Site
from tests.probes.test_prober import AP, NA, RATE, Probing, probing

__all__ = ["probing"]

PLACES = ("NA", "AP")
KINDS = 2  # A, and AAAA where there is no A


def of(records: Records, population: str) -> list[Redial]:
    return [r for r in records.redials if r.population == population]


def until_served(run: Probing) -> None:
    """Wait until the redials of both populations are over: their last failure is told then."""
    run.until(lambda p: all(len([r for r in p.redials if r.population == name and r.error]) == 2 for name in PLACES))


def outage(site: Site, run: Probing) -> None:
    """Both populations are refused for some reads, and then served again."""
    run.until(lambda p: len(p.edges) == 2 and Outcome.OK in p.outcomes(Stream.READ))
    site.kill(US)
    run.until(lambda p: p.outcomes(Stream.READ).count(Outcome.FAILED) > 20)
    site.revive(US)
    run.until(lambda p: p.edges.count(("opened", "us-east-1")) == 4)


def test_the_first_and_the_last_redial_that_was_refused_and_the_first_that_was_answered_bound_an_outage(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing(order_rate=0.0)
    outage(site, run)
    until_served(run)
    probes, _ = run.stop()
    for population in PLACES:
        reads = [r for r in probes.requests if r.population == population]
        failed = [r for r in reads if r.outcome is Outcome.FAILED]
        first, last, *answered = of(probes, population)
        assert first.error == last.error == "refused"
        assert all(r.answered for r in answered)
        served = [*answered, *(r for r in reads if r.outcome is Outcome.OK and r.sent > failed[0].sent)]
        assert first.sent < failed[1].sent
        assert first.sent < last.sent < min(r.sent for r in served)
        assert len(answered) <= 1


def test_of_all_redials_only_the_bounds_are_recorded_and_the_schedule_is_kept(
    site: Site, probing: Callable[..., Probing]
) -> None:
    run = probing(order_rate=0.0)
    outage(site, run)
    probes, _ = run.stop()
    assert len(probes.redials) <= 2 * 4
    apart = [b - a for a, b in pairwise(sorted(r.due for r in probes.requests if r.population == "NA"))]
    assert max(apart) <= (1 + PROBE_JITTER) / RATE
    assert probes.summaries[0]["planned"] == probes.summaries[0]["recorded"] == len(probes.requests)


def test_without_the_switch_nobody_redials(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0, redial=False)
    outage(site, run)
    probes, _ = run.stop()
    assert probes.redials == ()


def test_a_site_that_serves_is_never_redialed(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing()
    run.until(lambda p: len(p.requests) > 100)
    probes, _ = run.stop()
    assert probes.redials == ()


def test_few_redials_wait_at_a_server_that_hangs(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0, total_timeout=0.4)
    run.until(lambda p: len(p.edges) == 2)
    site.hanging.add(US)
    hung_at = max(r.sent for r in run.requests)

    def hung_long(p: Probing, population: str) -> bool:
        return max(r.finished for r in p.requests if r.population == population) > hung_at + 1.0

    run.until(lambda p: all(hung_long(p, population) for population in PLACES))  # some dials in a row hang
    site.hanging.clear()
    until_served(run)
    probes, _ = run.stop()
    calls = len([c for c in site.calls if c.source in (NA, AP) and c.headers.get("connection") == "close"])
    assert calls - len(probes.requests) < 40
    assert [r.error for r in of(probes, "NA")[:2]] == ["timeout", "timeout"]


def test_a_name_that_is_gone_is_not_asked_for_at_every_redial(site: Site, probing: Callable[..., Probing]) -> None:
    run = probing(order_rate=0.0)
    run.until(lambda p: len(p.edges) == 2)
    site.answers = ()
    before = len(site.questions)
    run.until(lambda p: p.outcomes(Stream.READ).count(Outcome.FAILED) > 40)
    site.answers = (US,)
    until_served(run)
    probes, _ = run.stop()
    span = probes.requests[-1].finished - probes.requests[0].due
    assert len(site.questions) - before < KINDS * 2 * span * (100 + 2 * RATE)
    assert [r.error for r in of(probes, "NA")[:2]] == ["DNS answer without an address"] * 2


def test_a_site_that_answers_with_errors_is_redialed_no_more_often_than_it_is_read(
    site: Site, probing: Callable[..., Probing]
) -> None:
    site.statuses[US] = 503
    run = probing(order_rate=0.0)
    run.until(lambda p: len(p.requests) > 100)
    probes, _ = run.stop()
    dialed = len([c for c in site.calls if c.headers.get("connection") == "close"])
    assert dialed < 2.2 * len(probes.requests)
    assert {r.error for r in probes.redials} == {"HTTP 503"}


class Wall:
    """A caller whose every dial is refused, or taken and answered with an error; it knows when it was dialed."""

    population = "NA"
    url = Url("http://a.test")
    knows_addresses = True

    def __init__(self, *, takes: bool = False) -> None:
        self.dialed: list[int] = []
        self.status = 502
        self._takes = takes

    async def connect(self, **_: Any) -> "Wall":
        """A connection, which is the wall itself."""
        self.dialed.append(time.monotonic_ns())
        if not self._takes:
            raise NotSent("refused")
        return self

    async def exchange(self, request: bytes) -> Response:
        """The answer of somebody who has nobody behind."""
        self.finished_at = time.monotonic_ns()
        response = Response()
        response.status = self.status
        return response

    def close(self) -> None:
        """Nothing is open."""

    def read(self, *, status: int | None = None) -> Attempt:
        """A read that is sent now."""
        return Attempt(stream=Stream.READ, caller=cast(Caller, self), name="GET /", due=0, status=status)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def redialing(wall: Wall, interval: float) -> AsyncIterator[tuple[Redialer, list[str]]]:
    """A redialer at work against a wall, and what it records."""
    records: list[str] = []
    redialer = Redialer(cast(Caller, wall), 1.0, interval, records.append)
    work = asyncio.create_task(redialer.run())
    try:
        yield redialer, records
    finally:
        work.cancel()


def test_redials_end_with_a_read_that_was_answered_for_else_they_would_take_turns_with_the_reads() -> None:
    async def story() -> None:
        wall = Wall()
        async with redialing(wall, interval=0.05) as (redialer, records):
            before = wall.read(status=200)
            redialer.saw(wall.read())
            await until(lambda: len(wall.dialed) > 3)
            redialer.saw(before)  # it was sent before the spell, and says nothing of now
            seen = len(wall.dialed)
            await until(lambda: len(wall.dialed) > seen + 3)
            late = wall.read()
            redialer.saw(wall.read(status=200))
            await until(lambda: len(records) == 2)  # the bounds of the spell, of which none was answered
            dialed = len(wall.dialed)
            redialer.saw(late)
            after = wall.read()
            await until(lambda: time.monotonic_ns() > after.sent + 20_000_000)
            assert len(wall.dialed) == dialed
            redialer.saw(after)
            await until(lambda: len(wall.dialed) > dialed)

    asyncio.run(story())


def test_redials_end_with_the_first_that_is_answered_where_no_read_is() -> None:
    async def story() -> None:
        wall = Wall(takes=True)
        async with redialing(wall, interval=0.01) as (redialer, records):
            redialer.saw(wall.read())
            await until(lambda: len(wall.dialed) > 3)
            wall.status = 200
            await until(lambda: len(records) == 3)
            dialed = len(wall.dialed)
            found = [json.loads(line) for line in records]
            assert [one["error"] for one in found] == ["HTTP 502", "HTTP 502", ""]
            assert [one["answered"] for one in found] == [False, False, True]
            assert found[0]["sent"] < found[1]["sent"] < found[2]["sent"] < wall.dialed[-1]
            redialer.saw(wall.read(status=502))
            await until(lambda: len(wall.dialed) > dialed)

    asyncio.run(story())


def test_whoever_takes_a_request_and_has_no_answer_is_redialed_slowly_from_the_first_and_never_in_step() -> None:
    async def story() -> None:
        wall = Wall(takes=True)
        async with redialing(wall, interval=0.02) as (redialer, _):
            sign = wall.read(status=502)
            redialer.saw(sign)
            await until(lambda: len(wall.dialed) > 40)
        spans = [(b - a) / 1e9 for a, b in pairwise([sign.sent, *wall.dialed])]
        assert min(spans) > 0.5 * 0.02
        assert max(spans[:20]) - min(spans[:20]) > 0.2 * 0.02

    asyncio.run(story())


def test_after_a_spell_of_errors_a_closed_connection_is_redialed_at_once_again() -> None:
    async def story() -> None:
        wall = Wall(takes=True)
        async with redialing(wall, interval=0.2) as (redialer, records):
            redialer.saw(wall.read(status=502))
            await until(lambda: len(records) == 1)
            wall.status = 200
            await until(lambda: len(records) > 1)
            dialed = len(wall.dialed)
            redialer.closed()
            for _ in range(10):  # no timer is due meanwhile
                await asyncio.sleep(0)
            assert len(wall.dialed) > dialed

    asyncio.run(story())
