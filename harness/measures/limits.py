"""What makes a measurement no finer, and what would."""

from dataclasses import dataclass

from harness.measures.bracket import Bracket
from harness.measures.units import amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One part of a resolution: `error` in real seconds, what it comes from, and what would make it smaller."""

    error: float
    limited_by: str
    remedy: str

    def words(self) -> dict[str, str]:
        """As a measurement has it."""
        return {"limited_by": self.limited_by, "remedy": self.remedy}


def larger(one: Limit, other: Limit) -> Limit:
    """The part that weighs more; of two alike the first."""
    return one if one.error >= other.error else other


def by_probes(spacing: float, time_scale: float) -> Limit:
    """The longest time between two probes."""
    apart = amount(spacing * time_scale, "s")
    return Limit(
        error=spacing, limited_by=f"the longest time between two probes, {apart}", remedy="a higher probe rate"
    )


def by_writes(spacing: float, time_scale: float) -> Limit:
    """The time between two acknowledged writes."""
    apart = amount(spacing * time_scale, "s")
    words = f"the time between two acknowledged writes, {apart}"
    return Limit(error=spacing, limited_by=words, remedy="a higher order rate")


def by_alarms(rang: Bracket, time_scale: float) -> Limit:
    """How often alarms are asked."""
    asked = amount((rang.until - rang.after) * time_scale, "s")
    words = f"how often alarms are asked, every {asked}"
    return Limit(error=rang.error, limited_by=words, remedy="asking alarms more often")


def by_edge(edge: Bracket, time_scale: float, what: str) -> Limit:
    """How closely probes know a moment; `what` names it, such as "the effect of the fault"."""
    known = amount(edge.error * time_scale, "s")
    return Limit(error=edge.error, limited_by=f"{what}, known to {known}", remedy="a higher probe rate")
