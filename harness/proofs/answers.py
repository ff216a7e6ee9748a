"""Health checks of a region asked one after the other."""

from harness.aws.site import Site


def answers(site: Site, region: str, number: int) -> list[float]:
    """How long each of so many took, in real ms; nothing when one of them had no answer."""
    found: list[float] = []
    while len(found) < number:
        took = site.answer_ms(region)
        if took is None:
            return []
        found.append(took)
    return found
