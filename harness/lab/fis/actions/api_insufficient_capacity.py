"""aws:ec2:api-insufficient-instance-capacity-error: roles get no capacity in some zones.

Calls that ask for capacity in several zones at once are spared, as on AWS.
"""

from harness.lab.api_fault import ApiError, ApiFault
from harness.lab.fis.action import ANY_DURATION, PERCENTAGE, Action, Call, Parameter
from harness.lab.fis.api_errors import hold

_OPERATIONS = frozenset({"RunInstances", "StartInstances", "CreateCapacityReservation"})
_ERROR = ApiError(
    code="InsufficientInstanceCapacity",
    message="We currently do not have sufficient capacity in the Availability Zone you requested.",
    status=500,
)


async def _run(call: Call) -> None:
    zones = call.effects.apis.zone_names(call.region, call.listed("availabilityZoneIdentifiers"))
    fault = ApiFault(
        region=call.region,
        service="ec2",
        operations=_OPERATIONS,
        percentage=float(call.parameters["percentage"]),
        error=_ERROR,
        roles=frozenset(call.targets),
        zones=frozenset(zones),
    )
    await hold(call, fault)


ACTION = Action(
    id="aws:ec2:api-insufficient-instance-capacity-error",
    description="Answer requests for EC2 capacity of IAM roles with an insufficient instance capacity error.",
    run=_run,
    targets={"Roles": "aws:iam:role"},
    parameters={
        "duration": ANY_DURATION,
        "availabilityZoneIdentifiers": Parameter(description="Names or ids of zones.", required=True),
        "percentage": PERCENTAGE,
    },
)
