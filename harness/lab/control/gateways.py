"""Transit gateways, one a region and all peered, and the endpoints of DynamoDB and S3 in each VPC: their records."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from moto.ec2.responses import EC2Response

from harness.lab.addresses import SERVICES
from harness.lab.control import records
from harness.lab.control.answer import ActionResult
from harness.lab.control.records import ACCOUNT


def connect(subnets: Mapping[str, Mapping[str, str]], tags: Mapping[str, str]) -> None:
    """Write the records for regions, each with its subnets by zone; call it under the lock."""
    gateways = {region: _transit_gateway(region, list(ids.values()), tags) for region, ids in subnets.items()}
    for (one, gateway), (other, peer) in combinations(gateways.items(), 2):
        name = {**tags, "Name": f"storefront-{one}-{other}"}
        made = records.ec2(one).create_transit_gateway_peering_attachment(gateway, peer, other, ACCOUNT, name)
        records.ec2(other).accept_transit_gateway_peering_attachment(made.id)


def _transit_gateway(region: str, subnets: list[str], tags: Mapping[str, str]) -> str:
    ec2 = records.ec2(region)
    vpc, name = ec2.get_subnet(subnets[0]).vpc_id, {**tags, "Name": f"storefront-{region}"}
    gateway = ec2.create_transit_gateway("storefront", tags=[{"Key": k, "Value": v} for k, v in name.items()])
    ec2.create_transit_gateway_vpc_attachment(gateway.id, vpc, subnets, tags=name)
    for service in SERVICES:
        name = {**tags, "Name": f"storefront-{region}-{service}"}
        ec2.create_vpc_endpoint(
            vpc,
            f"com.amazonaws.{region}.{service}",
            "Interface",
            None,
            [],
            subnets,
            tags=name,
            private_dns_enabled=True,
        )
    return str(gateway.id)


def peerings(region: str) -> Iterator[tuple[str, str]]:
    """The gateway of a region and the region at the other end, of each peering that works; call it under the lock."""
    for attachment in records.ec2(region).describe_transit_gateway_attachments():
        if attachment.resource_type == "peering" and attachment.state == "available":
            ends = (attachment.requester_tgw_info, attachment.accepter_tgw_info)
            here, there = ends if ends[0]["Region"] == region else ends[::-1]
            yield here["TransitGatewayId"], there["Region"]


def service_of(endpoint: Any) -> str:
    """The service that a VPC endpoint leads to."""
    return str(endpoint.service_name.rpartition(".")[2])


class GatewaysApi(EC2Response):
    """moto's EC2 API, where the attachments of a kind are only those of that kind."""

    def describe_transit_gateway_vpc_attachments(self) -> ActionResult:
        return ActionResult({"TransitGatewayVpcAttachments": self._attachments("vpc")})

    def describe_transit_gateway_peering_attachments(self) -> ActionResult:
        return ActionResult({"TransitGatewayPeeringAttachments": self._attachments("peering")})

    def _attachments(self, kind: str) -> list[Any]:
        ids, filters = self._get_param("TransitGatewayAttachmentIds", []), self._filters_from_querystring()
        find = getattr(self.ec2_backend, f"describe_transit_gateway_{kind}_attachments")
        return [found for found in find(ids, filters) if found.resource_type == kind]
