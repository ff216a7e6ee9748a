"""Tags across services: the Resource Groups Tagging API, and the finding of FIS targets by tag."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from moto.core.resource_tagging import make_tag_matcher, match_resource_type

from harness.lab.control import records
from harness.lab.control.alarms import Alarms
from harness.lab.control.answer import ActionResult, Response, page
from harness.lab.control.databases import Databases
from harness.lab.scaling.groups import Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something with tags. `type` is a resource type of the tagging API, such as ec2:instance."""

    arn: str
    type: str
    tags: Mapping[str, str]


Tagged = Callable[[str], Iterable[Resource]]  # region -> its resources


class Tags:
    """Every resource of the lab that has tags."""

    def __init__(self, capacity: Groups, databases: Databases, alarms: Alarms, others: Sequence[Tagged] = ()) -> None:
        self.capacity, self.databases, self.alarms, self.others = capacity, databases, alarms, others

    def of_region(self, region: str) -> Iterator[Resource]:
        """The resources of a region; call it under the lock. Route 53's are in us-east-1."""
        for backend in (records.ec2(region), records.elbv2(region)):
            for tagged in backend.iter_tagged_resources():
                yield Resource(arn=tagged.arn, type=tagged.resource_type, tags=tagged.tags)
        if (group := self.capacity.groups.get(region)) is not None:
            yield Resource(arn=group.arn, type="autoscaling:autoScalingGroup", tags=group.tags)
        for database in list(self.databases.known.values()):
            if database.region == region:
                yield Resource(arn=database.arn, type="rds:db", tags=database.tags)
        for alarm in list(self.alarms.alarms.values()):
            if alarm.region == region:
                yield Resource(arn=alarm.arn, type="cloudwatch:alarm", tags=alarm.tags)
        for tagged in self.others:
            yield from tagged(region)
        if region == "us-east-1":
            yield from self._of_route53()

    def _of_route53(self) -> Iterator[Resource]:
        route53 = records.route53()
        for kind, ids in (("hostedzone", route53.zones), ("healthcheck", route53.health_checks)):
            for id in ids:
                tags = route53.resource_tags.get(id, {})
                yield Resource(arn=f"arn:aws:route53:::{kind}/{id}", type=f"route53:{kind}", tags=tags)


class TagsApi(Response):
    """GetResources."""

    def __init__(self, tags: Tags) -> None:
        super().__init__("resourcegroupstaggingapi")
        self.tags = tags

    def get_resources(self) -> ActionResult:
        matches, types = make_tag_matcher(self.ask("TagFilters")), self.ask("ResourceTypeFilters")
        arns = self.ask("ResourceARNList") or []
        found = [
            resource
            for resource in self.tags.of_region(self.region)
            if resource.tags
            and matches(dict(resource.tags))
            and match_resource_type(resource.type, types)
            and (not arns or resource.arn in arns)
        ]
        some, token = page(found, self.ask("PaginationToken"), self.ask("ResourcesPerPage"), 50)
        mapped = [
            {"ResourceARN": r.arn, "Tags": [{"Key": name, "Value": value} for name, value in r.tags.items()]}
            for r in some
        ]
        return ActionResult({"ResourceTagMappingList": mapped, "PaginationToken": token or ""})
