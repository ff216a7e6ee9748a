"""Experiments from start to end, on effects that are only written down. One model minute lasts 20 ms."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from test_fis_template import CUT, SUBNETS, WAIT, template

from harness.lab.fis.effects import Effects
from harness.lab.fis.engine import HALTED, STOPPED_BY_USER, Engine
from harness.lab.fis.experiment import Experiment
from harness.lab.fis.targets import Candidate
from harness.lab.fis.template import Template

ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:too-bad"
STOP = {
    "actionId": "aws:ec2:stop-instances",
    "parameters": {"startInstancesAfterDuration": "PT1M"},
    "targets": {"Instances": "instances"},
}
INSTANCES = {"resourceType": "aws:ec2:instance", "resourceTags": {"drill": "storefront"}, "selectionMode": "ALL"}
BOTH = {"subnets": SUBNETS, "instances": INSTANCES}


class Written:
    """Effects (each part of them) and inventory that do nothing but remember."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.alarms = {ALARM: "OK"}
        self.resources = {"aws:ec2:subnet": ["subnet-1"], "aws:ec2:instance": ["i-1", "i-2"]}
        self.broken = False

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def effect(*arguments: object) -> None:
            self.done.append(f"{name} {arguments[-1]}" if name in ("stop", "start") else name)
            if self.broken:
                raise RuntimeError("it broke")

        return effect

    def running(self, ids: Sequence[str]) -> list[str]:
        return list(ids)

    def places(self, region: str, subnets: Sequence[str]) -> list[str]:
        return [region]

    def state(self, arn: str) -> str | None:
        return self.alarms.get(arn)

    def candidates(self, region: str, type: str) -> list[Candidate]:
        return [Candidate(arn=f"arn:x/{id}", tags={"drill": "storefront"}) for id in self.resources.get(type, [])]


class Bench:
    """An engine in the running loop."""

    def __init__(self) -> None:
        self.written = Written()
        self.engine = Engine(
            effects=Effects(**dict.fromkeys(Effects.__dataclass_fields__, self.written)),
            inventory=self.written,
            logs=self.written,
            time_scale=3000,
            spawn=asyncio.ensure_future,
            soon=asyncio.get_running_loop().call_soon,
        )

    def begin(self, made: Template, mode: str = "run-all") -> Experiment:
        return self.engine.begin(made, account="123456789012", actions_mode=mode, tags={})

    async def end(self, experiment: Experiment) -> Experiment:
        return await self.until(experiment, lambda: experiment.status.final)

    async def until(self, experiment: Experiment, reached: Callable[[], bool]) -> Experiment:
        async with asyncio.timeout(5):
            while not reached():
                await asyncio.sleep(0.001)
        return experiment


def run(story: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def told() -> None:
        await story(Bench())

    asyncio.run(told())


def statuses(experiment: Experiment) -> dict[str, str]:
    return {name: action.status.value for name, action in experiment.actions.items()}


def test_an_experiment_completes_when_its_actions_have_and_the_fault_is_gone() -> None:
    async def story(bench: Bench) -> None:
        experiment = bench.begin(template())
        assert experiment.status == "pending"
        await bench.until(experiment, lambda: experiment.status == "running")
        await bench.end(experiment)
        assert (experiment.status, statuses(experiment)) == ("completed", {"cut": "completed"})
        assert bench.written.done == ["cut", "mend"]
        assert experiment.resolved == {"subnets": ["arn:x/subnet-1"]}

    run(story)


def test_an_action_starts_only_after_those_it_names() -> None:
    async def story(bench: Bench) -> None:
        made = template(
            actions={"last": {**STOP, "startAfter": ["first", "other"]}, "first": CUT, "other": WAIT}, targets=BOTH
        )
        experiment = await bench.end(bench.begin(made))
        assert bench.written.done == ["cut", "mend", "stop ['i-1', 'i-2']", "start ['i-1', 'i-2']"]
        last = experiment.actions["last"]
        ends = [experiment.actions[name].ended for name in ("first", "other")]
        assert all(end is not None and last.started is not None and end <= last.started for end in ends)

    run(story)


def test_stopping_rolls_back_at_once_and_cancels_what_waits() -> None:
    async def story(bench: Bench) -> None:
        made = template(actions={"cut": CUT | {"parameters": {"scope": "all", "duration": "PT12H"}},
                                 "then": {**WAIT, "startAfter": ["cut"]}})  # fmt: skip
        experiment = bench.begin(made)
        await bench.until(experiment, lambda: "cut" in bench.written.done)
        bench.engine.stop(experiment)
        assert experiment.status == "stopping"
        await bench.end(experiment)
        assert (experiment.status, experiment.reason) == ("stopped", STOPPED_BY_USER)
        assert statuses(experiment) == {"cut": "stopped", "then": "cancelled"}
        assert bench.written.done == ["cut", "mend"]

    run(story)


def test_stopping_starts_the_instances_that_were_to_start_later() -> None:
    async def story(bench: Bench) -> None:
        long = STOP | {"parameters": {"startInstancesAfterDuration": "PT12H"}}
        experiment = bench.begin(template(actions={"stop": long}, targets={"instances": INSTANCES}))
        await bench.until(experiment, lambda: bool(bench.written.done))
        bench.engine.stop(experiment)
        await bench.end(experiment)
        assert bench.written.done[-1] == "start ['i-1', 'i-2']"

    run(story)


def test_instances_without_a_duration_stay_stopped() -> None:
    async def story(bench: Bench) -> None:
        made = template(actions={"stop": {**STOP, "parameters": {}}}, targets={"instances": INSTANCES})
        experiment = await bench.end(bench.begin(made))
        assert experiment.status == "completed"
        assert bench.written.done == ["stop ['i-1', 'i-2']"]

    run(story)


def test_an_experiment_that_is_stopped_before_it_began_does_nothing() -> None:
    async def story(bench: Bench) -> None:
        experiment = bench.begin(template())
        bench.engine.stop(experiment)
        await bench.end(experiment)
        assert (experiment.status, statuses(experiment), bench.written.done) == ("stopped", {"cut": "cancelled"}, [])

    run(story)


def test_stopping_what_is_over_changes_nothing() -> None:
    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(template()))
        bench.engine.stop(experiment)
        assert experiment.status == "completed"

    run(story)


