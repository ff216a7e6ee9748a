"""The actions on the APIs of AWS, zonal autoshift, alarms and SSM; and waiting."""

from harness.fis.action import Action
from harness.fis.parameter import duration, json_object, listed, one_of, percent, text

_ROLES = {"Roles": "aws:iam:role"}
_OF_AN_API = (
    duration(),
    one_of("service", "ec2", "kinesis", required=True),
    percent("percentage", required=True, least=1),
    listed("operations", required=True),
)
_DOCUMENT = (text("documentArn", required=True), text("documentVersion"), json_object("documentParameters"))

SERVICES = (
    Action(
        id="aws:fis:inject-api-internal-error",
        about="API calls of a role are answered with an internal error.",
        targets=_ROLES,
        parameters=_OF_AN_API,
    ),
    Action(
        id="aws:fis:inject-api-throttle-error",
        about="API calls of a role are throttled.",
        targets=_ROLES,
        parameters=_OF_AN_API,
    ),
    Action(
        id="aws:fis:inject-api-unavailable-error",
        about="API calls of a role are answered as unavailable.",
        targets=_ROLES,
        parameters=_OF_AN_API,
    ),
    Action(
        id="aws:arc:start-zonal-autoshift",
        about="Traffic of resources is shifted away from a zone.",
        targets={"ManagedResources": "aws:arc:zonal-shift-managed-resource"},
        parameters=(
            duration(least=0),
            text("availabilityZoneIdentifier", required=True),
            listed("managedResourceTypes", "ASG", "ALB", "NLB", "EKS"),
            one_of("zonalAutoshiftStatus", "ENABLED", "DISABLED", "ANY", default="ENABLED"),
        ),
        mind="Kept alive by repeated updates that expire after a minute.",
    ),
    Action(id="aws:fis:wait", about="Nothing happens for a while.", parameters=(duration(),)),
    Action(
        id="aws:cloudwatch:assert-alarm-state",
        about="The experiment fails unless alarms are in the states that are named.",
        parameters=(
            listed("alarmArns", required=True, at_most=5),
            listed("alarmStates", "OK", "ALARM", "INSUFFICIENT_DATA", required=True),
        ),
    ),
    Action(
        id="aws:ssm:send-command",
        about="An SSM document runs on EC2 instances.",
        targets={"Instances": "aws:ec2:instance"},
        parameters=(*_DOCUMENT, duration()),
        mind="A document may outlive its action.",
    ),
    Action(
        id="aws:ssm:start-automation-execution",
        about="An SSM automation runs.",
        parameters=(*_DOCUMENT, duration("maxDuration")),
    ),
)
