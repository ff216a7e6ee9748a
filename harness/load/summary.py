"""What the Locust processes of a run say of themselves, as one: counts are summed, of the rest the worst stands."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.load.reading import load_files, read_loads
from harness.probes.records import last_summary

SUMMED = ("planned", "recorded", "dropped", "most_at_once", "shoppers", "sockets", "cpu_s")
WORST = ("elapsed_s", "busy")
SPREAD = ("scheduling_error_ms", "loop_lag_ms")


def load_figures(folder: Path) -> dict[str, Any]:
    """The figures of the load of a run; `recorded` is what stands in its files. Raises StoreError.

    Where a master gave workers their parts, its plan stands: what is missing of it was sent by nobody, even where the
    worker that should have cannot tell any more. `crew` is what the master says of each worker.
    """
    files = load_files(folder)
    summaries = [last_summary(path) for path in files]
    figures = {
        **together(each for each in summaries if each is not None),
        "recorded": read_loads(files, 0).whole.requests,
        "ended_in_order": None not in summaries,
        "workers": len(files),
    }
    master = summaries[0] if summaries else None
    if master is None or "crew" not in master:
        return figures
    plan = {name: master[name] for name in ("planned", "crew")}
    return {**figures, **plan, "ended_in_order": True, "workers": len(master["crew"])}


def together(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Closing lines as one; a figure that none of them has is left out."""
    known = tuple(summaries)
    figures: dict[str, Any] = {}
    for name in (*SUMMED, *WORST):
        values = [each[name] for each in known if name in each]
        if values:
            figures[name] = sum(values) if name in SUMMED else max(values)
    for name in SPREAD:
        spreads = [each[name] for each in known if each.get(name)]
        if spreads:
            figures[name] = {key: max(each[key] for each in spreads) for key in spreads[0]}
    return figures
