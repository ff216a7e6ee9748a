"""The When steps: each names a fault and carries out the whole drill."""

from typing import Any

from pytest_bdd import parsers, when

from harness.model.experiment import FaultSpec
from harness.pytest_plugin import Drill, Performance
from scenarios.steps import words
from scenarios.steps.draft import Draft


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


def _carry_out(draft: Draft, drill: Drill, fault: str, lasts: str, **options: Any) -> Performance:
    faults: tuple[FaultSpec, ...] = ()
    with draft.reading():
        faults = (FaultSpec(fault=fault, options=options, lasts=words.span(lasts)),)
    return drill.perform(draft.experiment(faults), draft.problems, draft.pinned, draft.where)
