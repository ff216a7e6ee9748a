"""Health checks of a region asked one after the other, and when they take longer than before."""

from harness.aws.site import Site
from harness.proofs.registry import Figure, Shows


def answers(site: Site, region: str, number: int) -> list[float]:
    """How long each of so many took, in real ms; nothing when one of them had no answer."""
    found: list[float] = []
    while len(found) < number:
        took = site.answer_ms(region)
        if took is None:
            return []
        found.append(took)
    return found


def longer_by(times: float, more_ms: float) -> Shows:
    """So many times as long as before and so much more, or no answer any more."""

    def shows(before: Figure, now: Figure) -> bool:
        if isinstance(before, str) or isinstance(now, str) or before is None:
            return False
        return now is None or now > times * before + more_ms

    return shows
