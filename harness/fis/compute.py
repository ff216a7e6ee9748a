"""The actions on EC2 instances, Auto Scaling groups, ECS, EKS and Lambda."""

from harness.fis.action import Action, ChosenBy
from harness.fis.parameter import (
    PORT,
    Kind,
    Parameter,
    boolean,
    duration,
    json_object,
    listed,
    milliseconds,
    one_of,
    percent,
    text,
    whole,
)

_INSTANCES = {"Instances": "aws:ec2:instance"}
_TASKS = {"Tasks": "aws:ecs:task"}
_PODS = {"Pods": "aws:eks:pod"}
_FUNCTIONS = {"Functions": "aws:lambda:function"}
_LASTS = duration(least=0)
_DEPENDENCIES = boolean("installDependencies", "True")
_ENDPOINTS = boolean("useEcsFaultInjectionEndpoints", "false")
_ZONES = listed("availabilityZoneIdentifiers", required=True)
_EGRESS = "Egress traffic only."

_POD = (
    text("kubernetesServiceAccount", required=True),
    text("fisPodContainerImage"),
    percent("maxErrorsPercent", "0"),
    text("fisPodLabels"),
    text("fisPodAnnotations"),
)
_SECURITY = one_of("fisPodSecurityPolicy", "privileged", "baseline", "restricted")

EC2 = (
    Action(
        id="aws:ec2:api-insufficient-instance-capacity-error",
        about="EC2 answers requests for capacity of a role with InsufficientInstanceCapacity.",
        targets={"Roles": "aws:iam:role"},
        parameters=(_LASTS, _ZONES, percent("percentage", required=True, least=1)),
        chosen_by=ChosenBy.ARNS,
        mind="RunInstances, CreateCapacityReservation, StartInstances and CreateFleet; not requests for several zones.",
    ),
    Action(
        id="aws:ec2:asg-insufficient-instance-capacity-error",
        about="Auto Scaling groups get InsufficientInstanceCapacity when they launch instances.",
        targets={"AutoScalingGroups": "aws:ec2:autoscaling-group"},
        parameters=(_LASTS, _ZONES, percent("percentage", "100")),
        mind="Groups with a launch template only.",
    ),
    Action(id="aws:ec2:reboot-instances", about="EC2 instances are rebooted.", targets=_INSTANCES),
    Action(
        id="aws:ec2:send-spot-instance-interruptions",
        about="Spot instances are interrupted, after the notice.",
        targets={"SpotInstances": "aws:ec2:spot-instance"},
        parameters=(duration("durationBeforeInterruption", least=120, most=900),),
    ),
    Action(
        id="aws:ec2:stop-instances",
        about="EC2 instances are stopped, and started again after a while.",
        targets=_INSTANCES,
        parameters=(
            duration("startInstancesAfterDuration", required=False),
            boolean("completeIfInstancesTerminated", "false"),
        ),
        mind="Without startInstancesAfterDuration nobody starts them again.",
    ),
    Action(id="aws:ec2:terminate-instances", about="EC2 instances are terminated.", targets=_INSTANCES),
)

ECS = (
    Action(
        id="aws:ecs:drain-container-instances",
        about="A percentage of the container instances of ECS clusters is drained.",
        targets={"Clusters": "aws:ecs:cluster"},
        parameters=(percent("drainagePercentage", required=True, least=1), duration()),
    ),
    Action(id="aws:ecs:stop-task", about="ECS tasks are stopped.", targets=_TASKS),
    Action(
        id="aws:ecs:task-cpu-stress",
        about="The CPUs of ECS tasks are kept busy.",
        targets=_TASKS,
        parameters=(_LASTS, percent("percent", "100"), whole("workers", "0"), _DEPENDENCIES),
        mind="workers 0 means one for each CPU.",
    ),
    Action(
        id="aws:ecs:task-io-stress",
        about="ECS tasks write to their disks all the time.",
        targets=_TASKS,
        parameters=(_LASTS, percent("percent", "80"), whole("workers", "1"), _DEPENDENCIES),
        mind="percent is of the free space.",
    ),
    Action(
        id="aws:ecs:task-kill-process",
        about="A process in ECS tasks is killed.",
        targets=_TASKS,
        parameters=(
            text("processName", required=True),
            one_of("signal", "SIGTERM", "SIGKILL", default="SIGTERM"),
            _DEPENDENCIES,
        ),
        mind="The task definition needs pidMode task.",
    ),
    Action(
        id="aws:ecs:task-network-blackhole-port",
        about="Traffic of ECS tasks at a port is dropped.",
        targets=_TASKS,
        parameters=(
            _LASTS,
            whole("port", required=True, most=PORT),
            one_of("trafficType", "ingress", "egress", required=True),
            one_of("protocol", "tcp", "udp", default="tcp"),
            _DEPENDENCIES,
            _ENDPOINTS,
        ),
        mind="Not in the network mode bridge.",
    ),
    Action(
        id="aws:ecs:task-network-latency",
        about="Packets of ECS tasks are delayed.",
        targets=_TASKS,
        parameters=(
            _LASTS,
            milliseconds("delayMilliseconds", "200"),
            milliseconds("jitterMilliseconds", "10"),
            percent("flowsPercent", "100"),
            listed("sources", default="ALL"),
            _DEPENDENCIES,
            _ENDPOINTS,
        ),
        mind=f"{_EGRESS} sources: IPv4 addresses, CIDR blocks, domains, zones, DYNAMODB, S3. "
        "flowsPercent needs agent 1.100.0.",
    ),
    Action(
        id="aws:ecs:task-network-packet-loss",
        about="Packets of ECS tasks are lost.",
        targets=_TASKS,
        parameters=(
            _LASTS,
            percent("lossPercent", "7"),
            percent("flowsPercent", "100"),
            listed("sources", default="ALL"),
            _DEPENDENCIES,
            _ENDPOINTS,
        ),
        mind=_EGRESS,
    ),
)

