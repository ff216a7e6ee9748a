"""Auto Scaling as its tests see it: the API of groups, and HTTP through the balancer."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from control_lab import US, ControlLab, control_lab, until

GROUP = f"storefront-{US}"


class ScalingLab:
    """A lab of one region whose group scales."""

    def __init__(self, lab: ControlLab) -> None:
        self.lab, self.client = lab, lab.client("autoscaling")
        self.scale = float(lab.stack["time_scale"])

    def call(self, operation: str, **asked: Any) -> Any:
        """An operation on the group."""
        return getattr(self.client, operation)(AutoScalingGroupName=GROUP, **asked)

    def group(self) -> dict[str, Any]:
        """The group."""
        return self.lab.group(US)

    def members(self, *states: str) -> list[str]:
        """The ids of the members in some states; all when none is named."""
        return [m["InstanceId"] for m in self.group()["Instances"] if not states or m["LifecycleState"] in states]

    def state(self, id: str) -> str:
        """The state of a member; empty when it is none."""
        return next((m["LifecycleState"] for m in self.group()["Instances"] if m["InstanceId"] == id), "")

    def pool(self, *states: str) -> list[str]:
        """The ids of the warmed instances in some states; all when none is named."""
        found = self.call("describe_warm_pool")["Instances"]
        return [m["InstanceId"] for m in found if not states or m["LifecycleState"] in states]

    def resize(self, desired: int) -> None:
        """Set the desired capacity."""
        self.call("set_desired_capacity", DesiredCapacity=desired)

    def settle(self, count: int) -> set[str]:
        """Ask for so many, and wait until exactly those are in service and healthy; returns their ids."""
        self.resize(count)
        return self.settled(count)

    def settled(self, count: int) -> set[str]:
        """Wait until exactly so many are in service and healthy; returns their ids."""

        def there() -> set[str] | None:
            ids, states = set(self.members()), self.targets()
            serve = set(self.members("InService")) == ids == {id for id, s in states.items() if s == "healthy"}
            return ids if serve and len(ids) == len(states) == count else None

        return set(until(there, f"{count} serve"))

    def targets(self) -> dict[str, str]:
        """The health of the targets by instance."""
        group = self.lab.stack["regions"][US]["target_group"]
        described = self.lab.client("elbv2").describe_target_health(TargetGroupArn=group)
        return {d["Target"]["Id"]: d["TargetHealth"]["State"] for d in described["TargetHealthDescriptions"]}

    def instance(self, id: str) -> str:
        """The state of an instance, as EC2 says."""
        found = self.lab.client("ec2").describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]
        return str(found["State"]["Name"])

    def activities(self, id: str = "") -> list[dict[str, Any]]:
        """The scaling activities about an instance, or all; the latest first."""
        return [a for a in self.call("describe_scaling_activities")["Activities"] if id in a["Description"]]

    def answered_by(self, requests: int = 30) -> set[str]:
        """The instances that answer some requests through the balancer."""
        url = urlsplit(self.lab.stack["regions"][US]["url"])
        served = set()
        for _ in range(requests):
            connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=20)
            connection.request("GET", "/catalogue")
            served.add(str(connection.getresponse().headers["X-Served-By"]).split("/")[2])
            connection.close()
        return served

    @contextmanager
    def lingering(self, count: int = 12) -> Iterator[set[str]]:
        """Clients that keep their connections open after an answer; yields the instances that answered."""
        url = urlsplit(self.lab.stack["regions"][US]["url"])
        open_ones = [http.client.HTTPConnection(str(url.hostname), url.port, timeout=20) for _ in range(count)]
        served = set()
        try:
            for connection in open_ones:
                connection.request("GET", "/catalogue")
                answer = connection.getresponse()
                answer.read()
                served.add(str(answer.headers["X-Served-By"]).split("/")[2])
            yield served
        finally:
            for connection in open_ones:
                connection.close()

    def started(self, id: str) -> list[dict[str, Any]]:
        """What the truth log says of the starts of an instance's process."""
        return [event for event in self.lab.truth("instance_started") if event["instance"] == id]

    def alarms(self, policy: str) -> dict[str, dict[str, Any]]:
        """The alarms of a target tracking policy: AlarmHigh and AlarmLow."""
        (found,) = self.call("describe_policies", PolicyNames=[policy])["ScalingPolicies"]
        names = [alarm["AlarmName"] for alarm in found["Alarms"]]
        alarms = self.lab.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"] if names else []
        return {"AlarmHigh" if "-AlarmHigh-" in a["AlarmName"] else "AlarmLow": a for a in alarms}


@contextmanager
def scaling_lab(**recipe: Any) -> Iterator[ScalingLab]:
    """A lab of one region, two instances and quick draining, unless told otherwise."""
    settings = {"time_scale": 20, "regions": [US], "health_check": None, "deregistration_delay": 20, **recipe}
    with control_lab(**settings) as lab:
        yield ScalingLab(lab)
