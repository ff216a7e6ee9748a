"""How each region scaled, link by link, as the measures of scaling time left it in their evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.verdict import Judgement
from harness.reports.stages import Bar, Stage, bars, read_stage
from harness.reports.wording import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """One region: the links that were seen as a waterfall after demand rose, and those that were not."""

    region: str
    bars: tuple[Bar, ...]
    unseen: tuple[Stage, ...]


def scalings(judgement: Judgement) -> tuple[Scaling, ...]:
    """The regions of the first finding that has any."""
    told = (f.measurement.evidence.get("chains") for f in judgement.findings)
    found = next((each for each in told if isinstance(each, Mapping) and each), {})
    return tuple(_scaling(plain(region), rows) for region, rows in sorted(found.items()) if isinstance(rows, list))


def _scaling(region: str, rows: list[Any]) -> Scaling:
    links = [read_stage(row, "link", "after_demand") for row in rows if isinstance(row, Mapping)]
    seen = sorted((s for s in links if s.after_effect is not None), key=lambda s: s.after_effect or 0.0)
    return Scaling(region=region, bars=bars(tuple(seen)), unseen=tuple(s for s in links if s.after_effect is None))
