"""Promote the read replica of a region and move the writers' DNS name to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.aws.rds import DatabaseInstance
from harness.aws.site import Site
from harness.errors import StepFailed
from harness.failover.registry import Undo, step, unknown_regions
from harness.stack.descriptor import Database, Stack


@step("promote the replica")
class PromoteReplica:
    """Makes the region's replica the primary; undone by making the old primary a replica of the new one."""

    options: tuple[str, ...] = ("region",)

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """The region must have a database instance that is not the primary."""
        region = options["region"]
        wrong = unknown_regions(stack, region)
        if not stack.database:
            return [*wrong, f"promote the replica: stack {stack.stack} has no database"]
        if not wrong and region not in stack.database.instances:
            wrong.append(f"promote the replica: {region} has no database instance")
        if region == stack.database.primary:
            wrong.append(f"promote the replica: {region} already has the primary")
        return wrong

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Remember who was the primary."""
        database = _database(site)
        return {"region": options["region"], "primary": database.primary}

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Promote, wait until RDS calls it an available primary, then point the writers at it."""
        region = options["region"]
        replica = _instance(site, region)
        if replica is None:
            raise StepFailed(f"{region} has no database instance")
        if replica.is_replica:
            site.rds(region).promote(replica.identifier)
        primary = site.wait(lambda: _available_primary(site, region), within, f"{replica.identifier} is a primary")
        _point_writers(site, primary)
        return f"{primary.identifier} is the primary and {_database(site).writer_record} points at it"

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Let the old primary rejoin: it is replaced by a read replica of the new primary."""
        old_region, new_region = undo["primary"], undo["region"]
        new = _settled(site, new_region, within)
        if new is None or new.is_replica:
            return f"{new_region} was not promoted"
        _point_writers(site, new)
        old = _instance(site, old_region)
        if old is not None and old.is_replica and old.replication == "replicating":
            return f"{old.identifier} already follows {new.identifier}"
        if old is not None:
            site.rds(old_region).delete(old.identifier)
            site.wait(lambda: _instance(site, old_region) is None, within, f"{old.identifier} is deleted")
        identifier = _database(site).instances[old_region]
        site.rds(old_region).create_replica(identifier, new.arn, new_region, site.stack.tags)
        site.wait(lambda: _replicating(site, old_region), within, f"{identifier} follows {new.identifier}")
        return f"{identifier} follows {new.identifier} as a replica"


def _database(site: Site) -> Database:
    if site.stack.database is None:
        raise StepFailed(f"stack {site.stack.stack} has no database")
    return site.stack.database


def _instance(site: Site, region: str) -> DatabaseInstance | None:
    return site.rds(region).instance(_database(site).instances[region])


def _settled(site: Site, region: str, within: timedelta) -> DatabaseInstance | None:
    """The instance once nothing is under way: a promotion that missed its deadline may still come true."""

    def settled() -> bool:
        found = _instance(site, region)
        return found is None or found.status in {"available", "failed"}

    site.wait(settled, within, f"the database of {region} settles")
    return _instance(site, region)


def _available_primary(site: Site, region: str) -> DatabaseInstance | None:
    found = _instance(site, region)
    return found if found and found.status == "available" and not found.is_replica else None


def _replicating(site: Site, region: str) -> bool:
    found = _instance(site, region)
    return found is not None and found.status == "available" and found.replication == "replicating"


def _point_writers(site: Site, primary: DatabaseInstance) -> None:
    """Move the CNAME that writers use, keeping its TTL; does nothing when it points there already."""
    zone, name = site.stack.entry.zone_id, _database(site).writer_record
    for record in site.route53.records(zone, name):
        target = [{"Value": primary.endpoint}]
        if record.get("Type") == "CNAME" and record.get("ResourceRecords") != target:
            site.route53.change(zone, [("UPSERT", {**record, "ResourceRecords": target})])