EKS = (
    Action(
        id="aws:eks:inject-kubernetes-custom-resource",
        about="A Chaos Mesh or Litmus experiment runs on an EKS cluster.",
        targets={"Cluster": "aws:eks:cluster"},
        parameters=(
            one_of("kubernetesApiVersion", "chaos-mesh.org/v1alpha1", "litmuschaos.io/v1alpha1", required=True),
            text("kubernetesKind", required=True),
            text("kubernetesNamespace", required=True),
            json_object("kubernetesSpec", required=True),
            duration("maxDuration"),
        ),
        chosen_by=ChosenBy.ONE_ARN,
        mind="kubernetesKind is one of the 16 kinds of Chaos Mesh, or ChaosEngine.",
    ),
    Action(
        id="aws:eks:pod-cpu-stress",
        about="The CPUs of EKS pods are kept busy.",
        targets=_PODS,
        parameters=(_LASTS, percent("percent", "100"), whole("workers", "0"), *_POD, _SECURITY),
    ),
    Action(
        id="aws:eks:pod-delete",
        about="EKS pods are deleted.",
        targets=_PODS,
        parameters=(whole("gracePeriodSeconds"), *_POD, _SECURITY),
    ),
    Action(
        id="aws:eks:pod-io-stress",
        about="EKS pods write to their disks all the time.",
        targets=_PODS,
        parameters=(_LASTS, whole("workers", "1"), percent("percent", "80"), *_POD, _SECURITY),
    ),
    Action(
        id="aws:eks:pod-memory-stress",
        about="The memory of EKS pods is filled.",
        targets=_PODS,
        parameters=(_LASTS, whole("workers", "1"), percent("percent", "80"), *_POD, _SECURITY),
    ),
    Action(
        id="aws:eks:pod-network-blackhole-port",
        about="Traffic of EKS pods at a port is dropped.",
        targets=_PODS,
        parameters=(
            _LASTS,
            one_of("protocol", "tcp", "udp", required=True),
            one_of("trafficType", "ingress", "egress", required=True),
            whole("port", required=True, most=PORT),
            *_POD,
        ),
        mind="Privileged pods only.",
    ),
    Action(
        id="aws:eks:pod-network-latency",
        about="Packets of EKS pods are delayed.",
        targets=_PODS,
        parameters=(
            _LASTS,
            text("interface", "DEFAULT"),
            milliseconds("delayMilliseconds", "200"),
            milliseconds("jitterMilliseconds", "10"),
            percent("flowsPercent", "100"),
            listed("sources", default="ALL"),
            *_POD,
        ),
        mind="Privileged pods only. Domain names are resolved with 10 attempts.",
    ),
    Action(
        id="aws:eks:pod-network-packet-loss",
        about="Packets of EKS pods are lost.",
        targets=_PODS,
        parameters=(
            _LASTS,
            text("interface", "DEFAULT"),
            percent("lossPercent", "7"),
            percent("flowsPercent", "100"),
            listed("sources", default="ALL"),
            *_POD,
        ),
        mind="Privileged pods only.",
    ),
    Action(
        id="aws:eks:terminate-nodegroup-instances",
        about="A percentage of the instances of EKS node groups is terminated.",
        targets={"Nodegroups": "aws:eks:nodegroup"},
        parameters=(percent("instanceTerminationPercentage", required=True, least=1),),
        mind="Managed node groups only.",
    ),
)

LAMBDA = (
    Action(
        id="aws:lambda:invocation-add-delay",
        about="Lambda functions start late.",
        targets=_FUNCTIONS,
        parameters=(
            _LASTS,
            percent("invocationPercentage", "100"),
            milliseconds("startupDelayMilliseconds", "1000", most=900_000),
        ),
    ),
    Action(
        id="aws:lambda:invocation-error",
        about="Invocations of Lambda functions fail.",
        targets=_FUNCTIONS,
        parameters=(_LASTS, percent("invocationPercentage", "100"), boolean("preventExecution", required=True)),
    ),
    Action(
        id="aws:lambda:invocation-http-integration-response",
        about="Lambda functions behind HTTP integrations answer with a status of your choice.",
        targets=_FUNCTIONS,
        parameters=(
            text("contentTypeHeader", required=True),
            _LASTS,
            percent("invocationPercentage", "100"),
            boolean("preventExecution", required=True),
            Parameter(name="statusCode", kind=Kind.DIGITS, required=True, least=0, most=999),
        ),
    ),
)

COMPUTE = EC2 + ECS + EKS + LAMBDA
