"""Every action that the lab can do, one a file of `actions/`, and the resource types that targets can be of."""

from importlib import import_module
from pkgutil import iter_modules

from harness.lab.fis import actions
from harness.lab.fis.action import Action


def _found() -> dict[str, Action]:
    names = sorted(module.name for module in iter_modules(actions.__path__))
    found = [import_module(f"{actions.__name__}.{name}").ACTION for name in names]
    return {action.id: action for action in found}


ACTIONS = _found()

TARGET_TYPES = {
    "aws:arc:zonal-shift-managed-resource": "Resources that ARC shifts between zones",
    "aws:dynamodb:global-table": "DynamoDB global tables",
    "aws:ec2:autoscaling-group": "EC2 Auto Scaling groups",
    "aws:ec2:ebs-volume": "EBS volumes",
    "aws:ec2:instance": "EC2 instances",
    "aws:ec2:spot-instance": "EC2 Spot instances",
    "aws:ec2:subnet": "Subnets",
    "aws:ec2:transit-gateway": "Transit gateways",
    "aws:ec2:vpc-endpoint": "VPC endpoints",
    "aws:ecs:cluster": "ECS clusters",
    "aws:ecs:task": "ECS tasks",
    "aws:elasticache:replicationgroup": "ElastiCache replication groups",
    "aws:iam:role": "IAM roles",
    "aws:kinesis:stream": "Kinesis data streams",
    "aws:lambda:function": "Lambda functions",
    "aws:rds:cluster": "RDS DB clusters",
    "aws:rds:db": "RDS DB instances",
    "aws:s3:bucket": "S3 buckets",
}
