"""The groups of a lab: as many instances as desired, spread over the zones, and a warm pool beside them.

Decisions are made in the lab's loop, at once; each launch and each termination is a task of its own.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence

from harness.lab.control.instances import Instance, Instances
from harness.lab.control.lab import Lab
from harness.lab.control.targets import Targets
from harness.lab.control.zone_names import NoSuchZone, zone_names
from harness.lab.fis.action import ActionFailed
from harness.lab.scaling import activity as words
from harness.lab.scaling.group import HEALTH_CHECK, LAUNCH, REPLACE, TERMINATE, Group, warming
from harness.lab.scaling.lifecycle import WARMED_PENDING, WARMED_STOPPED, WARMED_TERMINATING
from harness.lab.scaling.lives import Lives, taken_from_pool
from harness.lab.scaling.member import Member
from harness.lab.scaling.shortages import Shortage, Shortages
from harness.lab.scaling.spread import by_need, from_pool, on_demand, victims
from harness.lab.scaling.warm_pool import pool_size

# Model seconds: between two looks at health; before the next launch when one has failed.
BEAT, PAUSE = 1.0, 10.0

_ENDED = ("shutting-down", "terminated")
_EC2_CHECK = "an EC2 health check indicating it has been terminated or stopped"
_ELB_CHECK = "an ELB system health check failure"
_POOL = "the size of the warm pool"


class Groups:
    """Reconciles each group with its desired capacity."""

    def __init__(self, lab: Lab, instances: Instances, targets: Targets) -> None:
        self.lab, self.instances, self.targets = lab, instances, targets
        self.groups: dict[str, Group] = {}  # region -> group; none where the storefront runs on ECS
        self.lives = Lives(lab, instances, targets)
        self.shortages = Shortages(lab)
        self.avoided: Callable[[str], Collection[str]] = lambda region: ()  # zones in which nothing is launched

    async def deploy(self) -> None:
        """Launch what the groups desire, without their boot times; returns when all of it listens."""
        cause = f"{words.at()} the stack was deployed."
        launched = [(g, m) for g in self.groups.values() for m in self._records(g, g.desired, cause)]
        await asyncio.gather(*(self.lives.launch(group, member, cause, 0.0) for group, member in launched))

    async def run(self) -> None:
        """Look at the health of members for ever: grace periods end without any event."""
        await self.lab.every(BEAT, self._beat)

    async def _beat(self) -> None:
        for region in self.groups:
            self.examine(region)

    def resize(self, group: Group, desired: int, trigger: str) -> None:
        """Change the desired capacity, from any thread; `trigger` says why."""
        group.desired, group.trigger = desired, trigger
        self.lab.truth.write("desired_capacity", region=group.region, desired=desired)
        self.lab.soon(self.reconcile, group.region)

    def reconcile(self, region: str) -> None:
        """Launch or terminate what a group lacks or has too much of; call it in the loop."""
        group = self.groups.get(region)
        if group is None:
            return
        self._bury(group)
        staying = group.staying()
        lacking = group.desired - len(staying)
        if lacking > 0 and self._may_launch(group):
            self._launch(group, lacking, words.started(group.trigger, len(staying), group.desired))
        elif lacking < 0 and TERMINATE not in group.suspended:
            self._shrink(group, staying)
        if len(group.staying()) == group.desired:
            group.trigger = ""
        self._keep_warm(group)

    def _may_launch(self, group: Group) -> bool:
        return LAUNCH not in group.suspended and self.lab.loop.time() >= group.not_before

    def missing(self, region: str) -> str:
        """What keeps a group from its desired capacity of healthy targets; empty when nothing does."""
        group = self.groups.get(region)
        if group is None or self.targets.healthy(region) >= group.desired:
            return ""
        return f"the targets in {region} are {', '.join(m.lifecycle for m in group.staying()) or 'missing'}"

    def _bury(self, group: Group) -> None:
        """Forget those that somebody else terminated."""
        for member in [m for m in group.staying() if m.instance.state in _ENDED]:
            id = member.instance.id
            self.lives.leave(member)
            group.members.pop(id, None)
            self.targets.deregister(group.region, id)
            self.lab.spawn(self.targets.apply(group.region))
            done = group.begin(f"Terminating EC2 instance: {id}", words.unhealthy(_EC2_CHECK), member.instance.zone)
            done.end(words.SUCCESSFUL)
            group.trigger = group.trigger or words.replaced()
        for id in [id for id, m in list(group.pool.items()) if m.instance.state in _ENDED and m.stays]:
            if group.pool[id].lifecycle != WARMED_TERMINATING:
                del group.pool[id]

    def _shrink(self, group: Group, staying: Sequence[Member]) -> None:
        surplus, trigger = len(staying) - group.desired, group.trigger
        for n, member in enumerate(victims(staying, surplus)):
            cause = words.shrunk(trigger, len(staying) - n, len(staying) - n - 1, member.instance.id)
            self._terminate(group, member, cause, scaled_in=True)

    def _terminate(self, group: Group, member: Member, cause: str, *, scaled_in: bool = False) -> None:
        reuse = scaled_in and member.in_service and group.warm_pool is not None and group.warm_pool.reuse
        member.returns = reuse
        self.lives.leave(member)
        self.lab.spawn(self._see_off(group, member, cause, reuse=reuse))

    async def _see_off(self, group: Group, member: Member, cause: str, *, reuse: bool) -> None:
        await self.lives.terminate(group, member, cause, reuse=reuse)
        self.reconcile(group.region)

    # Launches

    def _launch(self, group: Group, count: int, cause: str) -> None:
        while count and (warmed := self._next_warmed(group, cause)):
            member = taken_from_pool(group, warmed)
            pool = group.warm_pool
            self.lab.spawn(self._bring_up(group, member, cause, pool.start if pool else group.boot_time, warm=True))
            count -= 1
        for member in self._records(group, count, cause):
            self.lab.spawn(self._bring_up(group, member, cause, group.boot_time))

    def _next_warmed(self, group: Group, cause: str) -> Member | None:
        """The warmed instance of the zone that needs it most and has capacity: starting one takes capacity too."""
        for zone in self._needy(group):
            warmed = from_pool(self._warmed(group), [zone])
            if warmed is not None and not self.shortages.strikes(group.arn, zone):
                return warmed
            if warmed is not None:
                group.activities.appendleft(words.failed_launch(zone, cause))
        return None

    async def _bring_up(
        self, group: Group, member: Member, cause: str, boot_time: float, *, warm: bool = False
    ) -> None:
        if await self.lives.launch(group, member, cause, boot_time, warm=warm) or not member.stays:
            return
        group.not_before = self.lab.loop.time() + self.lab.real(PAUSE)
        self.lives.leave(member)
        await self.instances.terminate([member.instance.id])
        group.members.pop(member.instance.id, None)
        while (left := group.not_before - self.lab.loop.time()) > 0:
            await asyncio.sleep(left)
        self.reconcile(group.region)

    def _records(self, group: Group, count: int, cause: str) -> list[Member]:
        launched: list[Member] = []
        while len(launched) < count and (zone := self._zone(group, cause)):
            member = Member(instance=self._record(group, zone))
            group.members[member.instance.id] = member
            launched.append(member)
        return launched

    def _record(self, group: Group, zone: str) -> Instance:
        tags = {**group.tags, "aws:autoscaling:groupName": group.name}
        return self.instances.record(group.region, zone, tags, spot=self._wants_spot(group))

    def _zone(self, group: Group, cause: str) -> str | None:
        """Where the next instance is launched: in the zone that needs it most, or the next one that has capacity."""
        for zone in self._needy(group):
            if not self.shortages.strikes(group.arn, zone):
                return zone
            group.activities.appendleft(words.failed_launch(zone, cause))
        return None

    def _needy(self, group: Group) -> list[str]:
        return by_need(self._zones(group.region), [m.instance.zone for m in group.staying()])

    def _zones(self, region: str) -> tuple[str, ...]:
        zones = self.lab.recipe.zones(region)
        return tuple(zone for zone in zones if zone not in self.avoided(region)) or zones

    @staticmethod
    def _wants_spot(group: Group) -> bool:
        staying = group.staying()
        if group.mixture is None:
            return False
        wanted = on_demand(len(staying) + 1, group.mixture.base, group.mixture.percentage)
        return sum(not m.instance.spot for m in staying) >= wanted

    # The warm pool

    @staticmethod
    def _warmed(group: Group) -> list[Member]:
        return [m for m in list(group.pool.values()) if m.lifecycle == WARMED_STOPPED]

    def stock(self, group: Group) -> None:
        """Fill the pool with records of instances that are stopped, as if they had booted long ago."""
        cause = f"{words.at()} the stack was deployed."
        for member in self._pool_records(group, pool_size(group.warm_pool, group.maximum, group.desired), cause):
            member.lifecycle = WARMED_STOPPED
            self.instances.mark_stopped(member.instance)

    def _keep_warm(self, group: Group) -> None:
        held = [m for m in list(group.pool.values()) if m.lifecycle != WARMED_TERMINATING]
        returning = sum(m.returns for m in list(group.members.values()))
        lacking = pool_size(group.warm_pool, group.maximum, group.desired) - len(held) - returning
        cause = f"{words.at()} an instance was started in response to {_POOL}."
        if lacking > 0 and self._may_launch(group):
            for member in self._pool_records(group, lacking, cause):
                self.lab.spawn(self.lives.warm(group, member, cause, group.boot_time))
        cause = f"{words.at()} an instance was taken out of service in response to {_POOL}."
        if TERMINATE not in group.suspended:
            for member in held[: max(0, -lacking)]:
                self.lab.spawn(self.lives.cool(group, member, cause))
                member.lifecycle = WARMED_TERMINATING

    def _pool_records(self, group: Group, count: int, cause: str) -> list[Member]:
        made: list[Member] = []
        for _ in range(count):
            held = [m.instance.zone for m in list(group.pool.values())]
            zones = by_need(self._zones(group.region), held)
            zone = next((z for z in zones if not self.shortages.strikes(group.arn, z)), None)
            if zone is None:
                group.activities.appendleft(words.failed_launch(zones[0], cause))
                break
            member = Member(instance=self._record(group, zone), lifecycle=WARMED_PENDING)
            group.pool[member.instance.id] = member
            made.append(member)
        return made

    # Health

    def examine(self, region: str) -> None:
        """Replace the members that are unhealthy, unless that is suspended; call it in the loop."""
        group = self.groups.get(region)
        if group is None or {HEALTH_CHECK, REPLACE} & set(group.suspended):
            return
        seen = self.lab.plane.target_health(region)
        for member in group.in_service():
            target = seen.get(member.instance.id)
            if check := self._complaint(group, member, target.state if target else ""):
                self._replace(group, member, check)
        for member in self._warmed(group):
            if member.instance.state == "running":  # somebody has started it
                member.lifecycle = WARMED_TERMINATING
                self.lab.spawn(self.lives.cool(group, member, words.unhealthy(_EC2_CHECK)))

    def _complaint(self, group: Group, member: Member, target: str) -> str:
        if member.instance.state in ("stopping", "stopped"):
            return _EC2_CHECK
        graced = warming(member, self.lab.real(group.grace))
        return _ELB_CHECK if group.health_check == "ELB" and target == "unhealthy" and not graced else ""

    def _replace(self, group: Group, member: Member, check: str) -> None:
        if TERMINATE in group.suspended:
            return
        member.healthy = False
        self.lab.truth.write("unhealthy", region=group.region, instance=member.instance.id, because=check)
        self._terminate(group, member, words.unhealthy(check))
        group.trigger = group.trigger or words.replaced()
        self.reconcile(group.region)

    # FIS

    def run_short(self, name: str, region: str, groups: Sequence[str], zones: Sequence[str], percentage: float) -> None:
        """Have launches of groups (ARNs) in zones fail until `suffice(name)`. Raises ActionFailed."""
        try:
            with self.lab.lock:
                names = zone_names(region, zones)
        except NoSuchZone as error:
            raise ActionFailed(str(error)) from error
        self.shortages.begin(name, Shortage(groups=frozenset(groups), zones=frozenset(names), percentage=percentage))

    def suffice(self, name: str) -> None:
        """End a shortage; the groups launch what they lack."""
        self.shortages.end(name)
        for region in self.groups:
            self.lab.soon(self.reconcile, region)
