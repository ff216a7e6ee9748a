"""An instance of finite capacity under load, asked straight. Every bound on a time is a lower one."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from plane_lab import PlaneLab, plane_lab

from harness.lab.addresses import HIDDEN, INSTANCE_PORT
from harness.lab.recipe import InstanceCapacity, Recipe
from harness.lab.states import Stress

pytestmark = pytest.mark.lab
US = "us-east-1"
ONE = f"i-{US}-0"


@pytest.fixture
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlaneLab]:
    capacity = InstanceCapacity(**{"cpu_ms": 20, "wait_ms": 0, "workers": 4, "queue": 60, **request.param})
    with plane_lab(tmp_path, Recipe(regions=(US,), instance=capacity)) as running:
        running.run(running.start_instances(US, 1))
        yield running


def straight(lab: PlaneLab) -> str:
    """The URL of the instance itself."""
    return f"http://{lab.plane.address_of(ONE)}:{INSTANCE_PORT + HIDDEN}"


async def burst(url: str, count: int, path: str = "/catalogue") -> list[tuple[int, float]]:
    """Ask so many times at once; status and seconds of each, in order of the answers."""
    answers: list[tuple[int, float]] = []
    began = time.monotonic()

    async def ask(session: aiohttp.ClientSession) -> None:
        async with session.get(url + path) as answer:
            await answer.read()
            assert (answer.headers.get("Retry-After") == "1") == (answer.status == 503)
            assert answer.headers["X-Served-By"] == f"{US}/{US}a/{ONE}"
            answers.append((answer.status, time.monotonic() - began))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(ask(session) for _ in range(count)))
    return answers


@pytest.mark.parametrize("lab", [{}], indirect=True)
def test_an_instance_does_no_more_than_its_cpu_can_and_its_latency_climbs(lab: PlaneLab) -> None:
    async def scenario() -> None:
        answers = await burst(straight(lab), 40)
        assert {status for status, _ in answers} == {200}
        times = [seconds for _, seconds in answers]
        assert all(seconds >= 0.020 * n for n, seconds in enumerate(sorted(times), 1)), "50 requests a second"

    lab.run(scenario())


@pytest.mark.parametrize("lab", [{"cpu_ms": 1, "wait_ms": 99, "workers": 2}], indirect=True)
def test_an_instance_does_no_more_than_its_workers_can(lab: PlaneLab) -> None:
    async def scenario() -> None:
        answers = await burst(straight(lab), 10)
        assert {status for status, _ in answers} == {200}
        assert max(seconds for _, seconds in answers) >= 0.5, "10 requests of 100 ms, two at a time"

    lab.run(scenario())


@pytest.mark.parametrize("lab", [{"cpu_ms": 200, "workers": 1, "queue": 2}], indirect=True)
def test_what_finds_the_queue_full_is_turned_away_at_once_and_health_is_not(lab: PlaneLab) -> None:
    async def scenario() -> None:
        url = straight(lab)
        crowd = asyncio.create_task(burst(url, 10))
        health = await burst(url, 3, "/health")
        assert [status for status, _ in health] == [200, 200, 200]
        answers = await crowd
        turned_away = [seconds for status, seconds in answers if status == 503]
        served = [seconds for status, seconds in answers if status == 200]
        assert len(turned_away) + len(served) == 10
        assert served and turned_away
        assert max(turned_away) < max(served)
        assert len(lab.truth("turned_away")) == len(turned_away)

    lab.run(scenario())


@pytest.mark.parametrize("lab", [{"cpu_ms": 50, "workers": 1, "queue": 0, "health_in_queue": True}], indirect=True)
def test_health_waits_with_the_others_where_it_was_asked_to(lab: PlaneLab) -> None:
    async def scenario() -> None:
        answers = await burst(straight(lab), 10, "/health")
        assert 503 in {status for status, _ in answers}

    lab.run(scenario())


@pytest.mark.parametrize("lab", [{"cpu_ms": 10}], indirect=True)
def test_stress_takes_its_share_of_the_cpu_of_an_instance(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.plane.stress("it", [ONE], Stress(cpu_percent=100, cpu_workers=4))
        answers = await burst(straight(lab), 10)
        assert {status for status, _ in answers} == {200}
        assert max(seconds for _, seconds in answers) >= 0.5, "a fifth of the CPU is left"
        await lab.plane.relieve("it")

    lab.run(scenario())
