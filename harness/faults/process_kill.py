"""A process dies on every instance."""

import json
from datetime import timedelta

from harness.faults.building import iso_duration, running_instances, single
from harness.faults.registry import Family, FaultTemplate, fault
from harness.stack.descriptor import Stack


@fault(
    "process kill",
    says='the process "{process}" is killed on the instances of "{region}"',
    options=("region", "process"),
    family=Family.COMPUTE,
)
def process_kill(stack: Stack, *, lasts: timedelta, region: str, process: str) -> tuple[FaultTemplate, ...]:
    """The process is killed on every instance of the region, once."""
    name = "AWSFIS-Run-Kill-Process"
    parameters = {"documentArn": f"arn:aws:ssm:{region}::document/{name}", "duration": iso_duration(lasts)}
    parameters["documentParameters"] = json.dumps({"ProcessName": process, "Signal": "SIGKILL"})
    return single(stack, region, "aws:ssm:send-command", parameters, {"Instances": running_instances(stack)})
