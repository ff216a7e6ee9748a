"""When the DNS answers that clients get stopped pointing at the region that failed."""

from dataclasses import dataclass

from harness.measures.disruption import Disruption, failed_regions
from harness.model.history import Answer, History


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutover:
    """One population whose answer pointed at the failed region; `changed` is the first answer that no longer did."""

    population: str
    name: str
    away_from: str
    changed: Answer | None


def cutovers(history: History, found: Disruption) -> tuple[Cutover, ...] | str:
    """The cutover of every population that was sent to the failed region, or why there can be none."""
    regions = failed_regions(history)
    if not regions:
        return "the journal does not say which region failed"
    if not history.answers:
        return "no DNS answer was recorded"
    keys = sorted({(a.population, a.name) for a in history.answers})
    moves = [m for p, n in keys if (m := _cutover(p, n, _answers(history, p, n), regions, found)) is not None]
    return tuple(moves) or f"no population was sent to {' or '.join(regions)} when the fault was injected"


def _answers(history: History, population: str, name: str) -> tuple[Answer, ...]:
    """An answer without an address sends nobody anywhere: the one before it still counts."""
    return tuple(a for a in history.answers if a.population == population and a.name == name and a.addresses)


def _cutover(
    population: str, name: str, answers: tuple[Answer, ...], regions: tuple[str, ...], found: Disruption
) -> Cutover | None:
    before = [a for a in answers if a.at <= found.injected]
    if not before or before[-1].region is None or before[-1].region not in regions:
        return None
    after = [a for a in answers if found.injected < a.at < found.end]
    there = max((i for i, a in enumerate(after) if a.region in regions), default=-1)
    changed = after[there + 1] if there + 1 < len(after) else None
    return Cutover(population=population, name=name, away_from=before[-1].region, changed=changed)
