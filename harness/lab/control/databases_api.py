"""The RDS API of DB instances."""

from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, page
from harness.lab.control.clusters_api import ClustersApi
from harness.lab.control.databases import Database, Databases
from harness.lab.control.standbys import Cluster, Standbys


class DatabasesApi(ClustersApi):
    """Describes and changes the databases of one region a request."""

    def __init__(self, databases: Databases, standbys: Standbys) -> None:
        super().__init__(standbys)
        self.databases = databases

    def _database(self, name: str = "DBInstanceIdentifier") -> Database:
        return self.databases.find(self.region, self.ask(name, ""))

    def _result(self, database: Database) -> ActionResult:
        return ActionResult({"DBInstance": self.databases.describe(database)})

    def describe_db_instances(self) -> ActionResult:
        if self.ask("DBInstanceIdentifier"):
            found = [self._database()]
        else:
            found = [d for d in list(self.databases.known.values()) if d.region == self.region]
        for one in self.ask("Filters", []):
            found = [d for d in found if _matches(d, one["Name"], one["Values"])]
        some, marker = page(found, self.ask("Marker"), self.ask("MaxRecords"))
        return ActionResult({"DBInstances": [self.databases.describe(d) for d in some], "Marker": marker})

    def promote_read_replica(self) -> ActionResult:
        database = self._database()
        self.databases.promote(database)
        return self._result(database)

    def reboot_db_instance(self) -> ActionResult:
        database = self._database()
        forced = str(self.ask("ForceFailover", False)).lower() == "true"
        self.databases.lab.spawn((self.standbys.fail_over if forced else self.databases.reboot)(database))
        return self._result(database)

    def delete_db_instance(self) -> ActionResult:
        if self.ask("FinalDBSnapshotIdentifier"):
            raise NotInTheLab("rds", "DeleteDBInstance with a final snapshot")
        database = self._database()
        if database.identifier in self.databases.clusters:
            raise NotInTheLab("rds", "DeleteDBInstance of a member of a cluster")
        self.databases.delete(database)
        return self._result(database)

    def create_db_instance_read_replica(self) -> ActionResult:
        source = self.ask("SourceDBInstanceIdentifier", "")
        region = source.split(":")[3] if source.startswith("arn:") else self.region
        tags = {tag["Key"]: tag["Value"] for tag in self.ask("Tags", [])}
        found = self.databases.find(region, source)
        return self._result(self.databases.replicate(self.ask("DBInstanceIdentifier"), self.region, found, tags))

    def describe_events(self) -> ActionResult:
        wanted = self.ask("SourceIdentifier")
        found = [e for e in list(self.databases.events) if e.region == self.region and wanted in (None, e.identifier)]
        described: list[dict[str, Any]] = [
            {
                "SourceIdentifier": e.identifier,
                "SourceType": e.source,
                "Message": e.message,
                "EventCategories": [e.category],
                "Date": e.at,
            }
            for e in found
        ]
        some, marker = page(described, self.ask("Marker"), self.ask("MaxRecords"))
        return ActionResult({"Events": some, "Marker": marker})

    def _tagged(self) -> Database | Cluster:
        name = self.ask("ResourceName", "")
        return self.standbys.find(self.region, name) if ":cluster:" in name else self.databases.find(self.region, name)

    def list_tags_for_resource(self) -> ActionResult:
        tags = self._tagged().tags
        return ActionResult({"TagList": [{"Key": name, "Value": value} for name, value in tags.items()]})

    def add_tags_to_resource(self) -> EmptyResult:
        tags = self._tagged().tags
        tags.update({tag["Key"]: tag.get("Value", "") for tag in self.ask("Tags", [])})
        return EmptyResult()

    def remove_tags_from_resource(self) -> EmptyResult:
        tags = self._tagged().tags
        for name in self.ask("TagKeys", []):
            tags.pop(name, None)
        return EmptyResult()


def _matches(database: Database, name: str, values: list[str]) -> bool:
    match name:
        case "db-instance-id":
            return database.identifier in values or database.arn in values
        case "engine":
            return "postgres" in values
    raise AwsError("InvalidParameterValue", f"the lab has no filter {name!r}")
