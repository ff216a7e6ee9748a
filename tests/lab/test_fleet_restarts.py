"""What supervises the processes of instances, with processes that never come up."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from harness.lab.addresses import Addresses
from harness.lab.network.remote import Network
from harness.lab.processes import Nursery, Process
from harness.lab.recipe import Recipe
from harness.lab.states import DataPlaneError
from harness.lab.storefront import fleet
from harness.lab.storefront.fleet import Fleet
from harness.lab.truth import Truth

US, ID = "us-east-1", "i-1"


class Births:
    """A nursery whose processes get ready as they are told to, one after the other."""

    def __init__(self, *ready: bool) -> None:
        self.logs = Path("logs")
        self.ready, self.born = iter(ready), list[Process]()

    async def fork(self, name: str, entry: str, settings: Any, handlers: Any) -> Process:
        loop = asyncio.get_running_loop()
        process = Process(name, len(self.born), loop.create_future(), loop.create_future())
        self.born.append(process)
        if next(self.ready):
            await handlers["ready"]()
        return process

    def kill(self, process: Process, signal_number: int = 9) -> None:
        if not process.ended.done():
            process.ended.set_result(-signal_number)


class Doors:
    """A network whose doors open and close."""

    async def open_doors(self, doors: Any) -> None: ...
    async def close_door(self, address: str, port: int) -> None: ...


def made(births: Births, folder: Path) -> Fleet:
    nursery, network = cast(Nursery, births), cast(Network, Doors())
    return Fleet(Recipe(time_scale=1000), Addresses(150), folder, nursery, network, Truth(folder / "truth.jsonl"))


def test_a_restarted_process_that_does_not_get_ready_is_killed_before_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "_START_S", 0.02)

    async def scene() -> None:
        births = Births(True, False, True)
        group = made(births, tmp_path)
        await group.start(ID, US, f"{US}a")
        births.kill(births.born[0])
        async with asyncio.timeout(10):
            while len(births.born) < 3:
                await asyncio.sleep(0.005)
        assert [process.running for process in births.born] == [False, False, True]
        await group.stop(ID)
        assert not any(process.running for process in births.born)
        group.truth.close()

    asyncio.run(scene())


def test_a_process_that_does_not_get_ready_at_all_is_no_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "_START_S", 0.02)

    async def scene() -> None:
        births = Births(False)
        group = made(births, tmp_path)
        with pytest.raises(DataPlaneError):
            await group.start(ID, US, f"{US}a")
        assert not births.born[0].running
        assert group.address_of(ID) is None
        group.truth.close()

    asyncio.run(scene())
