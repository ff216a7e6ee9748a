"""What FIS does to the lab, and what it finds there."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.lab.control import records
from harness.lab.control.alarms import Alarms
from harness.lab.control.answer import AwsError
from harness.lab.control.databases import Databases
from harness.lab.control.instances import Instances
from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.fis.action import ActionFailed
from harness.lab.fis.targets import Candidate
from harness.lab.plane import DataPlaneError


class LabEffects:
    """The `Effects` of FIS actions on this lab."""

    def __init__(self, lab: Lab, instances: Instances, databases: Databases, alarms: Alarms) -> None:
        self.lab, self.instances, self.databases, self.alarms = lab, instances, databases, alarms

    async def stop_instances(self, ids: Sequence[str]) -> None:
        """Kill processes; their records say stopped when they are dead."""
        await self.instances.stop(ids)

    async def start_instances(self, ids: Sequence[str]) -> None:
        """Start what is stopped."""
        await self.instances.start(ids)

    async def reboot_instances(self, ids: Sequence[str]) -> None:
        """Kill and start what runs."""
        await self.instances.reboot(ids)

    async def terminate_instances(self, ids: Sequence[str]) -> None:
        """Kill processes for good."""
        await self.instances.terminate(ids)

    async def reboot_database(self, region: str, identifier: str) -> None:
        """Restart a server in place. Raises ActionFailed when RDS refuses."""
        try:
            work = self.databases.reboot(self.databases.find(region, identifier))
        except AwsError as error:
            raise ActionFailed(error.message) from error
        await work

    async def cut(self, name: str, places: Sequence[str]) -> None:
        """Isolate regions or zones. Raises ActionFailed when the network cannot."""
        try:
            await self.lab.plane.cut(name, places)
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error

    async def mend(self, name: str) -> None:
        """Take a cut away."""
        await self.lab.plane.mend(name)

    def places(self, region: str, subnets: Sequence[str]) -> list[str]:
        """The zones of subnets; the region when these are all of its zones."""
        with self.lab.lock:
            ec2 = records.ec2(region)
            zones = {ec2.get_subnet(subnet).availability_zone for subnet in subnets}
        return [region] if zones == set(self.lab.recipe.zones(region)) else sorted(zones)

    def alarm_state(self, arn: str) -> str | None:
        """The state of an alarm; none when there is none such."""
        return self.alarms.state(arn)


class LabInventory:
    """The `Inventory` of FIS targets in this lab."""

    def __init__(self, lab: Lab, databases: Databases) -> None:
        self.lab, self.databases = lab, databases

    def candidates(self, region: str, type: str) -> list[Candidate]:
        """The living resources of a type."""
        with self.lab.lock:
            match type:
                case "aws:ec2:instance":
                    return list(_instances(region))
                case "aws:ec2:subnet":
                    return list(_subnets(region))
                case "aws:rds:db":
                    return list(self._databases(region))
        return []

    def _databases(self, region: str) -> Iterator[Candidate]:
        for database in list(self.databases.known.values()):
            if database.region == region:
                described = self.databases.describe(database)
                zone = described["AvailabilityZone"]
                yield Candidate(arn=database.arn, tags=database.tags, zone=zone, attributes=described)


def _instances(region: str) -> Iterator[Candidate]:
    for instance in records.ec2(region).all_instances():
        if instance.state in ("terminated", "shutting-down"):
            continue
        yield Candidate(
            arn=f"arn:aws:ec2:{region}:{ACCOUNT}:instance/{instance.id}",
            tags=_tags(instance),
            zone=instance.availability_zone,
            vpc=instance.vpc_id,
            attributes={
                "InstanceId": instance.id,
                "InstanceType": instance.instance_type,
                "SubnetId": instance.subnet_id,
                "VpcId": instance.vpc_id,
                "State": {"Name": instance.state, "Code": instance.state_code},
                "Placement": {"AvailabilityZone": instance.availability_zone},
                "Tags": instance.get_tags(),
            },
        )


def _subnets(region: str) -> Iterator[Candidate]:
    for subnet in records.ec2(region).describe_subnets():
        zone = subnet.availability_zone
        yield Candidate(
            arn=f"arn:aws:ec2:{region}:{ACCOUNT}:subnet/{subnet.id}",
            tags=_tags(subnet),
            zone=zone,
            vpc=subnet.vpc_id,
            attributes={"SubnetId": subnet.id, "VpcId": subnet.vpc_id, "AvailabilityZone": zone},
        )


def _tags(resource: Any) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in resource.get_tags()}
