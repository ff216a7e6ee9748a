"""An experiment of the author's own: a template of scenarios/experiments/, for what no fault of Drill's is named."""

from datetime import timedelta

from harness.faults.experiment_file import read
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault("FIS experiment", options=("region", "experiment"), family=Family.CONTROL)
def fis_experiment(
    stack: Stack, *, lasts: timedelta, region: str, experiment: str, template: str
) -> tuple[FaultTemplate, ...]:
    """The template, with its placeholders filled in, runs as it stands; it lasts as long as its actions say."""
    return (FaultTemplate(region=region, template=read(template, experiment, stack, region)),)
