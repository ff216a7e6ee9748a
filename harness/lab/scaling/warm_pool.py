"""The warm pool of a group: instances that have booted once and are stopped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmPool:
    """How many instances are kept warm.

    `prepared` is MaxGroupPreparedCapacity, `start` how many model seconds a warm start takes.
    """

    minimum: int = 0
    prepared: int | None = None
    reuse: bool = False
    start: float = 0.0


def pool_size(pool: WarmPool | None, maximum: int, desired: int) -> int:
    """How many warmed instances a group of some maximum and desired capacity should have."""
    if pool is None:
        return 0
    prepared = maximum if pool.prepared is None else pool.prepared
    return max(pool.minimum, prepared - desired, 0)
