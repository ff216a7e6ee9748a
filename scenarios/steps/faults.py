"""The When steps: each names a fault and carries out the whole drill."""

from pathlib import Path
from typing import Any

from pytest_bdd import parsers, when

from harness.faults.experiment_file import lasts as length_of
from harness.guards.names import unknown
from harness.model.experiment import FaultSpec
from harness.pinned import pin
from harness.pytest_plugin import Drill, Performance
from scenarios.steps import words
from scenarios.steps.draft import Draft

EXPERIMENTS = Path(__file__).parents[1] / "experiments"


@when(parsers.parse('"{region}" is lost for {lasts}'), target_fixture="performance")
def region_is_lost(draft: Draft, drill: Drill, region: str, lasts: str) -> Performance:
    """Nobody reaches the region and its instances stop."""
    return _carry_out(draft, drill, "region loss", lasts, region=region)


@when(parsers.parse('"{region}" is isolated for {lasts}'), target_fixture="performance")
def region_is_isolated(draft: Draft, drill: Drill, region: str, lasts: str) -> Performance:
    """Nobody reaches the region, but it stays up."""
    return _carry_out(draft, drill, "region isolation", lasts, region=region)


@when(parsers.parse('the instances of "{region}" are stopped for {lasts}'), target_fixture="performance")
def instances_are_stopped(draft: Draft, drill: Drill, region: str, lasts: str) -> Performance:
    """The region's instances stop; its network and database stay."""
    return _carry_out(draft, drill, "instance loss", lasts, region=region)


@when(parsers.parse('the database of "{region}" is rebooted and watched for {lasts}'), target_fixture="performance")
def database_is_rebooted(draft: Draft, drill: Drill, region: str, lasts: str) -> Performance:
    """The region's database restarts in place."""
    return _carry_out(draft, drill, "database reboot", lasts, region=region)


@when(parsers.parse('nothing breaks in "{region}" for {lasts}'), target_fixture="performance")
def nothing_breaks(draft: Draft, drill: Drill, region: str, lasts: str) -> Performance:
    """A fault that touches nothing: the run proves nothing."""
    return _carry_out(draft, drill, "nothing", lasts, region=region)


@when(parsers.parse('the FIS experiment "{name}" runs in "{region}"'), target_fixture="performance")
def an_experiment_runs_in(draft: Draft, drill: Drill, name: str, region: str) -> Performance:
    """A template of scenarios/experiments/, without its ending, runs in a region."""
    return _run(draft, drill, name, region)


@when(parsers.parse('the FIS experiment "{name}" runs'), target_fixture="performance")
def an_experiment_runs(draft: Draft, drill: Drill, name: str) -> Performance:
    """The same, where the blast radius is one region: the experiment runs there."""
    return _run(draft, drill, name, None)


def _run(draft: Draft, drill: Drill, name: str, region: str | None) -> Performance:
    faults: tuple[FaultSpec, ...] = ()
    with draft.reading():
        faults = (_own_experiment(draft, name, region or _only_region(draft)),)
    return drill.perform(draft.experiment(faults), draft.problems, draft.pinned, draft.where)


def _only_region(draft: Draft) -> str:
    if len(draft.regions) != 1:
        raise ValueError(f'the blast radius is {len(draft.regions)} regions; say where: runs in "..."')
    return draft.regions[0]


def _own_experiment(draft: Draft, name: str, region: str) -> FaultSpec:
    known = {path.stem: path for path in EXPERIMENTS.glob("*.json")}
    if name not in known:
        raise ValueError(unknown("experiment", name, known))
    pinned = pin("experiment", known[name])
    draft.pinned.append(pinned)
    options = {"experiment": pinned.path, "region": region}
    lasts = length_of(pinned.text, pinned.path)
    return FaultSpec(fault="FIS experiment", options=options, lasts=lasts, template=pinned.text)


def _carry_out(draft: Draft, drill: Drill, fault: str, lasts: str, **options: Any) -> Performance:
    faults: tuple[FaultSpec, ...] = ()
    with draft.reading():
        faults = (FaultSpec(fault=fault, options=options, lasts=words.span(lasts)),)
    return drill.perform(draft.experiment(faults), draft.problems, draft.pinned, draft.where)
