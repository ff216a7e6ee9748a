"""One spell of fast dials, and which of them are kept as its bounds."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from harness.model.history import PROBE_JITTER
from harness.probes.caller import Caller
from harness.probes.connection import Connection, NotSent, Unanswered
from harness.probes.http import request_bytes
from harness.probes.reads import PATH
from harness.probes.records import redial_line

# Seconds. A refusal costs the other side next to nothing, and so does a dial that hangs. DNS is asked less often, and
# whoever takes a dial and has no good answer no more often than by the reads: it has enough to do.
REFUSED_EVERY = 0.0015
HANGING_EVERY = 0.005
ASK_EVERY = 0.01
# A dial that hangs is given up after more than any round trip on Earth, but before its SYN would be sent again.
PATIENCE = 0.3
MOST_DIALING = 64
# Dials that were taken and not answered wait at the other side: only so many, or they would fill its backlog.
MOST_WAITING = 2


@dataclass(slots=True, kw_only=True)
class Dial:
    """One dial; monotonic nanoseconds. `error` is empty when it was answered."""

    sent: int
    finished: int = 0
    taken: bool = False
    error: str = ""


class Spell:
    """Dials as one population; records the first dial that fails as soon as it is known, the others when settled.

    `answered` is the dial that was answered first, `every` the seconds until the next dial is due. `taken`: whoever
    failed took the request, so dials begin no faster than the reads.
    """

    def __init__(
        self, caller: Caller, timeout: float, interval: float, record: Callable[[str], None], *, taken: bool
    ) -> None:
        self.answered: Dial | None = None
        self.began = time.monotonic_ns()
        self._caller = caller
        self._timeout = timeout
        self._interval = interval
        self._patience = None if caller.url.secure else PATIENCE
        self._record = record
        self._request = request_bytes(caller.url, "GET", PATH, headers={"Connection": "close"})
        self._under_way: dict[asyncio.Task[None], Dial] = {}
        self._first: Dial | None = None
        self._ask_at = 0.0
        self._failed: deque[Dial] = deque(maxlen=2 * MOST_DIALING)
        self._defect: BaseException | None = None
        self._read_at: int | None = None
        self.every = self._uneven() if taken else REFUSED_EVERY

    @property
    def served_at(self) -> int | None:
        """When the first dial or read was sent that was answered, monotonic ns; None until there is one."""
        dialed_at = self.answered.sent if self.answered else None
        return min((at for at in (dialed_at, self._read_at) if at is not None), default=None)

    def served(self, sent: int) -> None:
        """A read was answered that was sent then, monotonic ns; it counts if that was during the spell."""
        if sent > self.began and self._read_at is None:
            self._read_at = sent

    def dial(self) -> None:
        """Begin one more dial, unless too many hang already. Raises what a defect of ours made a dial fail with."""
        if self._defect is not None:
            raise self._defect
        if not self._may_ask():
            return
        waiting = sum(dial.taken for dial in self._under_way.values())
        if len(self._under_way) >= MOST_DIALING or waiting >= MOST_WAITING:
            self.every = HANGING_EVERY
            return
        dial = Dial(sent=time.monotonic_ns())
        task = asyncio.get_running_loop().create_task(self._carry_out(dial))
        self._under_way[task] = dial
        task.add_done_callback(self._over)

    async def settle(self) -> None:
        """Wait until the dials under way are known to hang, then record the bounds of the spell."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=PATIENCE)
        assert self.served_at is not None
        before = (dial for dial in self._failed if dial.sent < self.served_at)
        last = max(before, key=lambda dial: dial.sent, default=self._first)
        if last is not self._first and last is not None:
            self._keep(last)
        if self.answered is not None:
            self._keep(self.answered)

    def close(self) -> None:
        """Give up what is under way."""
        for task in self._under_way:
            task.cancel()

    async def _carry_out(self, dial: Dial) -> None:
        connection: Connection | None = None
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self._caller.connect(patience=self._patience)
                dial.taken = True
                response = await connection.exchange(self._request)
            dial.finished = connection.finished_at
            if response.status is None or response.status >= 400:
                dial.error = f"HTTP {response.status}"
        except TimeoutError:
            dial.error = "timeout"
        except (NotSent, Unanswered) as error:
            dial.error = str(error)
        finally:
            if connection is not None:
                connection.close()
        self._ended(dial)

    def _uneven(self) -> float:
        """As long as between two reads, and never in step with them."""
        return self._interval * random.uniform(1 - PROBE_JITTER, 1 + PROBE_JITTER)

    def _may_ask(self) -> bool:
        """Whether a dial may begin now: one that has to ask DNS only so often."""
        now = time.monotonic()
        if not self._caller.knows_addresses:
            if now < self._ask_at:
                return False
            self._ask_at = now + ASK_EVERY
        return True

    def _ended(self, dial: Dial) -> None:
        dial.finished = dial.finished or time.monotonic_ns()
        untaken = REFUSED_EVERY if dial.error == "refused" else HANGING_EVERY
        self.every = max(untaken, self._uneven()) if dial.taken else untaken
        if dial.error:
            self._fail(dial)
        elif self.answered is None or dial.finished < self.answered.finished:
            self.answered = dial

    def _fail(self, dial: Dial) -> None:
        if self._first is None:
            self._first = dial
            self._keep(dial)
        self._failed.append(dial)

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if not task.cancelled() and (error := task.exception()):
            self._defect = error

    def _keep(self, dial: Dial) -> None:
        self._record(
            redial_line(
                population=self._caller.population,
                sent=dial.sent,
                finished=dial.finished,
                answered=not dial.error,
                error=dial.error,
            )
        )
