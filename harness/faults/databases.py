"""The database of a region as a target."""

from typing import Any

from harness.stack.descriptor import Stack


def database(stack: Stack, region: str) -> dict[str, Any]:
    """A target: the database instance of a region, by its ARN."""
    identifier = stack.database.instances.get(region, "") if stack.database else ""
    arn = stack.arn("rds", region, f"db:{identifier}")
    return {"resourceType": "aws:rds:db", "resourceArns": [arn], "selectionMode": "ALL"}
