"""What the lab honours, operation by operation. Anything else is answered with 501 instead of a silent "yes".

An operation is here only when the lab does what it says, or when it reads a record that is true.
"""


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


HONOURED: dict[str, frozenset[str]] = {
    "arc-zonal-shift": _set(
        """ListManagedResources GetManagedResource StartZonalShift UpdateZonalShift CancelZonalShift ListZonalShifts
        UpdateZonalAutoshiftConfiguration"""
    ),
    "ec2": _set(
        """DescribeInstances DescribeInstanceStatus DescribeSpotInstanceRequests
        StartInstances StopInstances RebootInstances TerminateInstances
        DescribeVpcs DescribeSubnets DescribeAvailabilityZones DescribeRegions DescribeTags CreateTags DeleteTags
        DescribeSecurityGroups DescribeNetworkAcls DescribeRouteTables DescribeVolumes DescribeVpcEndpoints
        DescribeTransitGateways DescribeTransitGatewayAttachments DescribeTransitGatewayPeeringAttachments
        DescribeTransitGatewayVpcAttachments"""
    ),
    "ecs": _set(
        """ListClusters DescribeClusters ListServices DescribeServices UpdateService ListTasks DescribeTasks StopTask
        ListContainerInstances DescribeContainerInstances UpdateContainerInstancesState TagResource UntagResource
        ListTagsForResource"""
    ),
    "elasticache": _set("DescribeReplicationGroups TestFailover ListTagsForResource"),
    "elasticloadbalancing": _set(
        """DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTargetGroups DescribeTargetGroupAttributes
        DescribeTargetHealth DescribeListeners DescribeRules DescribeTags AddTags RemoveTags
        RegisterTargets DeregisterTargets"""
    ),
    "autoscaling": _set(
        """DescribeAutoScalingGroups DescribeAutoScalingInstances DescribeScalingActivities SetDesiredCapacity
        UpdateAutoScalingGroup DescribeTags CreateOrUpdateTags SuspendProcesses ResumeProcesses
        EnableMetricsCollection DisableMetricsCollection PutWarmPool DescribeWarmPool DeleteWarmPool
        PutScalingPolicy DescribePolicies DeletePolicy ExecutePolicy GetPredictiveScalingForecast
        PutLifecycleHook DescribeLifecycleHooks DescribeLifecycleHookTypes DeleteLifecycleHook
        CompleteLifecycleAction RecordLifecycleActionHeartbeat
        PutScheduledUpdateGroupAction DescribeScheduledActions DeleteScheduledAction"""
    ),
    "application-autoscaling": _set(
        """RegisterScalableTarget DescribeScalableTargets DeregisterScalableTarget PutScalingPolicy
        DescribeScalingPolicies DeleteScalingPolicy DescribeScalingActivities PutScheduledAction
        DescribeScheduledActions DeleteScheduledAction"""
    ),
    "route53": _set(
        """ListHostedZones ListHostedZonesByName GetHostedZone ChangeResourceRecordSets ListResourceRecordSets GetChange
        ListHealthChecks GetHealthCheck CreateHealthCheck UpdateHealthCheck DeleteHealthCheck GetHealthCheckStatus
        GetHealthCheckLastFailureReason ListTagsForResource ListTagsForResources ChangeTagsForResource"""
    ),
    "rds": _set(
        """DescribeDBInstances PromoteReadReplica CreateDBInstanceReadReplica DeleteDBInstance RebootDBInstance
        DescribeDBClusters FailoverDBCluster
        AddTagsToResource RemoveTagsFromResource ListTagsForResource DescribeEvents"""
    ),
    "monitoring": _set(
        """PutMetricData GetMetricData GetMetricStatistics ListMetrics PutMetricAlarm DescribeAlarms DeleteAlarms
        DescribeAlarmsForMetric DescribeAlarmHistory SetAlarmState EnableAlarmActions DisableAlarmActions
        TagResource UntagResource
        ListTagsForResource"""
    ),
    "fis": _set(
        """CreateExperimentTemplate GetExperimentTemplate ListExperimentTemplates UpdateExperimentTemplate
        DeleteExperimentTemplate StartExperiment StopExperiment GetExperiment ListExperiments
        ListExperimentResolvedTargets ListActions GetAction ListTargetResourceTypes GetTargetResourceType
        CreateTargetAccountConfiguration GetTargetAccountConfiguration UpdateTargetAccountConfiguration
        DeleteTargetAccountConfiguration ListTargetAccountConfigurations GetExperimentTargetAccountConfiguration
        ListExperimentTargetAccountConfigurations GetSafetyLever UpdateSafetyLeverState
        TagResource UntagResource ListTagsForResource"""
    ),
    "dynamodb": _set(
        """DescribeTable ListTables DescribeTimeToLive PutItem GetItem UpdateItem DeleteItem Query Scan BatchGetItem
        BatchWriteItem TransactGetItems TransactWriteItems TagResource UntagResource ListTagsOfResource"""
    ),
    "lambda": _set("Invoke GetFunction GetFunctionConfiguration ListFunctions ListTags"),
    "s3": _set(
        """ListBuckets HeadBucket GetBucketLocation GetBucketVersioning GetBucketReplication GetBucketTagging
        PutObject GetObject HeadObject DeleteObject ListObjects ListObjectsV2 ListObjectVersions
        CreateMultipartUpload UploadPart CompleteMultipartUpload AbortMultipartUpload ListParts"""
    ),
    "logs": _set("""CreateLogGroup DeleteLogGroup DescribeLogGroups DescribeLogStreams GetLogEvents FilterLogEvents"""),
    "tagging": _set("GetResources"),
    "ssm": _set(
        """SendCommand ListCommands ListCommandInvocations GetCommandInvocation CancelCommand
        DescribeInstanceInformation ListDocuments DescribeDocument StartAutomationExecution GetAutomationExecution
        StopAutomationExecution"""
    ),
    "sts": _set("AssumeRole GetCallerIdentity"),
    "kinesis": _set(
        """PutRecord PutRecords GetShardIterator GetRecords DescribeStream DescribeStreamSummary ListStreams ListShards
        ListTagsForStream"""
    ),
    "iam": _set("GetRole ListRoles"),
}


def changes(operation: str) -> bool:
    """Whether an operation may change a record."""
    return not operation.startswith(("Describe", "List", "Get"))
