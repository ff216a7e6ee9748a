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
    "aws:ecs:drain-container-instances": LabEffect(
        effect="container instances drain, and the service moves their tasks to the others"
    ),
    "aws:ecs:stop-task": LabEffect(effect="tasks drain and their processes end; the service launches others"),
    "aws:fis:wait": LabEffect(effect="time passes"),
    "aws:network:disrupt-connectivity": LabEffect(
        effect="nothing passes in or out of the subnets' zones (of the region, when all its subnets are targets), or "
        "nothing to other zones, out of the VPC, to DynamoDB or to S3",
        only={"scope": ("all", "availability-zone", "dynamodb", "s3", "vpc")},
    ),
    "aws:network:disrupt-vpc-endpoint": LabEffect(
        effect="calls from inside the VPC to the service behind the endpoint hang"
    ),
    "aws:network:route-table-disrupt-cross-region-connectivity": LabEffect(
        effect="nothing passes between the subnets and the other region: no replication, but clients are served"
    ),
    "aws:network:transit-gateway-disrupt-cross-region-connectivity": LabEffect(
        effect="nothing passes between the two regions: no replication, but clients are served"
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
        "aws:ec2:transit-gateway",
        "aws:ec2:vpc-endpoint",
        "aws:ecs:cluster",
        "aws:ecs:task",
        "aws:rds:db",
        "aws:s3:bucket",
    }
)
OPTIONS_NOT_ON_THE_LAB = ("logConfiguration", "experimentReportConfiguration")
