"""What FIS finds in the lab: for each resource type that targets can be of, who lists the living resources."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.lab.control import records
from harness.lab.control.buckets import Buckets
from harness.lab.control.databases import Databases
from harness.lab.control.functions import LATEST, Functions
from harness.lab.control.lab import Lab
from harness.lab.control.records import ACCOUNT
from harness.lab.control.standbys import Standbys
from harness.lab.control.tables import Tables
from harness.lab.fis.targets import Candidate
from harness.lab.scaling.described import describe_group
from harness.lab.scaling.groups import Groups

Finder = Callable[[str], Iterable[Candidate]]  # region -> its resources; called under the lock


class LabInventory:
    """The `Inventory` of FIS targets in this lab."""

    def __init__(self, lab: Lab, finders: Mapping[str, Finder]) -> None:
        self.lab, self.finders = lab, finders

    def candidates(self, region: str, type: str) -> list[Candidate]:
        """The living resources of a type; none of a type that nobody finds."""
        finder = self.finders.get(type)
        if finder is None:
            return []
        with self.lab.lock:
            ids = records.zone_ids(region)
            return [replace(found, zone_id=ids.get(found.zone, "")) for found in finder(region)]


def buckets(known: Buckets) -> Finder:
    """Finds S3 buckets."""

    def found(region: str) -> Iterator[Candidate]:
        name = known.bucket(region).name
        yield Candidate(arn=f"arn:aws:s3:::{name}", tags=known.tags(region), attributes={"Name": name})

    return found


def databases(known: Databases) -> Finder:
    """Finds DB instances."""

    def found(region: str) -> Iterator[Candidate]:
        for database in list(known.known.values()):
            if database.region == region:
                described = known.describe(database)
                zone = described["AvailabilityZone"]
                yield Candidate(arn=database.arn, tags=database.tags, zone=zone, attributes=described)

    return found


def db_clusters(standbys: Standbys) -> Finder:
    """Finds DB clusters; the zone of one is that of its writer."""

    def found(region: str) -> Iterator[Candidate]:
        for cluster in list(standbys.clusters.values()):
            if cluster.region == region:
                zone = standbys.lab.plane.pairs()[cluster.pair].writer_zone
                described = standbys.describe(cluster)
                yield Candidate(arn=cluster.arn, tags=cluster.tags, zone=zone, attributes=described)

    return found


def functions(known: Functions) -> Finder:
    """Finds Lambda functions."""

    def found(region: str) -> Iterator[Candidate]:
        function = known.known[region]
        described, versions = function.describe(), {"functionQualifier": (LATEST,)}
        yield Candidate(arn=function.arn, tags=function.tags, attributes=described, parameters=versions)

    return found


def global_tables(tables: Tables) -> Finder:
    """Finds the replicas of DynamoDB global tables."""

    def found(region: str) -> Iterator[Candidate]:
        if tables.others(region):
            replica = tables.replica(region)
            yield Candidate(arn=replica.table_arn, tags=tables.tags(region), attributes={"TableName": replica.name})

    return found


def groups(capacity: Groups) -> Finder:
    """Finds Auto Scaling groups."""

    def found(region: str) -> Iterator[Candidate]:
        if (group := capacity.groups.get(region)) is not None:
            described = describe_group(group, capacity.lab.recipe.zones(region))
            yield Candidate(arn=group.arn, tags=group.tags, attributes=described)

    return found


def spot_instances(region: str) -> Iterator[Candidate]:
    """The Spot instances of a region that are not terminated."""
    yield from instances(region, spot=True)


def instances(region: str, *, spot: bool = False) -> Iterator[Candidate]:
    """The EC2 instances of a region that are not terminated; only Spot ones if told."""
    for instance in records.ec2(region).all_instances():
        if instance.state in ("terminated", "shutting-down") or (spot and instance.lifecycle != "spot"):
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
                "InstanceLifecycle": instance.lifecycle,
                "State": {"Name": instance.state, "Code": instance.state_code},
                "Placement": {"AvailabilityZone": instance.availability_zone},
                "Tags": instance.get_tags(),
            },
        )


def roles(region: str) -> Iterator[Candidate]:
    """The IAM roles, which are in every region."""
    for role in records.iam().roles.values():
        tags = {tag["Key"]: tag["Value"] for tag in role.tags}
        yield Candidate(arn=role.arn, tags=tags, attributes={"RoleName": role.name, "Path": role.path})


def subnets(region: str) -> Iterator[Candidate]:
    """The subnets of a region."""
    for subnet in records.ec2(region).describe_subnets():
        zone = subnet.availability_zone
        yield Candidate(
            arn=f"arn:aws:ec2:{region}:{ACCOUNT}:subnet/{subnet.id}",
            tags=_tags(subnet),
            zone=zone,
            vpc=subnet.vpc_id,
            attributes={"SubnetId": subnet.id, "VpcId": subnet.vpc_id, "AvailabilityZone": zone},
        )


def transit_gateways(region: str) -> Iterator[Candidate]:
    """The transit gateways of a region."""
    for gateway in records.ec2(region).transit_gateways.values():
        yield Candidate(
            arn=f"arn:aws:ec2:{region}:{ACCOUNT}:transit-gateway/{gateway.id}",
            tags=_tags(gateway),
            attributes={"TransitGatewayId": gateway.id, "State": gateway.state},
        )


def vpc_endpoints(region: str) -> Iterator[Candidate]:
    """The VPC endpoints of a region."""
    for endpoint in records.ec2(region).describe_vpc_endpoints([]):
        yield Candidate(
            arn=f"arn:aws:ec2:{region}:{ACCOUNT}:vpc-endpoint/{endpoint.id}",
            tags=_tags(endpoint),
            vpc=endpoint.vpc_id,
            attributes={
                "VpcEndpointId": endpoint.id,
                "VpcEndpointType": endpoint.vpc_endpoint_type,
                "VpcId": endpoint.vpc_id,
                "ServiceName": endpoint.service_name,
                "SubnetIds": endpoint.subnet_ids,
                "State": endpoint.state,
            },
        )


def _tags(resource: Any) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in resource.get_tags()}
