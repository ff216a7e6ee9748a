"""Spot instances are taken away, after the usual notice."""

from datetime import timedelta

from harness.faults.building import by_tag, single, watched
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "spot interruption",
    says='the Spot instances of "{region}" are interrupted',
    family=Family.COMPUTE,
    least=timedelta(minutes=3),  # the notice comes two minutes before the end
    proof="instances running",
)
def spot_interruption(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """The Spot instances of the stack in the region are interrupted two minutes after their notice."""
    targets = {"SpotInstances": by_tag(stack, "aws:ec2:spot-instance")}
    action = single(
        stack, region, "aws:ec2:send-spot-instance-interruptions", {"durationBeforeInterruption": "PT2M"}, targets
    )
    return watched(action, lasts)
