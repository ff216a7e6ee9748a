"""Whose traffic the network actions of tasks and instances strike: what their parameter `sources` says."""

from ipaddress import IPv4Network

from harness.lab.fis.action import ActionFailed
from harness.lab.fis.effects import Network

_SERVICES = {"DYNAMODB": "dynamodb", "S3": "s3"}


def others(sources: str, region: str, network: Network) -> tuple[str, ...]:
    """The other side of a rule for sources separated by commas; `ALL` is everybody.

    A source is an IPv4 address or a network (of the lab, or private ones of its VPCs), the name or id of a zone,
    DYNAMODB or S3 of the region, or a domain name, which the lab's DNS resolves now and not again. Raises ActionFailed.
    """
    named = [source.strip() for source in sources.split(",") if source.strip()]
    if not named:
        raise ActionFailed("sources is empty")
    if "ALL" in named:
        return ()
    return tuple(dict.fromkeys(host for source in named for host in _hosts(source, region, network)))


def _hosts(source: str, region: str, network: Network) -> list[str]:
    if (service := _SERVICES.get(source.upper())) is not None:
        return [network.endpoint(region, service)]
    if (zone := network.zone(source)) is not None:
        return [zone]
    try:
        found = list(network.network(IPv4Network(source, strict=False)))
    except ValueError:
        found = list(network.lookup(source))
    if not found:
        raise ActionFailed(f"the lab has no source {source!r}: no address, network, zone or domain name of it")
    return found
