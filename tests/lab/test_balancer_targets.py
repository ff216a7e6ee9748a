"""The balancer: which target gets a request, what checks make of a target, draining."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from plane_lab import PlaneLab, plane_lab, until

from harness.lab.balancer.target import CHECKING, DRAINING, HEALTHY, Target, failed, wrong_code
from harness.lab.balancer.targets import Targets
from harness.lab.plane import BalancerMetrics
from harness.lab.recipe import Recipe, TargetHealthCheck

EU = "eu-west-1"
PATIENT = TargetHealthCheck(interval=20, timeout=10)  # time to ask a target that is dead, and nobody else's checks fail


def target() -> Target:
    return Target("i-1", "127.0.0.1", good=3, bad=2)


def test_a_new_target_needs_one_good_check() -> None:
    new = target()
    assert new.state == "initial"
    assert new.check(HEALTHY)
    assert new.health == HEALTHY


def test_a_new_target_that_fails_is_unhealthy_after_the_threshold() -> None:
    new = target()
    assert new.check(failed())
    assert new.health == CHECKING
    assert new.check(wrong_code(503))
    assert new.health == ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")


def test_a_healthy_target_turns_only_after_consecutive_failures() -> None:
    old = target()
    old.check(HEALTHY)
    for found in (failed(), HEALTHY, failed(), HEALTHY):
        assert not old.check(found)
    assert not old.check(failed())
    assert old.check(failed())
    assert old.state == "unhealthy"


def test_an_unhealthy_target_needs_its_good_checks_in_a_row() -> None:
    old = target()
    old.check(failed())
    old.check(failed())
    for found in (HEALTHY, HEALTHY, failed(), HEALTHY, HEALTHY):
        old.check(found)
        assert old.state == "unhealthy"
    assert old.check(HEALTHY)
    assert old.state == "healthy"


def test_a_draining_target_stays_draining_whatever_checks_say() -> None:
    old = target()
    old.drain()
    old.check(HEALTHY)
    assert old.health == DRAINING


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[PlaneLab]:
    recipe = Recipe(regions=(EU,), deregistration_delay=20, alarm_period=2, target_health=PATIENT)
    with plane_lab(tmp_path, recipe) as running:
        yield running


def session_of(lab: PlaneLab, *, sticky: bool = False) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(local_addr=(lab.where.population("EU"), 0))
    jar = aiohttp.CookieJar(unsafe=True) if sticky else aiohttp.DummyCookieJar()
    return aiohttp.ClientSession(connector=connector, cookie_jar=jar)


async def serving(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.get(f"{url}/catalogue") as answer:
        await answer.read()
        return answer.status, answer.headers.get("X-Served-By", "").split("/")[-1]


@pytest.mark.lab
def test_requests_go_round_and_a_cookie_holds_them(lab: PlaneLab) -> None:
    async def scenario() -> None:
        names = set(await lab.start_instances(EU, 3))
        async with session_of(lab) as session:
            assert {(await serving(session, lab.url(EU)))[1] for _ in range(9)} == names
        async with session_of(lab, sticky=True) as session:
            assert len({(await serving(session, lab.url(EU)))[1] for _ in range(9)}) == 1

    lab.run(scenario())


@pytest.mark.lab
def test_a_balancer_without_targets_says_503_itself(lab: PlaneLab) -> None:
    async def scenario() -> None:
        async with session_of(lab) as session, session.get(f"{lab.url(EU)}/catalogue") as answer:
            assert answer.status == 503
            assert answer.headers["Server"] == "lab-balancer"
            assert "X-Served-By" not in answer.headers

    lab.run(scenario())


@pytest.mark.lab
def test_a_killed_instance_gives_502_until_its_checks_fail_and_is_then_avoided(lab: PlaneLab) -> None:
    async def scenario() -> None:
        names = list(await lab.start_instances(EU, 2))
        await lab.plane.stop_instance(names[0])
        async with session_of(lab) as session:
            statuses = {(await serving(session, lab.url(EU)))[0] for _ in range(4)}
            assert statuses == {200, 502}
            await until(lambda: lab.states(EU) == {names[0]: "unhealthy", names[1]: "healthy"})
            assert {await serving(session, lab.url(EU)) for _ in range(6)} == {(200, names[1])}
        assert lab.plane.target_health(EU)[names[0]].reason == "Target.FailedHealthChecks"

    lab.run(scenario())


@pytest.mark.lab
def test_with_no_healthy_target_requests_go_to_the_unhealthy_ones(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.start_instances(EU, 2)
        await lab.plane.delete_database(f"storefront-{EU}")
        await until(lambda: set(lab.states(EU).values()) == {"unhealthy"})
        async with session_of(lab) as session:
            status, name = await serving(session, lab.url(EU))
            assert status == 503
            assert name, "the answer is an instance's"

    lab.run(scenario())


@pytest.mark.lab
def test_draining_loses_no_request(lab: PlaneLab) -> None:
    async def scenario() -> None:
        targets = await lab.start_instances(EU, 3)
        drained = next(iter(targets))
        done, statuses = asyncio.Event(), []

        async def shop() -> None:
            async with session_of(lab) as session:
                while not done.is_set():
                    statuses.append((await serving(session, lab.url(EU)))[0])

        shoppers = [asyncio.create_task(shop()) for _ in range(8)]
        await until(lambda: len(statuses) > 40)
        await lab.plane.set_targets(EU, {name: address for name, address in targets.items() if name != drained})
        assert lab.states(EU)[drained] == "draining"
        await until(lambda: drained not in lab.states(EU))
        await lab.plane.stop_instance(drained)
        enough = len(statuses) + 40
        await until(lambda: len(statuses) > enough)
        done.set()
        await asyncio.gather(*shoppers)
        assert set(statuses) == {200}

    lab.run(scenario())


@pytest.mark.lab
def test_the_control_plane_hears_counts_and_changes_of_health(lab: PlaneLab) -> None:
    async def scenario() -> None:
        reports: list[BalancerMetrics] = []
        changed: list[str] = []
        lab.plane.on_metrics = lambda region, metrics: reports.append(metrics)
        lab.plane.on_target_health = changed.append
        await lab.start_instances(EU, 2)
        async with session_of(lab) as session:
            for _ in range(5):
                await serving(session, lab.url(EU))
        await until(lambda: sum(report.request_count for report in reports) == 5)
        assert sum(report.target_2xx for report in reports) == 5
        assert all(0 < time < 5 and count > 0 for report in reports for time, count in report.response_times)
        await until(lambda: reports[-1].healthy_hosts == 2)
        assert reports[-1].unhealthy_hosts == 0
        assert set(changed) == {EU}

    lab.run(scenario())


def test_each_node_gives_turns_of_its_own() -> None:
    targets = Targets(1, 1, 30.0, lambda: None)
    targets.on_register = lambda target: target.check(HEALTHY)
    targets.set({"i-1": "127.0.0.1", "i-2": "127.0.0.2"})

    def picked(node: int) -> str:
        target, _ = targets.pick(None, node)
        assert target is not None
        return target.instance_id

    first, second = picked(0), picked(0)
    assert {first, second} == {"i-1", "i-2"}
    for between in range(5):
        assert len({picked(1) for _ in range(between)}) == min(between, 2)
        assert (picked(0), picked(0)) == (first, second)
