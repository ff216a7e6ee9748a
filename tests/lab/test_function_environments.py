"""Execution environments: real processes that run code, run too long, and die."""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from plane_lab import PlaneLab, plane_lab, until

from harness.lab.functions.environments import MOST, Crashed, Environments, Throttled
from harness.lab.processes import Process
from harness.lab.recipe import Recipe

pytestmark = pytest.mark.lab


def behave(event: str, context: object) -> Any:
    """The code of the function: does as it is told."""
    if event == "hang":
        signal.pause()
    if event == "die":
        os._exit(3)
    return {1, 2} if event == "unspeakable" else os.getpid()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaneLab]:
    with plane_lab(tmp_path_factory.mktemp("functions"), Recipe(regions=("us-east-1",))) as running:
        yield running


class Made:
    """Environments of a function, and the processes that were made for it."""

    def __init__(self, lab: PlaneLab) -> None:
        self.lab = lab
        self.processes: list[Process] = []
        self.environments = Environments(self._fork, lab.plane.end)

    async def _fork(self, number: int) -> Process:
        settings = {
            "function": "behave",
            "region": "us-east-1",
            "handler": "test_function_environments:behave",
            "truth": str(self.lab.plane.directory / "truth-behave.jsonl"),
        }
        self.processes.append(await self.lab.plane.environment(f"behave-{id(self)}-{number}", settings))
        return self.processes[-1]

    def run(self, event: str, within_s: float = 30) -> dict[str, Any]:
        return self.lab.run(self.environments.run("request", event, within_s))


def test_one_process_serves_one_invocation_after_the_other(lab: PlaneLab) -> None:
    made = Made(lab)
    first, second = made.run("pid"), made.run("pid")
    assert first["result"] == second["result"] == str(made.processes[0].pid)
    assert len(made.processes) == 1


def test_what_runs_at_the_same_time_runs_in_processes_of_its_own(lab: PlaneLab) -> None:
    made = Made(lab)

    async def both() -> list[dict[str, Any]]:
        return await asyncio.gather(*(made.environments.run("request", "pid", 30) for _ in range(2)))

    assert len({answer["result"] for answer in lab.run(both())}) == 2


def test_what_runs_too_long_is_killed_and_the_next_one_gets_another_process(lab: PlaneLab) -> None:
    made = Made(lab)
    with pytest.raises(TimeoutError):
        made.run("hang", within_s=0.3)
    lab.run(until(lambda: not made.processes[0].running))
    assert made.run("pid")["result"] == str(made.processes[1].pid)


def test_a_process_that_dies_has_crashed_and_the_next_one_gets_another(lab: PlaneLab) -> None:
    made = Made(lab)
    with pytest.raises(Crashed):
        made.run("die")
    assert made.run("pid")["result"] == str(made.processes[1].pid)


def test_a_result_that_is_no_json_is_an_error_of_the_function(lab: PlaneLab) -> None:
    answer = Made(lab).run("unspeakable")
    assert "TypeError" in answer["error"]
    assert "result" not in answer


def test_there_is_a_place_for_so_many_and_it_is_free_again(lab: PlaneLab) -> None:
    environments = Made(lab).environments
    places = [environments.place() for _ in range(MOST)]
    for place in places:
        place.__enter__()
    with pytest.raises(Throttled), environments.place():
        pass
    places[0].__exit__(None, None, None)
    with environments.place():
        pass
