"""The life of an instance in a group: it boots, waits at hooks, serves, drains, and ends or goes back to the pool."""

import asyncio
import contextlib
import time

from harness.lab.control.instances import Instances
from harness.lab.control.lab import Lab
from harness.lab.control.targets import Targets
from harness.lab.plane import DataPlaneError
from harness.lab.scaling import activity as words
from harness.lab.scaling.activity import Activity
from harness.lab.scaling.group import REGISTER, Group
from harness.lab.scaling.hook import ENDING, LAUNCHING
from harness.lab.scaling.hooks import Hooks
from harness.lab.scaling.lifecycle import (
    IN_SERVICE,
    PENDING,
    PENDING_PROCEED,
    PENDING_WAIT,
    TERMINATING,
    TERMINATING_PROCEED,
    TERMINATING_WAIT,
    WARMED_PENDING,
    WARMED_STOPPED,
    WARMED_TERMINATING,
)
from harness.lab.scaling.member import Member

_LOOK = 0.02  # real seconds between two looks at whether a target has drained
_TAKEN_OUT = "The instance was taken out of the group before it was in service."


class NotLaunched(Exception):
    """An instance did not come into service. `status` is how its activity ends."""

    def __init__(self, message: str, status: str = words.FAILED) -> None:
        super().__init__(message)
        self.status = status


