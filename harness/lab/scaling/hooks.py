"""Instances that lifecycle hooks keep waiting."""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.lab.control.answer import AwsError
from harness.lab.control.lab import Lab
from harness.lab.scaling.group import Group
from harness.lab.scaling.hook import ABANDON, CONTINUE, LAUNCHING, Hook
from harness.lab.scaling.member import Member


@dataclass(slots=True, kw_only=True, eq=False)
class Wait:
    """One instance at one hook. `deadline` and `end` (which no heartbeat passes) are in the loop's time."""

    hook: Hook
    instance: str
    deadline: float
    end: float
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    result: str | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Hooks:
    """The waits of every group."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.waits: list[Wait] = []

    async def hold(self, group: Group, member: Member, transition: str, states: tuple[str, str]) -> Wait | None:
        """Wait until each hook of a transition is done with; returns the one that abandoned, if one did.

        The member is in the first of the states meanwhile and in the second afterwards.
        """
        hooks = [hook for hook in list(group.hooks.values()) if hook.transition == transition]
        if not hooks:
            return None
        member.lifecycle = states[0]
        waits = [self._begin(hook, member) for hook in hooks]
        self.lab.truth.write("lifecycle", region=group.region, instance=member.instance.id, state=states[0])
        try:
            await asyncio.gather(*map(self._wait, waits))
        finally:
            self.waits = [w for w in self.waits if w not in waits]
        if member.lifecycle == states[0]:
            member.lifecycle = states[1]
        return next((w for w in waits if w.result == ABANDON), None)

    def _begin(self, hook: Hook, member: Member) -> Wait:
        at = self.lab.loop.time()
        deadline, end = at + self.lab.real(hook.timeout), at + self.lab.real(hook.longest)
        wait = Wait(hook=hook, instance=member.instance.id, deadline=deadline, end=end)
        self.waits.append(wait)
        return wait

    async def _wait(self, wait: Wait) -> None:
        while wait.result is None:
            left = min(wait.deadline, wait.end) - self.lab.loop.time()
            if left <= 0:
                wait.result = wait.hook.default
                return
            done = asyncio.ensure_future(wait.done.wait())
            await asyncio.wait({done}, timeout=left)
            done.cancel()

    def release(self, instance: str) -> None:
        """Let an instance that leaves anyway wait no longer; call it in the loop."""
        for wait in [w for w in self.waits if w.instance == instance and w.hook.transition == LAUNCHING]:
            self._finish(wait, ABANDON)

    def complete(self, hook: str, instance: str | None, token: str | None, result: str) -> None:
        """Finish a wait with CONTINUE or ABANDON, from any thread. Raises AwsError."""
        if result not in (CONTINUE, ABANDON):
            raise AwsError("ValidationError", f"Lifecycle Action Result must be {CONTINUE} or {ABANDON}, not {result}")
        self._finish(self._find(hook, instance, token), result)

    def heartbeat(self, hook: str, instance: str | None, token: str | None) -> None:
        """Begin the timeout of a wait anew, from any thread. Raises AwsError."""
        wait = self._find(hook, instance, token)
        wait.deadline = self.lab.loop.time() + self.lab.real(wait.hook.timeout)

    def remove(self, group: Group, hook: Hook) -> None:
        """Take a hook away; who waits at it to be launched is abandoned, who waits to end goes on."""
        del group.hooks[hook.name]
        for wait in [w for w in self.waits if w.hook is hook]:
            self._finish(wait, ABANDON if hook.transition == LAUNCHING else CONTINUE)

    def _finish(self, wait: Wait, result: str) -> None:
        if wait.result is None:
            wait.result = result
            self.lab.soon(wait.done.set)

    def _find(self, hook: str, instance: str | None, token: str | None) -> Wait:
        for wait in self._open(hook):
            if (token is None or wait.token == token) and (instance is None or wait.instance == instance):
                return wait
        named = f"instance ID {instance}" if token is None else f"token: {token}"
        raise AwsError("ValidationError", f"No active Lifecycle Action found with {named}")

    def _open(self, hook: str) -> Iterator[Wait]:
        return (wait for wait in list(self.waits) if wait.hook.name == hook and wait.result is None)