def test_an_alarm_stops_the_experiments_that_name_it() -> None:
    async def story(bench: Bench) -> None:
        actions = {"cut": CUT | {"parameters": {"scope": "all", "duration": "PT12H"}}}
        guarded = template(actions=actions, stop_conditions=[{"source": "aws:cloudwatch:alarm", "value": ALARM}])
        one, other = bench.begin(guarded), bench.begin(template(actions=actions))
        await bench.until(one, lambda: bench.written.done == ["cut", "cut"])
        bench.engine.alarmed(ALARM)
        await bench.end(one)
        assert (one.status, one.reason, statuses(one)) == ("stopped", HALTED, {"cut": "stopped"})
        assert other.status == "running"
        bench.engine.stop(other)
        await bench.end(other)

    run(story)


def test_an_experiment_does_not_start_while_its_stop_condition_is_in_alarm_or_missing() -> None:
    async def story(bench: Bench) -> None:
        guarded = template(stop_conditions=[{"source": "aws:cloudwatch:alarm", "value": ALARM}])
        for state in ({ALARM: "ALARM"}, {}):
            bench.written.alarms = state
            experiment = await bench.end(bench.begin(guarded))
            assert (experiment.status, bench.written.done) == ("failed", [])
            assert "too-bad" in experiment.reason

    run(story)


def test_no_target_fails_the_experiment_unless_the_template_says_skip() -> None:
    async def story(bench: Bench) -> None:
        bench.written.resources = {"aws:ec2:subnet": ["subnet-1"]}
        actions = {"cut": CUT, "stop": STOP}
        failed = await bench.end(bench.begin(template(actions=actions, targets=BOTH)))
        assert failed.status == "failed"
        assert "instances" in failed.reason
        assert bench.written.done == []
        skipping = {"emptyTargetResolutionMode": "skip"}
        skipped = await bench.end(bench.begin(template(actions=actions, targets=BOTH, options=skipping)))
        assert (skipped.status, statuses(skipped)) == ("completed", {"cut": "completed", "stop": "skipped"})

    run(story)


def test_an_action_that_the_lab_cannot_do_fails_the_experiment_by_name() -> None:
    async def story(bench: Bench) -> None:
        unknown = {"pause": {"actionId": "aws:eks:pod-delete"}, "cut": CUT}
        experiment = await bench.end(bench.begin(template(actions=unknown)))
        assert experiment.status == "failed"
        assert experiment.reason.startswith('the lab cannot do "aws:eks:pod-delete": ')
        assert bench.written.done == []

    run(story)


def test_a_variant_that_the_lab_cannot_do_fails_the_experiment_too() -> None:
    async def story(bench: Bench) -> None:
        narrow = CUT | {"parameters": {"scope": "s3express", "duration": "PT1M"}}
        experiment = await bench.end(bench.begin(template(actions={"cut": narrow})))
        assert (experiment.status, bench.written.done) == ("failed", [])
        assert "scope 's3express'" in experiment.reason

    run(story)


def test_an_action_that_fails_ends_the_experiment_and_rolls_the_others_back() -> None:
    async def story(bench: Bench) -> None:
        long = CUT | {"parameters": {"scope": "all", "duration": "PT12H"}}
        assertion = {
            "actionId": "aws:cloudwatch:assert-alarm-state",
            "parameters": {"alarmArns": ALARM, "alarmStates": "ALARM"},
            "startAfter": ["wait"],
        }
        experiment = bench.begin(template(actions={"cut": long, "wait": WAIT, "assert": assertion}))
        await bench.end(experiment)
        assert experiment.status == "failed"
        assert "is OK, not ALARM" in experiment.reason
        assert statuses(experiment) == {"cut": "stopped", "wait": "completed", "assert": "failed"}
        assert bench.written.done == ["cut", "mend"]

    run(story)


def test_skip_all_resolves_targets_and_does_nothing() -> None:
    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(template(), "skip-all"))
        assert (experiment.status, statuses(experiment), bench.written.done) == ("completed", {"cut": "skipped"}, [])
        assert experiment.resolved == {"subnets": ["arn:x/subnet-1"]}

    run(story)
