"""Instances that are pressed on, killed and out of memory, as clients and the machine see it."""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from plane_lab import PlaneLab, plane_lab, until

from harness.lab.addresses import HIDDEN, INSTANCE_PORT
from harness.lab.plane import DataPlaneError
from harness.lab.recipe import Recipe
from harness.lab.states import Stress
from harness.lab.storefront.disk import DISK_BYTES
from harness.lab.storefront.stress import MEMORY_BYTES

pytestmark = [pytest.mark.lab, pytest.mark.alone]
US = "us-east-1"
CALM, PRESSED = f"i-{US}-0", f"i-{US}-1"


class Pair:
    """Two instances of a region, one of which is left alone."""

    def __init__(self, lab: PlaneLab) -> None:
        self.lab, self.run, self.plane = lab, lab.run, lab.plane
        targets = lab.run(lab.start_instances(US, 2))
        self.calm, self.pressed = targets[CALM], targets[PRESSED]
        self.before = {address: process(address).pid for address in targets.values()}

    def files(self) -> dict[str, os.stat_result]:
        """What is on the disk of the pressed instance, but for its log."""
        disk = self.plane.directory / "disks" / PRESSED
        found = {path.name: path.stat() for path in disk.iterdir()} if disk.exists() else {}
        return {name: stat for name, stat in found.items() if not name.startswith("orders")}

    async def press(self, **stress: int) -> None:
        """Press on one of the two."""
        await self.plane.stress("it", [PRESSED], Stress(**stress))

    async def reborn(self) -> None:
        """Wait until the pressed instance has a new process that answers; the other has its old one."""
        await until(lambda: answers(self.pressed))
        assert process(self.pressed).pid != self.before[self.pressed]
        assert process(self.calm).pid == self.before[self.calm]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with plane_lab(tmp_path, Recipe(regions=(US,))) as running:
        yield Pair(running)


