"""How experiments end: failures with their codes, rollbacks that fail, the safety lever, other accounts."""

import asyncio
from typing import Any

import pytest
from test_fis_engine import ALARM, BOTH, INSTANCES, STOP, Bench, run, statuses
from test_fis_template import CUT, WAIT, template

from harness.lab.fis import registry
from harness.lab.fis.action import Action, ActionFailed, Call
from harness.lab.fis.engine import STOPPED_BY_LEVER, new_id
from harness.lab.fis.experiment import Experiment, Status
from harness.lab.fis.failure import Failure
from harness.lab.fis.template import Template

ACCOUNT = "123456789012"
LONG = CUT | {"parameters": {"scope": "all", "duration": "PT12H"}}
ALARMED = {
    "actionId": "aws:cloudwatch:assert-alarm-state",
    "parameters": {"alarmArns": ALARM, "alarmStates": "ALARM"},
}
DO = {"actionId": "aws:test:do"}


def failure(code: str, location: str, account: str = ACCOUNT) -> Failure:
    return Failure(account=account, code=code, location=location)


def doing(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    """The action aws:test:do does this."""
    action = Action(id="aws:test:do", description="A test.", run=run)
    monkeypatch.setitem(registry.ACTIONS, action.id, action)


def multi_account(*accounts: str) -> Template:
    configurations = {account: {"accountId": account} for account in accounts}
    return template(options={"accountTargeting": "multi-account"}, accounts=configurations)


def test_a_failed_action_is_named_with_its_code_and_place() -> None:
    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(template(actions={"assert": ALARMED, "cut": LONG})))
        assert experiment.failure == failure("DependentServiceFailure", "actions.assert")
        assert experiment.reason.startswith("Action assert failed: alarm ")
        assert bench.written.done[-1] == "mend"

    run(story)


def test_an_action_that_breaks_is_an_internal_failure() -> None:
    async def story(bench: Bench) -> None:
        bench.written.broken = True
        experiment = await bench.end(bench.begin(template(actions={"stop": STOP}, targets={"instances": INSTANCES})))
        assert (experiment.status, experiment.failure) == ("failed", failure("InternalFailure", "actions.stop"))
        assert "it broke" in experiment.reason

    run(story)


def test_the_first_of_several_failures_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cannot_go_back(call: Call) -> None:
        try:
            await call.wait(1e6)
        finally:
            raise RuntimeError("no way back")

    doing(monkeypatch, cannot_go_back)

    async def story(bench: Bench) -> None:
        actions = {"do": DO, "wait": WAIT, "assert": {**ALARMED, "startAfter": ["wait"]}}
        experiment = await bench.end(bench.begin(template(actions=actions)))
        assert statuses(experiment) == {"do": "failed", "wait": "completed", "assert": "failed"}
        assert experiment.failure == failure("DependentServiceFailure", "actions.assert")

    run(story)


def test_a_run_keeps_its_template_whatever_becomes_of_it() -> None:
    async def story(bench: Bench) -> None:
        changing = template()
        experiment = bench.begin(changing)
        changing.actions.clear()
        changing.options["emptyTargetResolutionMode"] = "skip"
        await bench.end(experiment)
        assert (experiment.status, statuses(experiment)) == ("completed", {"cut": "completed"})
        assert (set(experiment.template.actions), experiment.template.options) == ({"cut"}, {})

    run(story)


def test_nothing_starts_after_an_action_that_failed() -> None:
    async def story(bench: Bench) -> None:
        actions = {"assert": ALARMED, "cut": {**CUT, "startAfter": ["assert"]}}
        experiment = await bench.end(bench.begin(template(actions=actions)))
        assert statuses(experiment) == {"assert": "failed", "cut": "cancelled"}
        assert bench.written.done == []

    run(story)


def test_what_waits_for_a_skipped_action_starts() -> None:
    async def story(bench: Bench) -> None:
        bench.written.resources = {"aws:ec2:subnet": ["subnet-1"]}
        actions = {"stop": STOP, "cut": {**CUT, "startAfter": ["stop"]}}
        skipping = {"emptyTargetResolutionMode": "skip"}
        experiment = await bench.end(bench.begin(template(actions=actions, targets=BOTH, options=skipping)))
        assert statuses(experiment) == {"stop": "skipped", "cut": "completed"}

    run(story)


