"""The actions on databases, caches, streams, volumes and buckets."""

from harness.fis.action import Action, ChosenBy
from harness.fis.parameter import boolean, duration, listed, milliseconds, percent, text

_VOLUMES = {"Volumes": "aws:ec2:ebs-volume"}
_STREAMS = {"KinesisStreams": "aws:kinesis:stream"}
_SECONDS_TO_12_HOURS = duration(least=1)
_SHARE = percent("percentage", required=True, least=1)

DATA = (
    Action(
        id="aws:dynamodb:global-table-pause-replication",
        about="A DynamoDB global table stops replicating to and from its other regions.",
        targets={"Tables": "aws:dynamodb:global-table"},
        parameters=(duration(least=0),),
        mind="Replication may go on for up to 5 minutes. MRSC tables: at most 5,040 action-minutes in 7 days.",
    ),
    Action(
        id="aws:dsql:cluster-connection-failure",
        about="Connections to Aurora DSQL clusters fail.",
        targets={"Clusters": "aws:dsql:cluster"},
        parameters=(duration(), _SHARE),
    ),
    Action(
        id="aws:ebs:pause-volume-io",
        about="EBS volumes neither read nor write.",
        targets=_VOLUMES,
        parameters=(_SECONDS_TO_12_HOURS,),
        mind="Volumes of one zone, on Nitro instances.",
    ),
    Action(
        id="aws:ebs:volume-io-latency",
        about="Reads and writes of EBS volumes are delayed.",
        targets=_VOLUMES,
        parameters=(
            percent("readIOPercentage", "100", least=0.1),
            milliseconds("readIOLatencyMilliseconds", "100", least=1, most=60_000),
            percent("writeIOPercentage", "100", least=0.1),
            milliseconds("writeIOLatencyMilliseconds", "100", least=1, most=60_000),
            _SECONDS_TO_12_HOURS,
        ),
        mind="At least 1 ms for io2 and 10 ms for other volumes.",
    ),
    Action(
        id="aws:elasticache:replicationgroup-interrupt-az-power",
        about="The nodes of ElastiCache replication groups in one zone lose power.",
        targets={"ReplicationGroups": "aws:elasticache:replicationgroup"},
        parameters=(duration(),),
        mind="Redis and Valkey with Multi-AZ, one zone of a group at a time; not serverless.",
    ),
    Action(
        id="aws:kinesis:stream-provisioned-throughput-exception",
        about="Kinesis streams answer with ProvisionedThroughputExceeded.",
        targets=_STREAMS,
        parameters=(duration(), _SHARE),
    ),
    Action(
        id="aws:kinesis:stream-expired-iterator-exception",
        about="Kinesis streams answer with ExpiredIterator.",
        targets=_STREAMS,
        parameters=(duration(), _SHARE),
        mind="GetRecords only.",
    ),
    Action(
        id="aws:memorydb:multi-region-cluster-pause-replication",
        about="MemoryDB multi-region clusters stop replicating between regions.",
        targets={"MultiRegionClusters": "aws:memorydb:multi-region-cluster"},
        parameters=(duration(),),
    ),
    Action(
        id="aws:rds:failover-db-cluster",
        about="Aurora and DocumentDB clusters fail over to another instance.",
        targets={"Clusters": "aws:rds:cluster"},
    ),
    Action(
        id="aws:rds:reboot-db-instances",
        about="RDS instances are rebooted.",
        targets={"DBInstances": "aws:rds:db"},
        parameters=(boolean("forceFailover", "false"),),
    ),
    Action(
        id="aws:s3:bucket-pause-replication",
        about="S3 buckets stop replicating to their destinations in a region.",
        targets={"Buckets": "aws:s3:bucket"},
        parameters=(
            duration(),
            text("region", required=True),
            listed("destinationBuckets"),
            listed("prefixes"),
        ),
        chosen_by=ChosenBy.TAGS,
        mind="region is that of the destination buckets. Existing objects may go on replicating for up to 1 hour.",
    ),
)
