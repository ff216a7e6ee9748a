"""ARC zonal shifts: a balancer sends a zone no new requests, an Auto Scaling group launches nothing in it, for a while.

A resource has one shift at a time. Expiries are model time.
"""

import asyncio
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from harness.lab.control import records
from harness.lab.control.answer import AwsError
from harness.lab.control.deploy import Place
from harness.lab.control.lab import Lab, now
from harness.lab.fis.action import ActionFailed
from harness.lab.fis.targets import Candidate
from harness.lab.scaling.groups import Groups

ALB, ASG = "ALB", "ASG"
BY_HAND, BY_FIS = "ZONAL_SHIFT", "FIS_EXPERIMENT"
ACTIVE, EXPIRED, CANCELED = "ACTIVE", "EXPIRED", "CANCELED"


@dataclass(slots=True, kw_only=True)
class Shift:
    """One shift away from a zone (by name), and when it will have ended."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    resource: "Managed"
    away: str
    kind: str
    expiry: datetime
    comment: str
    status: str = ACTIVE
    started: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Managed:
    """A balancer or a group. `autoshift` is whether AWS may shift it by itself: ENABLED or DISABLED."""

    arn: str
    name: str
    region: str
    kind: str
    tags: Mapping[str, str]
    autoshift: str = "ENABLED"
    shift: Shift | None = None


class ZonalShifts:
    """Every managed resource, and the shifts there are and were."""

    def __init__(self, lab: Lab, capacity: Groups) -> None:
        self.lab = lab
        self.resources: dict[str, Managed] = {}
        self.shifts: dict[str, Shift] = {}
        self.away: dict[str, list[str]] = {}  # region -> the zones that its balancer sends nothing to now
        capacity.avoided = self._avoided

    def adopt(self, places: Mapping[str, Place], tags: Mapping[str, str]) -> None:
        """Manage the balancer and the group of each region."""
        for region, place in places.items():
            self._manage(place.balancer, f"storefront-{region}", region, ALB, tags)
            if place.group is not None:
                self._manage(place.group.arn, place.group.name, region, ASG, tags)

    def _manage(self, arn: str, name: str, region: str, kind: str, tags: Mapping[str, str]) -> None:
        self.resources[arn] = Managed(arn=arn, name=name, region=region, kind=kind, tags=dict(tags))

    def find(self, region: str, arn: str) -> Managed:
        """A managed resource of a region, by its ARN."""
        resource = self.resources.get(arn)
        if resource is None or resource.region != region:
            raise AwsError("ResourceNotFoundException", f"{arn} is not managed in {region}")
        return resource

    def zone(self, region: str, named: str) -> str:
        """The name of a zone that is given by name or id."""
        for name, id in self.zone_ids(region).items():
            if named in (name, id):
                return name
        raise AwsError("ValidationException", f"{named} is no zone of the stack in {region}")

    def zone_ids(self, region: str) -> dict[str, str]:
        """The id of each zone of the stack, by name."""
        with self.lab.lock:
            known = records.zone_ids(region)
        return {name: known[name] for name in self.lab.recipe.zones(region)}

    def begin(self, resource: Managed, away: str, kind: str, lasts: float, comment: str) -> Shift:
        """Shift a resource away from a zone (by name) for so many model seconds. Raises AwsError."""
        if resource.shift is not None:
            raise AwsError("ConflictException", f"{resource.name} is shifted away from {resource.shift.away} already")
        shift = Shift(resource=resource, away=away, kind=kind, expiry=self._after(lasts), comment=comment)
        self.shifts[shift.id] = resource.shift = shift
        self.lab.truth.write("zonal_shift", resource=resource.arn, away=away, by=kind)
        self.lab.spawn(self._apply(resource.region))
        self.lab.spawn(self._expire(shift))
        return shift

    def renew(self, shift: Shift, lasts: float) -> None:
        """Have a shift end so many model seconds from now."""
        shift.expiry = self._after(lasts)
        self.lab.spawn(self._expire(shift))

    def _after(self, model_seconds: float) -> datetime:
        return now() + timedelta(seconds=self.lab.real(model_seconds))

    def end(self, shift: Shift, status: str = CANCELED) -> None:
        """End a shift, unless it is over."""
        if shift.status != ACTIVE:
            return
        shift.status, shift.resource.shift = status, None
        self.lab.truth.write("zonal_shift_ended", resource=shift.resource.arn, away=shift.away, status=status)
        self.lab.spawn(self._apply(shift.resource.region))

    async def _expire(self, shift: Shift) -> None:
        while shift.status == ACTIVE:
            left = (shift.expiry - now()).total_seconds()
            if left <= 0:
                self.end(shift, EXPIRED)
                return
            await asyncio.sleep(left)

    async def _apply(self, region: str) -> None:
        shifted = [r.shift.away for r in self._of(region) if r.kind == ALB and r.shift is not None]
        await self.lab.plane.set_away(region, shifted)
        self.away[region] = shifted

    def _avoided(self, region: str) -> list[str]:
        return [r.shift.away for r in self._of(region) if r.kind == ASG and r.shift is not None]

    def _of(self, region: str) -> Iterator[Managed]:
        return (resource for resource in self.resources.values() if resource.region == region)

    # FIS

    def found(self, region: str) -> Iterator[Candidate]:
        """The managed resources of a region, as targets."""
        for resource in self._of(region):
            yield Candidate(arn=resource.arn, tags=resource.tags, attributes=self.describe(resource))

    def shift(
        self, name: str, region: str, arns: Sequence[str], *, away: str, kinds: Sequence[str], status: str, lasts: float
    ) -> list[str]:
        """Shift resources of some kinds, and some status of autoshift, away from a zone. Raises ActionFailed."""
        chosen = [self.resources[arn] for arn in arns]
        chosen = [r for r in chosen if (not kinds or r.kind in kinds) and status in ("ANY", r.autoshift)]
        if not chosen:
            raise ActionFailed("none of the targets has this type and this status of zonal autoshift")
        begun: list[str] = []
        try:
            zone = self.zone(region, away)
            for resource in chosen:
                begun.append(self.begin(resource, zone, BY_FIS, lasts, f"FIS experiment {name}").id)
        except AwsError as error:
            self.unshift(begun)
            raise ActionFailed(error.message) from error
        return begun

    def unshift(self, shifts: Sequence[str]) -> None:
        """End shifts."""
        for id in shifts:
            self.end(self.shifts[id])

    # Words

    def describe(self, resource: Managed) -> dict[str, Any]:
        """A managed resource in the words of GetManagedResource and ListManagedResources."""
        ids, shift = self.zone_ids(resource.region), resource.shift
        return {
            "arn": resource.arn,
            "name": resource.name,
            "availabilityZones": list(ids.values()),
            "appliedWeights": {id: float(not shift or shift.away != name) for name, id in ids.items()},
            "zonalShifts": [{**self.describe_shift(shift), "appliedStatus": "APPLIED"}] if shift else [],
            "autoshifts": [],
            "zonalAutoshiftStatus": resource.autoshift,
        }

    def describe_shift(self, shift: Shift) -> dict[str, Any]:
        """A shift in the words of ListZonalShifts."""
        return {
            "zonalShiftId": shift.id,
            "resourceIdentifier": shift.resource.arn,
            "awayFrom": self.zone_ids(shift.resource.region)[shift.away],
            "expiryTime": shift.expiry,
            "startTime": shift.started,
            "status": shift.status,
            "comment": shift.comment,
            "shiftType": shift.kind,
        }
