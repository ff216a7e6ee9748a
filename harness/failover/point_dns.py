"""Point the clients of one region at another region in Route 53."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.aws.site import Site
from harness.errors import StepFailed
from harness.failover.registry import Undo, step, unknown_regions
from harness.stack.descriptor import Stack


@step("point Route 53")
class PointDns:
    """Changes every record of the entry name that answers with one region so that it answers with another."""

    options: tuple[str, ...] = ("from", "to")

    def problems(self, stack: Stack, options: Mapping[str, Any]) -> list[str]:
        """Both must be regions of the stack, and not the same one."""
        wrong = unknown_regions(stack, options["from"], options["to"])
        if options["from"] == options["to"]:
            wrong.append(f"point Route 53: from and to are both {options['to']}")
        return wrong

    def prepare(self, site: Site, options: Mapping[str, Any]) -> Undo:
        """Remember the records as they are."""
        entry = site.stack.entry
        return {"zone_id": entry.zone_id, "records": [dict(r) for r in _pointing_at(site, options["from"])]}

    def take(self, site: Site, options: Mapping[str, Any], within: timedelta) -> str:
        """Replace the alias target and the health check of each record that points at `from`."""
        there = site.stack.regions[options["to"]]
        records = _pointing_at(site, options["from"])
        alias = site.elbv2(options["to"]).alias(there.load_balancer)
        if records:
            site.route53.change(
                site.stack.entry.zone_id, [("UPSERT", _moved(r, alias, there.health_check)) for r in records]
            )
        site.wait(lambda: not _pointing_at(site, options["from"]), within, f"no record points at {options['from']}")
        return f"{len(records)} record(s) of {site.stack.entry.record} moved from {options['from']} to {options['to']}"

    def undo(self, site: Site, undo: Undo, within: timedelta) -> str:
        """Write the remembered records back."""
        records = undo["records"]
        name = site.stack.entry.record
        present = [dict(r) for r in site.route53.records(undo["zone_id"], name)]
        missing = [r for r in records if r not in present]
        if missing:
            site.route53.change(undo["zone_id"], [("UPSERT", r) for r in missing])
        now = [dict(r) for r in site.route53.records(undo["zone_id"], name)]
        if any(r not in now for r in records):
            raise StepFailed(f"the records of {name} are not as they were")
        return f"{len(missing)} record(s) of {name} put back"


def _pointing_at(site: Site, region: str) -> list[Mapping[str, Any]]:
    balancer = str(site.elbv2(region).alias(site.stack.regions[region].load_balancer)["DNSName"])
    records = site.route53.records(site.stack.entry.zone_id, site.stack.entry.record)
    return [r for r in records if _same_name(r.get("AliasTarget", {}).get("DNSName", ""), balancer)]


def _same_name(one: str, other: str) -> bool:
    """Route 53 may write an alias with a trailing dot, in lower case or with the dualstack prefix."""
    return one.rstrip(".").lower().removeprefix("dualstack.") == other.rstrip(".").lower()


def _moved(record: Mapping[str, Any], alias: Mapping[str, object], health_check: str | None) -> dict[str, Any]:
    evaluate = record["AliasTarget"].get("EvaluateTargetHealth", False)
    moved = {**record, "AliasTarget": {**alias, "EvaluateTargetHealth": evaluate}}
    if moved.pop("HealthCheckId", None) and health_check:  # never that of the region which is lost
        moved["HealthCheckId"] = health_check
    return moved
