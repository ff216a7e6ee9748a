"""The data plane as a whole: it starts, is idempotent, and leaves nothing behind however it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from plane_lab import PlaneLab, free_slot, plane_lab, until

from harness.lab.plane import DataPlane, DataPlaneError
from harness.lab.recipe import Recipe
from harness.lab.truth import Truth, events

pytestmark = pytest.mark.lab
US = "us-east-1"

DAEMON = """
import asyncio, sys
from pathlib import Path
from harness.lab.plane import DataPlane
from harness.lab.recipe import Recipe
from harness.lab.truth import Truth

async def main():
    directory = Path(sys.argv[2])
    plane = DataPlane(Recipe(), int(sys.argv[1]), directory, Truth(directory / "truth.jsonl"))
    await plane.start()
    await plane.start_instance("i-1", "us-east-1", "us-east-1a")
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[PlaneLab]:
    with plane_lab(tmp_path) as running:
        yield running


def listening(slot: int) -> list[int]:
    """Ports that are listened on at any address of a slot."""
    return [
        connection.laddr.port
        for connection in psutil.net_connections("inet4")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.ip.startswith(f"127.{slot}.")
    ]


def data_of(slot: int) -> list[Path]:
    return list(Path("/dev/shm").glob(f"drill-{os.geteuid()}-{slot}-*"))


def shared_memory() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def test_when_its_owner_is_killed_no_process_port_or_file_remains(tmp_path: Path) -> None:
    directory = tmp_path / "lab"
    directory.mkdir()
    with free_slot() as slot:
        command = [sys.executable, "-c", DAEMON, str(slot), str(directory)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as daemon:
            assert daemon.stdout
            assert daemon.stdout.readline() == "ready\n"
            family = psutil.Process(daemon.pid).children(recursive=True)
            assert len(family) > 10
            assert len(data_of(slot)) == 1
            segments = {segment for segment in shared_memory() if _attached_by(segment, family)}
            assert len(segments) == 3
            daemon.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
        assert not listening(slot)
        assert not data_of(slot)
        assert not directory.exists()
        assert not segments & shared_memory()


def _attached_by(segment: str, family: list[psutil.Process]) -> bool:
    line = next(line for line in Path("/proc/sysvipc/shm").read_text().splitlines() if line.split()[1] == segment)
    return int(line.split()[4]) in {process.pid for process in family}


def test_stopping_leaves_only_the_lab_directory(tmp_path: Path) -> None:
    async def scenario(slot: int) -> None:
        plane = DataPlane(Recipe(), slot, tmp_path, Truth(tmp_path / "truth.jsonl"))
        await plane.start()
        await plane.start_instance("i-1", US, f"{US}a")
        family = psutil.Process().children(recursive=True)
        await plane.stop()
        await plane.stop()
        assert not psutil.wait_procs(family, timeout=5)[1]
        assert not listening(slot)
        assert not data_of(slot)
        with pytest.raises(DataPlaneError, match="not running"):
            await plane.start_instance("i-2", US, f"{US}a")
        plane.truth.close()

    with free_slot() as slot:
        asyncio.run(scenario(slot))
    assert [event["kind"] for event in events(tmp_path)] == ["data_plane_started", "instance_started"]


def test_every_call_may_be_repeated(lab: PlaneLab) -> None:
    async def scenario() -> None:
        plane = lab.plane
        await plane.start()
        assert await plane.start_instance("i-1", US, f"{US}a") == await plane.start_instance("i-1", US, f"{US}a")
        for _ in range(2):
            await plane.cut("outage", [US])
        for _ in range(2):
            await plane.mend("outage")
        for _ in range(2):
            await plane.stop_instance("i-1")
        assert await plane.start_instance("i-2", US, f"{US}a") != await plane.start_instance("i-3", US, f"{US}a")

    lab.run(scenario())
    told = lab.truth("cut") + lab.truth("mended")
    assert [e["kind"] for e in told] == ["cut", "mended"]
    assert told == sorted(told, key=lambda e: e["at_ns"])


def test_what_cannot_be_is_refused(lab: PlaneLab) -> None:
    async def scenario() -> None:
        with pytest.raises(DataPlaneError, match="not a region or a zone: mars"):
            await lab.plane.cut("outage", ["mars"])
        with pytest.raises(DataPlaneError, match="is no zone of"):
            await lab.plane.start_instance("i-1", US, "eu-west-1a")
        with pytest.raises(DataPlaneError, match="there is no balancer"):
            await lab.plane.set_targets("mars", {})

    lab.run(scenario())


def test_a_cut_region_can_be_reached_by_nobody_and_the_others_can(lab: PlaneLab) -> None:
    async def scenario() -> None:
        await lab.start_instances(US)
        await lab.start_instances("eu-west-1")
        await lab.plane.cut("outage", [US])
        await until(lambda: set(lab.states(US).values()) == {"unhealthy"})
        assert lab.plane.target_health(US)[f"i-{US}-0"].reason == "Target.Timeout"
        await until(lambda: set(lab.states("eu-west-1").values()) == {"healthy"})
        await lab.plane.mend("outage")
        await until(lambda: set(lab.states(US).values()) == {"healthy"})

    lab.run(scenario())
