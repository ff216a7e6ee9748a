"""The RDS API of DB clusters."""

from harness.lab.control.answer import ActionResult, Response, page
from harness.lab.control.standbys import Standbys


class ClustersApi(Response):
    """Describes and fails over the clusters of one region a request."""

    def __init__(self, standbys: Standbys) -> None:
        super().__init__("rds")
        self.standbys = standbys

    def describe_db_clusters(self) -> ActionResult:
        if name := self.ask("DBClusterIdentifier"):
            found = [self.standbys.find(self.region, name)]
        else:
            found = [c for c in list(self.standbys.clusters.values()) if c.region == self.region]
        some, marker = page(found, self.ask("Marker"), self.ask("MaxRecords"))
        return ActionResult({"DBClusters": [self.standbys.describe(c) for c in some], "Marker": marker})

    def failover_db_cluster(self) -> ActionResult:
        cluster = self.standbys.find(self.region, self.ask("DBClusterIdentifier", ""))
        work = self.standbys.fail_over_cluster(cluster, self.ask("TargetDBInstanceIdentifier"))
        self.standbys.lab.spawn(work)
        return ActionResult({"DBCluster": self.standbys.describe(cluster)})
