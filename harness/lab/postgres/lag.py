"""How old the newest thing is that a replica has replayed.

The lag that PostgreSQL reports is a round trip, and the age of the last replayed transaction grows while nobody writes.
So the positions of the source are remembered with the time at which they were seen: what the replica has replayed is
at least as new as the newest position not after it.
"""

import time
from collections import deque

_REMEMBERED = 600


class Positions:
    """Positions in the log of one source since its start, as byte offsets, and when they were seen."""

    def __init__(self) -> None:
        self._first = (time.monotonic(), 0)
        self._seen: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)

    def see(self, position: int) -> None:
        """Remember the source's position now."""
        self._seen.append((time.monotonic(), position))

    def age(self, replayed: int) -> float:
        """How many seconds a replayed position is behind the last one seen, at most."""
        last_at, last = self._seen[-1] if self._seen else self._first
        if replayed >= last:
            return 0.0
        return last_at - max(at for at, position in (self._first, *self._seen) if position <= replayed)
