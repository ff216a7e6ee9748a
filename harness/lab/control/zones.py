"""The zone data that the lab's DNS answers from: Route 53's records, and the names that other services give out."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.lab.addresses import Addresses, one_way_ms, population_of
from harness.lab.control import records
from harness.lab.control.lab import Lab
from harness.lab.control.routing import Location, Record, choose
from harness.lab.recipe import REGIONS

_MOST_LINKS = 8
_HOME = {"NA": ("US", "NA"), "EU": ("DE", "EU"), "AP": ("SG", "AS")}


def location_of(address: str) -> Location:
    """Where the owner of a source address is; nowhere unless he belongs to a population."""
    population = population_of(address)
    if population is None:
        return Location(delays={region: 0.0 for region in REGIONS})
    country, continent = _HOME[population]
    delays: dict[str, float] = {region: one_way_ms(population, region) for region in REGIONS}
    return Location(country=country, continent=continent, delays=delays)


def balancer_name(region: str) -> str:
    """The name that ELB gives the load balancer of a region, in lower case."""
    return f"storefront-{region}-1.{region}.elb.amazonaws.com"


def read(record: Any) -> Record:
    """A record of moto's as one of ours."""
    alias, geo = record.alias_target or {}, record.geo_location or {}
    return Record(
        name=_name(record.name),
        type=record.type,
        ttl=float(record.ttl or 0),
        values=tuple(record.records or ()),
        identifier=record.set_identifier or "",
        alias=_name(alias.get("DNSName", "")),
        evaluates_target=str(alias.get("EvaluateTargetHealth", False)).lower() == "true",
        health_check=record.health_check_id or "",
        weight=None if record.weight is None else int(record.weight),
        region=record.region or "",
        failover=record.failover or "",
        continent=geo.get("ContinentCode", ""),
        country=geo.get("CountryCode", ""),
        multivalue=str(record.multi_value_answer).lower() == "true",
    )


def _name(name: str) -> str:
    return name.rstrip(".").lower()


class Zones:
    """Answers questions from a snapshot of the records, which `refresh` takes."""

    def __init__(self, lab: Lab, healthy_check: Callable[[str], bool], healthy_targets: Callable[[str], int]) -> None:
        self.lab = lab
        self.healthy_check = healthy_check
        self.healthy_targets = healthy_targets
        self.databases: Callable[[], Mapping[str, str]] = dict  # endpoint name -> address
        self.records: Mapping[tuple[str, str], Sequence[Record]] = {}
        self._balancers: dict[str, str] = {balancer_name(region): region for region in lab.recipe.regions}

    def refresh(self) -> None:
        """Read the records of every hosted zone again."""
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        with self.lab.lock:
            for zone in records.route53().zones.values():
                for record in map(read, zone.rrsets):
                    found[record.name, record.type].append(record)
        self.records = dict(found)

    def resolve(self, name: str, type: str, source: str) -> list[Record] | None:
        """What to answer, as plain records in order (CNAMEs first); none when there is no such name (NXDOMAIN)."""
        where, answers, name = location_of(source), list[Record](), _name(name)
        for link in range(_MOST_LINKS):
            found = self._at(name, type, where)
            if found is None:
                return answers if link else None
            answers += found
            if type == "CNAME" or not found or found[0].type != "CNAME":
                break
            name = _name(found[0].values[0])
        return answers

    def _at(self, name: str, type: str, where: Location) -> list[Record] | None:
        """The records of one name; empty when it has none of the type, none when the name does not exist."""
        for kind in dict.fromkeys((type, "CNAME")):
            chosen = choose(self.records.get((name, kind), ()), where, self.healthy, random.random())
            if chosen:
                return [plain for record in chosen for plain in self._plain(record, name, where)]
        if (address := self._given(name)) is not None:
            ttl = self.lab.recipe.record_ttl
            return [Record(name=name, type="A", ttl=ttl, values=(address,))] if type == "A" else []
        return [] if any(known == name for known, _ in self.records) else None

    def _plain(self, record: Record, name: str, where: Location) -> list[Record]:
        if not record.alias:
            return [record]
        target = self._at(record.alias, record.type, where) or []
        return [Record(name=name, type=t.type, ttl=t.ttl, values=t.values) for t in target]

    def _given(self, name: str) -> str | None:
        """The address of a name that ELB or RDS gave out."""
        addresses: Addresses = self.lab.addresses
        if region := self._balancers.get(name.removeprefix("dualstack.")):
            return addresses.load_balancer(region)
        return self.databases().get(name)

    def healthy(self, record: Record) -> bool:
        """Whether a record counts as healthy: its health check, and its alias target where it evaluates that."""
        if record.health_check and not self.healthy_check(record.health_check):
            return False
        region = self._balancers.get(record.alias.removeprefix("dualstack."))
        return not (record.evaluates_target and region and self.healthy_targets(region) == 0)
