"""aws:arc:start-zonal-autoshift: balancers send a zone no new requests, groups launch nothing in it."""

from harness.lab.fis.action import UP_TO_12_HOURS, Action, Call, Parameter, seconds

_TYPES, _STATUS = "managedResourceTypes", "zonalAutoshiftStatus"


async def _run(call: Call) -> None:
    given, shifts = call.parameters, call.effects.zonal_shifts
    begun = shifts.shift(
        call.name,
        call.region,
        call.targets,
        away=given["availabilityZoneIdentifier"],
        kinds=call.listed(_TYPES),
        status=given.get(_STATUS, "ENABLED"),
        lasts=seconds(given["duration"]) or 0.0,
    )
    try:
        await call.last()
    finally:
        shifts.unshift(begun)


ACTION = Action(
    id="aws:arc:start-zonal-autoshift",
    description="Shift traffic of resources away from a zone.",
    run=_run,
    targets={"ManagedResources": "aws:arc:zonal-shift-managed-resource"},
    parameters={
        "duration": Parameter(description="How long it lasts.", required=True, duration=UP_TO_12_HOURS),
        "availabilityZoneIdentifier": Parameter(description="The zone, by name or id.", required=True),
        _TYPES: Parameter(description="ALB and ASG are there in the lab; separated by commas."),
        _STATUS: Parameter(
            description="Which resources, by their zonal autoshift.", choices=("ENABLED", "DISABLED", "ANY")
        ),
    },
)
