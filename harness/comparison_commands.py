"""What `drill compare` and `drill trend` do. A composition root."""

import json
import math
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from harness.errors import ConfigError
from harness.reports.compared import as_json as trend_json
from harness.reports.compared import compared, followed
from harness.reports.trend_page import page
from harness.runs import folders_in, read_runs
from harness.store import save_text
from harness.trend import Change, Trend
from harness.trend import compare as compare_runs
from harness.trend import follow as follow_runs


def compare(folders: Sequence[Path], tolerance: float, html: Path | None, *, as_json: bool) -> int:
    """Hold runs against the first: 1 for a regression, 2 where something cannot be compared, 0 otherwise."""
    if len(folders) < 2:
        raise ConfigError(["compare: name two runs or more, the one to hold the others against first"])
    trend = compare_runs(read_runs(folders), _share(tolerance))
    if html:
        save_text(html, page([trend], f"{trend.runs[0].drill}: {len(trend.runs)} runs compared"))
    print(json.dumps(trend_json(trend), indent=2) if as_json else compared(trend, colour=sys.stdout.isatty()), end="")
    return _code(trend)


def _share(percent: float) -> float:
    if not (math.isfinite(percent) and percent >= 0):
        raise ConfigError([f"--tolerance {percent:g}: write 0 or more, in percent"])
    return percent / 100


def _code(trend: Trend) -> int:
    if trend.of(Change.WORSE):
        return 1
    return 2 if trend.of(Change.UNKNOWN) or not trend.series else 0


def trend(results: Path, tolerance: float, html: Path | None, *, as_json: bool) -> int:
    """Follow every drill of a results folder from run to run; 0 whatever was found."""
    runs = sorted(read_runs(folders_in(results)), key=lambda r: (r.drill, r.wall, r.name))
    trends = [follow_runs(tuple(same), _share(tolerance)) for _, same in groupby(runs, key=lambda r: r.drill)]
    if html:
        title = trends[0].runs[0].drill if len(trends) == 1 else f"{len(trends)} drills"
        save_text(html, page(trends, f"{title}: {len(runs)} runs"))
    if as_json:
        print(json.dumps([trend_json(each) for each in trends], indent=2))
    else:
        print("\n\n".join(followed(each, colour=sys.stdout.isatty()) for each in trends), end="")
    return 0
