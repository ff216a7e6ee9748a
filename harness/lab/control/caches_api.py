"""The ElastiCache API of replication groups."""

from harness.lab.control.answer import ActionResult, Response, page
from harness.lab.control.caches import Caches


class CachesApi(Response):
    """Describes and fails over the group of one region a request."""

    def __init__(self, caches: Caches) -> None:
        super().__init__("elasticache")
        self.caches = caches

    def describe_replication_groups(self) -> ActionResult:
        if id := self.ask("ReplicationGroupId"):
            self.caches.find(self.region, id)
        found = [self.caches.describe(self.region)] if self.region in self.caches.lab.plane.caches() else []
        some, marker = page(found, self.ask("Marker"), self.ask("MaxRecords"))
        return ActionResult({"ReplicationGroups": some, "Marker": marker})

    def test_failover(self) -> ActionResult:
        id = self.ask("ReplicationGroupId", "")
        self.caches.test_failover(self.region, id)
        return ActionResult({"ReplicationGroup": self.caches.describe(self.region)})

    def list_tags_for_resource(self) -> ActionResult:
        self.caches.find(self.region, self.ask("ResourceName", ""))
        return ActionResult({"TagList": [{"Key": key, "Value": value} for key, value in self.caches.tags.items()]})
