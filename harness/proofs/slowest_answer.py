"""How long the slowest of some answers takes: what strikes but a few of them leaves their median as it is."""

from harness.aws.site import Site
from harness.proofs.answers import answers
from harness.proofs.registry import Figure, Where, proof

ASKED = 10
LONGER, LONGER_MS = 3.0, 100.0


def much_longer(before: Figure, now: Figure) -> bool:
    """Three times as long as before and 100 ms more (a packet that is sent again takes 200), or no answer any more."""
    if isinstance(before, str) or isinstance(now, str) or before is None:
        return False
    return now is None or now > LONGER * before + LONGER_MS


@proof("slowest answer", unit="ms", shows=much_longer)
def slowest_answer(site: Site, where: Where) -> Figure:
    """Of ten GET /health at the endpoint of the region, one after the other; no answer when one of them has none."""
    found = answers(site, where.region, ASKED)
    return max(found) if found else None
