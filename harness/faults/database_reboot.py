"""A database instance restarts in place."""

from datetime import timedelta

from harness.faults.registry import FaultTemplate, fault, iso_duration, template
from harness.stack.descriptor import Stack


@fault("database reboot", options=("region",))
def database_reboot(stack: Stack, *, lasts: timedelta, region: str) -> tuple[FaultTemplate, ...]:
    """The region's database is rebooted once; the experiment then waits for the rest of its duration."""
    identifier = stack.database.instances[region] if stack.database else ""
    actions = {
        "reboot-database": {
            "actionId": "aws:rds:reboot-db-instances",
            "parameters": {"forceFailover": "false"},
            "targets": {"DBInstances": "databases"},
        },
        "wait": {
            "actionId": "aws:fis:wait",
            "parameters": {"duration": iso_duration(lasts)},
            "startAfter": ["reboot-database"],
        },
    }
    targets = {
        "databases": {
            "resourceType": "aws:rds:db",
            "resourceArns": [stack.arn("rds", region, f"db:{identifier}")],
            "selectionMode": "ALL",
        }
    }
    return (FaultTemplate(region=region, template=template(stack, f"database reboot: {region}", actions, targets)),)
