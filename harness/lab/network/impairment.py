"""How late bytes are in one direction of a connection: added delays, and retransmission of what was lost."""

import random
from dataclasses import dataclass

_LEAST_TIMEOUT_NS = 200_000_000  # Linux adds this to the round trip
_LONGEST_TIMEOUT_NS = 120_000_000_000
_MOST_TRIES = 15  # a quarter of an hour; Linux gives a connection up then
HANDSHAKE_TIMEOUT_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Impairment:
    """Delays with their jitters, and the share (0..1) of chunks that is lost on each try."""

    delays_ns: tuple[tuple[int, int], ...]
    loss: float
    round_trip_ns: int

    def lateness_ns(self, timeout_ns: int | None = None) -> int:
        """How late the next chunk is. A lost one is sent again after a timeout that doubles, first `timeout_ns`."""
        late = sum(max(0, delay + random.randint(-jitter, jitter)) for delay, jitter in self.delays_ns)
        timeout = timeout_ns or self.round_trip_ns + _LEAST_TIMEOUT_NS
        for _ in range(_MOST_TRIES):
            if random.random() >= self.loss:
                break
            late += timeout
            timeout = min(2 * timeout, _LONGEST_TIMEOUT_NS)
        return late
