"""Carries changes from region to region: after the delay of the link, in order, unless something holds them back."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.lab.addresses import one_way_ms
from harness.lab.control.lab import Lab

log = logging.getLogger("lab")

_LOOK = 0.02  # real seconds between looks at whether what is held back may go


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that was written in a region and is not yet in another. `at` is monotonic seconds."""

    source: str
    destination: str
    what: Any
    at: float = field(default_factory=time.monotonic)

    @property
    def age_ms(self) -> float:
        """Real milliseconds since it was written."""
        return 1e3 * (time.monotonic() - self.at)


class Replication:
    """The backlog of each direction between two regions. `carry` and `held` are called in the loop, under the lock.

    A change that is held back waits and lets others pass. Nothing passes to or from a region that is cut off; what was
    on its way arrives afterwards.
    """

    def __init__(self, lab: Lab, *, carry: Callable[[Change], None], held: Callable[[Change], bool]) -> None:
        self.lab, self.carry, self.held = lab, carry, held
        self._backlogs: dict[tuple[str, str], list[Change]] = defaultdict(list)
        self._woken: dict[tuple[str, str], asyncio.Event] = {}

    def send(self, change: Change) -> None:
        """Have a change carried over; call it under the lock, from any thread."""
        link = (change.source, change.destination)
        self._backlogs[link].append(change)
        if link in self._woken:
            self.lab.soon(self._woken[link].set)
        else:
            self._woken[link] = asyncio.Event()
            self.lab.spawn(self._run(link))

    async def _run(self, link: tuple[str, str]) -> None:
        """Serve one direction for ever."""
        woken = self._woken[link]
        while True:
            woken.clear()
            try:
                async with asyncio.timeout(self._deliver(link)):
                    await woken.wait()
            except TimeoutError:
                continue

    def _deliver(self, link: tuple[str, str]) -> float | None:
        """Carry what may go; returns the seconds until there is more to do, none while nothing waits."""
        with self.lab.lock:
            backlog = self._backlogs[link]
            if not backlog or self.lab.plane.apart(*link):
                return _LOOK if backlog else None
            due = time.monotonic() - one_way_ms(*link) / 1e3
            arrived = [change for change in backlog if change.at <= due]
            held = {id(change) for change in arrived if self.held(change)}
            self._backlogs[link] = [change for change in backlog if change.at > due or id(change) in held]
            for change in arrived:
                if id(change) not in held:
                    self._carry(change)
            later = [change.at - due for change in self._backlogs[link] if change.at > due]
        return min([*later[:1], *([_LOOK] if held else [])], default=None)

    def _carry(self, change: Change) -> None:
        # One that cannot be carried must not keep back all that come after it.
        try:
            self.carry(change)
        except Exception:
            log.exception("a change was lost between %s and %s", change.source, change.destination)
