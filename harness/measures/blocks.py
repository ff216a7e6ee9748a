"""How sure a share or a quantile of requests is, from blocks of time.

Requests that follow one another are alike: a pause makes hundreds slow at once. So each phase is cut into `BLOCKS`
equal blocks, and what differs from block to block says how many independent requests all of them are worth; never more
than there are. The share then lies within Wilson's interval for so many, with Student's t for the number of blocks; a
quantile lies between the order statistics at that interval (Woodruff). 95 %, two-sided.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt

from harness.measures.order_statistics import Limits
from harness.measures.planned import parts, while_driven
from harness.measures.quantile import quantile, within
from harness.measures.registry import Scope
from harness.measures.windows import sample_in
from harness.model.history import History
from harness.model.load import COARSE_WIDTH, Sample

BLOCKS = 20
STUDENT = 2.093  # the 97.5 % quantile for 19 degrees of freedom; more blocks have a smaller one


def block_edges(history: History, scope: Scope) -> Iterable[float]:
    """Where the blocks of a scope begin and end."""
    return tuple(edge for cuts in _cuts(history, scope) for edge in cuts)


def _cuts(history: History, scope: Scope) -> list[list[float]]:
    each = parts(while_driven(history), scope)
    return [[a + (b - a) * n / BLOCKS for n in range(BLOCKS)] + [b] for a, b in each]


def blocks(history: History, scope: Scope) -> tuple[Sample, ...]:
    """The load requests of a scope, block by block; those without a request are left out."""
    taken = (sample_in(history, scope, window) for cuts in _cuts(history, scope) for window in pairwise(cuts))
    return tuple(sample for sample in taken if sample.requests)


def share_limits(hits: Sequence[int], counts: Sequence[int]) -> Limits:
    """Between which a share lies, 0 to 1, of which each block had so many hits among so many requests."""
    share = sum(hits) / sum(counts)
    return _wilson(share, _worth(hits, counts))


def quantile_limits(samples: Sequence[Sample], whole: Sample, share: float) -> Limits:
    """Between which the quantile lies, in ms; infinite where it may lie among requests without an answer."""
    value = quantile(whole, share)
    hits = [within(sample, value) for sample in samples]
    around = _wilson(share, _worth(hits, [sample.requests for sample in samples]))
    return Limits(
        low=quantile(whole, around.low) * (1 - COARSE_WIDTH / 2),
        high=quantile(whole, around.high) * (1 + COARSE_WIDTH / 2),
    )


def _worth(hits: Sequence[int], counts: Sequence[int]) -> float:
    """How many independent requests the blocks are worth, by the variance of the share between them."""
    whole, number = sum(counts), len(counts)
    share = sum(hits) / whole
    if number < 2 or not 0 < share < 1:
        return whole
    squares = sum((h - share * c) ** 2 for h, c in zip(hits, counts, strict=True))
    between = number / (number - 1) * squares / whole**2
    alone = share * (1 - share) / whole
    return whole / max(1.0, between / alone)


def _wilson(share: float, worth: float) -> Limits:
    """Wilson's score interval: it is sensible for shares of 0 and 1 too."""
    z2 = STUDENT**2
    middle = (share + z2 / (2 * worth)) / (1 + z2 / worth)
    half = STUDENT / (1 + z2 / worth) * sqrt(share * (1 - share) / worth + z2 / (4 * worth**2))
    low, high = middle - half, middle + half  # rounding errors must not keep a share of 0 or 1 out
    return Limits(low=min(max(0.0, low), share), high=max(min(1.0, high), share))
