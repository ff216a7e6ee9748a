"""How long the stack took to scale when demand rose, from any link of the chain to any later one."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from harness.measures.capacity_slots import slot_edges
from harness.measures.limits import Limit
from harness.measures.registry import Scope, family, measure
from harness.measures.scaling_chain import Chain, chains
from harness.measures.scaling_link import Link
from harness.measures.scaling_links import DEMAND, LINKS, SCALING_TIME, SHARE
from harness.measures.units import amount, moment
from harness.model.history import History
from harness.model.verdict import Measurement, unmeasured

_PAIRS = {f"{SCALING_TIME} from {a} to {b}": (a, b) for a, b in combinations(LINKS, 2)}


@measure(SCALING_TIME, unit="s", population=False, needs=("load", "profile"), edges=slot_edges)
def scaling_time(history: History, scope: Scope) -> Measurement:
    """From the rise of demand until the new instances that were asked for first serve their share; the worst region.

    Model seconds. Asked for first is what desired capacity rose by when it first rose. A region whose desired capacity
    stayed, while no metric called for more and its P95 kept the bound in every minute, had not to scale. Where a link
    was not seen while demand was up it is a lower bound ("at_least"). Resolution: that of both ends.
    """
    return between(history, DEMAND, SHARE)


@family(rf"{SCALING_TIME} from .+ to .+")
def part_of_scaling_time(name: str) -> None:
    """Register "scaling time from <link> to <a later link>"."""
    if name not in _PAIRS:
        return
    since, until = _PAIRS[name]

    @measure(name, unit="s", population=False, needs=("load", "profile"), edges=slot_edges)
    def take(history: History, scope: Scope) -> Measurement:
        """A part of the scaling time, from one link of the chain to a later one; that of the worst region.

        Model seconds; 0 where the later one came first. Where it was not seen while demand was up, a lower bound.
        """
        return between(history, since, until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one region took between two links, in model seconds; None where that is not known, for `said`."""

    region: str
    value: float | None
    said: str
    resolution: float = 0.0
    at_least: bool = False
    limit: Limit | None = None


def between(history: History, since: str, until: str) -> Measurement:
    """The time between two links in the region that took longest."""
    found = chains(history)
    if isinstance(found, str):
        return unmeasured("s", found)
    evidence = {"chains": {chain.region: _rows(chain, history.time_scale) for chain in found}}
    needed = [chain for chain in found if chain.needed]
    if not needed:
        because = "no region had to scale: desired capacity stayed, no metric called for more, P95 kept its bound"
        return unmeasured("s", because, **evidence)
    parts = [_part(chain, since, until, history.time_scale) for chain in needed]
    known = [part for part in parts if part.value is not None]
    if not known:
        return unmeasured("s", "; ".join(f"{part.region}: {part.said}" for part in parts), **evidence)
    return _worst(known, parts, evidence)


def _worst(known: list[_Part], parts: list[_Part], evidence: dict[str, Any]) -> Measurement:
    """The longest; a lower bound where any region may have taken longer than what is known of it."""
    worst = max(known, key=lambda part: part.value or 0.0)
    open_ones = [part for part in parts if part.at_least or part.value is None]
    others = "".join(f"; {part.region}: {part.said}" for part in open_ones if part is not worst)
    return Measurement(
        value=worst.value,
        unit="s",
        resolution=worst.resolution,
        because=f"{worst.region}: {worst.said}{others}",
        **(worst.limit.words() if worst.limit else {}),
        evidence={**evidence, "region": worst.region, **({"at_least": True} if open_ones else {})},
    )


def _part(chain: Chain, since: str, until: str, scale: float) -> _Part:
    first, last = chain.link(since), chain.link(until)
    if first.at is None or (last.at is None and last.until is None):
        lacking = last if first.at is not None else first
        return _Part(region=chain.region, value=None, said=f"{lacking.name} is not known: {lacking.said}")
    began = f"{first.name} at {moment(first.at.guess, scale)}"
    if last.at is None:
        end = last.until or 0.0
        return _Part(
            region=chain.region,
            value=max(0.0, end - first.at.guess) * scale,
            resolution=first.at.error * scale,
            at_least=True,
            said=f"{began}, {last.name} not until {moment(end, scale)} ({last.said})",
        )
    order = ", which came first" if last.at.guess < first.at.guess else ""
    return _Part(
        region=chain.region,
        value=max(0.0, last.at.guess - first.at.guess) * scale,
        resolution=(first.at.error + last.at.error) * scale,
        said=f"{began}, {last.name} at {moment(last.at.guess, scale)}{order} ({last.said})",
        limit=_limit((first, last), scale),
    )


def _limit(links: Iterable[Link], scale: float) -> Limit:
    coarsest = max(links, key=lambda link: link.at.error if link.at else 0.0)
    error = coarsest.at.error if coarsest.at else 0.0
    words = f"when {coarsest.name!r} was seen, known to {amount(error * scale, 's')}"
    return Limit(error=error, limited_by=words, remedy="shorter periods of metrics and looks at capacity")


def _rows(chain: Chain, scale: float) -> list[dict[str, Any]]:
    """Every link in its place: `at` (real seconds), `after_demand` and `resolution` (model seconds), `by` or `why`."""
    start = chain.links[0].at
    return [_row(link, start.guess if start else 0.0, scale) for link in chain.links]


def _row(link: Link, start: float, scale: float) -> dict[str, Any]:
    if link.at is None:
        until = None if link.until is None else (link.until - start) * scale
        return {"link": link.name, "at": None, "after_demand": None, "not_until": until, "why": link.said}
    return {
        "link": link.name,
        "at": link.at.guess,
        "after_demand": (link.at.guess - start) * scale,
        "resolution": link.at.error * scale,
        "by": link.said,
    }