def test_ten_actions_run_at_once_and_the_eleventh_is_over_the_quota() -> None:
    def cuts(count: int) -> dict[str, Any]:
        return {f"cut-{n}": LONG for n in range(count)}

    async def story(bench: Bench) -> None:
        ten = bench.begin(template(actions={**cuts(10), "then": {**WAIT, "startAfter": list(cuts(10))}}))
        await bench.until(ten, lambda: bench.written.done.count("cut") == 10)
        bench.engine.stop(ten)
        await bench.end(ten)
        assert (ten.status, bench.written.done.count("mend")) == ("stopped", 10)
        eleven = await bench.end(bench.begin(template(actions=cuts(11))))
        assert (eleven.status, eleven.failure) == ("failed", failure("QuotaExceededFailure", "actions.cut-10"))
        assert bench.written.done.count("mend") == bench.written.done.count("cut")

    run(story)


@pytest.mark.parametrize("error", [RuntimeError("no way back"), ActionFailed("no way back")])
def test_a_rollback_that_fails_fails_a_stopped_experiment(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cannot_go_back(call: Call) -> None:
        try:
            await call.wait(1e6)
        finally:
            raise error

    doing(monkeypatch, cannot_go_back)

    async def story(bench: Bench) -> None:
        experiment = bench.begin(template(actions={"do": DO, "cut": LONG}))
        await bench.until(experiment, lambda: "cut" in bench.written.done)
        bench.engine.stop(experiment)
        await bench.end(experiment)
        assert (experiment.status, statuses(experiment)) == ("failed", {"do": "failed", "cut": "stopped"})
        assert experiment.reason == "Action do failed: Rollback failed: no way back"
        assert experiment.failure is not None
        assert experiment.failure.location == "actions.do"
        assert bench.written.done == ["cut", "mend"]

    run(story)


def test_an_experiment_ends_only_after_its_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    back = asyncio.Event()

    async def slow_to_go_back(call: Call) -> None:
        try:
            await call.wait(1e6)
        finally:
            await back.wait()

    doing(monkeypatch, slow_to_go_back)

    async def story(bench: Bench) -> None:
        experiment = bench.begin(template(actions={"do": DO, "cut": LONG}))
        await bench.until(experiment, lambda: "cut" in bench.written.done)
        bench.engine.stop(experiment)
        await bench.until(experiment, lambda: "mend" in bench.written.done)
        assert (experiment.status, experiment.actions["do"].status) == ("stopping", "running")
        back.set()
        await bench.end(experiment)
        assert (experiment.status, statuses(experiment)) == ("stopped", {"do": "stopped", "cut": "stopped"})
        stopped = experiment.actions["do"].ended
        assert stopped is not None
        assert experiment.ended is not None
        assert stopped <= experiment.ended

    run(story)


def test_an_action_that_is_cancelled_from_within_did_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gives_up(call: Call) -> None:
        raise asyncio.CancelledError

    doing(monkeypatch, gives_up)

    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(template(actions={"do": DO})))
        assert (experiment.status, statuses(experiment)) == ("failed", {"do": "failed"})

    run(story)


def test_an_inventory_that_breaks_fails_the_experiment_instead_of_leaving_it_for_ever() -> None:
    async def story(bench: Bench) -> None:
        bench.written.resources = None  # type: ignore[assignment]
        experiment = await bench.end(bench.begin(template()))
        assert (experiment.status, experiment.failure) == ("failed", failure("InternalFailure", "experiment"))

    run(story)


@pytest.mark.parametrize(("changes", "expected"), [
    ({"actions": {"pause": {"actionId": "aws:none:such"}}}, failure("ConfigurationFailure", "actions.pause")),
    ({"stop_conditions": [{"source": "aws:cloudwatch:alarm", "value": "none"}]},
     failure("ConfigurationFailure", "stopConditions")),
    ({"targets": {"subnets": {"resourceType": "aws:ec2:instance", "resourceTags": {"drill": "none"}}}},
     failure("InvalidTarget", "targets.subnets")),
])  # fmt: skip
def test_what_keeps_an_experiment_from_starting_has_a_code_and_a_place(
    changes: dict[str, Any], expected: Failure
) -> None:
    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(template(**changes)))
        assert (experiment.status, experiment.failure) == ("failed", expected)
        assert bench.written.done == []

    run(story)


def test_one_of_two_arns_that_is_not_there_fails_the_experiment_unless_it_may_be_skipped() -> None:
    targets = {"subnets": {"resourceType": "aws:ec2:subnet", "resourceArns": ["arn:x/subnet-1", "arn:x/subnet-9"]}}

    async def story(bench: Bench) -> None:
        failed = await bench.end(bench.begin(template(targets=targets)))
        assert failed.failure == failure("InvalidTarget", "targets.subnets")
        assert "arn:x/subnet-9" in failed.reason
        assert bench.written.done == []
        skipping = {"emptyTargetResolutionMode": "skip"}
        hit = await bench.end(bench.begin(template(targets=targets, options=skipping)))
        assert (hit.status, hit.resolved) == ("completed", {"subnets": ["arn:x/subnet-1"]})

    run(story)


