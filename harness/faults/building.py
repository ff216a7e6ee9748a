"""What fault files build their FIS experiment templates from."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.faults.registry import FaultTemplate
from harness.stack.descriptor import Stack


def iso_duration(span: timedelta) -> str:
    """A span as FIS writes it: whole minutes where possible, else seconds."""
    seconds = round(span.total_seconds())
    return f"PT{seconds // 60}M" if seconds % 60 == 0 else f"PT{seconds}S"


def template(stack: Stack, description: str, actions: Mapping[str, Any], targets: Mapping[str, Any]) -> dict[str, Any]:
    """An FIS experiment template around actions and targets; its stop conditions are filled in by the plan."""
    return {
        "description": description,
        "roleArn": stack.role_arn,
        "stopConditions": [{"source": "none"}],
        "targets": dict(targets),
        "actions": dict(actions),
        "experimentOptions": {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"},
        "tags": dict(stack.tags),
    }


def by_tag(stack: Stack, resource_type: str, selection: str = "ALL", **parameters: str) -> dict[str, Any]:
    """A target: the resources of a type that carry the stack's tags; all of them, COUNT(n) or PERCENT(n)."""
    narrowed = {"parameters": parameters} if parameters else {}
    return {"resourceType": resource_type, "resourceTags": dict(stack.tags), "selectionMode": selection, **narrowed}


def running_instances(stack: Stack, selection: str = "ALL", zone: str = "") -> dict[str, Any]:
    """A target: the running instances of the stack, of one zone where it is named."""
    wanted = {"State.Name": "running", **({"Placement.AvailabilityZone": zone} if zone else {})}
    filters = [{"path": path, "values": [value]} for path, value in wanted.items()]
    return {**by_tag(stack, "aws:ec2:instance", selection), "filters": filters}


def share(count: int | None = None, percent: int | None = None) -> str:
    """A selection mode: so many, so many percent, or all."""
    return f"COUNT({count})" if count is not None else f"PERCENT({percent})" if percent is not None else "ALL"


def single(
    stack: Stack, region: str, action_id: str, parameters: Mapping[str, str], targets: Mapping[str, Any]
) -> tuple[FaultTemplate, ...]:
    """One experiment of one action; `targets` maps each key of the action to what it hits."""
    name = action_id.rpartition(":")[2]
    action = {"actionId": action_id, "parameters": dict(parameters), "targets": {key: key.lower() for key in targets}}
    chosen = {key.lower(): target for key, target in targets.items()}
    return (FaultTemplate(region=region, template=template(stack, f"{name}: {region}", {name: action}, chosen)),)


def watched(made: tuple[FaultTemplate, ...], lasts: timedelta) -> tuple[FaultTemplate, ...]:
    """The same for what is over at once: the experiment then waits, so that it lasts as long as it is watched."""
    (one,) = made
    wait = {
        "actionId": "aws:fis:wait",
        "parameters": {"duration": iso_duration(lasts)},
        "startAfter": list(one.template["actions"]),
    }
    actions = {**one.template["actions"], "wait": wait}
    return (FaultTemplate(region=one.region, template={**one.template, "actions": actions}),)


def command(stack: Stack, region: str, lasts: timedelta, document: str, **parameters: str) -> tuple[FaultTemplate, ...]:
    """An SSM document of FIS, run on every running instance of a region for as long as the fault lasts."""
    given = {"DurationSeconds": str(round(lasts.total_seconds())), **parameters}
    return single(
        stack,
        region,
        "aws:ssm:send-command",
        {
            "documentArn": f"arn:aws:ssm:{region}::document/{document}",
            "documentParameters": json.dumps(given),
            "duration": iso_duration(lasts),
        },
        {"Instances": running_instances(stack)},
    )
