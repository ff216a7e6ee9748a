"""Dialing again, fast, while a population is not served: so the moment it is served again is known sharply."""

import asyncio
import time
from collections.abc import Callable

from harness.model.history import Outcome
from harness.probes.attempt import Attempt
from harness.probes.caller import Caller
from harness.probes.spell import Spell

OF_ITS_AGE = 0.001


class Redialer:
    """Dials as one population from the first sign that it is cut off until a dial or a read is answered.

    The dials are a record stream of their own and no part of the schedule. A sign is a watched connection that the
    other side closed, or a read that failed; that it is no outage shows with the first answer. The dials come slower
    as the outage grows older: 0.1 % of its age, and no slower than the reads. Dials that went on while reads are
    answered would take turns with them at a load balancer: they would meet its dead targets, and the reads never again.
    """

    def __init__(self, caller: Caller, timeout: float, interval: float, record: Callable[[str], None]) -> None:
        self._caller = caller
        self._timeout = timeout
        self._interval = interval
        self._record = record
        self._down = asyncio.Event()
        self._taken = False  # whether the read that failed was taken: an error was the answer
        self._spell: Spell | None = None
        self._served_at = 0

    def closed(self) -> None:
        """The watched connection was closed by the other side."""
        self._down.set()

    def saw(self, read: Attempt) -> None:
        """A read has ended; one that failed is a sign, unless it was sent before the last that was answered."""
        if read.outcome is Outcome.OK:
            if self._spell is not None:
                self._spell.served(read.sent)
        elif read.sent > self._served_at:
            self._taken = read.status is not None
            self._down.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._down.wait()
            spell = self._spell = Spell(self._caller, self._timeout, self._interval, self._record, taken=self._taken)
            try:
                await self._dial_until_served(spell)
                await spell.settle()
            finally:
                self._spell = None
                spell.close()

    async def _dial_until_served(self, spell: Spell) -> None:
        began = time.monotonic()
        if self._taken:
            await asyncio.sleep(spell.every)
        while spell.served_at is None:
            spell.dial()
            slower = min(self._interval, OF_ITS_AGE * (time.monotonic() - began))
            await asyncio.sleep(max(spell.every, slower))
        self._served_at = spell.served_at
        self._taken = False
        self._down.clear()