def process(address: str) -> psutil.Process:
    """The process that listens at the address of an instance."""
    for connection in psutil.net_connections("inet4"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr == (address, INSTANCE_PORT + HIDDEN):
            return psutil.Process(connection.pid)
    raise AssertionError(f"nobody listens at {address}")


def private_bytes(address: str) -> int:
    return int(process(address).memory_full_info().uss)


async def get(address: str, path: str, *, method: str = "GET", body: bytes = b"") -> tuple[int, float]:
    """Status and seconds of a request that goes straight to an instance."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(address, INSTANCE_PORT + HIDDEN)
    head = f"{method} {path} HTTP/1.0\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status, time.perf_counter() - began


async def order(address: str) -> int:
    return (await get(address, "/orders", method="POST", body=b'{"id": "o", "sku": "SKU-01"}'))[0]


async def typical(address: str) -> float:
    return statistics.median([(await get(address, "/catalogue"))[1] for _ in range(15)])


async def answers(address: str) -> bool:
    try:
        return (await get(address, "/catalogue"))[0] == 200
    except OSError:
        return False


def test_an_instance_whose_cpu_is_pressed_on_answers_late_and_its_neighbour_does_not(pair: Pair) -> None:
    async def scenario() -> None:
        async def late() -> bool:
            return await typical(pair.pressed) > 4 * await typical(pair.calm)

        async def even() -> bool:
            return await typical(pair.pressed) < 2 * await typical(pair.calm)

        spent = process(pair.pressed).cpu_times().user
        await pair.press(cpu_percent=100, cpu_workers=4)
        await until(late)
        await until(lambda: process(pair.pressed).cpu_times().user > spent + 0.3)
        assert (await get(pair.pressed, "/health"))[0] == 200
        await pair.plane.relieve("it")
        await until(even)

    pair.run(scenario())


def test_the_memory_of_an_instance_is_really_taken_and_given_back(pair: Pair) -> None:
    async def scenario() -> None:
        before, neighbour = private_bytes(pair.pressed), private_bytes(pair.calm)
        await pair.press(memory_percent=50)
        assert private_bytes(pair.pressed) >= before + MEMORY_BYTES // 2
        assert private_bytes(pair.calm) < neighbour + MEMORY_BYTES // 8
        await pair.plane.relieve("it")
        assert private_bytes(pair.pressed) < before + MEMORY_BYTES // 8

    pair.run(scenario())


def test_an_instance_out_of_memory_is_killed_and_started_again_without_what_took_it(pair: Pair) -> None:
    async def scenario() -> None:
        await pair.press(memory_percent=100)
        await pair.reborn()
        (killed,) = pair.lab.truth("out_of_memory")
        assert killed["used_bytes"] > killed["memory_bytes"]
        assert [(e["instance"], e["status"]) for e in pair.lab.truth("instance_process_ended")] == [(PRESSED, 137)]
        assert private_bytes(pair.pressed) < MEMORY_BYTES // 2
        await pair.plane.relieve("it")

    pair.run(scenario())


def test_workers_write_to_the_disk_of_an_instance_until_they_are_relieved(pair: Pair) -> None:
    async def scenario() -> None:
        written = process(pair.pressed).io_counters().write_chars
        await pair.press(io_workers=2, io_percent=50)
        await until(lambda: process(pair.pressed).io_counters().write_chars > written + (8 << 20))
        assert len(pair.files()) == 2
        assert sum(stat.st_size for stat in pair.files().values()) <= DISK_BYTES // 2
        await pair.plane.relieve("it")
        assert pair.files() == {}

    pair.run(scenario())


def test_an_instance_whose_disk_is_full_takes_no_order_and_shows_its_catalogue(pair: Pair) -> None:
    async def scenario() -> None:
        assert [await order(pair.pressed), await order(pair.calm)] == [201, 201]
        await pair.press(disk_percent=100)
        (full,) = pair.files().values()
        assert full.st_blocks * 512 > DISK_BYTES * 0.9
        assert [await order(pair.pressed), await order(pair.calm)] == [503, 201]
        assert await answers(pair.pressed)
        await pair.plane.relieve("it")
        assert pair.files() == {}
        assert await order(pair.pressed) == 201

    pair.run(scenario())


def test_what_pressed_on_an_instance_that_is_stopped_is_gone_with_it(pair: Pair) -> None:
    async def scenario() -> None:
        await pair.press(cpu_percent=50, memory_percent=10, io_workers=1, disk_percent=50)
        assert pair.files()
        await pair.plane.stop_instance(PRESSED)
        assert pair.files() == {}
        await pair.plane.relieve("it")
        address = await pair.plane.start_instance(PRESSED, US, f"{US}a")
        assert pair.files() == {}
        assert await answers(address)

    pair.run(scenario())


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", -15), ("SIGKILL", -9)])
def test_an_app_that_is_killed_is_started_again_in_place(pair: Pair, name: str, status: int) -> None:
    async def scenario() -> None:
        await pair.plane.signal(PRESSED, name)
        assert not await answers(pair.pressed)
        await pair.reborn()
        assert [(e["instance"], e["status"]) for e in pair.lab.truth("instance_process_ended")] == [(PRESSED, status)]
        await until(lambda: pair.lab.states(US) == {CALM: "healthy", PRESSED: "healthy"})

    pair.run(scenario())


def test_an_app_that_is_started_again_is_pressed_on_as_before(pair: Pair) -> None:
    async def scenario() -> None:
        await pair.press(disk_percent=100)
        await pair.plane.signal(PRESSED, "SIGKILL")
        await pair.reborn()
        await until(lambda: len(pair.files()) == 1)
        assert await order(pair.pressed) == 503
        await pair.plane.relieve("it")
        assert await order(pair.pressed) == 201

    pair.run(scenario())


def test_an_instance_that_nobody_restarts_is_gone_when_its_app_is_killed(pair: Pair) -> None:
    async def scenario() -> None:
        told: list[tuple[str, int]] = []
        pair.plane.on_exit = lambda instance, status: told.append((instance, status))
        address = await pair.plane.start_instance("task-1", US, f"{US}c", restarts=False)
        await pair.plane.signal("task-1", "SIGKILL")
        await until(lambda: bool(told))
        assert told == [("task-1", -9)]
        assert not await answers(address)
        with pytest.raises(DataPlaneError, match="task-1 does not run"):
            await pair.plane.signal("task-1", "SIGKILL")

    pair.run(scenario())


def test_what_does_not_run_cannot_be_pressed_on_and_nothing_else_is(pair: Pair) -> None:
    async def scenario() -> None:
        with pytest.raises(DataPlaneError, match="i-nowhere does not run"):
            await pair.plane.stress("it", [PRESSED, "i-nowhere"], Stress(disk_percent=50))
        assert pair.files() == {}

    pair.run(scenario())
