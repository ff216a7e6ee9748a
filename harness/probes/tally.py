"""How well the prober kept to its own schedule."""

from array import array


class Tally:
    """Counts what was planned and recorded, and how late each request was begun."""

    def __init__(self) -> None:
        self.planned = 0
        self.recorded = 0
        self._late_ns = array("q")

    def note(self, due: int, sent: int) -> None:
        """One recorded request; monotonic nanoseconds."""
        self.recorded += 1
        self._late_ns.append(sent - due)

    def scheduling_error_ms(self) -> dict[str, float]:
        """p50, p99 and max of sent - due, in milliseconds; empty when nothing was recorded."""
        late = sorted(self._late_ns)
        if not late:
            return {}
        last = len(late) - 1
        ranks = {"p50": last // 2, "p99": round(last * 0.99), "max": last}
        return {name: round(late[rank] / 1e6, 3) for name, rank in ranks.items()}
