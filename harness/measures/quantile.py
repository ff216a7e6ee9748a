"""Quantiles of what was counted in buckets. Requests without an answer took longer than any other."""

from math import ceil, inf

from harness.model.load import COARSE, Sample


def quantile(sample: Sample, share: float) -> float:
    """The latency in ms that this share of the requests had at most; infinite among those without an answer.

    It is the middle of its bucket, at most half of `COARSE_WIDTH` off. Raises ValueError where there is no request.
    """
    if not sample.requests:
        raise ValueError("there is no request of which to take a quantile")
    rank, counted = max(1, ceil(share * sample.requests - 1e-9)), 0
    for micros in sorted(sample.latency):
        counted += sample.latency[micros]
        if counted >= rank:
            return _middle(micros) / 1e3
    return inf


def within(sample: Sample, most: float) -> int:
    """How many requests were answered within so many ms, by the middles of their buckets."""
    return sum(count for micros, count in sample.latency.items() if _middle(micros) / 1e3 <= most)


def _middle(micros: int) -> float:
    """The middle of the bucket that begins there."""
    return micros + (1 << max(0, micros.bit_length() - COARSE)) / 2 if micros >> COARSE else float(micros)
