"""How many instances or tasks there should be: the arithmetic of scaling policies. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

CHANGE, EXACT, PERCENT = "ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"
KINDS = (CHANGE, EXACT, PERCENT)

_NOTHING = 1e-9  # what division leaves of a whole number


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do while the metric is so far above or below the threshold; no bound is no limit."""

    lower: float | None = None
    upper: float | None = None
    amount: int

    def holds(self, difference: float) -> bool:
        """Whether the step is for a metric that is so far above (negative: below) the threshold."""
        low = -math.inf if self.lower is None else self.lower
        high = math.inf if self.upper is None else self.upper
        return low <= difference < high if difference >= 0 else low < difference <= high


def tracked(capacity: float, value: float, target: float) -> int:
    """The capacity at which a metric of `value` over `capacity` would be at its target."""
    return max(0, math.ceil(capacity * value / target - _NOTHING))


def adjusted(kind: str, capacity: int, amount: int, magnitude: int = 0) -> int:
    """A capacity after an adjustment; a percentage changes it by `magnitude` at least."""
    if kind == EXACT:
        return amount
    if kind == CHANGE:
        return max(0, capacity + amount)
    change = whole(capacity * amount / 100)
    if abs(change) < magnitude:
        change = magnitude if amount > 0 else -magnitude
    return max(0, capacity + change)


def whole(change: float) -> int:
    """A fraction of a change as AWS rounds it: towards zero, but never to zero."""
    if 0 < change < 1:
        return 1
    return -1 if -1 < change < 0 else math.trunc(change)


def stepped(steps: Sequence[Step], difference: float) -> Step | None:
    """The step for a metric that is so far above the threshold; none when no step is."""
    return next((step for step in steps if step.holds(difference)), None)


def after_step(step: Step, kind: str, magnitude: int, desired: int, warm: int) -> int:
    """The desired capacity after a step, of which `warm` serve and are past their warm-up.

    Those that warm up are not counted before an increase, so that it is not made twice; and while there are some,
    nothing is taken away.
    """
    grown = adjusted(kind, warm, step.amount, magnitude)
    if grown > warm:
        return max(desired, grown)
    shrunk = adjusted(kind, desired, step.amount, magnitude)
    return desired if warm < desired else min(desired, shrunk)


def bounded(capacity: int, low: int, high: int) -> int:
    """A capacity within its limits."""
    return max(low, min(capacity, high))
