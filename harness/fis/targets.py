"""Every type of resource that FIS can hit, and the parameters that narrow it."""

from dataclasses import dataclass

from harness.fis.parameter import Parameter, listed, one_of, text

_ZONE = text("availabilityZoneIdentifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetType:
    """A type of resource. One that is not `tagged` is chosen by its parameters alone, without ARNs and tags."""

    id: str
    parameters: tuple[Parameter, ...] = ()
    tagged: bool = True


TARGET_TYPES: dict[str, TargetType] = {
    each.id: each
    for each in (
        TargetType(id="aws:arc:zonal-shift-managed-resource"),
        TargetType(id="aws:directconnect:virtual-interface"),
        TargetType(id="aws:dsql:cluster"),
        TargetType(id="aws:dynamodb:global-table"),
        TargetType(id="aws:ec2:autoscaling-group"),
        TargetType(id="aws:ec2:ebs-volume", parameters=(_ZONE,)),
        TargetType(id="aws:ec2:instance"),
        TargetType(id="aws:ec2:spot-instance"),
        TargetType(id="aws:ec2:subnet", parameters=(_ZONE, text("vpc"))),
        TargetType(id="aws:ec2:transit-gateway"),
        TargetType(id="aws:ec2:vpc-endpoint"),
        TargetType(id="aws:ecs:cluster"),
        TargetType(id="aws:ecs:task", parameters=(text("cluster"), text("service"))),
        TargetType(id="aws:eks:cluster"),
        TargetType(id="aws:eks:nodegroup"),
        TargetType(
            id="aws:eks:pod",
            parameters=(
                text("clusterIdentifier", required=True),
                text("namespace", required=True),
                one_of("selectorType", "labelSelector", "deploymentName", "podName", required=True),
                text("selectorValue", required=True),
                _ZONE,
                text("targetContainerName"),
            ),
            tagged=False,
        ),
        TargetType(
            id="aws:elasticache:replicationgroup", parameters=(text("availabilityZoneIdentifier", required=True),)
        ),
        TargetType(id="aws:iam:role"),
        TargetType(id="aws:kinesis:stream"),
        TargetType(id="aws:lambda:function", parameters=(text("functionQualifier"),)),
        TargetType(id="aws:memorydb:multi-region-cluster"),
        TargetType(id="aws:rds:cluster", parameters=(listed("writerAvailabilityZoneIdentifiers"),)),
        TargetType(id="aws:rds:db", parameters=(listed("availabilityZoneIdentifiers"),)),
        TargetType(id="aws:s3:bucket"),
    )
}
