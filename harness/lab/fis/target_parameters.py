"""The parameters that narrow targets, by resource type."""

from harness.lab.fis.action import Parameter

_ZONE = Parameter(description="The name or the id of an Availability Zone.")
_ZONES = Parameter(description="Names or ids of Availability Zones, separated by commas, or all.")
_SELECTORS = ("labelSelector", "deploymentName", "podName")

TARGET_PARAMETERS: dict[str, dict[str, Parameter]] = {
    "aws:ec2:ebs-volume": {"availabilityZoneIdentifier": _ZONE},
    "aws:ec2:subnet": {
        "availabilityZoneIdentifier": _ZONE,
        "vpc": Parameter(description="The id of a VPC."),
    },
    "aws:ecs:task": {
        "cluster": Parameter(description="The name or the ARN of a cluster."),
        "service": Parameter(description="The name of a service."),
    },
    "aws:eks:pod": {
        "clusterIdentifier": Parameter(description="The name or the ARN of a cluster.", required=True),
        "namespace": Parameter(description="The namespace of the pods.", required=True),
        "selectorType": Parameter(description="How pods are chosen.", required=True, choices=_SELECTORS),
        "selectorValue": Parameter(description="What the selector has to be.", required=True),
        "availabilityZoneIdentifier": _ZONE,
        "targetContainerName": Parameter(description="The name of a container of the pods."),
    },
    "aws:elasticache:replicationgroup": {
        "availabilityZoneIdentifier": Parameter(description=_ZONE.description, required=True),
    },
    "aws:lambda:function": {"functionQualifier": Parameter(description="A version or an alias.")},
    "aws:rds:cluster": {"writerAvailabilityZoneIdentifiers": _ZONES},
    "aws:rds:db": {"availabilityZoneIdentifiers": _ZONES},
}
