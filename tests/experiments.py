"""Builders of experiments and stacks for tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from harness.lab.recipe import Recipe
from harness.model.experiment import BlastRadius, Experiment, FaultSpec, LoadProfile, ProbeSpec
from harness.model.verdict import Bound, Criterion, Relation
from harness.stack.descriptor import Stack
from harness.stack_source import blueprint

STACK = blueprint(Recipe(), "storefront")
AWS_STACK = Stack.model_validate({**STACK.model_dump(), "environment": "aws", "time_scale": 1, "endpoint_url": None})
RECOVERY = Criterion(measure="recovery time", bound=Bound(relation=Relation.AT_MOST, value=1800.0, unit="s"))


def an_experiment(**changes: Any) -> Experiment:
    """A drill that every guard admits on the lab."""
    base = Experiment(
        drill="a region is lost",
        stack="storefront",
        hypothesis=(ProbeSpec(probe="regions answering", options={"bound": 3.0}),),
        faults=(FaultSpec(fault="region loss", options={"region": "us-east-1"}, lasts=timedelta(minutes=5)),),
        load=LoadProfile(rate=30.0),
        criteria=(RECOVERY,),
        blast_radius=BlastRadius(regions=("us-east-1",)),
    )
    return replace(base, **changes)
