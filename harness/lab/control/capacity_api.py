"""The Auto Scaling API."""

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, Response, page
from harness.lab.control.capacity import Capacity, Group, describe_member, describe_tags


class CapacityApi(Response):
    """Reads and sizes the groups of the lab."""

    def __init__(self, capacity: Capacity) -> None:
        super().__init__("autoscaling")
        self.capacity = capacity

    def _groups(self) -> list[Group]:
        group = self.capacity.groups.get(self.region)
        return [group] if group else []

    def _group(self) -> Group:
        name, group = self.ask("AutoScalingGroupName"), self.capacity.groups.get(self.region)
        if group is None or group.name != name:
            raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
        return group

    def describe_auto_scaling_groups(self) -> ActionResult:
        names, filters = self.ask("AutoScalingGroupNames", []), self.ask("Filters", [])
        found = [
            self.capacity.describe(group)
            for group in self._groups()
            if (not names or group.name in names) and all(_matches(group, f) for f in filters)
        ]
        return ActionResult({"AutoScalingGroups": found})

    def describe_auto_scaling_instances(self) -> ActionResult:
        ids = self.ask("InstanceIds", [])
        described = [
            {**describe_member(m), "AutoScalingGroupName": group.name}
            for group in self._groups()
            for m in list(group.members.values())
            if not ids or m.instance.id in ids
        ]
        return ActionResult({"AutoScalingInstances": [_upper(d) for d in described]})

    def describe_scaling_activities(self) -> ActionResult:
        wanted = self.ask("AutoScalingGroupName")
        mine = [(g, a) for g in self._groups() if wanted in (None, g.name) for a in list(g.activities)]
        some, token = page(mine, self.ask("NextToken"), self.ask("MaxRecords"))
        described = [
            {
                "ActivityId": a.id,
                "AutoScalingGroupName": group.name,
                "Description": a.description,
                "Cause": a.cause,
                "StartTime": a.started,
                "EndTime": a.ended,
                "StatusCode": a.status,
                "StatusMessage": a.message or None,
                "Progress": 100 if a.ended else 50,
            }
            for group, a in some
        ]
        return ActionResult({"Activities": described, "NextToken": token})

    def set_desired_capacity(self) -> EmptyResult:
        group = self._group()
        self._size(group, group.minimum, group.maximum, self.ask("DesiredCapacity"))
        return EmptyResult()

    def update_auto_scaling_group(self) -> EmptyResult:
        group = self._group()
        known = {"AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"}
        if extra := sorted(set(self.params) - known):
            raise AwsError("ValidationError", f"the lab changes only the sizes of a group, not {', '.join(extra)}")
        low, high = self.ask("MinSize", group.minimum), self.ask("MaxSize", group.maximum)
        self._size(group, low, high, self.ask("DesiredCapacity", min(max(group.desired, low), high)))
        return EmptyResult()

    def _size(self, group: Group, low: int, high: int, desired: int) -> None:
        if not 0 <= low <= desired <= high:
            raise AwsError("ValidationError", f"desired capacity {desired} is not in {low}..{high} (minimum..maximum)")
        cause = f"a user request changed the desired capacity from {group.desired} to {desired}"
        group.minimum, group.maximum, group.desired = low, high, desired
        self.capacity.lab.truth.write("desired_capacity", region=group.region, desired=desired)
        self.capacity.lab.spawn(self.capacity.reconcile(group.region, cause))

    def describe_tags(self) -> ActionResult:
        return ActionResult({"Tags": [tag for group in self._groups() for tag in describe_tags(group)]})

    def create_or_update_tags(self) -> EmptyResult:
        groups = {group.name: group for group in self._groups()}
        for tag in self.ask("Tags", []):
            if (group := groups.get(tag.get("ResourceId"))) is None:
                raise AwsError("ValidationError", f"AutoScalingGroup {tag.get('ResourceId')} not found")
            group.tags[tag["Key"]] = tag.get("Value", "")
        return EmptyResult()


def _matches(group: Group, wanted: dict[str, object]) -> bool:
    name, values = str(wanted.get("Name")), wanted.get("Values") or []
    if name.startswith("tag:"):
        return group.tags.get(name[4:]) in values  # type: ignore[operator]
    if name == "tag-key":
        return any(key in values for key in group.tags)  # type: ignore[operator]
    if name == "tag-value":
        return any(value in values for value in group.tags.values())  # type: ignore[operator]
    raise AwsError("ValidationError", f"the lab has no filter {name!r}")


def _upper(member: dict[str, object]) -> dict[str, object]:
    # DescribeAutoScalingInstances shouts what DescribeAutoScalingGroups says.
    return {**member, "HealthStatus": str(member["HealthStatus"]).upper()}
