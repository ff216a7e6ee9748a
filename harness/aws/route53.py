"""Amazon Route 53: record sets and health checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.aws.session import Aws, calling
from harness.errors import CallFailed

_REGION = "us-east-1"


class Route53:
    """Route 53 is one for all regions."""

    def __init__(self, aws: Aws) -> None:
        self._client = aws.client("route53", _REGION)

    def has_zone(self, zone_id: str) -> bool:
        """Whether there is a hosted zone of this id."""
        try:
            with calling(f"route53:GetHostedZone {zone_id}"):
                self._client.get_hosted_zone(Id=zone_id)
        except CallFailed as error:
            if error.code == "NoSuchHostedZone":
                return False
            raise
        return True

    def records(self, zone_id: str, name: str) -> tuple[Mapping[str, Any], ...]:
        """The record sets of a name, as ListResourceRecordSets gives them."""
        with calling(f"route53:ListResourceRecordSets of {zone_id}"):
            pages = self._client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
            found = [record for page in pages for record in page["ResourceRecordSets"]]
        return tuple(r for r in found if r["Name"].rstrip(".") == name.rstrip("."))

    def change(self, zone_id: str, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Apply a batch of (action, record set); action is UPSERT, CREATE or DELETE. All of it or nothing."""
        batch = [{"Action": action, "ResourceRecordSet": dict(record)} for action, record in changes]
        with calling(f"route53:ChangeResourceRecordSets of {zone_id}"):
            self._client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": batch})
