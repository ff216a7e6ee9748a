"""What the parameter `sources` comes to, on a network that is only made up."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any, cast

import pytest

from harness.lab.fis.action import ActionFailed
from harness.lab.fis.effects import Network
from harness.lab.fis.sources import others

US = "us-east-1"


class MadeUp:
    """One zone, one domain name, the network 127.42.0.0/16, and two endpoints."""

    def endpoint(self, region: str, service: str) -> str:
        return f"{service} of {region}"

    def zone(self, name: str) -> str | None:
        return {"us-east-1a": "us-east-1a", "use1-az6": "us-east-1a"}.get(name)

    def lookup(self, name: str) -> Sequence[str]:
        return {"db.storefront.test": ["127.42.10.5"]}.get(name, [])

    def network(self, network: IPv4Network) -> Sequence[str]:
        return [str(network)] if network.subnet_of(IPv4Network("127.42.0.0/16")) else []


def resolved(sources: str) -> tuple[str, ...]:
    return others(sources, US, cast(Network, MadeUp()))


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ("ALL", ()),
        ("db.storefront.test,ALL", ()),
        ("DYNAMODB", ("dynamodb of us-east-1",)),
        ("S3, DYNAMODB", ("s3 of us-east-1", "dynamodb of us-east-1")),
        ("us-east-1a", ("us-east-1a",)),
        ("use1-az6,us-east-1a", ("us-east-1a",)),
        ("127.42.10.5", ("127.42.10.5/32",)),
        ("127.42.10.9/24", ("127.42.10.0/24",)),
        ("db.storefront.test", ("127.42.10.5",)),
    ],
)
def test_a_source_is_an_address_a_network_a_zone_a_service_or_a_name(sources: str, expected: Any) -> None:
    assert resolved(sources) == expected


@pytest.mark.parametrize("wrong", ["", " , ", "192.168.1.1", "nowhere.test", "us-east-1z", "127.42.10.5,nowhere.test"])
def test_a_source_that_the_lab_does_not_have_fails_the_action(wrong: str) -> None:
    with pytest.raises(ActionFailed, match="source"):
        resolved(wrong)
