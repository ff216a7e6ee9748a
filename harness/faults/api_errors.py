"""Errors that EC2 answers with, to calls of the stack's roles."""

from datetime import timedelta

from harness.faults.building import by_tag, iso_duration, single
from harness.faults.registry import FaultTemplate
from harness.stack.descriptor import Stack


def api_errors(
    stack: Stack, region: str, action_id: str, *, lasts: timedelta, percent: int, operations: str
) -> tuple[FaultTemplate, ...]:
    """One experiment with an action of FIS that injects such errors; `operations` are separated by commas."""
    parameters = {
        "service": "ec2",
        "operations": operations,
        "percentage": str(percent),
        "duration": iso_duration(lasts),
    }
    return single(stack, region, action_id, parameters, {"Roles": by_tag(stack, "aws:iam:role")})