def test_a_long_list_of_reasons_is_cut_to_what_fis_can_say() -> None:
    async def story(bench: Bench) -> None:
        unknown = {"x": {"actionId": "aws:none:" + "such-" * 100}}
        experiment = await bench.end(bench.begin(template(actions=unknown)))
        assert len(experiment.reason) == 512
        assert experiment.reason.endswith("...")

    run(story)


def test_the_lever_stops_what_runs_in_its_region_and_nothing_elsewhere() -> None:
    async def story(bench: Bench) -> None:
        here = bench.begin(template(actions={"cut": LONG}))
        there = bench.begin(template(actions={"cut": LONG}, region="eu-west-1"))
        await bench.until(here, lambda: bench.written.done == ["cut", "cut"])
        bench.engine.pull("us-east-1", engaged=True, reason="a test")
        await bench.end(here)
        assert (here.status, here.reason) == ("stopped", STOPPED_BY_LEVER)
        assert (there.status, bench.written.done) == ("running", ["cut", "cut", "mend"])
        bench.engine.stop(there)
        await bench.end(there)

    run(story)


def test_what_starts_under_an_engaged_lever_is_cancelled_until_it_is_disengaged() -> None:
    async def story(bench: Bench) -> None:
        bench.engine.pull("us-east-1", engaged=True, reason="a test")
        cancelled = await bench.end(bench.begin(template()))
        assert (cancelled.status, statuses(cancelled)) == ("cancelled", {"cut": "cancelled"})
        assert "safety lever" in cancelled.reason
        assert (cancelled.started, cancelled.resolved, bench.written.done) == (None, {}, [])
        bench.engine.pull("us-east-1", engaged=False, reason="the test is over")
        completed = await bench.end(bench.begin(template()))
        assert (completed.status, bench.written.done) == ("completed", ["cut", "mend"])

    run(story)


@pytest.mark.parametrize(("accounts", "expected"), [
    ((), failure("ConfigurationFailure", "targetAccountConfigurations")),
    ((ACCOUNT, "210987654321"),
     failure("ConfigurationFailure", "targetAccountConfigurations.210987654321", "210987654321")),
])  # fmt: skip
def test_an_account_that_the_lab_has_not_fails_the_experiment_by_name(
    accounts: tuple[str, ...], expected: Failure
) -> None:
    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(multi_account(*accounts)))
        assert (experiment.status, experiment.failure) == ("failed", expected)
        assert bench.written.done == []

    run(story)


def test_the_lab_s_own_account_may_be_the_one_of_a_multi_account_experiment() -> None:
    async def story(bench: Bench) -> None:
        experiment = await bench.end(bench.begin(multi_account(ACCOUNT)))
        assert (experiment.status, bench.written.done) == ("completed", ["cut", "mend"])

    run(story)


def test_a_final_status_is_never_left() -> None:
    experiment = Experiment(id="EXP1", arn="arn", account=ACCOUNT, template=template(), region="us-east-1", actions={})
    assert experiment.go(Status.RUNNING, "runs")
    assert experiment.halt("enough")
    assert not experiment.halt("more")
    assert not experiment.go(Status.RUNNING, "runs on")
    assert experiment.go(Status.STOPPED, "stopped")
    assert not experiment.go(Status.STOPPING, "stops")
    assert not experiment.halt("late")
    assert (experiment.status, experiment.stop_reason) == ("stopped", "enough")


def test_every_change_of_status_is_told_once() -> None:
    async def story(bench: Bench) -> None:
        told: list[str] = []
        bench.engine.tell = lambda experiment: told.append(experiment.status.value)
        experiment = bench.begin(template(actions={"wait": {**WAIT, "parameters": {"duration": "PT12H"}}}))
        await bench.until(experiment, lambda: experiment.actions["wait"].status == "running")
        bench.engine.stop(experiment)
        bench.engine.stop(experiment)
        await bench.end(experiment)
        assert told == ["initiating", "running", "stopping", "stopped"]
        told.clear()
        early = bench.begin(template())
        bench.engine.stop(early)
        await bench.end(early)
        assert told == ["stopping", "stopped"]

    run(story)


def test_ids_look_like_those_of_fis_and_differ() -> None:
    ids = {new_id("EXP") for _ in range(100)}
    assert len(ids) == 100
    assert all(id.startswith("EXP") and id.isalnum() and len(id) == 18 for id in ids)