class Lives:
    """Carries instances from their launch to their end."""

    def __init__(self, lab: Lab, instances: Instances, targets: Targets) -> None:
        self.lab, self.instances, self.targets = lab, instances, targets
        self.hooks = Hooks(lab)

    async def launch(self, group: Group, member: Member, cause: str, boot_time: float, *, warm: bool = False) -> bool:
        """Bring a member into service after so many model seconds of booting; returns whether it is."""
        place = " from warm pool" if warm else ""
        name = f"Launching a new EC2 instance{place}: {member.instance.id}"
        activity = group.begin(name, cause, member.instance.zone)
        activity.status = words.PRE_IN_SERVICE
        try:
            await self._come_up(group, member, activity, boot_time)
            await self._enter(group, member)
        except NotLaunched as failure:
            activity.end(failure.status, str(failure))
            return False
        except DataPlaneError as error:
            activity.end(words.FAILED, str(error))
            return False
        activity.end(words.SUCCESSFUL)
        return True

    async def _come_up(self, group: Group, member: Member, activity: Activity, boot_time: float) -> None:
        """Boot, and wait at the hooks meanwhile. Raises NotLaunched."""
        if any(hook.transition == LAUNCHING for hook in group.hooks.values()):
            activity.status = words.IN_HOOK
        holding = asyncio.create_task(self.hooks.hold(group, member, LAUNCHING, (PENDING_WAIT, PENDING_PROCEED)))
        try:
            await self._boot(member, boot_time)
            abandoned = await holding
        except BaseException:
            holding.cancel()
            raise
        if abandoned is not None:
            because = f"Lifecycle Action with token {abandoned.token} was abandoned"
            raise NotLaunched(f"Instance failed to complete user's Lifecycle Action: {because}")

    async def _boot(self, member: Member, boot_time: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.lab.real(boot_time)):
                if boot_time:
                    await member.leaving.wait()
        if member.leaving.is_set() or member.instance.state in ("shutting-down", "terminated"):
            raise NotLaunched(_TAKEN_OUT, words.CANCELLED)
        try:
            if member.instance.state == "pending":
                await self.instances.boot(member.instance)
            elif await self.instances.start([member.instance.id]):
                raise NotLaunched(_TAKEN_OUT, words.CANCELLED)
        except DataPlaneError as error:
            raise NotLaunched(str(error)) from error

    async def _enter(self, group: Group, member: Member) -> None:
        if not member.stays:
            raise NotLaunched(_TAKEN_OUT, words.CANCELLED)
        if REGISTER not in group.suspended:
            self.targets.register(group.region, member.instance.id)
            await self.targets.apply(group.region)
        if not member.stays:
            raise NotLaunched(_TAKEN_OUT, words.CANCELLED)
        member.lifecycle, member.since = IN_SERVICE, time.monotonic()
        self.lab.truth.write("in_service", region=group.region, instance=member.instance.id)

    async def terminate(self, group: Group, member: Member, cause: str, *, reuse: bool = False) -> None:
        """Take a member out: deregistered, drained, through the hooks, and then ended or, if told, kept in the pool."""
        id = member.instance.id
        what = f"Returning EC2 instance to warm pool: {id}" if reuse else f"Terminating EC2 instance: {id}"
        activity = group.begin(what, cause, member.instance.zone)
        self.leave(member)
        await self._drain(group, member, activity)
        if any(hook.transition == ENDING for hook in group.hooks.values()):
            activity.status = words.IN_TERMINATING_HOOK
        await self.hooks.hold(group, member, ENDING, (TERMINATING_WAIT, TERMINATING_PROCEED))
        activity.status = words.IN_PROGRESS
        await (self._put_back(group, member) if reuse else self._end(group, member))
        activity.end(words.SUCCESSFUL)

    def leave(self, member: Member) -> None:
        """Mark a member as leaving; whatever launches it stops."""
        member.lifecycle = TERMINATING
        member.leaving.set()
        self.hooks.release(member.instance.id)

    async def _drain(self, group: Group, member: Member, activity: Activity) -> None:
        id = member.instance.id
        if id not in self.targets.registered(group.region):
            return
        activity.status = words.DRAINING
        self.targets.deregister(group.region, id)
        await self.targets.apply(group.region)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.lab.real(self.lab.recipe.deregistration_delay)):
                while id in self.lab.plane.target_health(group.region):
                    await asyncio.sleep(_LOOK)
        activity.status = words.IN_PROGRESS

    @property
    def _graceful(self) -> bool:
        """Whether processes are asked to end: where nothing drains they are killed, with what only they have."""
        return self.lab.recipe.deregistration_delay > 0

    async def _end(self, group: Group, member: Member) -> None:
        await self.instances.terminate([member.instance.id], graceful=self._graceful)
        group.members.pop(member.instance.id, None)

    async def _put_back(self, group: Group, member: Member) -> None:
        id = member.instance.id
        await self.instances.stop([id], graceful=self._graceful)
        group.members.pop(id, None)
        if member.instance.state == "stopped":
            group.pool[id] = Member(instance=member.instance, lifecycle=WARMED_STOPPED)

    # The warm pool

    async def warm(self, group: Group, member: Member, cause: str, boot_time: float) -> None:
        """Boot an instance for the pool, once, and stop it."""
        id = member.instance.id
        activity = group.begin(f"Launching a new EC2 instance into warm pool: {id}", cause, member.instance.zone)
        try:
            await self._boot(member, boot_time)
            await self.instances.stop([id])
        except NotLaunched as failure:
            activity.end(failure.status, str(failure))
            return await self._cool(group, member)
        if member.lifecycle == WARMED_PENDING:
            member.lifecycle = WARMED_STOPPED
        activity.end(words.SUCCESSFUL)
        return None

    async def cool(self, group: Group, member: Member, cause: str) -> None:
        """Terminate an instance of the pool."""
        id = member.instance.id
        activity = group.begin(f"Terminating EC2 instance from warm pool: {id}", cause, member.instance.zone)
        member.lifecycle = WARMED_TERMINATING
        member.leaving.set()
        await self._cool(group, member)
        activity.end(words.SUCCESSFUL)

    async def _cool(self, group: Group, member: Member) -> None:
        member.lifecycle = WARMED_TERMINATING
        await self.instances.terminate([member.instance.id])
        group.pool.pop(member.instance.id, None)


def taken_from_pool(group: Group, warmed: Member) -> Member:
    """A warmed instance as a pending member of its group."""
    del group.pool[warmed.instance.id]
    member = group.members[warmed.instance.id] = Member(instance=warmed.instance, lifecycle=PENDING)
    return member
