"""Guards: each refusal in its words, and all of them at once."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harness.faults.registry import FAULTS, FaultTemplate
from harness.guards.names import unknown
from harness.guards.registry import GUARDS
from harness.model.experiment import BlastRadius, FaultSpec, LoadProfile, ProbeSpec, Runbook, StepSpec, StopCondition
from harness.model.verdict import Criterion
from harness.plan import problems
from harness.stack.descriptor import Stack
from tests.experiments import AWS_STACK, RECOVERY, STACK, an_experiment

US, EU, _ = STACK.regions
FIVE = timedelta(minutes=5)


def refused(stack: Stack = STACK, **changes: Any) -> list[str]:
    return problems(an_experiment(**changes), stack)


def without_alarms() -> Stack:
    content = STACK.model_dump(mode="json")
    content["regions"][US]["detection_alarm"] = ""
    return Stack.model_validate(content)


@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_a_load_of_nothing_is_refused(rate: float) -> None:
    assert refused(load=LoadProfile(rate=rate)) == ["the load must be above 0 requests per second"]


def test_a_drill_without_load_is_admitted() -> None:
    assert refused(load=None) == []


def test_a_stop_condition_in_no_region_of_the_stack_is_refused() -> None:
    stops = (StopCondition(alarm="errors", region="mars-1"),)
    assert refused(stop_conditions=stops) == ["stop condition 'errors': 'mars-1' is no region of storefront"]


def test_outside_the_lab_a_missing_stop_condition_is_refused() -> None:
    (problem,) = refused(AWS_STACK)
    assert problem.startswith("no stop condition: outside the lab a drill needs one")


def test_a_runbook_without_an_alarm_to_start_on_is_refused() -> None:
    book = Runbook(name="mine", starts_on=US, steps=())
    assert refused(without_alarms(), runbook=book) == [f"runbook mine: {US} has no detection_alarm in the descriptor"]


def test_every_step_of_a_runbook_that_cannot_work_is_told() -> None:
    steps = (
        StepSpec(step="verify", options={"region": "mars-1"}, deadline=FIVE),
        StepSpec(step="set capacity", options={"region": EU, "instances": 0}, deadline=FIVE),
    )
    found = refused(runbook=Runbook(name="mine", starts_on=US, steps=steps))
    assert [p.split(":")[0] for p in found] == ["runbook mine", "runbook mine"]
    assert "'mars-1' is no region" in found[0]
    assert "a whole number of at least 1, not 0" in found[1]


def test_a_fault_as_long_as_the_blast_radius_allows_is_admitted() -> None:
    assert refused(blast_radius=BlastRadius(regions=(US,), longest=FIVE)) == []


def test_a_fault_that_is_too_long_is_refused_with_both_spans() -> None:
    radius = BlastRadius(regions=(US,), longest=timedelta(minutes=4))
    assert refused(blast_radius=radius) == ["region loss lasts 0:05:00, longer than the blast radius allows (0:04:00)"]


def test_the_account_of_the_stack_may_stand_in_the_blast_radius() -> None:
    assert refused(blast_radius=BlastRadius(regions=(US,), accounts=("999999999999", STACK.account))) == []


@pytest.mark.parametrize("lasts", [timedelta(minutes=1), timedelta(hours=12)])
def test_the_shortest_and_the_longest_fault_that_fis_takes_are_admitted(lasts: timedelta) -> None:
    spec = FaultSpec(fault="nothing", options={"region": US}, lasts=lasts)
    assert refused(faults=(spec,), blast_radius=BlastRadius(regions=(US,), longest=lasts)) == []


def test_five_stop_conditions_are_admitted() -> None:
    assert refused(stop_conditions=tuple(StopCondition(alarm=f"a{n}", region=EU) for n in range(5))) == []


def test_a_name_unlike_every_known_one_is_told_them_all() -> None:
    assert unknown("region", "x", {"b": 1, "a": 2}) == "unknown region 'x'; known are a, b"


def test_every_problem_of_every_guard_is_told_at_once() -> None:
    found = refused(
        AWS_STACK,
        hypothesis=(ProbeSpec(probe="healthy target"),),
        faults=(
            FaultSpec(fault="region los", options={"region": US}, lasts=FIVE),
            FaultSpec(fault="region loss", options={"region": EU}, lasts=timedelta(hours=2)),
        ),
        load=LoadProfile(rate=0.0),
        criteria=(Criterion(measure="recovery time", bound=RECOVERY.bound, population="NAA"),),
        blast_radius=BlastRadius(regions=(US,), accounts=("999999999999",)),
        runbook=Runbook(name="mine", starts_on="mars-1", steps=()),
        probe_rate=0.0,
    )
    said = (
        "lies outside the blast radius (us-east-1)", "longer than the blast radius allows", "account 123456789012",
        "unknown fault 'region los'", "unknown probe 'healthy target'", "unknown population 'NAA'",
        "unknown region 'mars-1'", "no stop condition", "the probe rate must be above 0", "the load must be above 0",
    )  # fmt: skip
    assert len(found) == len(said)
    assert [part for part in said if not any(part in p for p in found)] == []


def test_a_template_that_fis_would_not_take_is_refused_with_all_of_its_problems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spoilt(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
        (sound,) = FAULTS["region isolation"].compile(stack, lasts=lasts, region=region)
        template = copy.deepcopy(dict(sound.template))
        template["actions"]["disrupt-connectivity"]["parameters"]["scope"] = "everything"
        template["targets"]["subnets"]["selectionMode"] = "SOME"
        return (FaultTemplate(region=region, template=template),)

    monkeypatch.setitem(FAULTS, "region loss", replace(FAULTS["region loss"], compile=spoilt))
    found = refused()
    assert [each.partition(": ")[0] for each in found] == [f"region loss in {US}"] * 3
    assert "/targets/subnets/selectionMode: must be ALL" in found[0]
    assert "/actions/disrupt-connectivity/parameters/scope: must be one of all, " in found[1]
    assert "/actions/disrupt-connectivity/parameters/scope: the lab can do all or " in found[2]


def test_words_that_were_misread_are_not_refused_a_second_time_as_missing() -> None:
    empty = an_experiment(criteria=(), faults=(), load=LoadProfile(rate=0.0))
    assert problems(empty, STACK, misread=True) == []
    assert problems(an_experiment(blast_radius=BlastRadius(regions=(EU,))), STACK, misread=True) != []


def test_every_guard_says_what_it_guards() -> None:
    assert [g.__name__ for g in GUARDS if not g.__doc__] == []
