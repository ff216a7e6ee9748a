"""Where a stack stands, in words that can be compared: who is the primary, how much capacity, where DNS points."""

from collections.abc import Iterator, Mapping

from harness.aws import compute
from harness.aws.site import Site


def inventory(site: Site) -> Mapping[str, str]:
    """Everything that a drill may move, subject -> state. Two of them side by side show what did not return.

    Raises CallFailed when the stack does not answer.
    """
    return dict([*_databases(site), *_capacities(site), *_records(site)])


def capacities(site: Site) -> Mapping[str, tuple[int, int]]:
    """The size of each region's group and its maximum; that of an ECS service is its size.

    Raises CallFailed when the stack does not answer.
    """
    found = {region: compute.capacity(site, region) for region in site.stack.regions}
    return {r: (c.desired, c.desired if c.maximum is None else c.maximum) for r, c in found.items() if c is not None}


def _databases(site: Site) -> Iterator[tuple[str, str]]:
    database = site.stack.database
    for region, identifier in (database.instances if database else {}).items():
        found = site.rds(region).instance(identifier)
        role = "missing" if found is None else "replica" if found.is_replica else "primary"
        yield f"database in {region}", role


def _capacities(site: Site) -> Iterator[tuple[str, str]]:
    for region in site.stack.regions:
        found = compute.capacity(site, region)
        if found is not None:
            yield f"capacity in {region}", f"{found.desired} desired, {found.in_service} in service"


def _records(site: Site) -> Iterator[tuple[str, str]]:
    entry = site.stack.entry
    for record in site.route53.records(entry.zone_id, entry.record):
        which = record.get("SetIdentifier", record.get("Type", ""))
        yield f"{entry.record} ({which})", record.get("AliasTarget", {}).get("DNSName", "").rstrip(".")
