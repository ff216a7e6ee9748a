"""What FIS does to the network, and whom the words of its parameters mean."""

import contextlib
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import Any

from harness.lab.addresses import place_of
from harness.lab.control import records
from harness.lab.control.databases import Databases
from harness.lab.control.gateways import peerings, service_of
from harness.lab.control.lab import Lab
from harness.lab.control.zone_names import NoSuchZone, zone_names
from harness.lab.control.zones import Zones
from harness.lab.fis.action import ActionFailed
from harness.lab.network.rule import Rule
from harness.lab.plane import DataPlaneError


class NetworkEffects:
    """Cuts and rules of the data plane, and who is where."""

    def __init__(self, lab: Lab, databases: Databases, zones: Zones) -> None:
        self.lab, self.databases, self.names = lab, databases, zones

    async def cut(self, name: str, places: Sequence[str]) -> None:
        """Isolate regions or zones. Raises ActionFailed when the network cannot."""
        try:
            await self.lab.plane.cut(name, places)
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error

    async def impair(self, name: str, rules: Sequence[Rule]) -> None:
        """Put rules in force. Raises ActionFailed when the network cannot."""
        try:
            await self.lab.plane.impair(name, rules)
        except DataPlaneError as error:
            raise ActionFailed(str(error)) from error

    async def mend(self, name: str) -> None:
        """Take a cut and the rules of that name away."""
        await self.lab.plane.mend(name)

    def regions(self) -> Sequence[str]:
        """The regions of the lab."""
        return self.lab.recipe.regions

    def zones(self, region: str, subnets: Sequence[str]) -> list[str]:
        """The zones of subnets."""
        with self.lab.lock:
            ec2 = records.ec2(region)
            return sorted({ec2.get_subnet(subnet).availability_zone for subnet in subnets})

    def places(self, region: str, subnets: Sequence[str]) -> list[str]:
        """The zones of subnets; the region when these are all of its zones."""
        zones = self.zones(region, subnets)
        return [region] if set(zones) == set(self.lab.recipe.zones(region)) else zones

    def hosts(self, region: str) -> dict[str, tuple[str, ...]]:
        """Who is in each zone of a region: the zone as a place, and the databases that RDS has put there."""
        found = {zone: [zone] for zone in self.lab.recipe.zones(region)}
        for database in list(self.databases.known.values()):
            if database.region == region:
                described = self.databases.describe(database)
                addresses = self.lookup(described["Endpoint"]["Address"])
                found[described["AvailabilityZone"]] += [a for a in addresses if place_of(a) == region]
        return {zone: tuple(names) for zone, names in found.items()}

    def endpoint(self, region: str, service: str) -> str:
        """The address that stands for the regional endpoint of dynamodb or s3."""
        return self.lab.addresses.endpoint(region, service)

    def services(self, region: str, endpoints: Sequence[str]) -> list[str]:
        """The services, dynamodb or s3, that VPC endpoints lead to."""
        with self.lab.lock:
            found = records.ec2(region).describe_vpc_endpoints([*endpoints])
        return sorted({service_of(endpoint) for endpoint in found})

    def peers(self, region: str, gateways: Sequence[str]) -> set[str]:
        """The regions that transit gateways have a working peering with."""
        with self.lab.lock:
            return {peer for gateway, peer in peerings(region) if gateway in gateways}

    def zone(self, name: str) -> str | None:
        """The zone of a name or an id such as use1-az1."""
        for region in self.lab.recipe.regions:
            with self.lab.lock, contextlib.suppress(NoSuchZone):
                [zone] = zone_names(region, [name])
                return zone if zone in self.lab.recipe.zones(region) else None
        return None

    def lookup(self, name: str) -> list[str]:
        """The addresses of a domain name, as the lab's DNS answers."""
        found = self.names.resolve(name, "A", self.lab.addresses.everybody_else)
        return [value for record in found or () if record.type == "A" for value in record.values]

    def network(self, network: IPv4Network) -> list[str]:
        """Whom a network means: addresses of the lab, or subnets and instances by their private addresses."""
        if network.overlaps(IPv4Network(f"127.{self.lab.addresses.slot}.0.0/16")):
            return [str(network)]
        with self.lab.lock:
            regions = [records.ec2(region) for region in self.lab.recipe.regions]
            zones = {s.availability_zone for ec2 in regions for s in _subnets(ec2) if _cidr(s).subnet_of(network)}
            ids = [i.id for ec2 in regions for i in ec2.all_instances() if IPv4Network(i.private_ip).subnet_of(network)]
        addresses = [a for a in map(self.lab.plane.address_of, ids) if a is not None]
        return sorted(zones) + [a for a in addresses if place_of(a) not in zones]


def _subnets(ec2: Any) -> Iterable[Any]:
    return ec2.describe_subnets(filters={"tag:drill": ["storefront"]})  # type: ignore[no-any-return]


def _cidr(subnet: Any) -> IPv4Network:
    return IPv4Network(subnet.cidr_block)
