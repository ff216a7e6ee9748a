"""What the lab honours, operation by operation. Anything else is answered with 501 instead of a silent "yes".

An operation is here only when the lab does what it says, or when it reads a record that is true.
"""

HONOURED: dict[str, frozenset[str]] = {
    "ec2": frozenset(
        """DescribeInstances DescribeInstanceStatus StartInstances StopInstances RebootInstances TerminateInstances
        DescribeVpcs DescribeSubnets DescribeAvailabilityZones DescribeRegions DescribeTags CreateTags DeleteTags
        DescribeSecurityGroups DescribeNetworkAcls DescribeRouteTables""".split()
    ),
    "elasticloadbalancing": frozenset(
        """DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTargetGroups DescribeTargetGroupAttributes
        DescribeTargetHealth DescribeListeners DescribeRules DescribeTags AddTags RemoveTags
        RegisterTargets DeregisterTargets""".split()
    ),
    "autoscaling": frozenset(
        """DescribeAutoScalingGroups DescribeAutoScalingInstances DescribeScalingActivities SetDesiredCapacity
        UpdateAutoScalingGroup DescribeTags CreateOrUpdateTags""".split()
    ),
    "route53": frozenset(
        """ListHostedZones ListHostedZonesByName GetHostedZone ChangeResourceRecordSets ListResourceRecordSets GetChange
        ListHealthChecks GetHealthCheck CreateHealthCheck UpdateHealthCheck DeleteHealthCheck GetHealthCheckStatus
        GetHealthCheckLastFailureReason ListTagsForResource ListTagsForResources ChangeTagsForResource""".split()
    ),
    "rds": frozenset(
        """DescribeDBInstances PromoteReadReplica CreateDBInstanceReadReplica DeleteDBInstance RebootDBInstance
        AddTagsToResource RemoveTagsFromResource ListTagsForResource DescribeEvents""".split()
    ),
    "monitoring": frozenset(
        """PutMetricData GetMetricData GetMetricStatistics ListMetrics PutMetricAlarm DescribeAlarms DeleteAlarms
        DescribeAlarmsForMetric DescribeAlarmHistory SetAlarmState TagResource UntagResource
        ListTagsForResource""".split()
    ),
    "fis": frozenset(
        """CreateExperimentTemplate GetExperimentTemplate ListExperimentTemplates UpdateExperimentTemplate
        DeleteExperimentTemplate StartExperiment StopExperiment GetExperiment ListExperiments
        ListExperimentResolvedTargets ListActions GetAction ListTargetResourceTypes GetTargetResourceType
        TagResource UntagResource ListTagsForResource""".split()
    ),
    "tagging": frozenset(["GetResources"]),
    "sts": frozenset(["GetCallerIdentity"]),
    "iam": frozenset(["GetRole", "ListRoles"]),
}


def changes(operation: str) -> bool:
    """Whether an operation may change a record."""
    return not operation.startswith(("Describe", "List", "Get"))
