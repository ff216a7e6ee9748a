"""Admission: every problem at once, and nothing touched."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from harness.model.experiment import BlastRadius, FaultSpec, ProbeSpec, Runbook, StepSpec, StopCondition
from harness.model.verdict import Criterion
from harness.pinned import Pinned, pin
from harness.plan import Plan, compile_faults, plain, problems, slug, versions
from tests.experiments import AWS_STACK, RECOVERY, STACK, an_experiment


def test_a_sound_drill_has_no_problems() -> None:
    assert problems(an_experiment(), STACK) == []


def test_a_region_outside_the_blast_radius_is_refused() -> None:
    found = problems(an_experiment(blast_radius=BlastRadius(regions=("eu-west-1",))), STACK)
    assert found == ["region loss in us-east-1 lies outside the blast radius (eu-west-1)"]


def test_a_drill_without_a_steady_state_is_refused() -> None:
    assert problems(an_experiment(hypothesis=()), STACK) == [
        "no steady state: say what holds before the fault and must hold again after it"
    ]


def test_a_steady_state_that_asks_twice_is_refused() -> None:
    twice = (ProbeSpec(probe="regions answering", options={"bound": 2.0}),) * 2
    assert problems(an_experiment(hypothesis=twice), STACK) == [
        "the steady state asks for 'regions answering' more than once"
    ]


def test_an_empty_blast_radius_refuses_everything() -> None:
    assert (
        "outside the blast radius (no region)"
        in problems(an_experiment(blast_radius=BlastRadius(regions=())), STACK)[0]
    )


def test_a_fault_longer_than_the_blast_radius_allows_is_refused() -> None:
    radius = BlastRadius(regions=("us-east-1",), longest=timedelta(minutes=1))
    assert "longer than the blast radius allows" in problems(an_experiment(blast_radius=radius), STACK)[0]


def test_another_account_is_refused() -> None:
    radius = BlastRadius(regions=("us-east-1",), accounts=("999999999999",))
    assert "account 123456789012 lies outside" in problems(an_experiment(blast_radius=radius), STACK)[0]


def test_outside_the_lab_a_drill_needs_a_stop_condition() -> None:
    assert any(p.startswith("no stop condition") for p in problems(an_experiment(), AWS_STACK))
    stop = StopCondition(alarm="too-many-errors", region="eu-west-1")
    assert problems(an_experiment(stop_conditions=(stop,)), AWS_STACK) == []


def test_more_stop_conditions_than_fis_takes_are_refused() -> None:
    stops = tuple(StopCondition(alarm=f"a{n}", region="eu-west-1") for n in range(6))
    assert problems(an_experiment(stop_conditions=stops), STACK) == ["6 stop conditions: FIS takes at most 5"]


@pytest.mark.parametrize(
    ("fault", "options", "said"),
    [
        ("region los", {"region": "us-east-1"}, "unknown fault 'region los'; did you mean 'region loss'?"),
        ("region loss", {"region": "us-east-2"}, "unknown region 'us-east-2'; did you mean 'us-east-1'?"),
        ("region loss", {}, "region loss: region is missing"),
    ],
)
def test_a_misspelt_fault_or_region_is_named(fault: str, options: dict[str, str], said: str) -> None:
    spec = FaultSpec(fault=fault, options=options, lasts=timedelta(minutes=1))
    radius = BlastRadius(regions=("us-east-1", "us-east-2"))
    assert any(said in p for p in problems(an_experiment(faults=(spec,), blast_radius=radius), STACK))


@pytest.mark.parametrize("lasts", [timedelta(seconds=30), timedelta(hours=13)])
def test_a_fault_that_fis_would_not_take_for_its_length_is_refused(lasts: timedelta) -> None:
    spec = FaultSpec(fault="nothing", options={"region": "us-east-1"}, lasts=lasts)
    radius = BlastRadius(regions=("us-east-1",), longest=timedelta(days=1))
    found = problems(an_experiment(faults=(spec,), blast_radius=radius), STACK)
    assert found == [f"nothing: it lasts {lasts}; it takes 1 minute to 12 hours"]


def test_a_misspelt_probe_and_population_are_named_together() -> None:
    criterion = Criterion(measure=RECOVERY.measure, bound=RECOVERY.bound, population="NAA")
    experiment = an_experiment(hypothesis=(ProbeSpec(probe="healthy target"),), criteria=(criterion,))
    found = problems(experiment, STACK)
    assert len(found) == 2
    assert "did you mean 'healthy targets'?" in found[0]
    assert "did you mean 'NA'?" in found[1]


def test_a_drill_without_criteria_or_fault_is_refused() -> None:
    found = problems(an_experiment(criteria=(), faults=()), STACK)
    assert [p.split(":")[0] for p in found] == ["no success criteria", "no fault and no load profile"]


def test_a_drill_that_nobody_would_notice_is_refused() -> None:
    assert "probe rate" in problems(an_experiment(probe_rate=0.0), STACK)[0]


def test_promoting_the_primary_is_refused() -> None:
    step = StepSpec(step="promote the replica", options={"region": "us-east-1"}, deadline=timedelta(minutes=1))
    book = Runbook(name="wrong", starts_on="us-east-1", steps=(step,))
    assert problems(an_experiment(runbook=book), STACK) == [
        "runbook wrong: promote the replica: us-east-1 already has the primary"
    ]


def test_a_runbook_that_starts_on_nothing_is_refused() -> None:
    book = Runbook(name="wrong", starts_on="us-east-9", steps=())
    assert "unknown region 'us-east-9'" in problems(an_experiment(runbook=book), STACK)[0]


def test_region_loss_compiles_to_one_template_that_expires_by_itself() -> None:
    (compiled,) = compile_faults(an_experiment(), STACK)
    actions = compiled.template["actions"]
    assert compiled.region == "us-east-1"
    assert actions["cut-subnets"]["parameters"] == {"scope": "all", "duration": "PT5M"}
    assert actions["stop-instances"]["parameters"]["startInstancesAfterDuration"] == "PT5M"
    assert compiled.template["experimentOptions"]["emptyTargetResolutionMode"] == "fail"


def test_stop_conditions_of_the_region_stand_in_its_template() -> None:
    here = StopCondition(alarm="errors", region="us-east-1")
    there = StopCondition(alarm="errors", region="eu-west-1")
    (compiled,) = compile_faults(an_experiment(stop_conditions=(here, there)), STACK)
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
    assert compiled.template["stopConditions"] == [{"source": "aws:cloudwatch:alarm", "value": arn}]


def test_a_plan_is_plain_json() -> None:
    flat = plain(an_experiment())
    assert flat["faults"][0]["lasts"] == 300.0
    assert flat["criteria"][0]["bound"]["relation"] == "at most"


def test_a_title_becomes_a_folder_name() -> None:
    assert slug("The standby takes over: us-east-1!") == "the-standby-takes-over-us-east-1"
    assert slug("!!!") == "drill"


def test_the_files_of_a_drill_are_pinned_with_their_text_and_digest(tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text("profile: strict\n")
    pinned = pin("criteria", tmp_path / "strict.yaml").as_json()
    assert pinned["text"] == "profile: strict\n"
    assert pinned["sha256"] == sha256(b"profile: strict\n").hexdigest()
    assert pinned["path"] == str(tmp_path / "strict.yaml")


def test_a_pinned_file_of_the_project_is_named_as_a_person_would() -> None:
    assert pin("runbook", Path("scenarios/runbooks/../runbooks/fail-over-to-eu-west-1.yaml").absolute()).path == (
        "scenarios/runbooks/fail-over-to-eu-west-1.yaml"
    )


def test_plan_json_holds_every_input_of_the_run() -> None:
    feature, runbook = Pinned(kind="feature", path="a.feature", text="Feature: A\n"), pin("runbook", RUNBOOK)
    plan = Plan(
        run="run",
        experiment=an_experiment(),
        stack=STACK,
        templates=compile_faults(an_experiment(), STACK),
        targets=({"resourceType": "aws:ec2:subnet"},),
        pinned=(feature, runbook),
        identity={"account": STACK.account, "arn": "arn:aws:iam::123456789012:user/drill"},
        versions=versions(),
    ).as_json()
    assert plan["feature"] == "Feature: A\n"
    assert [each["kind"] for each in plan["pinned"]] == ["feature", "runbook"]
    assert plan["pinned"][1]["text"] == RUNBOOK.read_text()
    assert plan["identity"]["arn"].endswith(":user/drill")
    assert all(plan[key] for key in ("experiment", "stack", "templates", "targets", "versions", "platform"))


RUNBOOK = Path("scenarios/runbooks/fail-over-to-eu-west-1.yaml")
