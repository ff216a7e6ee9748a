"""The storefront through its balancer: what clients get, before, during and after the loss of the writer's region."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from plane_lab import PlaneLab, plane_lab, until

from harness.lab.recipe import Recipe, TargetHealthCheck

pytestmark = pytest.mark.lab
US, EU = "us-east-1", "eu-west-1"
# An instance that stands still for a moment keeps its carts, and its shoppers with it.
PATIENT = Recipe(target_health=TargetHealthCheck(unhealthy=5))


@pytest.fixture(params=[True, False], ids=["drop", "stall"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlaneLab]:
    with plane_lab(tmp_path, PATIENT, may_drop=request.param) as running:
        running.run(running.start_instances(US, 2))
        running.run(running.start_instances(EU, 2))
        yield running


@asynccontextmanager
async def client(lab: PlaneLab, population: str = "EU") -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(local_addr=(lab.where.population(population), 0))
    # The entries are addresses, whose cookies a jar refuses by default.
    jar = aiohttp.CookieJar(unsafe=True)
    timeout = aiohttp.ClientTimeout(total=5.0)  # the balancer has less
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=timeout) as session:
        yield session


async def place(session: aiohttp.ClientSession, url: str, order: str) -> int:
    async with session.post(f"{url}/orders", json={"id": order, "sku": "SKU-01"}) as answer:
        return answer.status


async def takes_orders(session: aiohttp.ClientSession, url: str) -> bool:
    return await place(session, url, "until") == 201


def test_the_shop_answers_as_agreed(lab: PlaneLab) -> None:
    async def scenario() -> None:
        url = lab.url(EU)
        async with client(lab) as session:
            async with session.get(f"{url}/health") as answer:
                assert (answer.status, await answer.json()) == (200, {"status": "ok"})
            async with session.get(f"{url}/catalogue") as answer:
                assert len(await answer.json()) == 20
                assert answer.headers["X-Served-By"].startswith(f"{EU}/{EU}")
            await until(lambda: takes_orders(session, url))
            async with session.post(f"{url}/orders", json={"id": "a_1", "sku": "SKU-01"}) as answer:
                assert (answer.status, await answer.json()) == (201, {"id": "a_1", "region": EU})
            assert await place(session, url, "a_1") == 201, "an id may repeat"
            assert await place(session, url, "ax1") == 201
            async with session.get(f"{url}/orders", params={"prefix": "a_", "from": "writer"}) as answer:
                assert await answer.json() == {"region": US, "orders": {"a_1": 2}}
            async with session.post(f"{url}/orders", data=b"nonsense") as answer:
                assert answer.status == 400
                assert "X-Served-By" in answer.headers
        served = [(e["op"], e["population"], e["region"], e["ok"]) for e in lab.truth("served") if e["op"] == "read"]
        assert served == [("read", "EU", EU, True)]
        assert [e["id"] for e in lab.truth("served") if e["op"] == "order" and e["id"] != "until"] == [
            "a_1",
            "a_1",
            "ax1",
        ]

    lab.run(scenario())


def test_a_cart_stays_with_its_instance(lab: PlaneLab) -> None:
    async def scenario() -> None:
        url = lab.url(EU)
        async with client(lab) as session:
            for count in range(1, 6):
                async with session.post(f"{url}/cart", json={"sku": f"SKU-0{count}"}) as answer:
                    assert len((await answer.json())["cart"]) == count
        async with client(lab) as session, session.post(f"{url}/cart", json={"sku": "SKU-01"}) as answer:
            assert len((await answer.json())["cart"]) == 1

    lab.run(scenario())


def test_orders_are_refused_while_the_writer_is_cut_and_taken_when_its_record_moves(lab: PlaneLab) -> None:
    async def scenario() -> None:
        url = lab.url(EU)
        async with client(lab) as session:
            await until(lambda: takes_orders(session, url))
            before = len(await lab.order_ids(US))
            await lab.plane.cut("outage", [US])
            statuses = await asyncio.gather(*(place(session, url, f"cut-{n}") for n in range(8)))
            assert set(statuses) <= {503, 504}, "nothing was acknowledged"
            async with session.get(f"{url}/catalogue") as answer:
                assert answer.status == 200, "reads go to the own region"

            await lab.plane.promote(f"storefront-{EU}")
            lab.point_writer_at(EU)
            await until(lambda: takes_orders(session, url))
            async with session.get(f"{url}/orders", params={"prefix": "", "from": "writer"}) as answer:
                assert (await answer.json())["region"] == EU
            await lab.plane.mend("outage")
            await asyncio.sleep(0.5)
            assert len(await lab.order_ids(US)) == before, "what was given up during the cut is not executed late"

    lab.run(scenario())


def test_an_instance_is_unhealthy_while_its_database_is_away(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.plane.delete_database(f"storefront-{EU}")
        await until(lambda: set(lab.states(EU).values()) == {"unhealthy"})
        reasons = {health.reason for health in lab.plane.target_health(EU).values()}
        assert reasons <= {"Target.ResponseCodeMismatch", "Target.Timeout"}
        await lab.plane.create_replica(f"storefront-{EU}", EU, f"storefront-{US}")
        await until(lambda: set(lab.states(EU).values()) == {"healthy"})

    lab.run(scenario())


def test_a_checkout_orders_what_is_in_the_cart_once(lab: PlaneLab) -> None:
    async def scenario() -> None:
        url = lab.url(EU)
        async with client(lab) as session:
            await until(lambda: takes_orders(session, url))
            for sku in ("SKU-01", "SKU-03", "SKU-03"):
                async with session.post(f"{url}/cart", json={"sku": sku}) as answer:
                    assert answer.status == 200
            async with session.post(f"{url}/checkout", json={"id": "c-1"}) as answer:
                total = 750 + 1250 + 1250
                assert (answer.status, await answer.json()) == (201, {"id": "c-1", "items": 3, "total_cents": total})
            async with session.post(f"{url}/checkout", json={"id": "c-2"}) as answer:
                assert answer.status == 409
            async with session.post(f"{url}/cart", json={"sku": "SKU-02"}) as answer:
                assert (await answer.json())["cart"] == ["SKU-02"]
            async with session.get(f"{url}/orders", params={"prefix": "c-", "from": "writer"}) as answer:
                assert (await answer.json())["orders"] == {"c-1": 1}
        (row,) = await lab.sql(US, "select items, total_cents, region from orders where id = 'c-1'")
        assert tuple(row) == (["SKU-01", "SKU-03", "SKU-03"], 3250, EU)

    lab.run(scenario())


def test_a_checkout_without_a_writer_keeps_the_cart(lab: PlaneLab) -> None:
    async def scenario() -> None:
        url = lab.url(EU)
        async with client(lab) as session:
            await until(lambda: takes_orders(session, url))
            async with session.post(f"{url}/cart", json={"sku": "SKU-01"}) as answer:
                assert answer.status == 200
            await lab.plane.cut("outage", [US])
            async with session.post(f"{url}/checkout", json={"id": "c-1"}) as answer:
                assert answer.status in (503, 504)
            async with session.post(f"{url}/cart", json={"sku": "SKU-02"}) as answer:
                assert (await answer.json())["cart"] == ["SKU-01", "SKU-02"]

    lab.run(scenario())


def test_a_search_finds_products_by_a_part_of_their_names(lab: PlaneLab) -> None:
    async def scenario() -> None:
        async with client(lab) as session:
            for words, found in (("pass", ["Compass"]), ("LE", ["Gimlet", "Kettle", "Mallet", "Needle"]), ("%", [])):
                async with session.get(f"{lab.url(EU)}/search", params={"q": words}) as answer:
                    assert [product["name"] for product in await answer.json()] == found
            async with session.get(f"{lab.url(EU)}/search") as answer:
                assert answer.status == 400

    lab.run(scenario())


def test_instances_report_what_they_sold_once(lab: PlaneLab) -> None:
    async def scenario() -> None:
        told: list[tuple[int, int, int]] = []
        lab.plane.on_report = lambda region, instance, r: (
            told.append((r.orders, r.revenue_cents, r.carts)) if region == EU else None
        )
        url = lab.url(EU)
        async with client(lab) as session:
            await until(lambda: takes_orders(session, url))
            for _ in range(2):
                async with session.post(f"{url}/cart", json={"sku": "SKU-02"}) as answer:
                    assert answer.status == 200
            async with session.post(f"{url}/checkout", json={"id": "c-1"}) as answer:
                assert answer.status == 201
        await until(lambda: sum(orders for orders, _, _ in told) == 2)
        heard = len(told)
        await until(lambda: len(told) > heard + 4)
        assert [sum(each) for each in zip(*told, strict=True)] == [2, 750 + 2 * 1000, 1]

    lab.run(scenario())
