"""What is asked of one instance at the same time is done in turn, and never brings back what is terminated."""

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.lab.control import records
from harness.lab.control.instances import Instance, Instances
from harness.lab.control.lab import Lab
from harness.lab.plane import DataPlane, DataPlaneError
from harness.lab.recipe import Recipe

US, ID = "us-east-1", "i-1"


class Slowly:
    """A data plane that takes until `go` to stop an instance; `runs` is what runs."""

    def __init__(self) -> None:
        self.runs: set[str] = set()
        self.stopping, self.go = asyncio.Event(), asyncio.Event()

    async def start_instance(self, id: str, region: str, zone: str) -> str:
        self.runs.add(id)
        return "127.0.0.9"

    async def stop_instance(self, id: str, *, graceful: bool = False) -> None:
        self.stopping.set()
        await self.go.wait()
        self.runs.discard(id)


def play(
    monkeypatch: pytest.MonkeyPatch,
    scene: Callable[[Instances, Instance, Slowly], Coroutine[Any, Any, None]],
    state: str = "running",
) -> None:
    record = SimpleNamespace(_state=SimpleNamespace())
    monkeypatch.setattr(records, "ec2", lambda region: SimpleNamespace(get_instance=lambda id: record))

    async def whole() -> None:
        slowly, loop = Slowly(), asyncio.get_running_loop()
        unused = cast(Any, None)
        plane = cast(DataPlane, slowly)
        lab = Lab(recipe=Recipe(), addresses=unused, plane=plane, truth=unused, loop=loop)
        instances, instance = Instances(lab), Instance(id=ID, region=US, zone=f"{US}a", state=state)
        instances.known[ID] = instance
        await scene(instances, instance, slowly)
        assert record._state.name == instance.state
        assert (ID in slowly.runs) == (instance.state == "running")

    asyncio.run(whole())


async def stopping(instances: Instances, slowly: Slowly) -> "asyncio.Task[None]":
    slowly.runs.add(ID)
    stop = asyncio.create_task(instances.stop([ID]))
    await slowly.stopping.wait()
    return stop


def test_a_start_that_waits_behind_a_termination_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(instances: Instances, instance: Instance, slowly: Slowly) -> None:
        stop = await stopping(instances, slowly)
        terminate = asyncio.create_task(instances.terminate([ID]))
        await asyncio.sleep(0)
        start = asyncio.create_task(instances.start([ID]))
        await asyncio.sleep(0)
        slowly.go.set()
        await asyncio.gather(stop, terminate)
        assert await start == [ID]
        assert instance.state == "terminated"

    play(monkeypatch, scene)


def test_a_termination_that_waits_behind_a_start_ends_what_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(instances: Instances, instance: Instance, slowly: Slowly) -> None:
        stop = await stopping(instances, slowly)
        start = asyncio.create_task(instances.start([ID]))
        await asyncio.sleep(0)
        terminate = asyncio.create_task(instances.terminate([ID]))
        await asyncio.sleep(0)
        slowly.go.set()
        await asyncio.gather(stop, start, terminate)
        assert instance.state == "terminated"

    play(monkeypatch, scene)


def test_a_new_instance_that_was_terminated_meanwhile_does_not_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(instances: Instances, instance: Instance, slowly: Slowly) -> None:
        terminate = asyncio.create_task(instances.terminate([ID]))
        await slowly.stopping.wait()
        boot = asyncio.create_task(instances.boot(instance))
        await asyncio.sleep(0)
        slowly.go.set()
        await terminate
        with pytest.raises(DataPlaneError):
            await boot
        assert instance.state == "terminated"

    play(monkeypatch, scene, "pending")
