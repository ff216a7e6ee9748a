"""What the lab does with the actions of FIS. Every other action it refuses by name, before the experiment begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.fis.documents import DOCUMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class LabEffect:
    """What really happens on the lab; of parameters the only values it can do, the largest, and the SSM documents."""

    effect: str
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    documents: tuple[str, ...] = ()


ON_THE_LAB: dict[str, LabEffect] = {
    "aws:arc:start-zonal-autoshift": LabEffect(
        effect="balancers send the zone no new requests while others are healthy, groups launch nothing in it"
    ),
    "aws:cloudwatch:assert-alarm-state": LabEffect(effect="the lab's alarms are asked"),
    "aws:dynamodb:global-table-pause-replication": LabEffect(
        effect="nothing is replicated to or from the replica in the region, at once; writes wait and catch up after"
    ),
    "aws:ebs:pause-volume-io": LabEffect(
        effect="the PostgreSQL server behind the volume writes no log: commits hang, reads from memory are answered"
    ),
    "aws:ebs:volume-io-latency": LabEffect(
        effect="each flush of the log of the PostgreSQL server behind the volume takes longer; reads come from memory",
        only={"writeIOPercentage": ("100",)},
        most={"writeIOLatencyMilliseconds": 100},
    ),
    "aws:ec2:api-insufficient-instance-capacity-error": LabEffect(
        effect="StartInstances and RunInstances of the roles for one of the zones are answered with the error"
    ),
    "aws:ec2:asg-insufficient-instance-capacity-error": LabEffect(
        effect="the groups launch no instance in the zones; they try the other zones, and try again"
    ),
    "aws:ec2:reboot-instances": LabEffect(effect="the instances' processes are killed and started anew"),
    "aws:ec2:send-spot-instance-interruptions": LabEffect(
        effect="the instances' processes die for good two minutes after the notice; their group launches others"
    ),
    "aws:ec2:stop-instances": LabEffect(effect="the instances' processes die, and start again after the duration"),
    "aws:ec2:terminate-instances": LabEffect(
        effect="the instances' processes die for good; their group launches others"
    ),
    "aws:ecs:drain-container-instances": LabEffect(
        effect="container instances drain, and the service moves their tasks to the others"
    ),
    "aws:ecs:stop-task": LabEffect(effect="tasks drain and their processes end; the service launches others"),
    "aws:ecs:task-cpu-stress": LabEffect(effect="the CPU of each task, of which it has one, is kept busy"),
    "aws:ecs:task-io-stress": LabEffect(effect="each task writes and syncs files; at most 4 workers"),
    "aws:ecs:task-kill-process": LabEffect(
        effect="the one process of each task is killed: the task stops, and the service launches another",
        only={"processName": ("storefront",)},
    ),
    "aws:ecs:task-network-blackhole-port": LabEffect(
        effect="connections to the port of the tasks, or from them to such a port, get nowhere",
        only={"protocol": ("tcp",)},
    ),
    "aws:ecs:task-network-latency": LabEffect(effect="what the tasks send arrives late"),
    "aws:ecs:task-network-packet-loss": LabEffect(
        effect="chunks that the tasks send are lost and sent again, as TCP does with packets"
    ),
    "aws:elasticache:replicationgroup-interrupt-az-power": LabEffect(
        effect="with `cache` in the recipe the Valkey server in the zone dies, and comes back empty as a replica"
    ),
    "aws:fis:inject-api-internal-error": LabEffect(effect="API calls of the roles are answered with the error"),
    "aws:fis:inject-api-throttle-error": LabEffect(effect="API calls of the roles are answered with the error"),
    "aws:fis:inject-api-unavailable-error": LabEffect(effect="API calls of the roles are answered with the error"),
    "aws:fis:wait": LabEffect(effect="time passes"),
    "aws:kinesis:stream-expired-iterator-exception": LabEffect(
        effect="GetRecords calls for the streams are answered with the error"
    ),
    "aws:kinesis:stream-provisioned-throughput-exception": LabEffect(
        effect="calls that read the streams or write to them are answered with the error"
    ),
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
    "aws:rds:failover-db-cluster": LabEffect(
        effect="with `database: cluster` in the recipe the writer's server crashes and the reader is promoted"
    ),
    "aws:rds:reboot-db-instances": LabEffect(
        effect="the PostgreSQL servers restart in place; with forceFailover and `multi_az` in the recipe they crash "
        "and the standby is promoted"
    ),
    "aws:s3:bucket-pause-replication": LabEffect(
        effect="new objects are not copied to the buckets in the region, at once; they wait and are copied after"
    ),
    "aws:ssm:send-command": LabEffect(
        effect="the document of AWS presses on the instances' processes, kills them or impairs their traffic",
        documents=tuple(DOCUMENTS),
    ),
    "aws:ssm:start-automation-execution": LabEffect(
        effect="instances are stopped, started, restarted or terminated by the document of AWS",
        documents=(
            "AWS-RestartEC2Instance",
            "AWS-StartEC2Instance",
            "AWS-StopEC2Instance",
            "AWS-TerminateEC2Instance",
        ),
    ),
}

TARGETS_ON_THE_LAB = frozenset(
    {
        "aws:arc:zonal-shift-managed-resource",
        "aws:dynamodb:global-table",
        "aws:ec2:autoscaling-group",
        "aws:ec2:ebs-volume",
        "aws:ec2:instance",
        "aws:ec2:spot-instance",
        "aws:ec2:subnet",
        "aws:ec2:transit-gateway",
        "aws:ec2:vpc-endpoint",
        "aws:ecs:cluster",
        "aws:ecs:task",
        "aws:elasticache:replicationgroup",
        "aws:iam:role",
        "aws:kinesis:stream",
        "aws:lambda:function",
        "aws:rds:cluster",
        "aws:rds:db",
        "aws:s3:bucket",
    }
)
OPTIONS_NOT_ON_THE_LAB = ("experimentReportConfiguration",)
