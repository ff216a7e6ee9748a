"""Amazon RDS: database instances, their roles and promotion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.aws.session import Aws, calling
from harness.errors import CallFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseInstance:
    """A database instance as DescribeDBInstances shows it; `source` is None for a primary."""

    identifier: str
    arn: str
    region: str
    status: str
    endpoint: str
    source: str | None
    replication: str | None
    instance_class: str
    zone: str = ""

    @property
    def is_replica(self) -> bool:
        """Whether it follows another instance."""
        return self.source is not None


class Rds:
    """RDS in one region."""

    def __init__(self, aws: Aws, region: str) -> None:
        self.region = region
        self._client = aws.client("rds", region)

    def instance(self, identifier: str) -> DatabaseInstance | None:
        """The instance, or None when there is none of that name."""
        try:
            with calling(f"rds:DescribeDBInstances in {self.region}"):
                found = self._client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
        except CallFailed as error:
            if error.code in {"DBInstanceNotFound", "DBInstanceNotFoundFault"}:
                return None
            raise
        return self._instance(found[0]) if found else None

    def writers(self, tags: Mapping[str, str]) -> tuple[str, ...]:
        """The instances that write in the clusters that carry the tags, in a stable order."""
        with calling(f"rds:DescribeDBClusters in {self.region}"):
            pages = self._client.get_paginator("describe_db_clusters").paginate()
            found = [cluster for page in pages for cluster in page["DBClusters"]]
        mine = [c for c in found if tags.items() <= {t["Key"]: t["Value"] for t in c.get("TagList", [])}.items()]
        members = [member for cluster in mine for member in cluster["DBClusterMembers"]]
        return tuple(sorted(m["DBInstanceIdentifier"] for m in members if m["IsClusterWriter"]))

    def promote(self, identifier: str) -> None:
        """Make a replica a primary of its own."""
        with calling(f"rds:PromoteReadReplica {identifier} in {self.region}"):
            self._client.promote_read_replica(DBInstanceIdentifier=identifier)

    def delete(self, identifier: str) -> None:
        """Delete an instance without a final snapshot."""
        with calling(f"rds:DeleteDBInstance {identifier} in {self.region}"):
            self._client.delete_db_instance(
                DBInstanceIdentifier=identifier, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
            )

    def create_replica(self, identifier: str, source_arn: str, source_region: str, tags: Mapping[str, str]) -> None:
        """Create a read replica of an instance in another region."""
        with calling(f"rds:CreateDBInstanceReadReplica {identifier} in {self.region}"):
            self._client.create_db_instance_read_replica(
                DBInstanceIdentifier=identifier,
                SourceDBInstanceIdentifier=source_arn,
                SourceRegion=source_region,
                Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            )

    def _instance(self, found: Mapping[str, Any]) -> DatabaseInstance:
        infos = [i["Status"] for i in found.get("StatusInfos", []) if i.get("StatusType") == "read replication"]
        return DatabaseInstance(
            identifier=found["DBInstanceIdentifier"],
            arn=found["DBInstanceArn"],
            region=self.region,
            status=found["DBInstanceStatus"],
            endpoint=found.get("Endpoint", {}).get("Address", ""),
            source=found.get("ReadReplicaSourceDBInstanceIdentifier") or None,
            replication=infos[0] if infos else None,
            instance_class=found.get("DBInstanceClass", ""),
            zone=found.get("AvailabilityZone", ""),
        )
