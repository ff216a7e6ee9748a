"""What the lab does with the actions of FIS. Every other action it refuses by name, before the experiment begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LabEffect:
    """What really happens on the lab, and the only values that it can do of parameters (in `only`)."""

    effect: str
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


ON_THE_LAB: dict[str, LabEffect] = {
    "aws:cloudwatch:assert-alarm-state": LabEffect(effect="the lab's alarms are asked"),
    "aws:dynamodb:global-table-pause-replication": LabEffect(
        effect="nothing is replicated to or from the replica in the region, at once; writes wait and catch up after"
    ),
    "aws:ec2:reboot-instances": LabEffect(effect="the instances' processes are killed and started anew"),
    "aws:ec2:stop-instances": LabEffect(effect="the instances' processes die, and start again after the duration"),
    "aws:ec2:terminate-instances": LabEffect(
        effect="the instances' processes die for good; their group launches others"
    ),
    "aws:fis:wait": LabEffect(effect="time passes"),
    "aws:lambda:invocation-add-delay": LabEffect(
        effect="the function's code starts so much later, in real milliseconds; past its timeout of 3 s it does not run"
    ),
    "aws:lambda:invocation-error": LabEffect(
        effect="invocations are answered with an error; the code runs before, or does not"
    ),
    "aws:lambda:invocation-http-integration-response": LabEffect(
        effect="invocations are answered with such a response, without a body; the code runs before, or does not"
    ),
    "aws:network:disrupt-connectivity": LabEffect(
        effect="nothing passes in or out of the subnets' zones; of the region, when all its subnets are targets",
        only={"scope": ("all",)},
    ),
    "aws:rds:reboot-db-instances": LabEffect(
        effect="the PostgreSQL servers restart in place", only={"forceFailover": ("false",)}
    ),
    "aws:s3:bucket-pause-replication": LabEffect(
        effect="new objects are not copied to the buckets in the region, at once; they wait and are copied after"
    ),
}

TARGETS_ON_THE_LAB = frozenset(
    {
        "aws:dynamodb:global-table",
        "aws:ec2:instance",
        "aws:ec2:subnet",
        "aws:lambda:function",
        "aws:rds:db",
        "aws:s3:bucket",
    }
)
OPTIONS_NOT_ON_THE_LAB = ("logConfiguration", "experimentReportConfiguration")
