"""The part of the Auto Scaling API that is about groups: what they are, their sizes, processes, metrics and tags."""

from typing import Any

from harness.lab.control.answer import ActionResult, AwsError, EmptyResult, NotInTheLab, Response, page
from harness.lab.scaling import activity as words
from harness.lab.scaling.described import describe_activity, describe_group, describe_member, describe_tags
from harness.lab.scaling.group import PROCESSES, REBALANCE, REFRESH, Group
from harness.lab.scaling.group_metrics import METRICS
from harness.lab.scaling.groups import Groups

_SIZES = {"AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"}
_SPANS = {"DefaultCooldown": "cooldown", "HealthCheckGracePeriod": "grace", "DefaultInstanceWarmup": "warmup"}
_CHECKS = ("EC2", "ELB")


class GroupsApi(Response):
    """Reads and sizes the groups of the lab."""

    groups: Groups

    def _groups(self) -> list[Group]:
        group = self.groups.groups.get(self.region)
        return [group] if group else []

    def _group(self) -> Group:
        name, group = self.ask("AutoScalingGroupName"), self.groups.groups.get(self.region)
        if group is None or group.name != name:
            raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
        return group

    def describe_auto_scaling_groups(self) -> ActionResult:
        names, filters = self.ask("AutoScalingGroupNames", []), self.ask("Filters", [])
        found = [
            describe_group(group, self.groups.lab.recipe.zones(self.region))
            for group in self._groups()
            if (not names or group.name in names) and all(_matches(group, f) for f in filters)
        ]
        return ActionResult({"AutoScalingGroups": found})

    def describe_auto_scaling_instances(self) -> ActionResult:
        ids = self.ask("InstanceIds", [])
        described = [
            {**describe_member(m), "AutoScalingGroupName": group.name}
            for group in self._groups()
            for m in [*list(group.members.values()), *list(group.pool.values())]
            if not ids or m.instance.id in ids
        ]
        return ActionResult({"AutoScalingInstances": [_upper(d) for d in described]})

    def describe_scaling_activities(self) -> ActionResult:
        name, ids = self.ask("AutoScalingGroupName"), self.ask("ActivityIds", [])
        mine = [(g, a) for g in self._groups() if name in (None, g.name) for a in list(g.activities)]
        mine = [(group, activity) for group, activity in mine if not ids or activity.id in ids]
        some, token = page(mine, self.ask("NextToken"), self.ask("MaxRecords"))
        return ActionResult({"Activities": [describe_activity(*pair) for pair in some], "NextToken": token})

    # Sizes

    def set_desired_capacity(self) -> EmptyResult:
        group, desired = self._group(), int(self.ask("DesiredCapacity"))
        said = f"New SetDesiredCapacity value {desired} is"
        if desired > group.maximum:
            raise AwsError("ValidationError", f"{said} above max value {group.maximum} for the AutoScalingGroup.")
        if desired < group.minimum:
            raise AwsError("ValidationError", f"{said} below min value {group.minimum} for the AutoScalingGroup.")
        if self.ask("HonorCooldown") and self.cooling(group):
            raise cooling_down(group)
        self.groups.resize(group, desired, words.by_request(group.desired, desired))
        return EmptyResult()

    def cooling(self, group: Group) -> bool:
        """Whether a cooldown of simple scaling is in force."""
        return False

    def update_auto_scaling_group(self) -> EmptyResult:
        group = self._group()
        if extra := sorted(set(self.params) - _SIZES - set(_SPANS) - {"HealthCheckType"}):
            said = "the lab changes only the sizes, cooldown, warm-up and health checks of a group"
            raise AwsError("ValidationError", f"{said}, not {', '.join(extra)}")
        sizes = self._sizes(group)
        self._checks(group)
        for name, attribute in _SPANS.items():
            if name in self.params:
                setattr(group, attribute, _span(name, self.ask(name)))
        if _SIZES & set(self.params) != {"AutoScalingGroupName"}:
            low, high, desired = sizes
            group.minimum, group.maximum = low, high
            self.groups.resize(group, desired, words.by_update((low, high), group.desired, desired))
        return EmptyResult()

    def _sizes(self, group: Group) -> tuple[int, int, int]:
        low, high = int(self.ask("MinSize", group.minimum)), int(self.ask("MaxSize", group.maximum))
        desired = int(self.ask("DesiredCapacity", min(max(group.desired, low), high)))
        if low < 0 or low > high:
            raise AwsError("ValidationError", f"Max bound, {high}, must be greater than or equal to min bound, {low}")
        if not low <= desired <= high:
            said = f"Desired capacity:{desired} must be between the specified min size:{low} and max size:{high}"
            raise AwsError("ValidationError", said)
        return low, high, desired

    def _checks(self, group: Group) -> None:
        kind = self.ask("HealthCheckType", group.health_check)
        if kind not in _CHECKS:
            raise AwsError("ValidationError", f"the lab has no health check type {kind}; it has {', '.join(_CHECKS)}")
        group.health_check = kind

    # Processes

    def suspend_processes(self) -> EmptyResult:
        group = self._group()
        for name in self._processes():
            group.suspended.setdefault(name, f"User suspended at {words.at().removeprefix('At ')}")
        return EmptyResult()

    def resume_processes(self) -> EmptyResult:
        group, names = self._group(), self._processes()
        if unable := [name for name in (REBALANCE, REFRESH) if name in names and self.ask("ScalingProcesses")]:
            raise NotInTheLab("autoscaling", f"ResumeProcesses of {', '.join(unable)}")
        for name in names:
            if name != REBALANCE:
                group.suspended.pop(name, None)
        self.groups.lab.soon(self.groups.reconcile, group.region)
        return EmptyResult()

    def _processes(self) -> list[str]:
        names: list[str] = self.ask("ScalingProcesses") or list(PROCESSES)
        if unknown := [name for name in names if name not in PROCESSES]:
            raise AwsError("ValidationError", f"Invalid scaling process(es): {', '.join(unknown)}")
        return names

    # Metrics of the group

    def enable_metrics_collection(self) -> EmptyResult:
        group = self._group()
        if self.ask("Granularity") != "1Minute":
            raise AwsError("ValidationError", "Granularity must be 1Minute")
        group.collected |= self._metrics()
        return EmptyResult()

    def disable_metrics_collection(self) -> EmptyResult:
        group = self._group()
        group.collected -= self._metrics()
        return EmptyResult()

    def _metrics(self) -> frozenset[str]:
        names = frozenset(self.ask("Metrics") or METRICS)
        if unknown := sorted(names - set(METRICS)):
            raise AwsError("ValidationError", f"the lab has no group metrics {', '.join(unknown)}")
        return names

    # Tags

    def describe_tags(self) -> ActionResult:
        return ActionResult({"Tags": [tag for group in self._groups() for tag in describe_tags(group)]})

    def create_or_update_tags(self) -> EmptyResult:
        groups = {group.name: group for group in self._groups()}
        for tag in self.ask("Tags", []):
            if (group := groups.get(tag.get("ResourceId"))) is None:
                raise AwsError("ValidationError", f"AutoScalingGroup {tag.get('ResourceId')} not found")
            group.tags[tag["Key"]] = tag.get("Value", "")
        return EmptyResult()


def cooling_down(group: Group) -> AwsError:
    """The refusal of what honours a cooldown that is in force."""
    said = f"Scaling activity in progress and cooldown of AutoScalingGroup {group.name} is honoured"
    return AwsError("ScalingActivityInProgress", said)


def _span(name: str, value: Any) -> float:
    if not 0 <= float(value) <= 86_400:
        raise AwsError("ValidationError", f"{name} must be between 0 and 86400 seconds")
    return float(value)


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
