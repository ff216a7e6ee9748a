"""The targets of a balancer: registering, draining, and choosing one for a request."""

import asyncio
from collections.abc import Callable, Mapping

from harness.lab.balancer.target import Health, Target

NODES = 3  # of a balancer, one in each zone


class Targets:
    """Round robin over the healthy targets; with none healthy, over the unhealthy ones, as ALB fails open.

    Each node gives turns of its own. A balancer of one node would have clients that send at the same even rate meet
    the same target every time.
    """

    def __init__(self, good: int, bad: int, deregistration_delay_s: float, changed: Callable[[], None]) -> None:
        self._good, self._bad, self._delay_s, self.changed = good, bad, deregistration_delay_s, changed
        self._targets: dict[str, Target] = {}
        self._turns = [0] * NODES
        self.away: frozenset[str] = frozenset()  # zones that get no new requests while others can take them
        self.on_register: Callable[[Target], object] = lambda target: None
        self.on_forget: Callable[[Target], object] = lambda target: None
        self.connected: Callable[[Target], bool] = lambda target: True

    def set(self, addresses: Mapping[str, str]) -> None:
        """Make exactly these instances the registered ones; those left out drain, then go."""
        for instance_id, target in list(self._targets.items()):
            if addresses.get(instance_id) != target.address and target.state != "draining":
                self._drain(target)
        for instance_id, address in addresses.items():
            known = self._targets.get(instance_id)
            if known is None or known.state == "draining":
                self._register(Target(instance_id, address, self._good, self._bad))
        self.changed()

    def pick(self, cookie: str | None, node: int) -> tuple[Target | None, bool]:
        """The target for a request to a node, none if there is none, and whether it is the one the cookie names."""
        able = [t for t in self._targets.values() if t.state == "healthy"]
        if self.away:
            able = [t for t in able if t.place not in self.away] or able
        able = able or [t for t in self._targets.values() if t.state == "unhealthy"]
        if not able:
            return None, False
        if cookie is not None:
            for target in able:
                if cookie == target.token:
                    return target, True
        self._turns[node] += 1
        return able[self._turns[node] % len(able)], False

    def health(self) -> dict[str, Health]:
        """The health of all targets, draining ones too."""
        return {instance_id: target.health for instance_id, target in self._targets.items()}

    def count(self, state: str) -> int:
        """How many targets are in a state."""
        return sum(target.state == state for target in self._targets.values())

    def registered(self, target: Target) -> bool:
        """Whether a target is still one of ours, draining or not."""
        return self._targets.get(target.instance_id) is target

    def _register(self, target: Target) -> None:
        self._targets[target.instance_id] = target
        self.on_register(target)

    def _drain(self, target: Target) -> None:
        """Let a target finish: until the delay is over, or as on AWS until there is no connection to it."""
        target.drain()
        if self.connected(target):
            asyncio.get_running_loop().call_later(self._delay_s, self._forget, target)
        else:
            self._forget(target)

    def settle(self, target: Target) -> None:
        """A target has no connection any more: if it is draining that is all."""
        if target.state == "draining" and self.registered(target):
            self._forget(target)

    def _forget(self, target: Target) -> None:
        if self.registered(target):
            del self._targets[target.instance_id]
            self.on_forget(target)
            self.changed()
